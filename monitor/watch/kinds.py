"""Every kind of source and how one look at it goes. This module loads all parsers; the parsers' processes start from it."""

from collections.abc import Callable

from db.words import Kind, Outcome, Reason
from monitor.watch import article as article  # loaded for the processes that read items' own pages
from monitor.watch import channel, gazette, page
from monitor.watch.asking import Ask
from monitor.watch.entries import Yield
from monitor.watch.feed import read_feed
from monitor.watch.listing import read_listing

# Kinds whose pages are made for people: robots.txt is asked before each of them. The others are offered to be read by software.
FOR_PEOPLE = frozenset({Kind.LISTING, Kind.PAGE})
SHRUNK = 3  # a list that is this many times shorter than last time is not the whole list
SHRUNK_FROM = 9  # shorter lists come and go


def look_at_feed(ask: Ask) -> Yield:
    """One look at a feed: one request, conditional."""
    answer = ask.get(ask.url, conditional=True)
    known = ask.unchanged(answer)
    return known or _not_shrunk(ask, ask.read(read_feed, answer))


def look_at_listing(ask: Ask) -> Yield:
    """One look at a listing: one request, conditional."""
    answer = ask.get(ask.url, conditional=True)
    known = ask.unchanged(answer)
    select = {k: v for k, v in ask.source.select.model_dump().items() if v}
    return known or _not_shrunk(ask, ask.read(read_listing, answer, ask.url, select))


def _not_shrunk(ask: Ask, found: Yield) -> Yield:
    """A list far shorter than last time is stored, and called what it is."""
    if not found.good:
        return found
    count, before = len(found.versions), int(ask.memory.memo.get("count") or 0)
    if before < SHRUNK_FROM or count * SHRUNK >= before:
        return found.but(memo={**found.memo, "count": count})
    says = f"{count} entries, {before} last time"
    return found.but(
        outcome=Outcome.SUSPICIOUS, reason=Reason.SHRUNK, detail=says, doubts=(*found.doubts, says), memo={**found.memo, "count": count}
    )


LOOKS: dict[Kind, Callable[[Ask], Yield]] = {
    Kind.FEED: look_at_feed,
    Kind.TELEGRAM: channel.look,
    Kind.LISTING: look_at_listing,
    Kind.PAGE: page.look,
    Kind.GAZETTE: gazette.look,
}
