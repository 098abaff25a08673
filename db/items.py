"""Items and their versions: entries, which of them are new or changed, and the item pages still to
be read.

Statements that every fetch needs are module constants: building them again took as long as running
them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from db.enums import Urgency
from db.models import FetchRow, ItemRow, ItemVersionRow, PendingArticleRow, SourceRow
from db.same_items import keys_of_same_items
from db.statements import chunks, insert_into, reserve_ids

# From this number of versions on, a text that returns to an earlier state is not stored again
FLAPPING = 4
_ADD_ITEMS, ADD_VERSIONS = insert_into(ItemRow), insert_into(ItemVersionRow)
_OF_KEYS = and_(ItemRow.source_id == bindparam("source"), ItemRow.key.in_(bindparam("keys", expanding=True)))
_KNOWN = (
    select(ItemRow.key, ItemRow.id, ItemRow.missing_since, func.coalesce(ItemVersionRow.entry_hash, ItemVersionRow.content_hash))
    .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
    .where(_OF_KEYS)
    .order_by(ItemRow.id, ItemVersionRow.number)
)
_NEWEST_KEYS, _NEWEST_URLS = (
    select(column).where(ItemRow.source_id == bindparam("source")).order_by(ItemRow.id.desc()).limit(bindparam("most"))
    for column in (ItemRow.key, ItemRow.url)
)


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
class ItemAt:
    """An item as it stood at a moment."""

    item: ItemRow
    version: ItemVersionRow
    source: SourceRow
    sha256: str | None  # of the capture that the version was read from
    newer: int  # versions after that moment


UrgencyOf = Callable[[NewVersion], Urgency]  # by title and lead
# entry, id of its item (None: unknown), number of the version to add
Changed = tuple[NewVersion, int | None, int]


def changed_entries(session: Session, source_id: str, entries: Sequence[NewVersion]) -> list[Changed]:
    """The entries that are new or differ from the newest version of their item."""
    known, back = _known(session, source_id, [e.key for e in entries])
    unknown = [e for e in entries if e.key not in known]
    if unknown and (same := keys_of_same_items(session, source_id, unknown, {e.key for e in entries})):
        same_items, same_back = _known(session, source_id, list(same.values()))
        known |= {key: same_items[stored] for key, stored in same.items()}
        back += same_back
    if back:  # they were missing and are listed again
        session.execute(update(ItemRow).where(ItemRow.id.in_(back)).values(missing_since=None, gone_at=None))
    changed: list[Changed] = []
    for entry in entries:
        item_id, states = known.get(entry.key, (None, []))
        if item_id is None or not _is_known_text(entry.content_hash, states):
            changed.append((entry, item_id, len(states) + 1))
    return changed


def _known(session: Session, source_id: str, keys: Sequence[str]) -> tuple[dict[str, tuple[int, list[str]]], list[int]]:
    """Key → (item, hashes of its list entries, version by version) of known items; and the items
    that were missing.
    """
    known: dict[str, tuple[int, list[str]]] = {}
    missing: dict[int, None] = {}
    for chunk in chunks(keys):
        rows = session.execute(_KNOWN, {"source": source_id, "keys": chunk})
        for key, item_id, missing_since, digest in rows:
            known.setdefault(key, (item_id, []))[1].append(digest)
            if missing_since is not None:
                missing[item_id] = None
    return known, list(missing)


def _is_known_text(digest: str, states: Sequence[str]) -> bool:
    """Whether the newest text is this one, or the item alternates between earlier texts (one feed
    did so thousands of times).
    """
    return digest == states[-1] or (len(states) >= FLAPPING and digest in states)


def add_versions(
    session: Session, source_id: str, fetch_id: int, changed: Sequence[Changed], now: datetime, urgency_of: UrgencyOf
) -> tuple[list[int], dict[str, int]]:
    """Store new items and versions. Returns the ids of the versions, in order, and key → item id.

    Rows are inserted in bulk, with ids reserved beforehand: RETURNING costs SQLite a statement a
    row (the first fetch of 1,000 feeds took twice as long).
    """
    if not changed:
        return [], {}
    new = [e for e, known, _ in changed if known is None]
    ids = {e.key: known for e, known, _ in changed if known is not None}
    ids |= zip((e.key for e in new), reserve_ids(session, ItemRow, len(new)), strict=True)
    items = [
        {"id": ids[e.key], "source_id": source_id, "key": e.key, "url": e.url, "published_at": e.published_at, "first_seen_at": now}
        for e in new
    ]
    if items:
        session.execute(_ADD_ITEMS, items)
    version_ids = reserve_ids(session, ItemVersionRow, len(changed))
    versions = [
        {"id": version_id, **version_values(e, ids[e.key], number, fetch_id, now, urgency_of)}
        for version_id, (e, _, number) in zip(version_ids, changed, strict=True)
    ]
    session.execute(ADD_VERSIONS, versions)
    return version_ids, ids


def version_values(
    entry: NewVersion,
    item_id: int,
    number: int,
    fetch_id: int,
    seen_at: datetime,
    urgency_of: UrgencyOf,
    entry_hash: str | None = None,
) -> dict[str, Any]:
    """The values of one text state. `entry_hash`: hash of the list entry, if `entry` was read from
    the item's own page.
    """
    return {
        "item_id": item_id, "number": number, "title": entry.title, "text": entry.text, "lang": entry.lang, "edited_at": entry.edited_at,
        "origin": entry.origin, "notes": list(entry.notes), "content_hash": entry.content_hash, "entry_hash": entry_hash, "fetch_id": fetch_id,
        "seen_at": seen_at, "urgency": urgency_of(entry).value,
    }  # fmt: skip


def newest_keys(session: Session, source_id: str, limit: int = 200) -> list[str]:
    """Keys of the source's newest items, newest first."""
    return list(session.scalars(_NEWEST_KEYS, {"source": source_id, "most": limit}))


