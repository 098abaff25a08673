"""One look at one source: fetch, recognise what came, end in one of four outcomes. Never raises for what a source does."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from db.watching import FetchRecord
from db.words import Kind, Outcome, Reason
from monitor.sources import Source
from monitor.watch.client import Answer, CannotFetch, Client
from monitor.watch.entries import Entry, Yield, blind
from monitor.watch.feed import read_feed
from monitor.watch.telegram import read_preview

log = logging.getLogger(__name__)

# What can be watched so far. A kind that is missing here is shown as such by `ajour sources` and `ajour doctor`.
READERS: dict[Kind, Callable[[Answer], Yield]] = {Kind.FEED: read_feed, Kind.TELEGRAM: read_preview}


@dataclass(frozen=True)
class Look:
    """What one look at a source gave: the record of the fetch, and its entries."""

    source: Source
    record: FetchRecord
    entries: tuple[Entry, ...]


def watch_source(source: Source, client: Client, etag: str | None = None, last_modified: str | None = None) -> Look:
    """Look at `source` once. Conditional when validators are given."""
    started = datetime.now(UTC)
    headers = {k: v for k, v in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if v}
    url = source.url or ""
    answer: Answer | None
    try:
        answer = client.get(url, hosts=_hosts(source), headers=headers)
    except CannotFetch as error:
        found, answer = blind(Outcome.BROKEN, error.reason, error.detail), error.answer
    else:
        found = _recognise(source, answer)
    return Look(source, _record(source, started, answer, found, url), found.entries)


def _recognise(source: Source, answer: Answer) -> Yield:
    if answer.status == 304:
        return Yield((), Outcome.NOTHING_NEW, Reason.NOT_MODIFIED)
    try:
        return READERS[source.kind](answer)
    except Exception as error:  # a parser of ours must not stop the watch; the bytes are kept and the fault is shown
        log.exception("reading %s failed", source.id)
        return blind(Outcome.BROKEN, Reason.INTERNAL, f"{type(error).__name__}: {error}")


def _hosts(source: Source) -> set[str]:
    return {h for u in source.mirrors if (h := urlsplit(u).hostname)}


def _record(source: Source, started: datetime, answer: Answer | None, found: Yield, url: str) -> FetchRecord:
    headers = answer.headers if answer else {}
    return FetchRecord(
        source_id=source.id,
        started_at=started,
        ended_at=datetime.now(UTC),
        outcome=found.outcome,
        reason=found.reason,
        url=answer.url if answer else url,
        detail=found.detail,
        address=answer.address if answer else None,
        status=answer.status if answer else None,
        body=answer.body if answer else None,
        media_type=answer.media_type if answer else None,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        seen=len(found.entries),
    )
