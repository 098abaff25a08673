"""Queries about watching: sources and when they are due, fetches with their outcome, items and their versions."""

import hashlib
import json
import os
import socket
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Insert, Integer, Table, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from db import source_states
from db.models import Base, Capture, Fetch, FetchPage, Item, ItemVersion, Source, SourceVersion, Unread
from db.words import NO_STREAM, Outcome, Reason

GOOD = (Outcome.NEW_ITEMS, Outcome.NOTHING_NEW)
LEASE = timedelta(minutes=15)  # longer than any look: 10 pages of a minute each at most
FLAPPING = 4  # versions from which a text that comes back to an earlier state is flapping, not editing
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a page that was given up is tried again; its row stays and says why
_CHUNK = 400  # keys in one IN (…): SQLite's own limit lies far above, its planner's patience does not


def _into(model: type[Base]) -> Insert:
    return insert(cast(Table, model.__table__))


# The statements that every look needs, made once: making them anew took as long as running them.
_ADD_FETCH, _ADD_PAGES, _ADD_ITEMS, _ADD_VERSIONS = _into(Fetch), _into(FetchPage), _into(Item), _into(ItemVersion)
_OF_KEYS = and_(Item.source_id == bindparam("source"), Item.key.in_(bindparam("keys", expanding=True)))
_KNOWN = (
    select(Item.key, Item.id, Item.missing_since, func.coalesce(ItemVersion.entry_hash, ItemVersion.content_hash))
    .join(ItemVersion, ItemVersion.item_id == Item.id)
    .where(_OF_KEYS)
    .order_by(Item.id, ItemVersion.number)
)
_ITEM_IDS = select(Item.key, Item.id).where(_OF_KEYS)
_VERSION_IDS = select(ItemVersion.id).where(
    ItemVersion.item_id.in_(bindparam("items", expanding=True)), ItemVersion.fetch_id == bindparam("fetch")
)
_NEWEST_KEYS, _NEWEST_URLS = (
    select(column).where(Item.source_id == bindparam("source")).order_by(Item.id.desc()).limit(bindparam("most"))
    for column in (Item.key, Item.url)
)
_IS_CAPTURED = select(Capture.sha256).where(Capture.sha256 == bindparam("sha256"))


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
class KeptPage:
    """One answer of a look, as evidence."""

    url: str
    status: int | None
    address: str | None
    body: bytes
    media_type: str | None = None
    redirects: tuple[str, ...] = ()
    transport: str | None = None


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
    quality: float | None = None
    doubts: tuple[str, ...] = ()
    pages: tuple[KeptPage, ...] = ()  # all answers of the look; empty where `body` is the only one
    body_sha256: str | None = None  # of an answer that was read to the end
    wait: float = 0.0  # seconds the server asked us to stay away at least
    route: str | None = None  # the mirror or fallback that answered; None: the first address
    probed: bool = True  # the first address was tried in this look
    memo: Mapping[str, Any] = field(default_factory=dict)  # for the next look


@dataclass
class Stored:
    """What storing a fetch changed."""

    fetch_id: int
    outcome: Outcome
    new: int = 0
    edited: int = 0
    version_ids: list[int] = field(default_factory=list)
    item_ids: dict[str, int] = field(default_factory=dict)  # key → item, of what is new or edited
    fresh: list[NewVersion] = field(default_factory=list)  # entries of items that were not known before
    state: source_states.Judgement | None = None  # how the source stands now, where that has changed


def register_sources(session: Session, sources: Sequence[dict[str, Any]], now: datetime) -> None:
    """Bring the watch list into the database: new rows, changed profiles as new versions, vanished rows unlisted."""
    known = {s.id: s for s in session.scalars(select(Source))}
    for config in sources:
        row = known.pop(config["id"], None)
        if row is None:
            row = Source(id=config["id"], next_due_at=now, failures=0)
            session.add(row)
        elif row.kind != config["kind"] or row.url != (config.get("url") or ""):
            row.etag = row.last_modified = row.body_sha256 = row.route = None  # validators of another address mean nothing
            row.next_due_at, row.memo = now, None
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


def due_sources(session: Session, now: datetime, kinds: Sequence[str], limit: int = 10_000, *, lock: bool = False) -> list[Source]:
    """The ONE place where "due" is coded: listed, of a kind that can be watched, its time has come, and nobody is at it."""
    query = (
        select(Source)
        .where(
            Source.listed,
            Source.kind.in_(kinds),
            or_(Source.next_due_at.is_(None), Source.next_due_at <= now),
            or_(Source.leased_until.is_(None), Source.leased_until <= now),
        )
        .order_by(Source.next_due_at, Source.id)
        .limit(limit)
    )
    return list(session.scalars(query.with_for_update(skip_locked=True) if lock else query))  # SQLite has one writer and ignores the lock