def newest_urls(session: Session, source_id: str, limit: int = 50) -> list[str]:
    """Addresses of the source's newest items."""
    return list(session.scalars(_NEWEST_URLS, {"source": source_id, "most": limit}))


def mark_missing(session: Session, source_id: str, keys: Iterable[str], now: datetime, apart: timedelta) -> list[ItemRow]:
    """Items `keys` were missing in a complete read. The first such fetch only records it; one at
    least `apart` later confirms it.

    Returns the items that count as taken down from now on. An item that shows up again is cleared
    by `store_fetch`.
    """
    gone = []
    for chunk in chunks(keys):
        for item in session.scalars(
            select(ItemRow).where(ItemRow.source_id == source_id, ItemRow.key.in_(chunk), ItemRow.gone_at.is_(None))
        ):
            if item.missing_since is None:
                item.missing_since = now
            elif now - item.missing_since >= apart:
                item.gone_at = now
                gone.append(item)
    return gone


def add_pending_pages(session: Session, item_ids: Iterable[int], now: datetime) -> None:
    """Record that the pages of these items are still to be read."""
    session.add_all([PendingArticleRow(item_id=i, due_at=now, attempts=0) for i in item_ids])


def pending_pages(session: Session, now: datetime, limit: int) -> list[tuple[PendingArticleRow, ItemRow, ItemVersionRow, SourceRow]]:
    """Items whose own page is to be read now, with their newest version."""
    newest = (
        select(ItemVersionRow.item_id, func.max(ItemVersionRow.id).label("id"))
        .where(ItemVersionRow.item_id.in_(select(PendingArticleRow.item_id).where(PendingArticleRow.due_at <= now)))
        .group_by(ItemVersionRow.item_id)
        .subquery()
    )
    rows = session.execute(
        select(PendingArticleRow, ItemRow, ItemVersionRow, SourceRow)
        .join(ItemRow, ItemRow.id == PendingArticleRow.item_id)
        .join(newest, newest.c.item_id == PendingArticleRow.item_id)
        .join(ItemVersionRow, ItemVersionRow.id == newest.c.id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .where(PendingArticleRow.due_at <= now)
        .order_by(PendingArticleRow.due_at)
        .limit(limit)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def count_items(session: Session, start: datetime, end: datetime) -> int:
    """Items first seen within [start, end)."""
    return session.scalar(select(func.count()).select_from(ItemRow).where(ItemRow.first_seen_at >= start, ItemRow.first_seen_at < end)) or 0


def item_at(session: Session, item_id: int, at: datetime) -> ItemAt | None:
    """The item with its newest version before `at`; None where it had none."""
    item = session.get(ItemRow, item_id)
    if item is None:
        return None
    versions = session.scalars(select(ItemVersionRow).where(ItemVersionRow.item_id == item_id).order_by(ItemVersionRow.number)).all()
    before = [v for v in versions if v.seen_at < at]
    if not before:
        return None
    source, fetch = session.get_one(SourceRow, item.source_id), session.get_one(FetchRow, before[-1].fetch_id)
    return ItemAt(item, before[-1], source, fetch.capture_sha256, len(versions) - len(before))


def titles_since(session: Session, since: datetime) -> list[tuple[str, str | None]]:
    """(title, language) of the item versions seen from `since` on; without those that have no
    title.
    """
    query = select(ItemVersionRow.title, ItemVersionRow.lang).where(ItemVersionRow.seen_at >= since, ItemVersionRow.title != "")
    return [(title, lang) for title, lang in session.execute(query.order_by(ItemVersionRow.id))]
