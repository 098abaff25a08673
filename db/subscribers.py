"""Queries about subscribers and their subscriptions."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.models import SubscriberRow, SubscriptionRow
from db.statements import chunks


def reachable(now: datetime) -> tuple[Any, ...]:
    """Conditions on a subscriber to whom mail may be sent: confirmed, not ended, not suspended, not
    paused. The only place with this rule.
    """
    return (
        SubscriberRow.address.is_not(None),
        SubscriberRow.confirmed_at.is_not(None),
        SubscriberRow.ended_at.is_(None),
        SubscriberRow.suspended_at.is_(None),
        or_(SubscriberRow.paused_until.is_(None), SubscriberRow.paused_until <= now),
    )


def readers(session: Session, now: datetime, after: int = 0, limit: int = 200) -> list[SubscriberRow]:
    """Subscribers who may be written to, by id, from `after` on: read in parts, so that memory
    stays flat.
    """
    return list(
        session.scalars(select(SubscriberRow).where(*reachable(now), SubscriberRow.id > after).order_by(SubscriberRow.id).limit(limit))
    )


def subscriber_by_address(session: Session, address: str) -> SubscriberRow | None:
    return session.scalar(select(SubscriberRow).where(func.lower(SubscriberRow.address) == address.lower()))


def subscribers(session: Session) -> list[SubscriberRow]:
    """All of them, also ended ones."""
    return list(session.scalars(select(SubscriberRow).order_by(SubscriberRow.id)))


def subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[SubscriptionRow]]:
    """subscriber id → their subscriptions that are confirmed and have not ended, the oldest
    first.
    """
    by_subscriber: dict[int, list[SubscriptionRow]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        query = select(SubscriptionRow).where(
            SubscriptionRow.subscriber_id.in_(part), SubscriptionRow.confirmed_at.is_not(None), SubscriptionRow.ended_at.is_(None)
        )
        for row in session.scalars(query.order_by(SubscriptionRow.id)):
            by_subscriber[row.subscriber_id].append(row)
    return by_subscriber


def all_subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[SubscriptionRow]]:
    """subscriber id → all their subscriptions, also ended ones and those that wait to be confirmed,
    the oldest first.
    """
    by_subscriber: dict[int, list[SubscriptionRow]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        for row in session.scalars(select(SubscriptionRow).where(SubscriptionRow.subscriber_id.in_(part)).order_by(SubscriptionRow.id)):
            by_subscriber[row.subscriber_id].append(row)
    return by_subscriber


def never_confirmed(session: Session, created_before: datetime) -> list[SubscriptionRow]:
    """Subscriptions that were asked for before a moment and never confirmed."""
    return list(
        session.scalars(
            select(SubscriptionRow).where(
                SubscriptionRow.confirmed_at.is_(None), SubscriptionRow.ended_at.is_(None), SubscriptionRow.created_at < created_before
            )
        )
    )


def forget_addresses(session: Session, ended_before: datetime) -> int:
    """Delete the addresses of subscribers who ended before a moment; the rows stay. Returns the
    number of addresses.
    """
    rows = list(session.scalars(select(SubscriberRow).where(SubscriberRow.ended_at < ended_before, SubscriberRow.address.is_not(None))))
    for row in rows:
        row.address = None
    return len(rows)
