"""Who has the same flag open at the desk, in whichever process the page was rendered.

A hint before the work. What prevents a loss is that a decision names the version of the flag
(`db.decisions`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from db.models import PresenceRow, UserRow

KEPT = timedelta(minutes=10)  # after opening; nobody says when they leave
TOUCH = timedelta(minutes=1)  # an opening is written at most this often


@dataclass(frozen=True)
class Opened:
    """A colleague who opened the same flag."""

    name: str
    at: datetime


def others(session: Session, subject: str, user_id: int, now: datetime) -> list[Opened]:
    """The colleagues who opened `subject` ("flag 7") within KEPT, the latest first."""
    rows = session.execute(
        select(UserRow.name, PresenceRow.at)
        .join(UserRow, UserRow.id == PresenceRow.user_id)
        .where(PresenceRow.subject == subject, PresenceRow.user_id != user_id, PresenceRow.at >= now - KEPT, PresenceRow.at <= now + KEPT)
        .order_by(PresenceRow.at.desc())
    )
    return [Opened(name, at) for name, at in rows]


def is_noted(session: Session, subject: str, user_id: int, now: datetime) -> bool:
    """Whether a row already says that the user opened `subject` just now."""
    row = session.get(PresenceRow, (user_id, subject))
    return row is not None and abs(now - row.at) < TOUCH


def arrive(session: Session, subject: str, user_id: int, now: datetime) -> None:
    """Note that the user opened `subject`, and delete the rows that are no longer shown."""
    session.execute(delete(PresenceRow).where(or_(PresenceRow.at < now - KEPT, PresenceRow.at > now + KEPT)))
    session.merge(PresenceRow(user_id=user_id, subject=subject, at=now))


def leave(session: Session, subject: str, user_id: int) -> None:
    """The user has finished with `subject`: colleagues are no longer told."""
    session.execute(delete(PresenceRow).where(PresenceRow.subject == subject, PresenceRow.user_id == user_id))
