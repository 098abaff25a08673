"""What a kind of source yields: entries, or the reason why there are none."""

from dataclasses import dataclass
from datetime import datetime

from db.words import Outcome, Reason


@dataclass(frozen=True)
class Entry:
    """One thing a source lists, as the source gives it; `read` makes it clean."""

    key: str  # what makes it the same thing at the next look
    url: str
    title: str = ""
    html: str = ""  # text with markup
    published: datetime | None = None
    edited: datetime | None = None
    lang: str | None = None
    origin: str | None = None  # where it says itself it comes from
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Yield:
    """Entries of one answer. NOTHING_NEW and NEW_ITEMS are told apart only when the entries are stored."""

    entries: tuple[Entry, ...]
    outcome: Outcome
    reason: Reason
    detail: str | None = None


def well(entries: list[Entry], detail: str | None = None, partly: bool = False) -> Yield:
    return Yield(tuple(entries), Outcome.NOTHING_NEW, Reason.SOME_UNREADABLE if partly else Reason.OK, detail)


def blind(outcome: Outcome, reason: Reason, detail: str) -> Yield:
    return Yield((), outcome, reason, detail)
