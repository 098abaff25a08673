"""Stories: the items that report the same event."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from db.models import AssessmentRow, ItemRow, ItemVersionRow, SourceRow


@dataclass(frozen=True)
class Witness:
    """One item of a story in one of its versions, with the assessment of that version for one
    report.
    """

    item: ItemRow
    version: ItemVersionRow
    source: SourceRow
    assessment: AssessmentRow | None


def witnesses(session: Session, story_id: int, report_id: str, most: int | None = None) -> list[Witness]:
    """The first `most` items of a story (None: all), each in its newest version with its newest
    assessment for the report, in order of time.
    """
    rows = session.execute(_witnesses().limit(most), {"story": story_id, "report": report_id})
    return [Witness(*row) for row in rows]


@cache
def _witnesses() -> "Select[*tuple[Any, ...]]":
    # Both subqueries name the story; otherwise each would be computed for every stored item.
    newest = (
        select(ItemVersionRow.item_id, func.max(ItemVersionRow.number).label("number"))
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(ItemRow.story_id == bindparam("story"))
        .group_by(ItemVersionRow.item_id)
        .subquery()
    )
    assessed = (
        select(AssessmentRow.item_version_id, func.max(AssessmentRow.id).label("id"))
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(ItemRow.story_id == bindparam("story"), AssessmentRow.report_id == bindparam("report"))
        .group_by(AssessmentRow.item_version_id)
        .subquery()
    )
    return (
        select(ItemRow, ItemVersionRow, SourceRow, AssessmentRow)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .join(newest, newest.c.item_id == ItemRow.id)
        .join(ItemVersionRow, (ItemVersionRow.item_id == ItemRow.id) & (ItemVersionRow.number == newest.c.number))
        .outerjoin(assessed, assessed.c.item_version_id == ItemVersionRow.id)
        .outerjoin(AssessmentRow, AssessmentRow.id == assessed.c.id)
        .where(ItemRow.story_id == bindparam("story"))
        .order_by(func.coalesce(ItemRow.published_at, ItemRow.first_seen_at), ItemRow.id)
    )