def sources_by_id(session: Session, ids: Sequence[str]) -> dict[str, Source]:
    """The sources of these ids, loaded at once."""
    return {s.id: s for s in session.scalars(select(Source).where(Source.id.in_(ids)))}


def this_process() -> str:
    """The name under which this process takes leases: host/pid/token."""
    return f"{socket.gethostname()}/{os.getpid()}/{_TOKEN}"


_TOKEN = os.urandom(6).hex()


def claim_due(session: Session, now: datetime, kinds: Sequence[str], owner: str, limit: int, lease: timedelta = LEASE) -> list[Source]:
    """Take up to `limit` due sources for `owner`, in a write transaction: no other process gets them while the lease runs."""
    claimed = due_sources(session, now, kinds, limit, lock=True)
    for source in claimed:
        source.leased_until, source.lease_owner = now + lease, owner
    return claimed


def free_leases(session: Session, owner: str) -> int:
    """Give back what `owner` holds (at its end), and what processes of this machine hold that are no more (after a kill -9)."""
    host = owner.split("/", maxsplit=1)[0]
    held = session.scalars(select(Source.lease_owner).where(Source.lease_owner.startswith(f"{host}/", autoescape=True)).distinct())
    dead = [o for o in held if o and (o == owner or not _alive(o, owner))]
    if not dead:
        return 0
    given = session.scalars(
        update(Source).where(Source.lease_owner.in_(dead)).values(leased_until=None, lease_owner=None).returning(Source.id)
    )
    return len(list(given))


def _alive(held_by: str, me: str) -> bool:
    """Whether the process `held_by` of this machine still runs. One with my own pid and another token is a former life of it."""
    pid = int(held_by.split("/")[1])
    if pid == int(me.split("/")[1]):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def store_fetch(session: Session, record: FetchRecord, entries: Sequence[NewVersion], period: int) -> Stored:
    """Store one fetch and all its entries in the caller's transaction: all of it or nothing.

    An entry whose item is known with the same text changes nothing; a changed text becomes a new version; an unknown key a new item.
    `period`: seconds until the source is due again when all is well; bad outcomes slow it down up to eightfold and never disable it.

    Rows go in as statements on tables, not as objects: with objects a first look at 1,000 feeds took three times as long.
    """
    source = session.get_one(Source, record.source_id)
    changed = _changed(session, record.source_id, _once(entries))
    outcome = record.outcome
    if outcome in GOOD:
        outcome = Outcome.NEW_ITEMS if changed else Outcome.NOTHING_NEW
    new = sum(item is None for _, item, _ in changed)
    keep = bool(changed) or bool(record.memo.get("parts_changed")) or (outcome not in GOOD and _new_trouble(source, record))
    fetch_id = _add_fetch(session, record, outcome, new, len(changed) - new, _pages(record) if keep else ())
    stored = Stored(fetch_id, outcome, new, len(changed) - new, fresh=[e for e, item, _ in changed if item is None])
    _add_versions(session, record, stored, changed)
    _update_source(source, record, outcome, new, period)
    stored.state = source_states.settle(session, source, record.ended_at, outcome, record.reason, record.detail)
    return stored


def _add_fetch(
    session: Session, record: FetchRecord, outcome: Outcome, new: int, edited: int, kept: Sequence[KeptPage], detail: str | None = None
) -> int:
    """The row of a fetch, with the answers of it that are kept; returns its id."""
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


def _once(entries: Sequence[NewVersion]) -> list[NewVersion]:
    """The last entry of each key: a feed that lists an item twice gives it once."""
    return list({e.key: e for e in entries}.values())


Changed = tuple[NewVersion, int | None, int]  # entry, id of its item (None: unknown), number of the version to add


def _changed(session: Session, source_id: str, entries: Sequence[NewVersion]) -> list[Changed]:
    """The entries that are new or say something else than the newest version of their item."""
    known, back = _known(session, source_id, [e.key for e in entries])
    if back:  # they were missing, and are there again
        session.execute(update(Item).where(Item.id.in_(back)).values(missing_since=None, gone_at=None))
    found: list[Changed] = []
    for entry in entries:
        item_id, states = known.get(entry.key, (None, []))
        if item_id is None or not _same(entry.content_hash, states):
            found.append((entry, item_id, len(states) + 1))
    return found


