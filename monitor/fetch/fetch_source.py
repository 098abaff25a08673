"""One fetch of one source, with failover. Never raises for what a source does.

A source has an address, mirrors in order of trust, and optionally a fallback of another kind. Where
an address does not answer (no connection, time limit, 5xx), the next one is tried in the same
fetch; where it answers and cannot be read (4xx, a robot check), after the second failed fetch. Twin
hosts such as Telegram's are always tried at once. While another address is in use, the first is
probed after the delays of `PROBE_AFTER`. Items keep the address that they name themselves; the
fetch records the one that answered.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from db.items import NewVersion
from db.source_health import FAILED_PROBES
from monitor.fetch.fetch_session import NO_MEMORY, FetchSession, SourceMemory, fetch_record, own_hosts
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.fetch.schedule import max_age
from monitor.kinds.registry import KINDS, function
from monitor.kinds.results import ReadResult, failed_result
from monitor.parse.moved_hosts import new_address
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source

log = logging.getLogger(__name__)

# Seconds between unconditional requests: servers say 304 though the content changed
FULL_EVERY = 12 * 3600.0
# Seconds until a first address that did not answer is probed again, after the first, second, …
# failed probe
PROBE_AFTER = (600.0, 1800.0, 2 * 3600.0, 6 * 3600.0)
UNANSWERED = (FetchReason.DNS, FetchReason.CONNECT, FetchReason.TIMEOUT, FetchReason.TLS, FetchReason.HTTP_5XX)
ASKED_TO_WAIT = (FetchReason.HTTP_429, FetchReason.RETRY_LATER)
# Share of entries on hosts never seen in this source from which the domain is doubted
FOREIGN_SHARE = 0.8
LEAST_KNOWN = 10  # stored item addresses needed for that check


@dataclass(frozen=True)
class FetchedSource:
    """Result of one fetch: its record, its clean entries, and the result of the kind's reader."""

    source: Source
    record: FetchRecord
    entries: tuple[NewVersion, ...]
    result: ReadResult
    max_age: float = 0.0  # seconds, from Cache-Control
    answers: tuple[HttpAnswer, ...] = ()  # all answers of the fetch, in order


@dataclass(frozen=True)
class SourceAddress:
    """One address of a source."""

    url: str
    kind: str
    at_once: bool = False  # tried in the same fetch in which the previous one fails

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def addresses(source: Source) -> list[SourceAddress]:
    """The source's addresses in order: its own, twin hosts (t.me and telegram.me), the host it has
    moved to, mirrors, the fallback.
    """
    moved = new_address(source.url) if source.url else None
    candidates = [SourceAddress(u, source.kind) for u in dict.fromkeys((source.url, moved, *source.mirrors)) if u]
    parts, twins = urlsplit(source.url or ""), KINDS[source.kind].twin_hosts
    if parts.hostname in twins:
        candidates[1:1] = [
            SourceAddress(urlunsplit(parts._replace(netloc=t)), source.kind, at_once=True) for t in twins if t != parts.hostname
        ]
    if source.fallback:
        candidates.append(SourceAddress(source.fallback.url, source.fallback.kind))
    return candidates


def fetch_source(source: Source, client: Client, parsers: Parsers, memory: SourceMemory = NO_MEMORY) -> FetchedSource:
    """Fetch `source` once: its first address or the one in use, then the others if that fails."""
    started, tried = datetime.now(UTC), list[tuple[SourceAddress, ReadResult, FetchSession]]()
    for address in _route(source, memory, started):
        if tried and not _is_next(address, tried[-1][1].reason, memory):
            continue
        session = _session(source, address, client, parsers, memory, started)
        tried.append((address, _read_address(address.kind, session, memory), session))
        if tried[-1][1].outcome is not FetchOutcome.BROKEN:
            break
    best = next((t for t in reversed(tried) if t[1].outcome is not FetchOutcome.BROKEN), tried[0])
    return _outcome(source, best, tried, memory)


def _is_next(address: SourceAddress, failure: FetchReason, memory: SourceMemory) -> bool:
    """Whether `address` is tried in this fetch after the one before it failed with `failure`."""
    if address.at_once:
        # The other host belongs to the same operator, who has just asked for a pause
        return failure not in ASKED_TO_WAIT
    return failure in UNANSWERED or memory.failures >= 1 or memory.route is not None


