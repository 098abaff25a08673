"""What a kind of source returns from one fetch: entries or page parts, or the reason why there are
none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.enums import GOOD_OUTCOMES, FetchOutcome, FetchReason
from db.items import NewVersion
from db.page_parts import NewChannelGap


@dataclass(frozen=True)
class ListedEntry:
    """One entry as the source lists it. `monitor.parse.clean_entry` cleans it."""

    key: str  # identity: the same entry has the same key in every fetch
    url: str
    title: str = ""
    # The title without counters, where it differs: an edit is a change of this title
    compared_title: str | None = None
    html: str = ""  # text with markup
    published: datetime | None = None
    edited: datetime | None = None
    lang: str | None = None
    origin: str | None = None  # the source it is forwarded from, as the entry names it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PagePart:
    """One part of a watched page: an article of a law, or the whole text."""

    key: str
    title: str
    text: str  # clean, paragraphs separated by a blank line
    article: str | None = None  # number of the article of the law
    marks: tuple[str, ...] = ()  # amending acts it names
    repealed: bool = False


@dataclass(frozen=True)
class ReadResult:
    """Result of one answer, or of one fetch of several answers.

    NOTHING_NEW becomes NEW_ITEMS when the entries are stored and some of them are new.
    """

    entries: tuple[ListedEntry, ...]
    outcome: FetchOutcome
    reason: FetchReason
    detail: str | None = None
    doubts: tuple[str, ...] = ()  # what lowers the quality of the capture, see page_checks.py
    versions: tuple[NewVersion, ...] = ()  # the clean entries, made in the parser process
    parts: tuple[PagePart, ...] = ()
    # Whether `parts` is the complete page, so that a missing part is missing on the page
    whole: bool = True
    absent: tuple[str, ...] = ()  # keys of items that the page should list and does not
    gaps: tuple[NewChannelGap, ...] = ()
    watch_state: Mapping[str, Any] = field(default_factory=dict)  # stored for the next fetch
    facts: Mapping[str, Any] = field(default_factory=dict)  # for the next step of the same fetch

    @property
    def good(self) -> bool:
        return self.outcome in GOOD_OUTCOMES


def ok_result(entries: list[ListedEntry], detail: str | None = None, partly: bool = False, **more: Any) -> ReadResult:
    """A good result. `partly`: some entries could not be read."""
    return ReadResult(tuple(entries), FetchOutcome.NOTHING_NEW, FetchReason.SOME_UNREADABLE if partly else FetchReason.OK, detail, **more)


def failed_result(outcome: FetchOutcome, reason: FetchReason, detail: str, **more: Any) -> ReadResult:
    """A result without entries."""
    return ReadResult((), outcome, reason, detail, **more)
