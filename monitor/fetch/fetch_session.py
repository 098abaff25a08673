"""FetchSession: the argument of the `fetch` function of a kind, to fetch pages and parse them.

`get` sends requests with the source's connection profile; `read` parses in a parser process.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, KeptPage
from db.items import NewVersion
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import ConnectionProfile, HttpAnswer
from monitor.kinds.registry import KINDS
from monitor.kinds.results import ReadResult, failed_result
from monitor.parse.clean_entry import read_entry
from monitor.parse.documents import DOCUMENTS, file_kind
from monitor.parse.future_dates import without_future_dates
from monitor.parse.moved_hosts import new_host
from monitor.parse.parser_pool import Parsers, ParserStopped
from monitor.sources import Source

log = logging.getLogger(__name__)

SHRUNK = 3  # a list this many times shorter than last time is not the whole list
SHRUNK_FROM = 9  # entries last time; shorter lists vary too much


@dataclass(frozen=True)
class SourceMemory:
    """What is stored about a source, as input of its next fetch."""

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    full_read_at: datetime | None = None
    failures: int = 0
    route: str | None = None  # the mirror or fallback in use
    probed_at: datetime | None = None
    keys: tuple[str, ...] = ()  # item keys, newest first
    urls: tuple[str, ...] = ()
    watch_state: Mapping[str, Any] = field(default_factory=dict)

    def since(self, name: str, now: datetime) -> float:
        """Seconds since the time stored in `watch_state[name]`; infinite if there is none."""
        stored = self.watch_state.get(name)
        return (now - datetime.fromisoformat(stored)).total_seconds() if stored else float("inf")


NO_MEMORY = SourceMemory()


@dataclass
class FetchSession:
    """One fetch of one source. `pages` collects all answers, as evidence."""

    source: Source
    url: str
    client: Client
    parsers: Parsers
    memory: SourceMemory = NO_MEMORY
    conditional: bool = True  # send validators; skip bytes that were read before
    robots: bool = False  # pages made for people: robots.txt is read first
    pages: list[HttpAnswer] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get(self, url: str, conditional: bool = False) -> HttpAnswer:
        """Fetch a page of the source. Raises CannotFetch."""
        validators = (
            {"If-None-Match": self.memory.etag, "If-Modified-Since": self.memory.last_modified} if conditional and self.conditional else {}
        )
        answer = self.client.get(
            url,
            hosts=own_hosts(self.source),
            headers={k: v for k, v in validators.items() if v},
            profile=connection_profile(self.source),
            robots=self.robots,
        )
        self.pages.append(answer)
        return answer

    def unchanged(self, answer: HttpAnswer) -> ReadResult | None:
        """A "nothing new" result for a 304 or for the same bytes as last time; else None."""
        if answer.status == 304:
            return ReadResult((), FetchOutcome.NOTHING_NEW, FetchReason.NOT_MODIFIED)
        if self.conditional and self.memory.body_sha256 == hashlib.sha256(answer.body).hexdigest():
            return ReadResult((), FetchOutcome.NOTHING_NEW, FetchReason.OK, "the same bytes as last time")
        return None

    def not_shrunk(self, result: ReadResult) -> ReadResult:
        """`result`, marked as suspicious if the list is far shorter than last time."""
        if not result.good:
            return result
        count, before = len(result.versions), int(self.memory.watch_state.get("count") or 0)
        if before < SHRUNK_FROM or count * SHRUNK >= before:
            return replace(result, watch_state={**result.watch_state, "count": count})
        doubt = f"{count} entries, {before} last time"
        return replace(
            result,
            outcome=FetchOutcome.SUSPICIOUS,
            reason=FetchReason.SHRUNK,
            detail=doubt,
            doubts=(*result.doubts, doubt),
            watch_state={**result.watch_state, "count": count},
        )

    def read(self, reader: Callable[..., ReadResult], answer: HttpAnswer, *more: Any) -> ReadResult:
        """Result of `reader(answer, *more)` in a parser process, with clean entries.

        Never raises for what a page contains.
        """
        try:
            result: ReadResult = self.parsers.run(_read, reader, answer, more, tuple(self.source.languages), self.started)
        except ParserStopped as error:
            return failed_result(FetchOutcome.BROKEN, FetchReason.STUCK, str(error))
        except Exception as error:  # a bug of a parser; stored with the bytes
            log.exception("reading %s failed", self.source.id)
            return failed_result(FetchOutcome.BROKEN, FetchReason.INTERNAL, f"{type(error).__name__}: {error}")
        return result


def _read(
    reader: Callable[..., ReadResult], answer: HttpAnswer, more: Sequence[Any], languages: tuple[str, ...], now: datetime
) -> ReadResult:
    """Runs in the parser process; only clean text is returned from it."""
    kind = file_kind(answer.body)
    if kind is not None and kind not in DOCUMENTS:
        return failed_result(FetchOutcome.BROKEN, FetchReason.NOT_TEXT, f"the answer is not text: {kind}")
    return with_clean_entries(reader(answer, *more), languages, now)


def with_clean_entries(result: ReadResult, languages: tuple[str, ...], now: datetime) -> ReadResult:
    """`result` with its entries as versions. A failure is confined to its entry; dates after `now`
    are corrected.

    Both are named in the doubts.
    """
    versions, failures = list[NewVersion](), list[str]()
    for entry in result.entries:
        try:
            versions.append(read_entry(entry, languages))
        except Exception as error:  # one entry must not hide the others; the bytes are stored
            log.exception("reading an entry failed")
            failures.append(f"{type(error).__name__}: {error}"[:200])
    dated, date_doubts = without_future_dates(versions, now)
    result = replace(result, versions=(*result.versions, *dated), entries=(), doubts=(*result.doubts, *date_doubts))
    if not failures:
        return result
    doubt = f"{len(failures)} entries could not be read ({failures[0]})"
    reason = FetchReason.SOME_UNREADABLE if result.good else result.reason
    return replace(result, reason=reason, detail=result.detail or doubt, doubts=(*result.doubts, doubt))


def fetch_record(
    session: FetchSession, result: ReadResult, *, route: str | None = None, probed: bool = True, wait: float = 0.0
) -> FetchRecord:
    """Record of a fetch that ends now: its result, the first answer, and all answers as evidence.

    `route`, `probed` and `wait` (seconds) as in FetchRecord.
    """
    first = session.pages[0] if session.pages else None
    headers: Mapping[str, str] = first.headers if first else {}
    moved = "moved permanently" if first and first.moved else "redirected"
    unusual = [f"{moved} from {first.redirects[0]}" if first and first.redirects else None, first.transport if first else None]
    return FetchRecord(
        source_id=session.source.id,
        started_at=session.started,
        ended_at=datetime.now(UTC),
        outcome=result.outcome,
        reason=result.reason,
        url=first.url if first else session.url,
        detail=result.detail,
        address=first.address if first else None,
        status=first.status if first else None,
        body=first.body if first else None,
        media_type=first.media_type if first else None,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        seen=len(result.versions) or len(result.parts),
        quality=grade(result),
        doubts=(*result.doubts, *filter(None, unusual)),
        pages=tuple(KeptPage(a.url, a.status, a.address, a.body, a.media_type, a.redirects, a.transport) for a in session.pages),
        body_sha256=hashlib.sha256(first.body).hexdigest() if first and result.good else None,
        route=route,
        probed=probed,
        wait=wait,
        watch_state=result.watch_state,
    )


def grade(result: ReadResult) -> float:
    """Quality of a fetch from 0 to 1: 0 if broken, at most 0.3 if suspicious, 0.1 less for each
    doubt.
    """
    maximum = {FetchOutcome.BROKEN: 0.0, FetchOutcome.SUSPICIOUS: 0.3}.get(result.outcome, 1.0)
    return round(maximum * max(0.5, 1 - 0.1 * len(result.doubts)), 2)


def own_hosts(source: Source) -> set[str]:
    """The source's own hosts: those of its addresses, its `hosts`, where these have moved,
    and the twin hosts of its kind.
    """
    addresses = [source.url, *source.mirrors, source.fallback.url if source.fallback else None, *source.hosts]
    named = {h for u in addresses if u and (h := urlsplit(u if "//" in u else f"//{u}").hostname)}
    named |= {new_host(h) for h in named}
    twins = set(KINDS[source.kind].twin_hosts) | set(KINDS[source.fallback.kind].twin_hosts if source.fallback else ())
    return named | (twins if named & twins else set())


def connection_profile(source: Source) -> ConnectionProfile:
    """Connection settings of the source."""
    return ConnectionProfile(source.proxy, source.ca, source.tls)
