"""Fetches: the result of one, and storing it with its entries, bytes and the state of its
source.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Integer, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from db import source_health
from db.enums import GOOD_OUTCOMES, FetchOutcome, FetchReason, Urgency
from db.items import ADD_VERSIONS, NewVersion, UrgencyOf, add_versions, changed_entries, version_values
from db.models import CaptureRow, FetchPageRow, FetchRow, ItemVersionRow, PendingArticleRow, SourceRow
from db.sources import watched_sources
from db.statements import insert_into

# Next attempt of a page that was given up; its row stays and says why
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_ADD_FETCH, _ADD_PAGES = insert_into(FetchRow), insert_into(FetchPageRow)
# By the name of the dialect; another process may have stored the same bytes in the meantime
_ADD_CAPTURE = {
    name: made(cast(Table, CaptureRow.__table__)).on_conflict_do_nothing(index_elements=["sha256"])
    for name, made in (("postgresql", pg_insert), ("sqlite", sqlite_insert))
}
_IS_CAPTURED = select(CaptureRow.sha256).where(CaptureRow.sha256 == bindparam("sha256"))


@dataclass(frozen=True)
class KeptPage:
    """One response of a fetch, as evidence."""

    url: str
    status: int | None
    address: str | None
    body: bytes
    media_type: str | None = None
    redirects: tuple[str, ...] = ()
    transport: str | None = None


@dataclass(frozen=True)
class FetchRecord:
    """The result of one fetch; stored as one FetchRow."""

    source_id: str
    started_at: datetime
    ended_at: datetime
    outcome: FetchOutcome
    reason: FetchReason
    url: str
    detail: str | None = None
    address: str | None = None
    status: int | None = None
    body: bytes | None = None
    media_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    seen: int = 0
    quality: float | None = None
    doubts: tuple[str, ...] = ()
    pages: tuple[KeptPage, ...] = ()  # all responses of the fetch; empty if `body` is the only one
    body_sha256: str | None = None  # of a response that was read to the end
    wait: float = 0.0  # seconds that the server asked us to wait
    route: str | None = None  # the mirror or fallback that answered; None: the first address
    probed: bool = True  # the first address was tried in this fetch
    watch_state: Mapping[str, Any] = field(default_factory=dict)  # for the next fetch


@dataclass
class StoredFetch:
    """What storing a fetch changed."""

    fetch_id: int
    outcome: FetchOutcome
    new: int = 0
    edited: int = 0
    version_ids: list[int] = field(default_factory=list)
    item_ids: dict[str, int] = field(default_factory=dict)  # key → item, of what is new or edited
    # Entries of items that were not known before
    fresh: list[NewVersion] = field(default_factory=list)
    state: source_health.HealthChange | None = None  # the new state of the source, if it changed


def store_fetch(
    session: Session,
    record: FetchRecord,
    entries: Sequence[NewVersion],
    period: int,
    urgency_of: UrgencyOf = lambda _: Urgency.NONE,
) -> StoredFetch:
    """Store one fetch and all its entries in the caller's transaction: all of it or nothing.

    An entry whose item is known with the same text changes nothing; a changed text becomes a new
    version; an unknown key a new item. `period`: seconds until the source is due again when all is
    well; bad outcomes slow it down up to eightfold and never disable it. `urgency_of` is asked
    of each version that is stored.

    Rows are inserted by statements on tables, not as objects: with objects the first fetch of 1,000
    feeds took three times as long.
    """
    with session.no_autoflush:  # the sources of one transaction are updated together, at its end
        source = session.get_one(SourceRow, record.source_id)
        changed = changed_entries(session, record.source_id, _last_of_each_key(entries))
        outcome = record.outcome
        if outcome in GOOD_OUTCOMES:
            outcome = FetchOutcome.NEW_ITEMS if changed else FetchOutcome.NOTHING_NEW
        new = sum(item is None for _, item, _ in changed)
        keep = (
            bool(changed)
            or bool(record.watch_state.get("parts_changed"))
            or (outcome not in GOOD_OUTCOMES and _is_new_problem(source, record))
        )
        fetch_id = _add_fetch(session, record, outcome, new, len(changed) - new, _pages(record) if keep else ())
        stored = StoredFetch(fetch_id, outcome, new, len(changed) - new, fresh=[e for e, item, _ in changed if item is None])
        stored.version_ids, stored.item_ids = add_versions(session, record.source_id, fetch_id, changed, record.ended_at, urgency_of)
        _update_source(source, record, outcome, new, period)
        stored.state = source_health.update_health(session, source, record.ended_at, outcome, record.reason, record.detail)
    return stored


def _add_fetch(
    session: Session, record: FetchRecord, outcome: FetchOutcome, new: int, edited: int, kept: Sequence[KeptPage], detail: str | None = None
) -> int:
    """Store the row of a fetch and its kept responses; returns its id."""
    captures = [_keep_capture(session, page, record.ended_at) for page in kept]
    values = {
        "source_id": record.source_id, "started_at": record.started_at, "ended_at": record.ended_at, "outcome": outcome.value,
        "reason": record.reason.value, "detail": detail or record.detail, "url": record.url, "address": record.address, "status": record.status,
        "size": _size(record), "seen": record.seen, "new": new, "edited": edited, "quality": record.quality,
        "doubts": list(record.doubts) or None, "capture_sha256": captures[0] if captures else None,
    }  # fmt: skip
    added = cast(CursorResult[Any], session.execute(_ADD_FETCH, values)).inserted_primary_key
    assert added is not None
    pages = [
        {
            "fetch_id": added[0], "position": position, "url": page.url, "status": page.status, "address": page.address,
            "redirects": list(page.redirects), "transport": page.transport, "capture_sha256": sha256, "received_at": record.ended_at,
        }
        for position, (page, sha256) in enumerate(zip(kept, captures, strict=True))
    ]  # fmt: skip
    if pages:
        session.execute(_ADD_PAGES, pages)
    return int(added[0])


def _size(record: FetchRecord) -> int:
    return sum(len(p.body) for p in record.pages) if record.pages else len(record.body or b"")


def _last_of_each_key(entries: Sequence[NewVersion]) -> list[NewVersion]:
    """The last entry of each key: a feed that lists an item twice gives it once."""
    return list({e.key: e for e in entries}.values())


def _is_new_problem(source: SourceRow, record: FetchRecord) -> bool:
    """Whether to keep the bytes of a bad response: the reason differs from the last fetch, or it is
    the first fetch of the day.
    """
    last = source.last_fetch_at
    return source.last_reason != record.reason.value or last is None or last.date() != record.ended_at.date()


def _pages(record: FetchRecord) -> tuple[KeptPage, ...]:
    if record.pages:
        return record.pages
    if record.body is None:
        return ()
    return (KeptPage(record.url, record.status, record.address, record.body, record.media_type),)


def _keep_capture(session: Session, page: KeptPage, now: datetime) -> str:
    sha256 = hashlib.sha256(page.body).hexdigest()
    if session.scalar(_IS_CAPTURED, {"sha256": sha256}):
        return sha256
    values = {
        "sha256": sha256, "deflated": zlib.compress(page.body, 6), "size": len(page.body), "media_type": page.media_type, "url": page.url,
        "received_at": now,
    }  # fmt: skip
    session.execute(_ADD_CAPTURE[session.get_bind().dialect.name], values)
    return sha256


def _update_source(source: SourceRow, record: FetchRecord, outcome: FetchOutcome, new: int, period: int) -> None:
    good = outcome in GOOD_OUTCOMES
    source.leased_until = source.lease_owner = None
    source.watch_state = source_health.remember(source, record.watch_state, record.ended_at, new if good else 0)
    source.last_fetch_at = record.ended_at
    source.last_outcome, source.last_reason, source.last_quality = outcome.value, record.reason.value, record.quality
    source.failures = 0 if good else source.failures + 1
    source.next_due_at = record.ended_at + timedelta(
        seconds=max(record.wait, _slowed_period(period, source.failures) * _jitter(source, record))
    )
    source.route = record.route if good else source.route
    if record.probed:
        source.probed_at = record.ended_at
    if good:
        source.last_good_at = record.ended_at
        if record.status == 200:  # validators only after a fully processed response
            source.etag, source.last_modified = record.etag, record.last_modified
            source.full_read_at, source.body_sha256 = record.ended_at, record.body_sha256


def _slowed_period(period: int, failures: int) -> int:
    """Failures lengthen the interval up to eightfold, at most to a day; they never disable a
    source.
    """
    return max(period, min(period << min(3, failures), 86_400))


def _jitter(source: SourceRow, record: FetchRecord) -> float:
    """1.0 to 1.1, different for each source and fetch, so that sources with one period spread
    out.
    """
    return 1 + zlib.crc32(f"{source.id}{record.ended_at.timestamp()}".encode()) % 1000 / 10_000


def capture_body(capture: CaptureRow) -> bytes:
    """The bytes as received."""
    return zlib.decompress(capture.deflated)


def store_page(
    session: Session,
    item_id: int,
    record: FetchRecord,
    read: NewVersion | None,
    entry_hash: str,
    retry: timedelta | None,
    urgency_of: UrgencyOf = lambda _: Urgency.NONE,
) -> None:
    """Store the result of reading an item's own page: a version with its text; or the reason why
    not, and the next attempt after `retry` (None: never).
    """
    pending = session.get_one(PendingArticleRow, item_id)
    if read is None:
        pending.attempts, pending.reason = pending.attempts + 1, record.reason.value
        pending.due_at = record.ended_at + retry if retry is not None else NEVER
        return
    fetch_id = _add_fetch(session, replace(record, seen=1), record.outcome, 0, 0, _pages(record), "the item's own page")
    number = session.scalars(select(func.max(ItemVersionRow.number)).where(ItemVersionRow.item_id == item_id)).one() + 1
    session.execute(ADD_VERSIONS, [version_values(read, item_id, number, fetch_id, record.ended_at, urgency_of, entry_hash)])
    session.delete(pending)


def coverage(session: Session, start: datetime, end: datetime) -> list[tuple[SourceRow, int, int]]:
    """(source, good fetches, bad fetches) of every listed, watched source within [start, end)."""
    good = func.sum(func.coalesce(FetchRow.outcome.in_([o.value for o in GOOD_OUTCOMES]), False).cast(Integer))
    counts = {
        sid: (int(g or 0), int(n))
        for sid, g, n in session.execute(
            # Naming the sources lets the index (source, time) be used: only rows of the period are
            # read
            select(FetchRow.source_id, good, func.count())
            .where(FetchRow.source_id.in_(select(SourceRow.id)), FetchRow.started_at >= start, FetchRow.started_at < end)
            .group_by(FetchRow.source_id)
        )
    }
    read = ((source, *counts.get(source.id, (0, 0))) for source in watched_sources(session))
    return [(source, well, total - well) for source, well, total in read]


def newest_fetch(session: Session, before: datetime) -> datetime | None:
    """Start of the newest stored fetch that began before a moment; None where there is none."""
    return session.scalar(select(FetchRow.started_at).where(FetchRow.started_at < before).order_by(FetchRow.id.desc()).limit(1))


def last_good_fetches(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, datetime]:
    """source id → its last good fetch before a moment; sources without one are left out."""
    good = [o.value for o in GOOD_OUTCOMES]
    newest = {}
    for source in source_ids:  # one index probe each; GROUP BY would read the whole history
        at = session.scalar(
            select(FetchRow.started_at)
            .where(FetchRow.source_id == source, FetchRow.started_at < before, FetchRow.outcome.in_(good))
            .order_by(FetchRow.started_at.desc())
            .limit(1)
        )
        if at is not None:
            newest[source] = at
    return newest


def last_fetches(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, FetchRow]:
    """source id → its last fetch before a moment."""
    newest = {}
    for source in source_ids:
        row = session.scalar(
            select(FetchRow).where(FetchRow.source_id == source, FetchRow.started_at < before).order_by(FetchRow.started_at.desc()).limit(1)
        )
        if row is not None:
            newest[source] = row
    return newest


def first_fetches(session: Session, source_ids: Sequence[str]) -> dict[str, datetime]:
    """source id → its first fetch."""
    rows = session.execute(
        select(FetchRow.source_id, func.min(FetchRow.started_at)).where(FetchRow.source_id.in_(source_ids)).group_by(FetchRow.source_id)
    )
    return {k: v for k, v in rows}  # noqa: C416
