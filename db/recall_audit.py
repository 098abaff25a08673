"""Recall audit: a weekly sample of items that were not flagged, which reviewers judge.

The queue shows false flags; only a sample of what is not in the queue shows missed updates. For
each report and week two groups are drawn:

- *near the threshold*: the NEAR unflagged items with the highest scores;
- *random*: RANDOM of all other unflagged items. The seed is the week and the report, so that the
  same data give the same sample.

Items published before the report's research closed, and items of a story that is flagged for the
report, are left out. The share of updates in each group, times the size of the group, estimates how
many updates were missed; the upper bound is the 95 % Wilson interval (Wilson 1927).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import Session

from db.assessments import flag_missed
from db.enums import AuditGroup, AuditVerdict
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, RecallAuditRow, ReportRow, SourceRow

NEAR = 8  # per report and week
RANDOM = 7
Z = 1.96  # of a 95 % interval
WEEKS = 2  # an unjudged item leaves the page after this many weeks


def monday(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def draw(session: Session, now: datetime) -> int:
    """Draw the samples of the last complete week. Returns the number of items; 0 where they exist.

    Call it daily; a second call changes nothing.
    """
    first = monday(now.date()) - timedelta(days=7)
    if session.scalar(select(exists().where(RecallAuditRow.week == first.isoformat()))):
        return 0
    drawn = [row for report in session.scalars(select(ReportRow).order_by(ReportRow.id)) for row in _drawn(session, report, first)]
    session.add_all(drawn)
    return len(drawn)


def _drawn(session: Session, report: ReportRow, first: date) -> list[RecallAuditRow]:
    start = datetime.combine(first, time(), UTC)
    closed = datetime.fromisoformat(f"{report.research_closed}-01-01"[:10]).replace(tzinfo=UTC)
    flagged = exists().where(FlagRow.story_id == ItemRow.story_id, FlagRow.report_id == report.id)
    rows = session.execute(
        select(ItemVersionRow.item_id, AssessmentRow.id, AssessmentRow.score)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(
            AssessmentRow.report_id == report.id,
            AssessmentRow.made_at >= start,
            AssessmentRow.made_at < start + timedelta(days=7),
            ItemRow.story_id.is_not(None),
            or_(ItemRow.published_at.is_(None), ItemRow.published_at >= closed),
            ~flagged,
        )
        .order_by(AssessmentRow.id)
    )
    newest = {item_id: (-score, assessment_id) for item_id, assessment_id, score in rows}
    order = [assessment_id for _, assessment_id in sorted(newest.values())]
    near, rest = order[:NEAR], sorted(order[NEAR:])
    rng = random.Random(f"{first} {report.id}")  # noqa: S311 - a sample, no secret
    chosen = rng.sample(rest, min(RANDOM, len(rest)))
    groups = ((AuditGroup.NEAR, near, len(near)), (AuditGroup.RANDOM, chosen, len(rest)))
    return [
        RecallAuditRow(week=first.isoformat(), report_id=report.id, assessment_id=assessment_id, group=group.value, group_size=size)
        for group, ids, size in groups
        for assessment_id in ids
    ]


@dataclass(frozen=True)
class AuditItem:
    """One item of a sample with what a reviewer needs to judge it."""

    audit: RecallAuditRow
    assessment: AssessmentRow
    item: ItemRow
    version: ItemVersionRow
    source: SourceRow
    report: ReportRow


def waiting(session: Session, now: datetime) -> list[int]:
    """Ids of the unjudged items of the last WEEKS samples, the newest week first.

    Near and random items are mixed in a fixed order, so that a reviewer cannot tell them apart.
    """
    since = (monday(now.date()) - timedelta(weeks=WEEKS)).isoformat()
    rows = session.execute(
        select(RecallAuditRow.id, RecallAuditRow.week, RecallAuditRow.assessment_id).where(
            RecallAuditRow.verdict.is_(None), RecallAuditRow.week >= since
        )
    ).all()
    # Knuth's multiplicative hash
    mixed = sorted(rows, key=lambda r: (r.assessment_id * 2654435761) % 2**32)
    return [r.id for r in sorted(mixed, key=lambda r: r.week, reverse=True)]


def audit_item(session: Session, audit_id: int) -> AuditItem | None:
    """The sampled item; None where there is none."""
    row = session.execute(
        select(RecallAuditRow, AssessmentRow, ItemRow, ItemVersionRow, SourceRow, ReportRow)
        .join(AssessmentRow, AssessmentRow.id == RecallAuditRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .join(ReportRow, ReportRow.id == RecallAuditRow.report_id)
        .where(RecallAuditRow.id == audit_id)
    ).first()
    return AuditItem(*row) if row else None


def judge(session: Session, audit_id: int, verdict: AuditVerdict, user_id: int, now: datetime) -> FlagRow | None:
    """Store a verdict. A missed update raises a flag, which goes through review like every other.

    Returns that flag. A later verdict replaces an earlier one; a raised flag stays. Raises KeyError
    where there is no such item.
    """
    row = session.get(RecallAuditRow, audit_id)
    if row is None:
        raise KeyError(audit_id)
    row.verdict, row.user_id, row.judged_at = verdict.value, user_id, now
    if verdict is not AuditVerdict.UPDATE:
        return None
    return flag_missed(session, session.get_one(AssessmentRow, row.assessment_id), now)


@dataclass(frozen=True)
class AuditWeek:
    """The result of one week over all reports."""

    week: str
    items: int
    judged: int
    missed: int  # updates among the judged
    estimate: float  # missed updates in the whole week
    at_most: float  # upper end of the 95 % interval


def results(session: Session, most: int = 26) -> list[AuditWeek]:
    """The newest `most` weeks, newest first."""
    counted = session.execute(
        select(
            RecallAuditRow.week,
            RecallAuditRow.report_id,
            RecallAuditRow.group,
            func.max(RecallAuditRow.group_size),
            func.count(),
            func.count(RecallAuditRow.verdict),
            func.sum(case((RecallAuditRow.verdict == AuditVerdict.UNSURE, 1), else_=0)),
            func.sum(case((RecallAuditRow.verdict == AuditVerdict.UPDATE, 1), else_=0)),
        ).group_by(RecallAuditRow.week, RecallAuditRow.report_id, RecallAuditRow.group)
    )
    weeks: dict[str, list[tuple[int, int, int, int]]] = {}
    for week, _report, _group, size, items, judged, unsure, updates in counted:
        weeks.setdefault(week, []).append((size, items, judged - unsure, updates))
    return [_week(week, weeks[week]) for week in sorted(weeks, reverse=True)[:most]]


def _week(week: str, groups: Sequence[tuple[int, int, int, int]]) -> AuditWeek:
    """`groups`: (size, items, judged with an answer, updates) of each group and report."""
    return AuditWeek(
        week=week,
        items=sum(items for _, items, _, _ in groups),
        judged=sum(judged for _, _, judged, _ in groups),
        missed=sum(updates for _, _, _, updates in groups),
        estimate=sum(size * updates / judged for size, _, judged, updates in groups if judged),
        at_most=sum(size * upper(updates, judged) for size, _, judged, updates in groups),
    )


def upper(hits: int, of: int) -> float:
    """0..1: upper end of the 95 % Wilson interval of a share; 1 where nothing was counted."""
    if of == 0:
        return 1.0
    share, z2 = hits / of, Z * Z
    return (share + z2 / (2 * of) + Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
