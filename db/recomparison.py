"""Comparing stored items again when a report, the model or a pack has changed.

A report row says with which comparer its items were last compared, and down to which item version
the next pass has come (`again_from`, counting down). Only what changed is stored: an assessment
that flags another item or names another claim. A flag is raised where the story has none for that
report and subject; flags that are there stay as they are, so that no alert is repeated.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.assessments import NewAssessment, UncomparedVersion, assessment_row, newest_version, raise_missing_flag
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, ReportRow, SourceRow, StoryRow

AGAIN = timedelta(days=90)  # items this old are compared again


def plan(session: Session, comparers: Mapping[str, str]) -> list[str]:
    """Note with which comparer (report → its name) items are compared from now on. Returns the
    reports whose stored items are to be compared again because it changed.
    """
    changed = list[str]()
    for row in session.scalars(select(ReportRow).where(ReportRow.id.in_(comparers))):
        if row.comparer == comparers[row.id]:
            continue
        if row.comparer is not None:
            row.again_from = newest_version(session)
            changed.append(row.id)
        row.comparer = comparers[row.id]
    return changed


def next_versions(session: Session, now: datetime, limit: int) -> tuple[list[str], list[UncomparedVersion]]:
    """(reports, item versions that they are to be compared with again), newest first. ([], []) when
    nothing is left to do. A pass that has reached the oldest item ends here.
    """
    rows = list(session.scalars(select(ReportRow).where(ReportRow.again_from.is_not(None)).order_by(ReportRow.again_from.desc())))
    if not rows:
        return [], []
    upto = rows[0].again_from
    reports = [r for r in rows if r.again_from == upto]
    query = (
        select(ItemVersionRow, ItemRow, SourceRow)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .where(ItemVersionRow.id <= upto, ItemVersionRow.seen_at >= now - AGAIN, ItemRow.story_id.is_not(None))
        .order_by(ItemVersionRow.id.desc())
        .limit(limit)
    )
    versions = [UncomparedVersion(*row) for row in session.execute(query)]
    lowest = versions[-1].version.id - 1 if len(versions) == limit else None
    for report in reports:
        report.again_from = lowest
    return [r.id for r in reports], versions


@dataclass(frozen=True)
class ComparedAgain:
    """The result of comparing a version that has a story and assessments already."""

    version: ItemVersionRow
    item: ItemRow
    assessments: Sequence[NewAssessment]


def store_again(session: Session, compared: Sequence[ComparedAgain], now: datetime) -> list[FlagRow]:
    """Store what the comparison says anew; returns the flags raised. The caller holds the lock on
    stories.
    """
    newest = _newest(session, [c.version.id for c in compared])
    raised = list[FlagRow]()
    for c in compared:
        for new in c.assessments:
            before = newest.get((c.version.id, new.report_id))
            if before is not None and (
                before.comparer == new.comparer or _says(before.flagged, before.claims) == _says(new.flag, new.claims)
            ):
                continue
            row = assessment_row(c.version, new, now)
            session.add(row)
            session.flush()
            if row.flagged and c.item.story_id is not None:
                flag = raise_missing_flag(session, session.get_one(StoryRow, c.item.story_id), row, now)
                raised += [flag] if flag else []
    session.flush()
    return raised


def _says(flagged: bool, claims: Sequence[Mapping[str, object]]) -> tuple[bool, object]:
    """What of an assessment matters to a reader: whether it flags, and for which claim."""
    return flagged, claims[0]["id"] if claims and flagged else None


def _newest(session: Session, version_ids: Collection[int]) -> dict[tuple[int, str], AssessmentRow]:
    latest = (
        select(func.max(AssessmentRow.id))
        .where(AssessmentRow.item_version_id.in_(version_ids))
        .group_by(AssessmentRow.item_version_id, AssessmentRow.report_id)
    )
    return {(a.item_version_id, a.report_id): a for a in session.scalars(select(AssessmentRow).where(AssessmentRow.id.in_(latest)))}


def compared_before(session: Session, version_ids: Collection[int]) -> set[int]:
    """Those of `version_ids` that some report was compared with already."""
    return set(session.scalars(select(AssessmentRow.item_version_id).where(AssessmentRow.item_version_id.in_(version_ids)).distinct()))
