"""Queries of the outbox: messages that wait, are being sent, went out, or came back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from db.enums import MailState
from db.models import BounceRow, DigestRow, OutboxRow, SubscriberRow, SubscriptionRow

OUTBOX = "outbox"  # write transactions that lease and mark messages


def urgent_sent(session: Session, subscriber_ids: Sequence[int], kind: str, since: datetime, until: datetime) -> dict[int, int]:
    """subscriber id → messages of a kind that were put into the outbox within [since, until)."""
    rows = session.execute(
        select(OutboxRow.subscriber_id, func.count())
        .where(
            OutboxRow.subscriber_id.in_(subscriber_ids), OutboxRow.kind == kind, OutboxRow.created_at >= since, OutboxRow.created_at < until
        )
        .group_by(OutboxRow.subscriber_id)
    )
    return {i: n for i, n in rows if i is not None}


def chat_messages(session: Session, channel: str, kind: str, since: datetime) -> list[datetime]:
    """When messages of a kind to a chat channel were queued since a moment, the oldest first."""
    query = select(OutboxRow.created_at).where(
        OutboxRow.channel == "chat", OutboxRow.recipient == channel, OutboxRow.kind == kind, OutboxRow.created_at >= since
    )
    return list(session.scalars(query.order_by(OutboxRow.created_at)))


def lease(session: Session, now: datetime, owner: str, limit: int, seconds: int, channel: str) -> list[OutboxRow]:
    """Take up to `limit` messages of a channel whose turn has come, most pressing first; nobody
    else gets them until the lease runs out.

    Also taken: messages whose earlier lease ran out. Their sender died between leasing and marking,
    so whether they went out is not known.
    """
    waiting = OutboxRow.state.in_((MailState.QUEUED.value, MailState.FAILED.value)) & (OutboxRow.not_before <= now)
    uncertain = (OutboxRow.state == MailState.SENDING.value) & (OutboxRow.leased_until < now)
    query = (
        select(OutboxRow)
        .where(OutboxRow.channel == channel, or_(waiting, uncertain))
        .order_by(OutboxRow.priority, OutboxRow.not_before, OutboxRow.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    rows = list(session.scalars(query))
    for row in rows:
        if row.state == MailState.SENDING:
            row.last_error = f"uncertain: the sender stopped between taking it and noting the answer (lease until {row.leased_until:%Y-%m-%d %H:%M}Z); sent again with the same Message-ID"
        row.state, row.lease, row.leased_until = MailState.SENDING.value, owner, now + timedelta(seconds=seconds)
        row.attempts += 1
    return rows


def of_ended_subscription(session: Session, row: OutboxRow) -> bool:
    """Whether all subscriptions whose digests a message holds have ended since; False for a message
    without a digest.
    """
    query = select(SubscriptionRow.ended_at).join(DigestRow, DigestRow.subscription_id == SubscriptionRow.id)
    ends = list(session.scalars(query.where(DigestRow.outbox_id == row.id)))
    return bool(ends) and all(end is not None for end in ends)


def has_key(session: Session, key: str) -> bool:
    """Whether a message with this key was ever put into the outbox."""
    return session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is not None


def mark(session: Session, outbox_id: int, owner: str, **values: Any) -> bool:
    """Record the result of sending a leased message. False, and no change, if another sender holds
    the lease now.
    """
    done = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.lease == owner, OutboxRow.state == MailState.SENDING.value)
        .values(lease=None, leased_until=None, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def unsent(session: Session, subscriber_id: int, since: datetime) -> list[OutboxRow]:
    """Digests and urgent messages to a subscriber, made since a moment and still kept, that were
    given up, cancelled, came back, or wait for the end of a pause.
    """
    states = (MailState.DEAD.value, MailState.CANCELLED.value, MailState.QUEUED.value)
    query = select(OutboxRow).where(
        OutboxRow.subscriber_id == subscriber_id, OutboxRow.state.in_(states), OutboxRow.kind.in_(("digest", "urgent", "correction")), OutboxRow.created_at >= since,
        OutboxRow.message.is_not(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(OutboxRow.id)))


def oldest_waiting(session: Session, now: datetime) -> datetime | None:
    """Since when the longest waiting message has been due; None if no message waits. A message that
    waits for its next attempt counts; one whose reader paused does not.
    """
    due = OutboxRow.state.in_((MailState.QUEUED.value, MailState.SENDING.value)) & (OutboxRow.not_before <= now)
    moments = (
        session.scalar(select(func.min(OutboxRow.not_before)).where(due)),
        session.scalar(select(func.min(OutboxRow.created_at)).where(OutboxRow.state == MailState.FAILED.value)),
    )
    return min((m for m in moments if m is not None), default=None)


def given_up(session: Session, since: datetime) -> int:
    """Messages made since a moment that were given up."""
    return session.scalar(select(func.count()).where(OutboxRow.state == MailState.DEAD.value, OutboxRow.created_at >= since)) or 0


def dead_letters(session: Session) -> list[OutboxRow]:
    """All messages that were given up and are still kept, the oldest first."""
    query = select(OutboxRow).where(OutboxRow.state == MailState.DEAD.value, OutboxRow.message.is_not(None))
    return list(session.scalars(query.order_by(OutboxRow.id)))


def outbox(session: Session, states: Sequence[str] | None = None, limit: int = 100) -> list[tuple[OutboxRow, SubscriberRow | None]]:
    """Messages, newest first."""
    query = (
        select(OutboxRow, SubscriberRow)
        .outerjoin(SubscriberRow, SubscriberRow.id == OutboxRow.subscriber_id)
        .order_by(OutboxRow.id.desc())
        .limit(limit)
    )
    if states:
        query = query.where(OutboxRow.state.in_(states))
    return [(o, s) for o, s in session.execute(query)]


def outbox_counts(session: Session) -> dict[str, int]:
    """state → number of messages."""
    counts = session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return {state: count for state, count in counts}  # noqa: C416


def empty_old_messages(session: Session, sent_before: datetime) -> int:
    """Drop the bodies of messages that went out before a moment; notifications and digests stay.
    Returns how many.
    """
    states = (MailState.SENT.value, MailState.CANCELLED.value)
    done = session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.state.in_(states),
            OutboxRow.message.is_not(None),
            func.coalesce(OutboxRow.sent_at, OutboxRow.created_at) < sent_before,
        )
        .values(message=None, recipient=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def confirmations_since(session: Session, since: datetime, subscriber_id: int | None = None) -> int:
    """Confirmation requests put into the outbox since a moment (to one subscriber): this limits how
    many mails the public form can cause.
    """
    query = select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == "confirm", OutboxRow.created_at >= since)
    if subscriber_id is not None:
        query = query.where(OutboxRow.subscriber_id == subscriber_id)
    return session.scalar(query) or 0


def outbox_by_message_id(session: Session, message_id: str) -> OutboxRow | None:
    return session.scalar(select(OutboxRow).where(OutboxRow.message_id == message_id).limit(1))


def failures(session: Session, subscriber_id: int, since: datetime) -> int:
    """Different messages to a subscriber that came back since a moment."""
    query = select(func.count(func.distinct(BounceRow.outbox_id))).where(
        BounceRow.subscriber_id == subscriber_id, BounceRow.received_at >= since
    )
    return session.scalar(query) or 0


def bounces(session: Session, limit: int = 100) -> list[tuple[BounceRow, SubscriberRow | None]]:
    """The newest bounces."""
    query = (
        select(BounceRow, SubscriberRow)
        .outerjoin(SubscriberRow, SubscriberRow.id == BounceRow.subscriber_id)
        .order_by(BounceRow.id.desc())
        .limit(limit)
    )
    return [(b, s) for b, s in session.execute(query)]
