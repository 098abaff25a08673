"""Finding the stored item of an entry whose key is unknown: by address, title and date.

Some feeds give each entry a new guid at each fetch, or share one guid among entries until one of
them is left.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from db.models import ItemRow, ItemVersionRow

NEWEST = 500  # items of a source that an entry is compared with
# Characters of a title that, with its date, identifies an item under another address
LEAST_TITLE = 20
_RECENT = (
    select(ItemRow.id, ItemRow.key, ItemRow.url, ItemRow.published_at)
    .where(ItemRow.source_id == bindparam("source"))
    .order_by(ItemRow.id.desc())
    .limit(NEWEST)
)


class Entry(Protocol):
    """What identifies an entry besides its key."""

    @property
    def key(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def content_hash(self) -> str: ...


@dataclass(frozen=True)
class _StoredItem:
    id: int
    key: str
    url: str
    published_at: datetime | None


def keys_of_same_items(session: Session, source_id: str, unknown: Sequence[Entry], listed: Collection[str]) -> dict[str, str]:
    """Key of an unknown entry → key of the stored item that it is.

    `listed`: keys of all entries of this fetch; an item that is listed under its own key is no
    other.
    """
    recent = [_StoredItem(*row) for row in session.execute(_RECENT, {"source": source_id})]
    candidates = [item for item in recent if item.key not in listed]
    if not candidates:
        return {}
    by_url, by_date = defaultdict[str, list[_StoredItem]](list), defaultdict[datetime, list[_StoredItem]](list)
    for item in candidates:
        by_url[_bare(item.url)].append(item)
        if item.published_at is not None:
            by_date[item.published_at].append(item)
    near = {e.key: [*by_url[_bare(e.url)], *(by_date[e.published_at] if e.published_at else [])] for e in unknown}
    newest = _newest_versions(session, {item.id for items in near.values() for item in items})
    keys, taken = dict[str, str](), set[str]()
    for entry in unknown:
        same = next((item for item in _matches(entry, near[entry.key], newest) if item.key not in taken), None)
        if same is not None:
            keys[entry.key] = same.key
            taken.add(same.key)
    return keys


def _matches(entry: Entry, items: Sequence[_StoredItem], newest: Mapping[int, tuple[str, str]]) -> Iterator[_StoredItem]:
    for item in items:
        title, digest = newest[item.id]
        same_date = entry.published_at is not None and entry.published_at == item.published_at
        if _bare(item.url) == _bare(entry.url):
            undated = entry.published_at is None or item.published_at is None
            if (title == entry.title and (same_date or undated)) or digest == entry.content_hash or (same_date and len(items) == 1):
                yield item
        elif same_date and title == entry.title and len(title) >= LEAST_TITLE:
            yield item


def _newest_versions(session: Session, item_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Item → (title, hash) of its newest version."""
    if not item_ids:
        return {}
    newest = select(func.max(ItemVersionRow.id)).where(ItemVersionRow.item_id.in_(item_ids)).group_by(ItemVersionRow.item_id)
    rows = session.execute(
        select(ItemVersionRow.item_id, ItemVersionRow.title, ItemVersionRow.entry_hash, ItemVersionRow.content_hash).where(
            ItemVersionRow.id.in_(newest)
        )
    )
    return {item_id: (title, entry_hash or content_hash) for item_id, title, entry_hash, content_hash in rows}


def _bare(url: str) -> str:
    """The address without scheme, www. and the slash at its end."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url
