"""Who has the same flag or claim open at the moment.

Kept in the memory of the desk's process: a hint before the work, while the versions that decisions
name are what prevents a loss.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KEPT = timedelta(minutes=10)  # after opening; nobody says when they leave
MOST_KEPT = 2_000  # subjects remembered at once


@dataclass(frozen=True)
class Opened:
    """A colleague who opened the same thing."""

    name: str
    at: datetime


def others_here(memory: MutableMapping[Any, Any], subject: str, user_id: int, name: str, now: datetime) -> list[Opened]:
    """Note that a user opened `subject` ("flag 7"); the colleagues who opened it within KEPT, the
    latest first.
    """
    opened: dict[str, dict[int, Opened]] = memory.setdefault("presence", {})
    if len(opened) > MOST_KEPT:
        for old in [s for s, users in opened.items() if all(now - u.at > KEPT for u in users.values())]:
            opened.pop(old, None)
    users = opened.setdefault(subject, {})
    users[user_id] = Opened(name, now)
    recent = [u for other, u in list(users.items()) if other != user_id and now - u.at <= KEPT]
    return sorted(recent, key=lambda u: u.at, reverse=True)


def left(memory: MutableMapping[Any, Any], subject: str, user_id: int) -> None:
    """The user has finished with `subject`: colleagues are no longer told."""
    memory.get("presence", {}).get(subject, {}).pop(user_id, None)