def _known(session: Session, source_id: str, keys: Sequence[str]) -> tuple[dict[str, tuple[int, list[str]]], list[int]]:
    """Key → (item, what the source's list said of it, version by version), of those that are known; and the items that were missing."""
    found: dict[str, tuple[int, list[str]]] = {}
    missing: dict[int, None] = {}
    for chunk in _chunks(keys):
        rows = session.execute(_KNOWN, {"source": source_id, "keys": chunk})
        for key, item_id, missing_since, digest in rows:
            found.setdefault(key, (item_id, []))[1].append(digest)
            if missing_since is not None:
                missing[item_id] = None
    return found, list(missing)


def _same(digest: str, states: Sequence[str]) -> bool:
    """The newest text is this one; or the item flaps between texts it had before (measured: one feed's titles flapped thousands of times)."""
    return digest == states[-1] or (len(states) >= FLAPPING and digest in states)


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))


def _add_versions(session: Session, record: FetchRecord, stored: Stored, changed: Sequence[Changed]) -> None:
    """Rows in bulk, ids asked for afterwards: RETURNING costs SQLite a statement a row (a first look at 1,000 feeds took twice as long)."""
    if not changed:
        return
    source_id, now = record.source_id, record.ended_at
    items = [
        {"source_id": source_id, "key": e.key, "url": e.url, "published_at": e.published_at, "first_seen_at": now}
        for e, known, _ in changed
        if known is None
    ]
    if items:
        session.execute(_ADD_ITEMS, items)
    ids = {e.key: known for e, known, _ in changed if known is not None}
    for chunk in _chunks([str(i["key"]) for i in items]):
        ids |= {row[0]: row[1] for row in session.execute(_ITEM_IDS, {"source": source_id, "keys": chunk})}
    session.execute(_ADD_VERSIONS, [version_values(e, ids[e.key], number, stored.fetch_id, now) for e, _, number in changed])
    stored.version_ids = [
        i for chunk in _chunks(list(ids.values())) for i in session.scalars(_VERSION_IDS, {"items": chunk, "fetch": stored.fetch_id})
    ]
    stored.version_ids.sort()
    stored.item_ids = ids


def version_values(
    entry: NewVersion, item_id: int, number: int, fetch_id: int, seen_at: datetime, entry_hash: str | None = None
) -> dict[str, Any]:
    """The values of one text state. `entry_hash`: what the source's list said, where `entry` was read from the item's own page."""
    return {
        "item_id": item_id, "number": number, "title": entry.title, "text": entry.text, "lang": entry.lang, "edited_at": entry.edited_at,
        "origin": entry.origin, "notes": list(entry.notes), "content_hash": entry.content_hash, "entry_hash": entry_hash, "fetch_id": fetch_id,
        "seen_at": seen_at,
    }  # fmt: skip


def _new_trouble(source: Source, record: FetchRecord) -> bool:
    """Whether the bytes of a bad answer are worth keeping: another trouble than last time, or the first of the day."""
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
    upsert = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(upsert(Capture).values(values).on_conflict_do_nothing(index_elements=["sha256"]))
    return sha256


def _update_source(source: Source, record: FetchRecord, outcome: Outcome, new: int, period: int) -> None:
    good = outcome in GOOD
    source.leased_until = source.lease_owner = None
    source.memo = source_states.remember(source, record.memo, record.ended_at, new if good else 0)
    source.last_fetch_at = record.ended_at
    source.last_outcome, source.last_reason, source.last_quality = outcome.value, record.reason.value, record.quality
    source.failures = 0 if good else source.failures + 1
    source.next_due_at = record.ended_at + timedelta(seconds=max(record.wait, _slowed(period, source.failures) * _jitter(source, record)))
    source.route = record.route if good else source.route
    if record.probed:
        source.probed_at = record.ended_at
    if good:
        source.last_good_at = record.ended_at
        if record.status == 200:  # validators only after a fully processed answer
            source.etag, source.last_modified = record.etag, record.last_modified
            source.full_read_at, source.body_sha256 = record.ended_at, record.body_sha256


def _slowed(period: int, failures: int) -> int:
    """Bad looks slow a source down, up to eightfold and never to less than once a day, and never disable it."""
    return max(period, min(period << min(3, failures), 86_400))


def _jitter(source: Source, record: FetchRecord) -> float:
    """1.0 to 1.1, different for each source and look, so that sources of one rhythm do not march in step."""
    return 1 + zlib.crc32(f"{source.id}{record.ended_at.timestamp()}".encode()) % 1000 / 10_000


