"""Fetches a Telegram channel: preview pages back to the last stored post, and an account of every
post number.

- Bursts: pages back with ?before= until the newest stored post is reached, ten pages at most;
  posts beyond them are recorded as a gap.
- Edits: the newest page is read at every fetch; twice a day three pages are read, so that edits
  and removals of the last days are seen.
- Removals: a stored post that is not on a page where it should be is only *absent*;
  `mark_missing` needs two independent fetches to count it as taken down.
- Others may take over a name after a channel is deleted: post numbers that start again far below
  the known ones are those of another channel.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from db.enums import FetchOutcome, FetchReason
from db.items import NewVersion
from db.page_parts import NewChannelGap
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_types import CannotFetch
from monitor.kinds.results import ReadResult, failed_result
from monitor.kinds.telegram_preview import WITHHELD, read_preview

MOST_PAGES = 10  # 200 posts; a channel that posts more between two fetches leaves a recorded gap
FIRST_PAGES = 2  # in the first fetch: a day or two of most channels
DEEP_PAGES = 3
DEEP_EVERY = 12 * 3600.0  # seconds
# Fewer posts than this on a page without a link to older ones: the channel has no more
FULL_PAGE = 12
TAKEN_OVER = 50  # numbers this far below the newest stored one are another channel's
MOST_EMBEDS = 5  # withheld posts whose own page is tried in one fetch


def fetch(session: FetchSession) -> ReadResult:
    """Fetch the new posts of a channel."""
    first = session.read(read_preview, session.get(session.url))
    known = newest_number(session.memory.keys)
    if not first.good:
        return _throttled() if first.reason is FetchReason.EMPTY and known else first
    before, now = session.memory.watch_state.get("channel"), first.facts["channel"]
    if before and now and before != now:
        return failed_result(
            FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY, f"the channel had the number {before}, now {now}: another channel has this name"
        )
    if known and max(first.facts["numbers"]) < known - TAKEN_OVER:
        detail = f"post numbers end at {max(first.facts['numbers'])}, {known} was stored before: another channel has this name now"
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY, detail)
    deep = session.memory.since("deep_read_at", session.started) > DEEP_EVERY
    pages, problem = _page_back(session, first, known, deep)
    return _merge_pages(session, pages, known, problem, deep)


def newest_number(keys: Iterable[str]) -> int:
    """The highest post number among item keys ("channel/123"); 0 where there is none."""
    return max((int(m.group(1)) for k in keys if (m := re.search(r"/(\d+)$", k))), default=0)


def _throttled() -> ReadResult:
    return failed_result(
        FetchOutcome.SUSPICIOUS,
        FetchReason.THROTTLED,
        "an empty preview, though the channel had posts: throttled. No post counts as deleted",
    )


def _page_back(session: FetchSession, first: ReadResult, known: int, deep: bool) -> tuple[list[ReadResult], str | None]:
    """(pages from the newest back, each adjoining the one before; the problem that stopped it
    early, or None).
    """
    pages, page_count = [first], DEEP_PAGES if known and deep else 1 if known else FIRST_PAGES
    if session.client.single_answer:
        return pages, None
    while _lowest(pages) > 1 and _has_more(pages[-1]) and (len(pages) < page_count or (known and _lowest(pages) > known + 1)):
        if len(pages) == MOST_PAGES:
            return pages, f"{MOST_PAGES} pages did not reach the last stored post {known}"
        try:
            page = session.read(read_preview, session.get(f"{session.url}?before={_lowest(pages)}"))
        except CannotFetch as error:
            return pages, f"page {len(pages) + 1}: {error.detail}"
        if not page.good:
            return pages, f"page {len(pages) + 1}: {page.detail}"
        if min(page.facts["numbers"]) >= _lowest(pages):
            return pages, f"page {len(pages) + 1} repeats the one before"
        pages.append(page)
    return pages, None


def _lowest(pages: Sequence[ReadResult]) -> int:
    return min(int(n) for p in pages for n in p.facts["numbers"])


def _has_more(page: ReadResult) -> bool:
    return bool(page.facts["more"]) or len(page.facts["numbers"]) >= FULL_PAGE


def _merge_pages(session: FetchSession, pages: list[ReadResult], known: int, problem: str | None, deep: bool) -> ReadResult:
    """All pages as one result, oldest post first."""
    renamed = _renamed(session, pages[0])
    pages = _under_known_name(session, pages)
    versions = {v.key: v for page in reversed(pages) for v in page.versions}
    gaps, seen = account_for_numbers(pages, known)
    stored = set(session.memory.keys)
    absent = tuple(
        k for k in stored if _lowest(pages) <= newest_number([k]) <= max(pages[0].facts["numbers"]) and newest_number([k]) not in seen
    )
    posts = [
        v if v.key in stored else _with_withheld_text(session, v)
        for v in versions.values()
        if not (v.key in stored and WITHHELD in v.notes)
    ]
    watch_state: dict[str, Any] = {"title": pages[0].facts["title"], "newest": max(pages[0].facts["numbers"])}
    if pages[0].facts["channel"]:
        watch_state["channel"] = pages[0].facts["channel"]
    if deep and not problem:
        watch_state["deep_read_at"] = session.started.isoformat()
    doubts = tuple(filter(None, (problem, renamed)))
    missing = sum(g.last - g.first + 1 for g in gaps if g.why == "unknown" and g.first > known) if known else 0
    detail = "; ".join(
        filter(
            None, (f"{len(pages)} pages" if len(pages) > 1 else "", f"{missing} post numbers unaccounted for" if missing else "", problem)
        )
    )
    done = ReadResult(
        (),
        FetchOutcome.NOTHING_NEW,
        FetchReason.OK,
        detail or None,
        doubts,
        tuple(posts),
        absent=absent,
        gaps=tuple(gaps),
        watch_state=watch_state,
    )
    return replace(done, outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.INCOMPLETE) if problem and known else done


def account_for_numbers(pages: Sequence[ReadResult], known: int) -> tuple[list[NewChannelGap], set[int]]:
    """Every number from the last stored post (or the lowest read) to the newest: seen, service
    message, part of an album, or an unknown gap.

    Returns the gaps, and all numbers that are there in some form.
    """
    lowest = _lowest(pages)
    service = {n for p in pages for n in p.facts["service"]}
    albums = {n for p in pages for parts in p.facts["albums"].values() for n in parts}
    posts = {n for p in pages for n in p.facts["numbers"]} - service
    start = min(lowest, known + 1) if known else lowest

    gaps, last = list[NewChannelGap](), start - 1
    # Never a range: a hostile page may claim post 10^11
    for number in sorted(n for n in posts | service | albums if n >= start):
        if number > last + 1:
            gaps.append(NewChannelGap(last + 1, number - 1, "unknown"))
        if number not in posts:
            gaps.append(NewChannelGap(number, number, "service" if number in service else "album"))
        last = number
    return gaps, posts | service | albums


def _with_withheld_text(session: FetchSession, version: NewVersion) -> NewVersion:
    """A post whose text the preview withholds, with the text of its own page if that shows it."""
    if WITHHELD not in version.notes or len(session.pages) >= MOST_PAGES + MOST_EMBEDS:
        return version
    address = urlsplit(session.url)
    try:
        own = session.read(read_preview, session.get(f"{address.scheme}://{address.netloc}/{version.key}?embed=1&mode=tme"))
    except CannotFetch:
        return version
    shown = next((v for v in own.versions if v.key == version.key and v.text), None)
    if shown is None:
        return version
    return _noted(shown, "text from the post's own page, the preview withholds it")


def _noted(version: NewVersion, note: str) -> NewVersion:
    return replace(version, notes=(*version.notes, note))


def _renamed(session: FetchSession, page: ReadResult) -> str | None:
    before, now = session.memory.watch_state.get("title"), page.facts["title"]
    names = {k.rpartition("/")[0] for k in session.memory.keys}
    addresses = {v.key.rpartition("/")[0] for v in page.versions} - names
    if (
        names
        and addresses
        and session.memory.watch_state.get("channel")
        and session.memory.watch_state.get("channel") == page.facts["channel"]
    ):
        return f"the channel has another address, @{min(addresses)}; its number is the same"
    return f"the channel was called {before!r}, now {now!r}" if before and now and before != now else None


def _under_known_name(session: FetchSession, pages: list[ReadResult]) -> list[ReadResult]:
    """Pages whose posts have the keys under which the channel is stored, where it has the same
    number and another name.
    """
    channel, keys = session.memory.watch_state.get("channel"), session.memory.keys
    if not channel or not keys or pages[0].facts["channel"] != channel:
        return pages
    name = keys[0].rpartition("/")[0]
    renamed = [tuple(replace(v, key=f"{name}/{v.key.rpartition('/')[2]}") for v in page.versions) for page in pages]
    return [replace(page, versions=versions) for page, versions in zip(pages, renamed, strict=True)]
