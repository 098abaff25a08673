"""Queries of the compare pipeline: waiting versions, stories, fingerprints, assessments and
flags.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, not_, select
from sqlalchemy.orm import Session

from db import reopening
from db.enums import SEVERITY_RANK, FlagState, Relation, Severity
from db.gist import reported_gist
from db.models import AssessmentRow, ClaimRow, FlagRow, ItemRow, ItemVersionRow, SourceRow, StoryBillRow, StoryFingerprintRow, StoryRow

# Condition on an item version: no report was compared with it
UNCOMPARED = ~exists().where(AssessmentRow.item_version_id == ItemVersionRow.id)


@dataclass(frozen=True)
class UncomparedVersion:
    """An item version that no report has been compared with yet."""

    version: ItemVersionRow
    item: ItemRow
    source: SourceRow


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
    subject: str = ""  # a story has one flag per report and subject
    gist: dict[str, Any] | None = None  # Gist.stored() of db.gist; every flagged one has it


def newest_version(session: Session) -> int:
    """Id of the newest item version; 0 when there is none."""
    return session.scalar(select(func.max(ItemVersionRow.id))) or 0


def waiting(
    session: Session, report_ids: Sequence[str], limit: int, after: int = 0, without: Collection[int] = ()
) -> list[UncomparedVersion]:
    """Item versions that lack an assessment for any of `report_ids`: those that look urgent, then
    the others, each oldest publication first (the order of a replay).

    It includes the versions that an interrupted cycle left. `after`: skip versions with id <=
    after. `without`: skip versions whose comparison failed.
    """
    # Ids first: SQLite would carry every text of a backlog through its sorter.
    query = _lacking(_with_item(select(ItemVersionRow.id)), report_ids).where(ItemVersionRow.id > after, ItemVersionRow.id.not_in(without))
    return uncompared(session, list(session.scalars(query.limit(limit))), report_ids)


def uncompared(session: Session, version_ids: Sequence[int], report_ids: Sequence[str]) -> list[UncomparedVersion]:
    """Those of `version_ids` that lack an assessment for any of `report_ids`, in the order of
    `waiting`.
    """
    rows = _with_item(select(ItemVersionRow, ItemRow, SourceRow)).join(SourceRow, SourceRow.id == ItemRow.source_id)
    query = _lacking(rows, report_ids).where(ItemVersionRow.id.in_(version_ids))
    return [UncomparedVersion(*row) for row in session.execute(query)]


def urgent_of(session: Session, version_ids: Sequence[int]) -> set[int]:
    """Those of `version_ids` that look urgent, so that they are compared before others."""
    return set(session.scalars(select(ItemVersionRow.id).where(ItemVersionRow.id.in_(version_ids), ItemVersionRow.urgency > 0)))


def _with_item(rows: Any) -> Any:
    return rows.select_from(ItemVersionRow).join(ItemRow, ItemRow.id == ItemVersionRow.item_id)


def _lacking(rows: Any, report_ids: Sequence[str]) -> Any:
    """`rows` of the versions that lack an assessment. The one place with the order of
    comparison.
    """
    compared = [exists().where(AssessmentRow.item_version_id == ItemVersionRow.id, AssessmentRow.report_id == r) for r in report_ids]
    return rows.where(not_(and_(*compared))).order_by(
        ItemVersionRow.urgency.desc(), func.coalesce(ItemRow.published_at, ItemRow.first_seen_at), ItemVersionRow.id
    )


@dataclass(frozen=True)
class NewComparison:
    """The result of comparing one item version, to be stored.

    `fingerprint`: (day, encoder, packed); None for an item whose story no other item can join.
    `bills`: the pending bills and articles that the item names.
    """

    waiting: UncomparedVersion
    story_key: str  # ignored where the item is in a story already: an edit stays there
    fingerprint: tuple[str | None, str, bytes] | None
    assessments: Sequence[NewAssessment]
    bills: Collection[str] = ()


@dataclass(frozen=True)
class _Joined:
    """A story after one item joined it."""

    story: StoryRow
    items: int
    origins_before: int
    origins: int


def store_comparisons(session: Session, comparisons: Sequence[NewComparison], now: datetime) -> list[FlagRow]:
    """Store the comparisons of several item versions in the caller's transaction. Returns the flags
    raised, grown or reopened.

    The versions come in the order in which they were placed. The result equals storing one after
    the other, with a fixed number of statements per batch instead of some twenty per version.

    A new item of a flagged story raises the flag's severity or score if its own are higher.
    """
    joined = _join_stories(session, comparisons)
    _store_fingerprints(session, comparisons)
    rows = [[assessment_row(c.waiting.version, new, now) for new in c.assessments] for c in comparisons]
    session.add_all(row for stored in rows for row in stored)
    session.flush()
    raised = _flags_by_story(session, [j.story.id for j in joined])
    changed: dict[int, FlagRow] = {}
    for c, j, stored in zip(comparisons, joined, rows, strict=True):
        _store_bills(session, c, j.story)
        flags = [_raise_flag(session, j.story, raised, row, now) for row in stored if row.flagged]
        subjects = {row.report_id: row.subject for row in stored if row.flagged}
        if raised.get(j.story.id) and (j.items > 1 or c.waiting.version.number > 1):
            session.flush()
            flags += reopening.reopen(session, j.story, c.waiting.version, c.waiting.source, j.origins_before, j.origins, now, subjects)
        changed |= {id(f): f for f in flags}
    session.flush()
    return list(changed.values())


def assessment_row(version: ItemVersionRow, new: NewAssessment, now: datetime) -> AssessmentRow:
    """A row for an assessment."""
    return AssessmentRow(
        item_version_id=version.id, report_id=new.report_id, comparer=new.comparer, score=new.score, flagged=new.flag, severity=new.severity,
        relation=new.relation, stage=new.stage, claims=new.claims, changes=new.changes, reasons=new.reasons, subject=new.subject,
        gist=new.gist, made_at=now,
    )  # fmt: skip


def _store_fingerprints(session: Session, comparisons: Sequence[NewComparison]) -> None:
    # The newest version of an item comes last
    fingerprints = {c.waiting.item.id: c.fingerprint for c in comparisons if c.fingerprint is not None}
    existing = {t.item_id: t for t in session.scalars(select(StoryFingerprintRow).where(StoryFingerprintRow.item_id.in_(fingerprints)))}
    for item_id, (day, encoder, packed) in fingerprints.items():
        if row := existing.get(item_id):
            row.day, row.encoder, row.packed = day, encoder, packed
        else:
            session.add(StoryFingerprintRow(item_id=item_id, day=day, encoder=encoder, packed=packed))


def _store_bills(session: Session, comparison: NewComparison, story: StoryRow) -> None:
    for bill in sorted(comparison.bills):
        if (stage := comparison.assessments[0].stage) and session.get(StoryBillRow, (story.id, bill)) is None:
            session.add(StoryBillRow(story_id=story.id, bill=bill, stage=stage))


def _join_stories(session: Session, comparisons: Sequence[NewComparison]) -> list[_Joined]:
    """Put the items into their stories, creating new ones. Returns the story after each
    comparison.
    """
    stored = {i.id: i for i in session.scalars(select(ItemRow).where(ItemRow.id.in_({c.waiting.item.id for c in comparisons})))}
    items = list(stored.values())
    keys, ids = {c.story_key for c in comparisons}, {i.story_id for i in items if i.story_id is not None}
    stories = list(session.scalars(select(StoryRow).where(StoryRow.key.in_(keys) | StoryRow.id.in_(ids))))
    by_key, by_item = {s.key: s for s in stories}, {i.id: s for i in items for s in stories if s.id == i.story_id}
    origins = _origin_rows(session, [s.id for s in stories], [i.id for i in items])
    rows_of = {s.id: [row for story_id, row in origins.values() if story_id == s.id] for s in stories}
    members = {s.key: rows_of[s.id] for s in stories}
    joined, moved = list[_Joined](), dict[int, StoryRow]()
    for c in comparisons:
        item = stored[c.waiting.item.id]
        story = by_item.get(item.id)
        if story is not None:  # an edit stays in its item's story
            joined.append(_Joined(story, story.items, story.origins, story.origins))
            continue
        at = item.published_at or item.first_seen_at
        if (story := by_key.get(c.story_key)) is None:
            title = c.waiting.version.title or c.waiting.version.text[:120]
            story = by_key[c.story_key] = StoryRow(key=c.story_key, title=title, first_at=at, last_at=at, items=0, origins=0)
            session.add(story)
        before = story.origins
        rows = members.setdefault(story.key, [])
        rows.append(origins[item.id][1])
        story.items, story.origins = story.items + 1, count_origins(rows)
        story.first_at, story.last_at = min(story.first_at, at), max(story.last_at, at)
        by_item[item.id] = moved[item.id] = story
        joined.append(_Joined(story, story.items, before, story.origins))
    session.flush()  # assigns ids to new stories
    for item_id, story in moved.items():
        stored[item_id].story_id = story.id
    return joined


_OriginRow = tuple[str | None, str, str]
_Flags = dict[tuple[str, str], FlagRow]  # by (report id, subject)


def _origin_rows(session: Session, story_ids: Sequence[int], item_ids: Sequence[int]) -> dict[int, tuple[int | None, _OriginRow]]:
    """Item id → (story id, (origin, source id, content hash)) by its first version, of these items
    and of all items of these stories.
    """
    rows = session.execute(
        select(ItemRow.id, ItemRow.story_id, ItemVersionRow.origin, ItemRow.source_id, ItemVersionRow.content_hash)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .where(ItemVersionRow.number == 1, ItemRow.id.in_(item_ids) | ItemRow.story_id.in_(story_ids))
        .order_by(ItemRow.id)
    )
    return {item_id: (story_id, (origin, source_id, digest)) for item_id, story_id, origin, source_id, digest in rows}


def _flags_by_story(session: Session, story_ids: Collection[int]) -> dict[int, _Flags]:
    """Story id → (report id, subject) → flag."""
    flags: dict[int, _Flags] = {}
    for flag in session.scalars(select(FlagRow).where(FlagRow.story_id.in_(set(story_ids)))):
        flags.setdefault(flag.story_id, {})[flag.report_id, flag.subject] = flag
    return flags


def count_origins(rows: Iterable[tuple[str | None, str, str]]) -> int:
    """Number of independent origins of (origin, source id, content hash) rows.

    The origin that an item names counts instead of the outlet that repeats it. Equal texts are one
    origin.
    """
    origins: set[str] = set()
    texts: set[str] = set()
    for origin, source_id, content_hash in rows:
        if content_hash not in texts:
            origins.add(origin_key(origin or source_id))
        texts.add(content_hash)
    return len(origins)


def origin_key(name: str) -> str:
    """Key under which a named origin ("The Insider") and its source ("the-insider") are one."""
    return name.casefold().replace(" ", "-")


def _raise_flag(session: Session, story: StoryRow, raised: dict[int, _Flags], row: AssessmentRow, now: datetime) -> FlagRow:
    """Raise or update the flag of a story for one report and subject. Adds a new flag to
    `raised`.
    """
    nearest = row.claims[0]["id"] if row.claims else None
    flags = raised.setdefault(story.id, {})
    if (flag := flags.get((row.report_id, row.subject))) is None:
        flag = flags[row.report_id, row.subject] = FlagRow(
            story_id=story.id, report_id=row.report_id, subject=row.subject, claim_id=nearest, assessment_id=row.id, score=row.score, severity=row.severity,
            relation=row.relation, state=FlagState.OPEN.value, version=1, raised_at=now, changed_at=now,
        )  # fmt: skip
        session.add(flag)
        return flag
    if (SEVERITY_RANK[row.severity], row.score) > (SEVERITY_RANK[flag.severity], flag.score):
        flag.assessment_id, flag.score = row.id, row.score
        if flag.version == 1:  # after a decision, only people change its claim
            flag.claim_id = nearest
        flag.severity, flag.relation = row.severity, row.relation
    flag.changed_at = now
    return flag


def raise_missing_flag(session: Session, story: StoryRow, row: AssessmentRow, now: datetime) -> FlagRow | None:
    """Flag the story for the report and subject of `row`, unless it has such a flag; None then."""
    flags = _flags_by_story(session, [story.id])
    return None if (row.report_id, row.subject) in flags.get(story.id, {}) else _raise_flag(session, story, flags, row, now)


AUDIT = "recall-audit"  # the comparer of an assessment that a reviewer made


def flag_missed(session: Session, missed: AssessmentRow, now: datetime) -> FlagRow:
    """Flag the story of an item that a reviewer found to be a missed update.

    Assessments are never changed: a flagged copy is stored, made by AUDIT. A second call returns
    the same flag.
    """
    item = session.get_one(ItemRow, session.get_one(ItemVersionRow, missed.item_version_id).item_id)
    story = session.get_one(StoryRow, item.story_id)
    copy = session.scalar(
        select(AssessmentRow).where(
            AssessmentRow.item_version_id == missed.item_version_id,
            AssessmentRow.report_id == missed.report_id,
            AssessmentRow.comparer == AUDIT,
        )
    )
    if copy is None:
        copy = AssessmentRow(
            item_version_id=missed.item_version_id, report_id=missed.report_id, comparer=AUDIT, score=missed.score, flagged=True,
            severity=Severity.MEDIUM.value, relation=Relation.UPDATES.value, stage=missed.stage, claims=missed.claims, changes=missed.changes,
            reasons=missed.reasons, subject=missed.subject, gist=_gist_of_missed(session, missed, item), made_at=now,
        )  # fmt: skip
        session.add(copy)
        session.flush()
    flag = _raise_flag(session, story, _flags_by_story(session, [story.id]), copy, now)
    session.flush()
    return flag


def _gist_of_missed(session: Session, missed: AssessmentRow, item: ItemRow) -> dict[str, Any] | None:
    claim = session.get(ClaimRow, missed.claims[0]["id"]) if missed.claims else None
    return reported_gist(claim, missed.stage, session.get_one(SourceRow, item.source_id).name).stored() if claim else None