def capture_body(capture: Capture) -> bytes:
    """The bytes as received."""
    return zlib.decompress(capture.deflated)


def newest_keys(session: Session, source_id: str, limit: int = 200) -> list[str]:
    """Keys of the source's newest items, newest first."""
    return list(session.scalars(_NEWEST_KEYS, {"source": source_id, "most": limit}))


def newest_urls(session: Session, source_id: str, limit: int = 50) -> list[str]:
    """Addresses of the source's newest items."""
    return list(session.scalars(_NEWEST_URLS, {"source": source_id, "most": limit}))


def mark_missing(session: Session, source_id: str, keys: Iterable[str], now: datetime, apart: timedelta) -> list[Item]:
    """Items `keys` were not there in a whole read. The first such look only notes it; one at least `apart` later proves it.

    Returns the items that count as taken down from now on. An item that shows up again is cleared by `store_fetch`.
    """
    gone = []
    for chunk in _chunks(list(keys)):
        for item in session.scalars(select(Item).where(Item.source_id == source_id, Item.key.in_(chunk), Item.gone_at.is_(None))):
            if item.missing_since is None:
                item.missing_since = now
            elif now - item.missing_since >= apart:
                item.gone_at = now
                gone.append(item)
    return gone


def want_page(session: Session, item_ids: Iterable[int], now: datetime) -> None:
    """Note that these items' own pages are to be read."""
    session.add_all([Unread(item_id=i, due_at=now, attempts=0) for i in item_ids])


def pages_wanted(session: Session, now: datetime, limit: int) -> list[tuple[Unread, Item, ItemVersion, Source]]:
    """Items whose own page is to be read now, with their newest version."""
    newest = (
        select(ItemVersion.item_id, func.max(ItemVersion.id).label("id"))
        .where(ItemVersion.item_id.in_(select(Unread.item_id).where(Unread.due_at <= now)))
        .group_by(ItemVersion.item_id)
        .subquery()
    )
    rows = session.execute(
        select(Unread, Item, ItemVersion, Source)
        .join(Item, Item.id == Unread.item_id)
        .join(newest, newest.c.item_id == Unread.item_id)
        .join(ItemVersion, ItemVersion.id == newest.c.id)
        .join(Source, Source.id == Item.source_id)
        .where(Unread.due_at <= now)
        .order_by(Unread.due_at)
        .limit(limit)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def store_page(
    session: Session, item_id: int, record: FetchRecord, read: NewVersion | None, entry_hash: str, again: timedelta | None
) -> None:
    """What reading an item's own page gave: a version with its text; or why there is none, and when it is tried again (None: never)."""
    unread = session.get_one(Unread, item_id)
    if read is None:
        unread.attempts, unread.reason = unread.attempts + 1, record.reason.value
        unread.due_at = record.ended_at + again if again is not None else NEVER
        return
    fetch_id = _add_fetch(session, replace(record, seen=1), record.outcome, 0, 0, _pages(record), "the item's own page")
    number = session.scalars(select(func.max(ItemVersion.number)).where(ItemVersion.item_id == item_id)).one() + 1
    session.execute(_ADD_VERSIONS, [version_values(read, item_id, number, fetch_id, record.ended_at, entry_hash)])
    session.delete(unread)


def coverage(session: Session, start: datetime, end: datetime) -> list[tuple[Source, int, int]]:
    """(source, good fetches, bad fetches) of every listed, watched source within [start, end)."""
    good = func.sum(func.coalesce(Fetch.outcome.in_([o.value for o in GOOD]), False).cast(Integer))
    counts = {
        sid: (int(g or 0), int(n))
        for sid, g, n in session.execute(
            # naming the sources lets the index (source, time) serve: only the period's rows are read, not the whole history
            select(Fetch.source_id, good, func.count())
            .where(Fetch.source_id.in_(select(Source.id)), Fetch.started_at >= start, Fetch.started_at < end)
            .group_by(Fetch.source_id)
        )
    }
    rows = session.scalars(select(Source).where(Source.listed, Source.kind != NO_STREAM).order_by(Source.tier, Source.name))
    return [(s, counts.get(s.id, (0, 0))[0], counts.get(s.id, (0, 0))[1] - counts.get(s.id, (0, 0))[0]) for s in rows]


def count_items(session: Session, start: datetime, end: datetime) -> int:
    """Items first seen within [start, end)."""
    return session.scalar(select(func.count()).select_from(Item).where(Item.first_seen_at >= start, Item.first_seen_at < end)) or 0
