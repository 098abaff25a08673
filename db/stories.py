"""Stories: the items that report the same event."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Assessment, Item, ItemVersion, Source


@dataclass(frozen=True)
class Witness:
    """One item of a story in one of its versions, with the assessment of that version for one report."""

    item: Item
    version: ItemVersion
    source: Source
    assessment: Assessment | None


def witnesses(session: Session, story_id: int, report_id: str, most: int | None = None) -> list[Witness]:
    """The first `most` items of a story (None: all), each in its newest version with its newest assessment for the report, in order of time."""
    # Both subqueries name the story: without it, each would be worked out for every item ever stored.
    newest = (
        select(ItemVersion.item_id, func.max(ItemVersion.number).label("number"))
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.story_id == story_id)
        .group_by(ItemVersion.item_id)
        .subquery()
    )
    judged = (
        select(Assessment.item_version_id, func.max(Assessment.id).label("id"))
        .join(ItemVersion, ItemVersion.id == Assessment.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.story_id == story_id, Assessment.report_id == report_id)
        .group_by(Assessment.item_version_id)
        .subquery()
    )
    rows = session.execute(
        select(Item, ItemVersion, Source, Assessment)
        .join(Source, Source.id == Item.source_id)
        .join(newest, newest.c.item_id == Item.id)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest.c.number))
        .outerjoin(judged, judged.c.item_version_id == ItemVersion.id)
        .outerjoin(Assessment, Assessment.id == judged.c.id)
        .where(Item.story_id == story_id)
        .order_by(func.coalesce(Item.published_at, Item.first_seen_at), Item.id)
        .limit(most)
    )
    return [Witness(*row) for row in rows]
