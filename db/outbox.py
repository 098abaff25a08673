"""Queries of the outbox: messages that wait, are being sent, went out, or came back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Bounce, Digest, Outbox, Subscriber, Subscription
from db.words import MailState

OUTBOX = "outbox"  # write transactions that lease and mark messages


def urgent_sent(session: Session, subscriber_ids: Sequence[int], kind: str, since: datetime, until: datetime) -> dict[int, int]:
    """subscriber id → messages of a kind that were put into the outbox within [since, until)."""
    rows = session.execute(
        select(Outbox.subscriber_id, func.count())
        .where(Outbox.subscriber_id.in_(subscriber_ids), Outbox.kind == kind, Outbox.created_at >= since, Outbox.created_at < until)
        .group_by(Outbox.subscriber_id)
    )
    return {i: n for i, n in rows if i is not None}


def lease(session: Session, now: datetime, owner: str, limit: int, seconds: int, channel: str) -> list[Outbox]:
    """Take up to `limit` messages of a channel whose turn has come, most pressing first; nobody else gets them until the lease runs out.

    Also taken: messages whose earlier lease ran out. Their sender died between leasing and marking, so whether they went out is not known.
    """
    waiting = Outbox.state.in_((MailState.QUEUED.value, MailState.FAILED.value)) & (Outbox.not_before <= now)
    uncertain = (Outbox.state == MailState.SENDING.value) & (Outbox.leased_until < now)
    query = (
        select(Outbox)
        .where(Outbox.channel == channel, or_(waiting, uncertain))
        .order_by(Outbox.priority, Outbox.not_before, Outbox.id)
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


def of_ended_subscription(session: Session, row: Outbox) -> bool:
    """Whether a message is the digest of a subscription that has ended since."""
    query = select(Subscription.ended_at).join(Digest, Digest.subscription_id == Subscription.id).where(Digest.id == row.digest_id)
    return row.digest_id is not None and session.scalar(query) is not None


def has_key(session: Session, key: str) -> bool:
    """Whether a message with this key was ever put into the outbox."""
    return session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None


def mark(session: Session, outbox_id: int, owner: str, **values: Any) -> bool:
    """Note how a leased message fared, if the lease is still ours; False where another has taken it over."""
    done = session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id, Outbox.lease == owner, Outbox.state == MailState.SENDING.value)
        .values(lease=None, leased_until=None, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def unsent(session: Session, subscriber_id: int, since: datetime) -> list[Outbox]:
    """Digests and urgent messages to a subscriber, made since a moment and still kept, that were given up, cancelled, came back, or wait for the end of a pause."""
    states = (MailState.DEAD.value, MailState.CANCELLED.value, MailState.QUEUED.value)
    query = select(Outbox).where(
        Outbox.subscriber_id == subscriber_id, Outbox.state.in_(states), Outbox.kind.in_(("digest", "urgent")), Outbox.created_at >= since,
        Outbox.message.is_not(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Outbox.id)))


def oldest_waiting(session: Session, now: datetime) -> datetime | None:
    """Since when the longest waiting message should have been on its way. One that waits for its next try waits; one whose reader paused does not."""
    due = Outbox.state.in_((MailState.QUEUED.value, MailState.SENDING.value)) & (Outbox.not_before <= now)
    moments = (
        session.scalar(select(func.min(Outbox.not_before)).where(due)),
        session.scalar(select(func.min(Outbox.created_at)).where(Outbox.state == MailState.FAILED.value)),
    )
    return min((m for m in moments if m is not None), default=None)


def given_up(session: Session, since: datetime) -> int:
    """Messages made since a moment that were given up."""
    return session.scalar(select(func.count()).where(Outbox.state == MailState.DEAD.value, Outbox.created_at >= since)) or 0


def dead_letters(session: Session) -> list[Outbox]:
    """All messages that were given up and are still kept, the oldest first."""
    query = select(Outbox).where(Outbox.state == MailState.DEAD.value, Outbox.message.is_not(None))
    return list(session.scalars(query.order_by(Outbox.id)))


def outbox(session: Session, states: Sequence[str] | None = None, limit: int = 100) -> list[tuple[Outbox, Subscriber | None]]:
    """Messages, newest first."""
    query = select(Outbox, Subscriber).outerjoin(Subscriber, Subscriber.id == Outbox.subscriber_id).order_by(Outbox.id.desc()).limit(limit)
    if states:
        query = query.where(Outbox.state.in_(states))
    return [(o, s) for o, s in session.execute(query)]


def outbox_counts(session: Session) -> dict[str, int]:
    """state → number of messages."""
    return {k: v for k, v in session.execute(select(Outbox.state, func.count()).group_by(Outbox.state))}  # noqa: C416


def empty_old_messages(session: Session, sent_before: datetime) -> int:
    """Drop the bodies of messages that went out before a moment; what was told stays in `told` and `digest`. Returns how many."""
    states = (MailState.SENT.value, MailState.CANCELLED.value)
    done = session.execute(
        update(Outbox)
        .where(Outbox.state.in_(states), Outbox.message.is_not(None), func.coalesce(Outbox.sent_at, Outbox.created_at) < sent_before)
        .values(message=None, recipient=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def confirmations_since(session: Session, since: datetime, subscriber_id: int | None = None) -> int:
    """Confirmation requests put into the outbox since a moment (to one subscriber): what limits how often a form can make us write."""
    query = select(func.count()).select_from(Outbox).where(Outbox.kind == "confirm", Outbox.created_at >= since)
    if subscriber_id is not None:
        query = query.where(Outbox.subscriber_id == subscriber_id)
    return session.scalar(query) or 0


def outbox_by_message_id(session: Session, message_id: str) -> Outbox | None:
    return session.scalar(select(Outbox).where(Outbox.message_id == message_id).limit(1))


def failures(session: Session, subscriber_id: int, since: datetime) -> int:
    """Different messages to a subscriber that came back since a moment."""
    query = select(func.count(func.distinct(Bounce.outbox_id))).where(Bounce.subscriber_id == subscriber_id, Bounce.received_at >= since)
    return session.scalar(query) or 0


def bounces(session: Session, limit: int = 100) -> list[tuple[Bounce, Subscriber | None]]:
    """The newest bounces."""
    query = select(Bounce, Subscriber).outerjoin(Subscriber, Subscriber.id == Bounce.subscriber_id).order_by(Bounce.id.desc()).limit(limit)
    return [(b, s) for b, s in session.execute(query)]
