"""Tables of subscribers and of messages to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class SubscriberRow(Base):
    """A subscriber. The address is deleted some time after the end; the row stays to explain what
    was sent.
    """

    __tablename__ = "subscriber"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str | None] = mapped_column(String(254), unique=True)
    # Part of signed links; a higher number invalidates older links
    generation: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class SubscriptionRow(Base):
    """What a subscriber gets, when and in which language. Several subscriptions of one subscriber
    do not repeat an item.
    """

    __tablename__ = "subscription"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), index=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Brussels")
    # reports, topics, least severity, rhythm, hour … (alerts.preferences.Preferences)
    preferences: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # None: requested by the form and not confirmed yet
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class DigestRow(Base):
    """The digest of one subscription for one period [period_start, period_end). Unique."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("subscription_id", "period_start"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    rhythm: Mapped[str] = mapped_column(String(16))
    period_start: Mapped[datetime]
    period_end: Mapped[datetime] = mapped_column(index=True)
    built_at: Mapped[datetime | None]
    # its mail, which may hold several digests; None: there was nothing to send
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    subject: Mapped[str | None]
    entries: Mapped[list[Any]]  # flag and facts of what it notified of
    # Flags that did not fit; they come first in the next digest of the subscription
    left_out: Mapped[list[Any]]


class OutboxRow(Base):
    """A message; it is a row before it is an e-mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_priority", "state", "priority", "not_before"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # makes the message unique
    kind: Mapped[str] = mapped_column(String(16), default="digest")
    priority: Mapped[int] = mapped_column(default=5)  # low goes first
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    channel: Mapped[str] = mapped_column(String(24), default="mail")
    # Only without a subscriber: operators, chat channels
    recipient: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str | None]
    # Deflated MIME; emptied some time after it was sent
    message: Mapped[bytes | None] = mapped_column(LargeBinary)
    message_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(index=True)
    # Its holder; a sender that lost the lease may not mark the message
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class NotificationRow(Base):
    """What a subscriber was notified of about a flag, so that an entry comes once unless it
    changed. One row per message.
    """

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("subscriber_id", "flag_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    revision: Mapped[int]
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    facts: Mapped[dict[str, Any]]  # state, severity, stage, value, claim … as they were sent
    shown: Mapped[bool]  # False: named in one line, without its details
    at: Mapped[datetime]
    # The moment of the facts: the end of the digest's period, possibly well before `at` after an
    # outage
    as_of: Mapped[datetime]


class ChannelNotificationRow(Base):
    """That a chat channel was notified of a flag: what keeps a message from being repeated, and a
    correction from being forgotten.
    """

    __tablename__ = "channel_notification"
    __table_args__ = (Index("ix_channel_notification_channel_flag", "channel", "flag_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(80))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    facts: Mapped[dict[str, Any]]  # as in `notification`
    at: Mapped[datetime]


class BounceRow(Base):
    """A refusal or delivery failure of a message: from the mail server's answer or from a report
    (DSN, RFC 3464).
    """

    __tablename__ = "bounce"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))  # enhanced status code, RFC 3463: "5.1.1"
    permanent: Mapped[bool]
    detail: Mapped[str]
    received_at: Mapped[datetime]


class FeedbackRow(Base):
    """Feedback of a subscriber on an entry. The newest row of a subscriber counts."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
