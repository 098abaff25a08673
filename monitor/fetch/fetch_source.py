"""One look at one source: fetch, recognise what came, end in one of four outcomes. Never raises for what a source does.

A source has an address, mirrors in order of trust, and perhaps a fallback of another kind. When the first address fails twice running (Telegram's
hosts: at once, they show the same) the next is tried in the same look; while another is in use the first is tried again every `PROBE_EVERY`. Items
carry the address that they name themselves; the fetch records the one that answered.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from db.items import NewVersion
from monitor.fetch.fetch_session import NOTHING, FetchSession, SourceMemory, fetch_record, hosts
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch
from monitor.fetch.schedule import max_age
from monitor.kinds.registry import KINDS, function
from monitor.kinds.results import LookResult, failed_result
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source

log = logging.getLogger(__name__)

FULL_EVERY = 12 * 3600.0  # seconds after which an answer must come whole: servers say 304 though the content has changed
PROBE_EVERY = 6 * 3600.0  # seconds between two tries of a first address that failed
ASKED_TO_WAIT = (FetchReason.HTTP_429, FetchReason.RETRY_LATER)
ELSEWHERE = 0.8  # share of entries that may point to hosts nobody has seen in this source before
LEAST_KNOWN = 10  # addresses of items that must be known before that is judged


@dataclass(frozen=True)
class LookOutcome:
    """What one look at a source gave: the record of the fetch, its entries made clean, and what its kind found besides."""

    source: Source
    record: FetchRecord
    entries: tuple[NewVersion, ...]
    found: LookResult
    max_age: float = 0.0  # seconds for which the server calls its answer fresh


@dataclass(frozen=True)
class SourceAddress:
    """Where a look may go."""

    url: str
    kind: str
    at_once: bool = False  # tried as soon as the one before it fails

    @property
    def hosts(self) -> str:
        return urlsplit(self.url).hostname or ""


def addresses(source: Source) -> list[SourceAddress]:
    """The source's addresses in order: its own, the same on twin hosts (t.me and telegram.me), mirrors, the fallback."""
    found = [SourceAddress(u, source.kind) for u in (source.url, *source.mirrors) if u]
    parts, twins = urlsplit(source.url or ""), KINDS[source.kind].twin_hosts
    if parts.hostname in twins:
        found[1:1] = [SourceAddress(urlunsplit(parts._replace(netloc=t)), source.kind, at_once=True) for t in twins if t != parts.hostname]
    if source.fallback:
        found.append(SourceAddress(source.fallback.url, source.fallback.kind))
    return found


def watch_source(source: Source, client: Client, parsers: Parsers, memory: SourceMemory = NOTHING) -> LookOutcome:
    """Look at `source` once, at its first address or the one in use, and elsewhere when that fails."""
    started, tried = datetime.now(UTC), list[tuple[SourceAddress, LookResult, FetchSession]]()
    for address in _route(source, memory, started):
        if address.at_once and tried and tried[-1][1].reason in ASKED_TO_WAIT:
            continue  # the same house under another name: it has just asked us to wait
        ask = _ask(source, address, client, parsers, memory, started)
        tried.append((address, _recognise(address.kind, ask, memory), ask))
        if tried[-1][1].outcome is not FetchOutcome.BROKEN:
            break
    best = next((t for t in reversed(tried) if t[1].outcome is not FetchOutcome.BROKEN), tried[0])
    return _look(source, best, tried)


def _route(source: Source, memory: SourceMemory, now: datetime) -> Iterator[SourceAddress]:
    """The addresses to try, in order; the caller stops at the first that gives something."""
    every = addresses(source)
    if not every:
        yield SourceAddress("", source.kind)
        return
    first, others = every[0], every[1:]
    in_use = next((a for a in others if a.url == memory.route), None)
    if in_use is None:
        yield first
        yield from (a for a in others if a.at_once or memory.failures >= 1)
        return
    if memory.probed_at is None or (now - memory.probed_at).total_seconds() >= PROBE_EVERY:
        yield first
    yield in_use
    yield from (a for a in every if a is not in_use)


def _ask(source: Source, address: SourceAddress, client: Client, parsers: Parsers, memory: SourceMemory, now: datetime) -> FetchSession:
    first = address.url == (source.url or "")
    full = memory.full_read_at is None or (now - memory.full_read_at).total_seconds() >= FULL_EVERY
    remembered = memory if first or memory.route == address.url else replace(memory, etag=None, last_modified=None, body_sha256=None)
    return FetchSession(
        source,
        address.url,
        client,
        parsers,
        remembered,
        conditional=not full and (memory.route or source.url) == address.url,
        robots=KINDS[address.kind].robots and source.robots == "obey",
        started=now,
    )


def _recognise(kind: str, ask: FetchSession, memory: SourceMemory) -> LookResult:
    """What a look at one address gave. Every failure is a yield of its own."""
    try:
        look = KINDS[kind].look
        if look is None:
            return failed_result(FetchOutcome.BROKEN, FetchReason.UNSUPPORTED, f"a {kind} is not watched")
        return _same_source(function(look)(ask), ask, memory)
    except CannotFetch as error:
        if error.answer is not None and error.answer not in ask.pages:
            ask.pages.append(error.answer)
        return failed_result(FetchOutcome.BROKEN, error.reason, error.detail, facts={"wait": error.wait})
    except Exception as error:  # a fault of ours must not stop the watch; it is shown as what it is
        log.exception("looking at %s failed", ask.source.id)
        return failed_result(FetchOutcome.BROKEN, FetchReason.INTERNAL, f"{type(error).__name__}: {error}")


def _same_source(found: LookResult, ask: FetchSession, memory: SourceMemory) -> LookResult:
    """Domains are sold: a list whose entries suddenly point to hosts never seen in this source is another site's."""
    if not found.good or len(found.versions) < 3 or len(memory.urls) < LEAST_KNOWN:
        return found
    known = {_bare(u) for u in memory.urls} | {h.removeprefix("www.") for h in hosts(ask.source)}
    strange = Counter(_bare(v.url) for v in found.versions if _bare(v.url) not in known)
    if sum(strange.values()) < ELSEWHERE * len(found.versions):
        return found
    says = f"{sum(strange.values())} of {len(found.versions)} entries point to {', '.join(h for h, _ in strange.most_common(3))}, never seen here before"
    return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY, f"{says}: has the domain changed hands?")


def _bare(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _look(
    source: Source, best: tuple[SourceAddress, LookResult, FetchSession], tried: list[tuple[SourceAddress, LookResult, FetchSession]]
) -> LookOutcome:
    address, found, ask = best
    failed = [f"{a.hosts}: {y.reason.value}" for a, y, _ in tried if a is not address]
    detail = "; ".join(filter(None, (found.detail, f"tried before: {', '.join(failed)}" if failed and found.good else "")))
    record = fetch_record(
        ask, replace(found, detail=detail or None), route=None if address.url == (source.url or "") else address.url,
        probed=any(a.url == source.url for a, _, _ in tried), wait=max(float(y.facts.get("wait") or 0.0) for _, y, _ in tried),
    )  # fmt: skip
    return LookOutcome(source, record, found.versions, found, max_age(ask.pages[0].headers) if ask.pages else 0.0)
