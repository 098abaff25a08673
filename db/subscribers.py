"""Queries about subscribers and their subscriptions."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.models import Subscriber, Subscription
from db.statements import chunks


def reachable(now: datetime) -> tuple[Any, ...]:
    """The ONE place where "may be written to" is coded: confirmed, not ended, not suspended, not paused."""
    return (
        Subscriber.address.is_not(None),
        Subscriber.confirmed_at.is_not(None),
        Subscriber.ended_at.is_(None),
        Subscriber.suspended_at.is_(None),
        or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
    )


def readers(session: Session, now: datetime, after: int = 0, limit: int = 200) -> list[Subscriber]:
    """Subscribers who may be written to, by id, from `after` on: read in parts, so that memory stays flat."""
    return list(session.scalars(select(Subscriber).where(*reachable(now), Subscriber.id > after).order_by(Subscriber.id).limit(limit)))


def subscriber_by_address(session: Session, address: str) -> Subscriber | None:
    return session.scalar(select(Subscriber).where(func.lower(Subscriber.address) == address.lower()))


def subscribers(session: Session) -> list[Subscriber]:
    """All of them, also ended ones."""
    return list(session.scalars(select(Subscriber).order_by(Subscriber.id)))


def subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[Subscription]]:
    """subscriber id → their subscriptions that are confirmed and have not ended, the oldest first."""
    found: dict[int, list[Subscription]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        query = select(Subscription).where(
            Subscription.subscriber_id.in_(part), Subscription.confirmed_at.is_not(None), Subscription.ended_at.is_(None)
        )
        for row in session.scalars(query.order_by(Subscription.id)):
            found[row.subscriber_id].append(row)
    return found


def all_subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[Subscription]]:
    """subscriber id → all their subscriptions, also ended ones and those that wait to be confirmed, the oldest first."""
    found: dict[int, list[Subscription]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        for row in session.scalars(select(Subscription).where(Subscription.subscriber_id.in_(part)).order_by(Subscription.id)):
            found[row.subscriber_id].append(row)
    return found


def never_confirmed(session: Session, created_before: datetime) -> list[Subscription]:
    """Subscriptions that were asked for before a moment and never confirmed."""
    return list(
        session.scalars(
            select(Subscription).where(
                Subscription.confirmed_at.is_(None), Subscription.ended_at.is_(None), Subscription.created_at < created_before
            )
        )
    )


def forget_addresses(session: Session, ended_before: datetime) -> int:
    """Null the addresses of subscriptions that ended before a moment; the rows stay. Returns how many."""
    rows = list(session.scalars(select(Subscriber).where(Subscriber.ended_at < ended_before, Subscriber.address.is_not(None))))
    for row in rows:
        row.address = None
    return len(rows)
