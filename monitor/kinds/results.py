"""What a kind of source yields: entries (or parts of a page), or the reason why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from db.enums import GOOD_OUTCOMES, FetchOutcome, FetchReason
from db.items import NewVersion
from db.page_parts import NewChannelGap


@dataclass(frozen=True)
class ListedEntry:
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
class LookResult:
    """What one answer (or one look of several) gave. NOTHING_NEW and NEW_ITEMS are told apart only when the entries are stored."""

    entries: tuple[ListedEntry, ...]
    outcome: FetchOutcome
    reason: FetchReason
    detail: str | None = None
    doubts: tuple[str, ...] = ()  # what speaks against the capture, see quality.py
    versions: tuple[NewVersion, ...] = ()  # the entries made clean (in the parsers' process)
    parts: tuple[PagePart, ...] = ()
    whole: bool = True  # `parts` are all of the page: one that is absent is absent there too
    absent: tuple[str, ...] = ()  # keys of items that should have been there and were not
    gaps: tuple[NewChannelGap, ...] = ()
    watch_state: Mapping[str, Any] = field(default_factory=dict)  # what the kind wants to remember
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the next step of the same look needs: links, numbers

    @property
    def good(self) -> bool:
        return self.outcome in GOOD_OUTCOMES

    def but(self, **changes: Any) -> "LookResult":
        """The same with other values."""
        return replace(self, **changes)


def ok_result(entries: list[ListedEntry], detail: str | None = None, partly: bool = False, **more: Any) -> LookResult:
    return LookResult(tuple(entries), FetchOutcome.NOTHING_NEW, FetchReason.SOME_UNREADABLE if partly else FetchReason.OK, detail, **more)


def failed_result(outcome: FetchOutcome, reason: FetchReason, detail: str, **more: Any) -> LookResult:
    return LookResult((), outcome, reason, detail, **more)
