"""Queries about what a subscriber was told of which flag."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import NotificationRow
from db.statements import chunks

SCOPE = "telling"  # write transactions that decide what is told; one at a time, whatever the database


def newest_notifications(
    session: Session, subscriber_ids: Sequence[int], flag_ids: Sequence[int], before: datetime | None = None
) -> dict[int, dict[int, NotificationRow]]:
    """subscriber id → flag id → the newest that was told of it (before a moment)."""
    found: dict[int, dict[int, NotificationRow]] = defaultdict(dict)
    for part in chunks(flag_ids):
        query = (
            select(NotificationRow)
            .where(NotificationRow.subscriber_id.in_(subscriber_ids), NotificationRow.flag_id.in_(part))
            .order_by(NotificationRow.revision)
        )
        if before is not None:
            query = query.where(NotificationRow.at < before)
        for row in session.scalars(query):
            found[row.subscriber_id][row.flag_id] = row
    return found


def last_notification_ids(session: Session, subscriber_ids: Sequence[int]) -> dict[int, int]:
    """subscriber id → id of the newest telling; left out where there is none."""
    rows = session.execute(
        select(NotificationRow.subscriber_id, func.max(NotificationRow.id))
        .where(NotificationRow.subscriber_id.in_(subscriber_ids))
        .group_by(NotificationRow.subscriber_id)
    )
    return {k: v for k, v in rows}  # noqa: C416
