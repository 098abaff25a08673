"""What a kind of source yields: entries (or parts of a page), or the reason why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from db.items import NewVersion
from db.parts import NewGap
from db.words import GOOD_OUTCOMES, Outcome, Reason


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
class PagePart:
    """One part of a watched page: an article of a law, or the whole text."""

    key: str
    title: str
    text: str  # clean, paragraphs parted by a blank line
    article: str | None = None  # its number in the law
    marks: tuple[str, ...] = ()  # amending acts it names
    repealed: bool = False


@dataclass(frozen=True)
class Yield:
    """What one answer (or one look of several) gave. NOTHING_NEW and NEW_ITEMS are told apart only when the entries are stored."""

    entries: tuple[Entry, ...]
    outcome: Outcome
    reason: Reason
    detail: str | None = None
    doubts: tuple[str, ...] = ()  # what speaks against the capture, see quality.py
    versions: tuple[NewVersion, ...] = ()  # the entries made clean (in the parsers' process)
    parts: tuple[PagePart, ...] = ()
    whole: bool = True  # `parts` are all of the page: one that is absent is absent there too
    absent: tuple[str, ...] = ()  # keys of items that should have been there and were not
    gaps: tuple[NewGap, ...] = ()
    memo: Mapping[str, Any] = field(default_factory=dict)  # what the kind wants to remember
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the next step of the same look needs: links, numbers

    @property
    def good(self) -> bool:
        return self.outcome in GOOD_OUTCOMES

    def but(self, **changes: Any) -> "Yield":
        """The same with other values."""
        return replace(self, **changes)


def well(entries: list[Entry], detail: str | None = None, partly: bool = False, **more: Any) -> Yield:
    return Yield(tuple(entries), Outcome.NOTHING_NEW, Reason.SOME_UNREADABLE if partly else Reason.OK, detail, **more)


def blind(outcome: Outcome, reason: Reason, detail: str, **more: Any) -> Yield:
    return Yield((), outcome, reason, detail, **more)
