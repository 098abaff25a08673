"""One look's way of asking: `get` goes to the net as the source's profile says, `read` to the parsers' processes. What a kind's `look` is given."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, KeptPage
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import ConnectionProfile, HttpAnswer
from monitor.kinds.registry import KINDS
from monitor.kinds.results import LookResult, failed_result
from monitor.parse.clean_entry import read_entry
from monitor.parse.parser_pool import Parsers, ParserStopped
from monitor.sources import Source

log = logging.getLogger(__name__)

SHRUNK = 3  # a list that is this many times shorter than last time is not the whole list
SHRUNK_FROM = 9  # shorter lists come and go


@dataclass(frozen=True)
class SourceMemory:
    """What is known of a source before a look."""

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    full_read_at: datetime | None = None
    failures: int = 0
    route: str | None = None  # the mirror or fallback in use
    probed_at: datetime | None = None
    keys: tuple[str, ...] = ()  # of the newest items, newest first
    urls: tuple[str, ...] = ()
    watch_state: Mapping[str, Any] = field(default_factory=dict)

    def since(self, name: str, now: datetime) -> float:
        """Seconds since the moment that the watch_state keeps under `name`; infinite where there is none."""
        said = self.watch_state.get(name)
        return (now - datetime.fromisoformat(said)).total_seconds() if said else float("inf")


NOTHING = SourceMemory()


@dataclass
class FetchSession:
    """One look. `pages` collects every answer that came: the evidence."""

    source: Source
    url: str
    client: Client
    parsers: Parsers
    memory: SourceMemory = NOTHING
    conditional: bool = True  # validators may be sent, the same bytes need not be read again
    robots: bool = False  # pages made for people: robots.txt is asked first
    pages: list[HttpAnswer] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get(self, url: str, conditional: bool = False) -> HttpAnswer:
        """Fetch a page of the source. Raises CannotFetch."""
        sent = (
            {"If-None-Match": self.memory.etag, "If-Modified-Since": self.memory.last_modified} if conditional and self.conditional else {}
        )
        answer = self.client.get(
            url, hosts=hosts(self.source), headers={k: v for k, v in sent.items() if v}, way=way_of(self.source), robots=self.robots
        )
        self.pages.append(answer)
        return answer

    def unchanged(self, answer: HttpAnswer) -> LookResult | None:
        """ "Nothing new", where the server says 304 or sent the very bytes that were read to the end last time."""
        if answer.status == 304:
            return LookResult((), FetchOutcome.NOTHING_NEW, FetchReason.NOT_MODIFIED)
        if self.conditional and self.memory.body_sha256 == hashlib.sha256(answer.body).hexdigest():
            return LookResult((), FetchOutcome.NOTHING_NEW, FetchReason.OK, "the same bytes as last time")
        return None

    def not_shrunk(self, found: LookResult) -> LookResult:
        """A list far shorter than last time is stored, and is suspicious."""
        if not found.good:
            return found
        count, before = len(found.versions), int(self.memory.watch_state.get("count") or 0)
        if before < SHRUNK_FROM or count * SHRUNK >= before:
            return found.but(watch_state={**found.watch_state, "count": count})
        says = f"{count} entries, {before} last time"
        return found.but(
            outcome=FetchOutcome.SUSPICIOUS,
            reason=FetchReason.SHRUNK,
            detail=says,
            doubts=(*found.doubts, says),
            watch_state={**found.watch_state, "count": count},
        )

    def read(self, reader: Callable[..., LookResult], answer: HttpAnswer, *more: Any) -> LookResult:
        """What `reader(answer, *more)` finds, read in a parser's process, its entries made clean. Never raises for what a page contains."""
        try:
            found: LookResult = self.parsers.run(_read, reader, answer, more, tuple(self.source.languages))
        except ParserStopped as error:
            return failed_result(FetchOutcome.BROKEN, FetchReason.STUCK, str(error))
        except Exception as error:  # a parser of ours must not stop the watch; the bytes are kept and the fault is shown
            log.exception("reading %s failed", self.source.id)
            return failed_result(FetchOutcome.BROKEN, FetchReason.INTERNAL, f"{type(error).__name__}: {error}")
        return found


def _read(reader: Callable[..., LookResult], answer: HttpAnswer, more: Sequence[Any], languages: tuple[str, ...]) -> LookResult:
    """In the parser's process: what comes back is clean text, the markup stays there."""
    found = reader(answer, *more)
    return replace(found, versions=found.versions + tuple(read_entry(e, languages) for e in found.entries), entries=())


def fetch_record(ask: FetchSession, found: LookResult, *, route: str | None = None, probed: bool = True, wait: float = 0.0) -> FetchRecord:
    """The record of a fetch that ends now: how it ended, the first answer, and all answers as evidence.

    `route`, `probed` and `wait` (seconds) as in FetchRecord.
    """
    first = ask.pages[0] if ask.pages else None
    headers: Mapping[str, str] = first.headers if first else {}
    unusual = [f"sent on from {first.redirects[0]}" if first and first.redirects else None, first.transport if first else None]
    return FetchRecord(
        source_id=ask.source.id,
        started_at=ask.started,
        ended_at=datetime.now(UTC),
        outcome=found.outcome,
        reason=found.reason,
        url=first.url if first else ask.url,
        detail=found.detail,
        address=first.address if first else None,
        status=first.status if first else None,
        body=first.body if first else None,
        media_type=first.media_type if first else None,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        seen=len(found.versions) or len(found.parts),
        quality=grade(found),
        doubts=(*found.doubts, *filter(None, unusual)),
        pages=tuple(KeptPage(a.url, a.status, a.address, a.body, a.media_type, a.redirects, a.transport) for a in ask.pages),
        body_sha256=hashlib.sha256(first.body).hexdigest() if first and found.good else None,
        route=route,
        probed=probed,
        wait=wait,
        watch_state=found.watch_state,
    )


def grade(found: LookResult) -> float:
    """Quality of a fetch from 0 to 1: 0 if broken, at most 0.3 if suspicious, 0.1 less for each doubt."""
    most = {FetchOutcome.BROKEN: 0.0, FetchOutcome.SUSPICIOUS: 0.3}.get(found.outcome, 1.0)
    return round(most * max(0.5, 1 - 0.1 * len(found.doubts)), 2)


def hosts(source: Source) -> set[str]:
    """The hosts that are the source's own: those of its addresses and of its name on the list."""
    addresses = [source.url, *source.mirrors, source.fallback.url if source.fallback else None, *source.hosts]
    named = {h for u in addresses if u and (h := urlsplit(u if "//" in u else f"//{u}").hostname)}
    twins = set(KINDS[source.kind].twin_hosts) | set(KINDS[source.fallback.kind].twin_hosts if source.fallback else ())
    return named | (twins if named & twins else set())


def way_of(source: Source) -> ConnectionProfile:
    """How the source's host is reached."""
    return ConnectionProfile(source.proxy, source.ca, source.tls)
