"""Queries about watching: sources and when they are due, fetches with their outcome, items and their versions."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, func, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from db.models import Capture, Fetch, Item, ItemVersion, Source, SourceVersion
from db.words import Kind, Outcome, Reason


@dataclass(frozen=True)
class NewVersion:
    """One entry as read: what is stored if the item is new or its text has changed."""

    key: str
    url: str
    title: str
    text: str
    lang: str | None
    published_at: datetime | None
    edited_at: datetime | None
    origin: str | None
    content_hash: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FetchRecord:
    """What one fetch gave; stored as one Fetch row."""

    source_id: str
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    reason: Reason
    url: str
    detail: str | None = None
    address: str | None = None
    status: int | None = None
    body: bytes | None = None
    media_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    seen: int = 0


@dataclass
class Stored:
    """What storing a fetch changed."""

    fetch_id: int
    outcome: Outcome
    new: int = 0
    edited: int = 0
    version_ids: list[int] = field(default_factory=list)


def register_sources(session: Session, sources: Sequence[dict[str, Any]], now: datetime) -> None:
    """Bring the watch list into the database: new rows, changed profiles as new versions, vanished rows unlisted."""
    known = {s.id: s for s in session.scalars(select(Source))}
    for config in sources:
        row = known.pop(config["id"], None)
        if row is None:
            row = Source(id=config["id"], next_due_at=now, failures=0)
            session.add(row)
        elif row.kind != config["kind"] or row.url != (config.get("url") or ""):
            row.etag = row.last_modified = None  # validators of another address mean nothing
            row.next_due_at = now
        row.name, row.kind, row.url = config["name"], config["kind"], config.get("url") or ""
        row.tier, row.config, row.listed = config["tier"], config, True
        _keep_profile(session, config, now)
    for row in known.values():
        row.listed = False


def _keep_profile(session: Session, config: dict[str, Any], now: datetime) -> None:
    digest = hashlib.sha256(json.dumps(config, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    session.flush()
    if not session.scalar(select(SourceVersion.id).where(SourceVersion.source_id == config["id"], SourceVersion.digest == digest)):
        session.add(SourceVersion(source_id=config["id"], digest=digest, config=config, since=now))


def due_sources(session: Session, now: datetime, kinds: Sequence[Kind], limit: int = 10_000) -> list[Source]:
    """The ONE place where "due" is coded: listed, of a kind that can be watched, and its time has come."""
    return list(
        session.scalars(
            select(Source)
            .where(Source.listed, Source.kind.in_([k.value for k in kinds]), or_(Source.next_due_at.is_(None), Source.next_due_at <= now))
            .order_by(Source.next_due_at)
            .limit(limit)
        )
    )


def store_fetch(session: Session, record: FetchRecord, entries: Sequence[NewVersion], period: int) -> Stored:
    """Store one fetch and all its entries in the caller's transaction: all of it or nothing.

    An entry whose item is known with the same text changes nothing; a changed text becomes a new version; an unknown key a new item.
    `period`: seconds until the source is due again when all is well; bad outcomes slow it down up to eightfold and never disable it.
    """
    source = session.get_one(Source, record.source_id)
    fresh = [
        (e, item, number)
        for e in _once(entries)
        if (item := _find(session, record.source_id, e)) is not _UNCHANGED
        for number in [_next(session, item)]
    ]
    outcome = record.outcome
    if outcome in (Outcome.NEW_ITEMS, Outcome.NOTHING_NEW):
        outcome = Outcome.NEW_ITEMS if fresh else Outcome.NOTHING_NEW
    keep_bytes = record.body is not None and (bool(fresh) or outcome in (Outcome.SUSPICIOUS, Outcome.BROKEN))
    new = sum(item is None for _, item, _ in fresh)
    row = Fetch(
        source_id=record.source_id, started_at=record.started_at, ended_at=record.ended_at, outcome=outcome.value, reason=record.reason.value,
        detail=record.detail, url=record.url, address=record.address, status=record.status, size=len(record.body or b""), seen=record.seen,
        new=new, edited=len(fresh) - new, capture_sha256=_keep_capture(session, record) if keep_bytes else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    stored = Stored(row.id, outcome, new, len(fresh) - new)
    for entry, item, number in fresh:
        stored.version_ids.append(_add_version(session, record, row.id, entry, item, number))
    _update_state(source, record, outcome, period)
    return stored


_UNCHANGED = Item(id=-1)


def _once(entries: Sequence[NewVersion]) -> list[NewVersion]:
    """The last entry of each key: a feed that lists an item twice gives it once."""
    return list({e.key: e for e in entries}.values())


def _find(session: Session, source_id: str, entry: NewVersion) -> Item | None:
    """The entry's item, None if it is unknown, _UNCHANGED if its newest text is this one."""
    item = session.scalar(select(Item).where(Item.source_id == source_id, Item.key == entry.key))
    if item is None:
        return None
    newest = session.scalar(
        select(ItemVersion.content_hash).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number.desc()).limit(1)
    )
    return _UNCHANGED if newest == entry.content_hash else item


