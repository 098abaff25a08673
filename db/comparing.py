"""Queries about comparing: what still waits, stories and their traces, assessments, flags."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, not_, select
from sqlalchemy.orm import Session

from db import reopening
from db.models import Assessment, Flag, Item, ItemVersion, Source, Story, StoryBill, Trace
from db.words import SEVERITY_RANK, FlagState

UNREAD = ~exists().where(Assessment.item_version_id == ItemVersion.id)  # of an item version: no report was compared with it


@dataclass(frozen=True)
class Waiting:
    """An item version that no report has been compared with yet."""

    version: ItemVersion
    item: Item
    source: Source


@dataclass(frozen=True)
class NewAssessment:
    """One assessment to be stored."""

    report_id: str
    comparer: str
    score: float
    flag: bool
    severity: str
    relation: str
    stage: str | None
    claims: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    reasons: list[dict[str, Any]]  # Reason.stored() of db.reason_codes


def newest_version(session: Session) -> int:
    """Id of the newest item version; 0 when there is none."""
    return session.scalar(select(func.max(ItemVersion.id))) or 0


def waiting(session: Session, report_ids: Sequence[str], limit: int, after: int = 0, without: Collection[int] = ()) -> list[Waiting]:
    """Item versions that lack an assessment for any of `report_ids`, oldest publication first (the order of a replay).

    This query is what makes an interrupted cycle whole again: what was stored and not compared is still here. `after` spares those who know that
    nothing waits up to a version's id from looking at the whole store again; `without` are versions that were tried in vain.
    """
    query = _lacking(report_ids).where(ItemVersion.id > after, ItemVersion.id.not_in(without)).limit(limit)
    return [Waiting(*row) for row in session.execute(query)]


def uncompared(session: Session, version_ids: Sequence[int], report_ids: Sequence[str]) -> list[Waiting]:
    """Those of `version_ids` that lack an assessment for any of `report_ids`, oldest publication first."""
    return [Waiting(*row) for row in session.execute(_lacking(report_ids).where(ItemVersion.id.in_(version_ids)))]


def _lacking(report_ids: Sequence[str]) -> Select[ItemVersion, Item, Source]:
    compared = [exists().where(Assessment.item_version_id == ItemVersion.id, Assessment.report_id == r) for r in report_ids]
    return (
        select(ItemVersion, Item, Source)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Source, Source.id == Item.source_id)
        .where(not_(and_(*compared)))
        .order_by(func.coalesce(Item.published_at, Item.first_seen_at), ItemVersion.id)
    )


def recent_traces(session: Session, since_day: str, encoder: str) -> list[tuple[str, int, bytes]]:
    """(story key, item id, packed trace) of items with a day from `since_day` on, in order of time."""
    rows = session.execute(
        select(Story.key, Trace.item_id, Trace.packed)
        .join(Item, Item.id == Trace.item_id)
        .join(Story, Story.id == Item.story_id)
        .where(Trace.day >= since_day, Trace.encoder == encoder)
        .order_by(Trace.day, Trace.item_id)
    )
    return [(key, item_id, packed) for key, item_id, packed in rows]


def store_comparison(
    session: Session,
    waiting: Waiting,
    story_key: str,
    trace: tuple[str | None, str, bytes] | None,
    assessments: Sequence[NewAssessment],
    now: datetime,
    bills: Collection[str] = (),
) -> list[Flag]:
    """Store all that comparing one item version gave, in the caller's transaction: its story, its assessments, its flags.

    `trace`: (day, encoder, packed) by which later items recognise the story; None for an item that no other can join.
    `bills`: the bills and articles on their way that it names.

    A story that is flagged already gains a witness; its flag grows when the new item is stronger, and keeps its place otherwise.
    """
    item = session.get_one(Item, waiting.item.id)
    origins_before = session.scalar(select(Story.origins).where(Story.key == story_key)) or 0
    story = _join_story(session, item, waiting.version, story_key)
    if trace is not None:
        day, encoder, packed = trace
        session.merge(Trace(item_id=item.id, day=day, encoder=encoder, packed=packed))
    for bill in sorted(bills):
        if (stage := assessments[0].stage) and session.get(StoryBill, (story.id, bill)) is None:
            session.add(StoryBill(story_id=story.id, bill=bill, stage=stage))
    touched = []
    for new in assessments:
        row = Assessment(
            item_version_id=waiting.version.id, report_id=new.report_id, comparer=new.comparer, score=new.score, flagged=new.flag, severity=new.severity,
            relation=new.relation, stage=new.stage, claims=new.claims, changes=new.changes, reasons=new.reasons, made_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if new.flag:
            touched.append(_raise_flag(session, story, row, now))
    if story.items > 1 or waiting.version.number > 1:
        touched += [f for f in reopening.reopen(session, story, waiting.version, waiting.source, origins_before, now) if f not in touched]
    return touched


def _join_story(session: Session, item: Item, version: ItemVersion, key: str) -> Story:
    at = item.published_at or item.first_seen_at
    if item.story_id is not None:
        return session.get_one(Story, item.story_id)  # an edit stays in its item's story
    story = session.scalar(select(Story).where(Story.key == key))
    if story is None:
        story = Story(key=key, title=version.title or version.text[:120], first_at=at, last_at=at, items=0, origins=0)
        session.add(story)
        session.flush()
    item.story_id = story.id
    story.items += 1
    story.first_at, story.last_at = min(story.first_at, at), max(story.last_at, at)
    session.flush()
    story.origins = _count_origins(session, story.id)
    return story


def _count_origins(session: Session, story_id: int) -> int:
    rows = session.execute(
        select(ItemVersion.origin, Item.source_id, ItemVersion.content_hash)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.story_id == story_id, ItemVersion.number == 1)
    )
    return count_origins((origin, source_id, content_hash) for origin, source_id, content_hash in rows)


def count_origins(rows: Iterable[tuple[str | None, str, str]]) -> int:
    """Independent origins of (origin, source id, content hash) rows: what an item says it comes from counts instead of the outlet that repeats it;
    same text is one origin."""
    origins: set[str] = set()
    texts: set[str] = set()
    for origin, source_id, content_hash in rows:
        if content_hash not in texts:
            origins.add(origin_key(origin or source_id))
        texts.add(content_hash)
    return len(origins)


def origin_key(name: str) -> str:
    """By which an origin that a text names ("The Insider") and the source that it is ("the-insider") are one."""
    return name.casefold().replace(" ", "-")


def _raise_flag(session: Session, story: Story, row: Assessment, now: datetime) -> Flag:
    nearest = row.claims[0]["id"] if row.claims else None
    flag = session.scalar(select(Flag).where(Flag.story_id == story.id, Flag.report_id == row.report_id))
    if flag is None:
        flag = Flag(
            story_id=story.id, report_id=row.report_id, claim_id=nearest, assessment_id=row.id, score=row.score, severity=row.severity,
            relation=row.relation, state=FlagState.OPEN.value, raised_at=now, changed_at=now,
        )  # fmt: skip
        session.add(flag)
        session.flush()
        return flag
    if (SEVERITY_RANK[row.severity], row.score) > (SEVERITY_RANK[flag.severity], flag.score):
        flag.assessment_id, flag.score = row.id, row.score
        if flag.version == 1:  # once a person has judged it, only a person says which claim it is about
            flag.claim_id = nearest
        flag.severity, flag.relation = row.severity, row.relation
    flag.changed_at = now
    return flag