def _route(source: Source, memory: SourceMemory, now: datetime) -> Iterator[SourceAddress]:
    """The addresses to try, in order; the caller stops at the first that works."""
    every = addresses(source)
    if not every:
        yield SourceAddress("", source.kind)
        return
    first = every[0]
    in_use = next((a for a in every[1:] if a.url == memory.route), None)
    if in_use is None:
        yield from every
        return
    delay = PROBE_AFTER[min(int(memory.watch_state.get(FAILED_PROBES) or 0), len(PROBE_AFTER) - 1)]
    probed = memory.probed_at is None or (now - memory.probed_at).total_seconds() >= delay
    yield from (first, in_use) if probed else (in_use,)
    yield from (a for a in every if a is not in_use and not (probed and a is first))


def _session(source: Source, address: SourceAddress, client: Client, parsers: Parsers, memory: SourceMemory, now: datetime) -> FetchSession:
    first = address.url == (source.url or "")
    full = memory.full_read_at is None or (now - memory.full_read_at).total_seconds() >= FULL_EVERY
    validators = memory if first or memory.route == address.url else replace(memory, etag=None, last_modified=None, body_sha256=None)
    return FetchSession(
        source,
        address.url,
        client,
        parsers,
        validators,
        conditional=not full and (memory.route or source.url) == address.url,
        robots=KINDS[address.kind].robots and source.robots == "obey",
        started=now,
    )


def _read_address(kind: str, session: FetchSession, memory: SourceMemory) -> ReadResult:
    """Fetch and read one address. Every failure becomes a failed result."""
    try:
        fetch = KINDS[kind].fetch
        if fetch is None:
            return failed_result(FetchOutcome.BROKEN, FetchReason.UNSUPPORTED, f"a {kind} is not watched")
        return _same_source(function(fetch)(session), session, memory)
    except CannotFetch as error:
        if error.answer is not None and error.answer not in session.pages:
            session.pages.append(error.answer)
        return failed_result(FetchOutcome.BROKEN, error.reason, error.detail, facts={"wait": error.wait})
    except Exception as error:  # a bug must not stop watching; it is reported as an internal error
        log.exception("fetching %s failed", session.source.id)
        return failed_result(FetchOutcome.BROKEN, FetchReason.INTERNAL, f"{type(error).__name__}: {error}")


def _same_source(result: ReadResult, session: FetchSession, memory: SourceMemory) -> ReadResult:
    """`result`, or a failure if nearly all entries are on hosts never seen in this source (a sold
    domain).
    """
    if not result.good or len(result.versions) < 3 or len(memory.urls) < LEAST_KNOWN:
        return result
    known = {_bare(u) for u in memory.urls} | {h.removeprefix("www.") for h in own_hosts(session.source)}
    foreign = Counter(_bare(v.url) for v in result.versions if _bare(v.url) not in known)
    if sum(foreign.values()) < FOREIGN_SHARE * len(result.versions):
        return result
    hosts = ", ".join(host for host, _ in foreign.most_common(3))
    detail = f"{sum(foreign.values())} of {len(result.versions)} entries point to {hosts}, never seen in this source"
    return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY, f"{detail}: the domain may have changed hands")


def _bare(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _probes(source: Source, tried: Sequence[tuple[SourceAddress, ReadResult, FetchSession]], memory: SourceMemory) -> dict[str, int]:
    """What to remember of the first address: failed probes since another one is in use. One that
    answers and cannot be read is probed after the longest delay.
    """
    first = next((r for a, r, _ in tried if a.url == (source.url or "")), None)
    if first is None:
        return {}
    if first.outcome is not FetchOutcome.BROKEN:
        return {FAILED_PROBES: 0}
    before = int(memory.watch_state.get(FAILED_PROBES) or 0) if memory.route else -1
    return {FAILED_PROBES: before + 1 if first.reason in UNANSWERED else len(PROBE_AFTER) - 1}


def _outcome(
    source: Source,
    best: tuple[SourceAddress, ReadResult, FetchSession],
    tried: list[tuple[SourceAddress, ReadResult, FetchSession]],
    memory: SourceMemory,
) -> FetchedSource:
    address, result, session = best
    failed = [f"{a.host}: {r.reason.value}" for a, r, _ in tried if a is not address]
    detail = "; ".join(filter(None, (result.detail, f"tried before: {', '.join(failed)}" if failed and result.good else "")))
    watch_state = {**result.watch_state, **_probes(source, tried, memory)}
    record = fetch_record(
        session, replace(result, detail=detail or None, watch_state=watch_state), route=None if address.url == (source.url or "") else address.url,
        probed=any(a.url == source.url for a, _, _ in tried), wait=max(float(r.facts.get("wait") or 0.0) for _, r, _ in tried),
    )  # fmt: skip
    fresh_for = max_age(session.pages[0].headers) if session.pages else 0.0
    return FetchedSource(source, record, result.versions, result, fresh_for, tuple(session.pages))
