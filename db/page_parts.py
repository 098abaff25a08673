"""Queries about watched pages and channels: parts of a page and what changed in them, gaps in a
channel's post numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.fetches import StoredFetch
from db.models import ChannelGapRow, ClaimVersionRow, PageChangeRow, PagePartRow


@dataclass(frozen=True)
class NewPagePart:
    """A part of a page as read now."""

    key: str
    title: str
    text: str
    content_hash: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewPageChange:
    """The difference between a part and its last version; `entry_key` is the item that reports
    it.
    """

    entry_key: str
    part_key: str
    what: str
    act: str | None
    article: str | None
    old: str
    new: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class NewChannelGap:
    """Post numbers first..last without an item, and why."""

    first: int
    last: int
    why: str


def newest_parts(session: Session, source_id: str) -> dict[str, PagePartRow]:
    """The parts of the source: key → newest version."""
    newest = select(func.max(PagePartRow.id)).where(PagePartRow.source_id == source_id).group_by(PagePartRow.key)
    return {p.key: p for p in session.scalars(select(PagePartRow).where(PagePartRow.id.in_(newest)))}


def earlier_hashes(session: Session, source_id: str, most: int = 10) -> dict[str, list[str]]:
    """Key of a part → content hashes of the versions before its newest, newest first, at most
    `most`.
    """
    rows = session.execute(
        select(PagePartRow.key, PagePartRow.content_hash).where(PagePartRow.source_id == source_id).order_by(PagePartRow.id.desc())
    )
    hashes = dict[str, list[str]]()
    for key, digest in rows:
        hashes.setdefault(key, []).append(digest)
    return {key: digests[1 : most + 1] for key, digests in hashes.items() if len(digests) > 1}


def store_parts(session: Session, source_id: str, fetch_id: int, parts: Sequence[NewPagePart], now: datetime) -> int:
    """Add a version for each part that is new or reads differently. Returns how many."""
    old = newest_parts(session, source_id)
    added = 0
    for part in parts:
        known = old.get(part.key)
        if known is not None and known.content_hash == part.content_hash:
            continue
        number = known.number + 1 if known else 1
        session.add(
            PagePartRow(
                source_id=source_id, key=part.key, number=number, title=part.title, text=part.text, marks=list(part.marks), content_hash=part.content_hash,
                fetch_id=fetch_id, seen_at=now,
            )
        )  # fmt: skip
        added += 1
    session.flush()
    return added


def store_changes(session: Session, source_id: str, stored: StoredFetch, changes: Iterable[NewPageChange], now: datetime) -> None:
    """Tie each difference to the item that reports it and to the claims whose law it is. Items that
    were known already keep theirs.
    """
    for change in changes:
        item_id = stored.item_ids.get(change.entry_key)
        if item_id is None or session.get(PageChangeRow, item_id) is not None:
            continue
        claims = claims_of_law(session, change.act, change.article)
        session.add(
            PageChangeRow(
                item_id=item_id, source_id=source_id, key=change.part_key, what=change.what, act=change.act, article=change.article,
                old=change.old, new=change.new, marks=list(change.marks), claims=claims, seen_at=now,
            )
        )  # fmt: skip


def claims_of_law(session: Session, act: str | None, article: str | None) -> list[str]:
    """Ids of the claims whose `law` names this article, or the act as a whole."""
    if not act:
        return []
    newest = select(func.max(ClaimVersionRow.id)).group_by(ClaimVersionRow.claim_id)
    rows = session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.id.in_(newest)).order_by(ClaimVersionRow.claim_id))
    return [v.claim_id for v in rows if any(_names_article(law, act, article) for law in v.body.get("law") or [])]


def _names_article(law: Mapping[str, str | None], act: str, article: str | None) -> bool:
    return law.get("act") == act and (article is None or law.get("article") in (None, article))


def store_gaps(session: Session, source_id: str, gaps: Iterable[NewChannelGap], now: datetime) -> None:
    """Record post numbers without an item. A known one keeps its first time; a better explanation
    replaces "unknown".
    """
    for gap in gaps:
        known = session.scalar(select(ChannelGapRow).where(ChannelGapRow.source_id == source_id, ChannelGapRow.first == gap.first))
        if known is None:
            session.add(ChannelGapRow(source_id=source_id, first=gap.first, last=gap.last, why=gap.why, noted_at=now))
        elif known.why == "unknown" or gap.last > known.last:
            known.last, known.why = gap.last, gap.why


def gaps(session: Session, source_id: str, why: str | None = None) -> list[ChannelGapRow]:
    """The source's gaps, oldest first."""
    query = select(ChannelGapRow).where(ChannelGapRow.source_id == source_id).order_by(ChannelGapRow.first)
    return list(session.scalars(query.where(ChannelGapRow.why == why) if why else query))
