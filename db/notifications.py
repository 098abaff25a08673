"""Queries about notifications: which flags a subscriber or a chat channel was notified of, and in
which state.

A notification counts while its message is on its way or was sent. Where the message was given up,
came back, or was cancelled, the reader does not know: the flag is "undelivered" and comes again in
their next digest.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.enums import MailState
from db.models import ChannelNotificationRow, NotificationRow, OutboxRow
from db.statements import chunks

# Write transactions that decide what is sent to whom; one at a time, whatever the database
SCOPE = "notification"
_LOST = (MailState.DEAD.value, MailState.CANCELLED.value)


def newest_notifications(
    session: Session, subscriber_ids: Sequence[int], flag_ids: Sequence[int], before: datetime | None = None
) -> dict[int, dict[int, NotificationRow]]:
    """subscriber id → flag id → the newest notification (before a moment) whose message is not
    lost.
    """
    newest: dict[int, dict[int, NotificationRow]] = defaultdict(dict)
    for part in chunks(flag_ids):
        query = (
            select(NotificationRow)
            .join(OutboxRow, OutboxRow.id == NotificationRow.outbox_id)
            .where(NotificationRow.subscriber_id.in_(subscriber_ids), NotificationRow.flag_id.in_(part), OutboxRow.state.not_in(_LOST))
            .order_by(NotificationRow.revision)
        )
        if before is not None:
            query = query.where(NotificationRow.at < before)
        for row in session.scalars(query):
            newest[row.subscriber_id][row.flag_id] = row
    return newest


def revisions(session: Session, subscriber_ids: Sequence[int], flag_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """(subscriber id, flag id) → the highest revision, lost messages included."""
    highest: dict[tuple[int, int], int] = {}
    for part in chunks(flag_ids):
        query = select(NotificationRow.subscriber_id, NotificationRow.flag_id, func.max(NotificationRow.revision))
        query = query.where(NotificationRow.subscriber_id.in_(subscriber_ids), NotificationRow.flag_id.in_(part))
        for subscriber, flag, revision in session.execute(query.group_by(NotificationRow.subscriber_id, NotificationRow.flag_id)):
            highest[(subscriber, flag)] = revision
    return highest


def last_notification_ids(session: Session, subscriber_ids: Sequence[int]) -> dict[int, int]:
    """subscriber id → id of the newest notification; left out where there is none."""
    rows = session.execute(
        select(NotificationRow.subscriber_id, func.max(NotificationRow.id))
        .where(NotificationRow.subscriber_id.in_(subscriber_ids))
        .group_by(NotificationRow.subscriber_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def undelivered(session: Session, subscriber_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """subscriber id → flag id → id of the lost message that was the last to notify of it."""
    lost = select(NotificationRow, OutboxRow.state).join(OutboxRow, OutboxRow.id == NotificationRow.outbox_id)
    lost_flags: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    query = lost.where(NotificationRow.subscriber_id.in_(subscriber_ids), OutboxRow.state.in_(_LOST)).order_by(NotificationRow.revision)
    for row, _ in session.execute(query):
        lost_flags[row.subscriber_id][row.flag_id] = (row.revision, row.outbox_id)
    if not lost_flags:
        return {}
    flags = sorted({f for known in lost_flags.values() for f in known})
    delivered = newest_notifications(session, sorted(lost_flags), flags)
    return {
        subscriber: {
            f: outbox_id for f, (revision, outbox_id) in known.items() if not _newer(delivered.get(subscriber, {}).get(f), revision)
        }
        for subscriber, known in lost_flags.items()
    }


def _newer(row: NotificationRow | None, revision: int) -> bool:
    return row is not None and row.revision > revision


def close_repeated(session: Session, outbox_ids: Sequence[int]) -> int:
    """Drop lost messages whose entries have all been sent again since, so that they are not sent a
    second time. Returns the number of dropped messages.
    """
    rows = [row for i in sorted(set(outbox_ids)) if (row := session.get(OutboxRow, i)) is not None and row.state == MailState.DEAD.value]
    still_lost = undelivered(session, sorted({r.subscriber_id for r in rows if r.subscriber_id is not None}))
    open_ids = {outbox_id for flags in still_lost.values() for outbox_id in flags.values()}
    closed = [row for row in rows if row.id not in open_ids]
    for row in closed:
        row.state, row.message, row.last_error = (
            MailState.CANCELLED.value,
            None,
            f"{row.last_error}; its entries were sent again in a later message",
        )
    return len(closed)


def urgent_notifications(session: Session, subscriber_ids: Sequence[int], since: datetime, kinds: Sequence[str]) -> set[tuple[int, int]]:
    """(subscriber id, flag id) that a message of these kinds has notified of since a moment, lost
    messages left out.
    """
    query = (
        select(NotificationRow.subscriber_id, NotificationRow.flag_id)
        .join(OutboxRow, OutboxRow.id == NotificationRow.outbox_id)
        .where(
            NotificationRow.subscriber_id.in_(subscriber_ids), NotificationRow.at >= since, OutboxRow.kind.in_(kinds), OutboxRow.state.not_in(_LOST)
        )
    )  # fmt: skip
    return {(subscriber, flag) for subscriber, flag in session.execute(query)}


def channel_notifications(session: Session, channel: str, since: datetime) -> dict[int, ChannelNotificationRow]:
    """flag id → the newest notification of a chat channel since a moment, lost messages left
    out.
    """
    query = (
        select(ChannelNotificationRow)
        .join(OutboxRow, OutboxRow.id == ChannelNotificationRow.outbox_id)
        .where(ChannelNotificationRow.channel == channel, ChannelNotificationRow.at >= since, OutboxRow.state.not_in(_LOST))
        .order_by(ChannelNotificationRow.id)
    )
    return {row.flag_id: row for row in session.scalars(query)}
