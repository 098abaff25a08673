"""Tables of subscribers and of what is sent to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class SubscriberRow(Base):
    """A person who is told. The address is nulled some time after the end; the row stays to explain what was sent."""

    __tablename__ = "subscriber"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str | None] = mapped_column(String(254), unique=True)
    generation: Mapped[int] = mapped_column(default=0)  # signed links carry it; one more makes all older links void
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class SubscriptionRow(Base):
    """What a person asked to be told of, when and in which language. A person may have several; what one has told, the others do not repeat."""

    __tablename__ = "subscription"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), index=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Brussels")
    preferences: Mapped[dict[str, Any]]  # reports, topics, least severity, rhythm, hour … (alerts.preferences.Preferences)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # None: asked for by the form; its reader has not said yes yet
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class DigestRow(Base):
    """One subscription's digest of one period [period_start, period_end). Found or created, so never twice."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("subscription_id", "period_start"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    rhythm: Mapped[str] = mapped_column(String(16))
    period_start: Mapped[datetime]
    period_end: Mapped[datetime] = mapped_column(index=True)
    built_at: Mapped[datetime | None]
    mailed: Mapped[bool] = mapped_column(default=False)  # False: there was nothing to tell and no sign of life was due
    subject: Mapped[str | None]
    entries: Mapped[list[Any]]


class OutboxRow(Base):
    """A message is a row before it is an e-mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_priority", "state", "priority", "not_before"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # what makes the message one and only
    kind: Mapped[str] = mapped_column(String(16), default="digest")
    priority: Mapped[int] = mapped_column(default=5)  # low goes first
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digest.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    channel: Mapped[str] = mapped_column(String(24), default="mail")
    recipient: Mapped[str | None] = mapped_column(String(254))  # only where there is no subscriber: operators, chat channels
    subject: Mapped[str | None]
    message: Mapped[bytes | None] = mapped_column(LargeBinary)  # deflated MIME; emptied some time after it was sent
    message_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(index=True)
    lease: Mapped[str | None] = mapped_column(String(32))  # who holds it; a sender whose lease was taken over may not mark it
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class NotificationRow(Base):
    """What a subscriber was told of a flag, so that an entry comes once unless it changed. One more row per change told."""

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("subscriber_id", "flag_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    revision: Mapped[int]
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    facts: Mapped[dict[str, Any]]  # state, severity, stage, value, claim … as they were told
    shown: Mapped[bool]  # False: named in one line, without its details
    at: Mapped[datetime]
    as_of: Mapped[datetime]  # the facts as they stood then: the end of a digest's period, which may lie well before `at` after a standstill


class BounceRow(Base):
    """A refusal or delivery failure of a message: from the mail server's answer or from a report (DSN, RFC 3464)."""

    __tablename__ = "bounce"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))  # enhanced status code, RFC 3463: "5.1.1"
    permanent: Mapped[bool]
    detail: Mapped[str]
    received_at: Mapped[datetime]


class FeedbackRow(Base):
    """What a reader said of an entry. The newest row of a reader counts."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