def _next(session: Session, item: Item | None) -> int:
    if item is None:
        return 1
    return 1 + (session.scalar(select(func.max(ItemVersion.number)).where(ItemVersion.item_id == item.id)) or 0)


def _add_version(session: Session, record: FetchRecord, fetch_id: int, entry: NewVersion, item: Item | None, number: int) -> int:
    if item is None:
        item = Item(
            source_id=record.source_id, key=entry.key, url=entry.url, published_at=entry.published_at, first_seen_at=record.ended_at
        )
        session.add(item)
        session.flush()
    version = ItemVersion(
        item_id=item.id, number=number, title=entry.title, text=entry.text, lang=entry.lang, edited_at=entry.edited_at, origin=entry.origin,
        notes=list(entry.notes), content_hash=entry.content_hash, fetch_id=fetch_id, seen_at=record.ended_at,
    )  # fmt: skip
    session.add(version)
    session.flush()
    return version.id


def _keep_capture(session: Session, record: FetchRecord) -> str:
    body = record.body or b""
    sha256 = hashlib.sha256(body).hexdigest()
    values = {
        "sha256": sha256, "deflated": zlib.compress(body, 6), "size": len(body), "media_type": record.media_type, "url": record.url,
        "received_at": record.ended_at,
    }  # fmt: skip
    insert = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(insert(Capture).values(values).on_conflict_do_nothing(index_elements=["sha256"]))
    return sha256


def _update_state(source: Source, record: FetchRecord, outcome: Outcome, period: int) -> None:
    good = outcome in (Outcome.NEW_ITEMS, Outcome.NOTHING_NEW)
    source.last_fetch_at = record.ended_at
    source.last_outcome, source.last_reason = outcome.value, record.reason.value
    source.failures = 0 if good else source.failures + 1
    source.next_due_at = record.ended_at + timedelta(seconds=period * min(8, 2 ** min(3, source.failures)))
    if good:
        source.last_good_at = record.ended_at
        if record.status == 200:  # validators only after a fully processed answer
            source.etag, source.last_modified = record.etag, record.last_modified


def capture_body(capture: Capture) -> bytes:
    """The bytes as received."""
    return zlib.decompress(capture.deflated)


def newest_keys(session: Session, source_id: str, limit: int = 200) -> list[str]:
    """Keys of the source's newest items, newest first."""
    return list(session.scalars(select(Item.key).where(Item.source_id == source_id).order_by(Item.id.desc()).limit(limit)))


def coverage(session: Session, start: datetime, end: datetime) -> list[tuple[Source, int, int]]:
    """(source, good fetches, bad fetches) of every listed, watched source within [start, end)."""
    good = func.sum(func.coalesce(Fetch.outcome.in_([Outcome.NEW_ITEMS.value, Outcome.NOTHING_NEW.value]), False).cast(Integer))
    counts = {
        sid: (int(g or 0), int(n))
        for sid, g, n in session.execute(
            select(Fetch.source_id, good, func.count()).where(Fetch.started_at >= start, Fetch.started_at < end).group_by(Fetch.source_id)
        )
    }
    rows = session.scalars(select(Source).where(Source.listed, Source.kind != Kind.NONE.value).order_by(Source.tier, Source.name))
    return [(s, counts.get(s.id, (0, 0))[0], counts.get(s.id, (0, 0))[1] - counts.get(s.id, (0, 0))[0]) for s in rows]


def count_items(session: Session, start: datetime, end: datetime) -> int:
    """Items first seen within [start, end)."""
    return session.scalar(select(func.count()).select_from(Item).where(Item.first_seen_at >= start, Item.first_seen_at < end)) or 0
