"""Tables of fetching: sources, fetches with the received bytes, parts of pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, text_sha256_of_row


class SourceRow(Base):
    """An outlet, law portal or channel on the watch list, with its fetch state."""

    __tablename__ = "source"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str]
    tier: Mapped[int]
    config: Mapped[dict[str, Any]]
    # False once its row left sources.yml; its history stays
    listed: Mapped[bool] = mapped_column(default=True)
    paused: Mapped[bool] = mapped_column(default=False)  # by the desk: not fetched until resumed
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    next_due_at: Mapped[datetime | None] = mapped_column(index=True)
    # Bad outcomes in a row; slows down, never disables
    failures: Mapped[int] = mapped_column(default=0)
    last_fetch_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_outcome: Mapped[str | None] = mapped_column(String(24))
    last_reason: Mapped[str | None] = mapped_column(String(40))
    last_quality: Mapped[float | None]  # 0-1, see monitor.parse.page_checks
    # A worker fetches it until then; an expired lease is free
    leased_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    full_read_at: Mapped[datetime | None]  # last complete response, not a 304
    # Of the last response that was read to the end
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    route: Mapped[str | None]  # the mirror or fallback in use; None: the first address
    # When the first address was last tried while another is in use
    probed_at: Mapped[datetime | None]
    # State that the module of the kind keeps between fetches
    watch_state: Mapped[dict[str, Any] | None]


class SourceVersionRow(Base):
    """A source's profile as it stood from a moment on: a flag shows what was known of the outlet at
    the time.
    """

    __tablename__ = "source_version"
    __table_args__ = (UniqueConstraint("source_id", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    digest: Mapped[str] = mapped_column(String(64))
    config: Mapped[dict[str, Any]]
    since: Mapped[datetime]


class CaptureRow(Base):
    """Received bytes: evidence. Content-addressed, stored once, deflated."""

    __tablename__ = "capture"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    deflated: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    media_type: Mapped[str | None]
    url: Mapped[str]  # the address that answered
    received_at: Mapped[datetime]


class FetchRow(Base):
    """One attempt to read a source, with exactly one outcome."""

    __tablename__ = "fetch"
    __table_args__ = (Index("ix_fetch_source_started", "source_id", "started_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str | None]
    url: Mapped[str]  # the address that answered, or that was tried last
    address: Mapped[str | None] = mapped_column(String(64))  # the IP address that answered
    status: Mapped[int | None]
    size: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)  # entries in the response
    new: Mapped[int] = mapped_column(default=0)
    edited: Mapped[int] = mapped_column(default=0)
    capture_sha256: Mapped[str | None] = mapped_column(ForeignKey("capture.sha256"))
    quality: Mapped[float | None]
    doubts: Mapped[list[Any] | None]  # why the quality is below 1


class FetchPageRow(Base):
    """One response of a fetch whose bytes are stored. A fetch of several pages has several."""

    __tablename__ = "fetch_page"
    __table_args__ = (UniqueConstraint("fetch_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    position: Mapped[int]
    url: Mapped[str]
    status: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(String(64))
    redirects: Mapped[list[Any]]  # the addresses that led here, in order
    # What is unusual: a proxy, a private CA, an unchecked certificate
    transport: Mapped[str | None]
    capture_sha256: Mapped[str] = mapped_column(ForeignKey("capture.sha256"))
    received_at: Mapped[datetime]


class SourceStateRow(Base):
    """The health of a source from a moment on. One row per change: reported once, and once on
    recovery.
    """

    __tablename__ = "source_state"
    __table_args__ = (Index("ix_source_state_source_id_id", "source_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime | None]  # of an acknowledgement
    by: Mapped[str | None] = mapped_column(String(80))  # who acknowledged


class ChannelGapRow(Base):
    """Post numbers of a channel for which there is no item, and why: service message, part of an
    album, or unknown.
    """

    __tablename__ = "channel_gap"
    __table_args__ = (UniqueConstraint("source_id", "first"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    first: Mapped[int]
    last: Mapped[int]
    why: Mapped[str] = mapped_column(String(16))
    noted_at: Mapped[datetime]


class PagePartRow(Base):
    """One part of a watched page (an article of a law, or the whole text) as it stood from a moment
    on.
    """

    __tablename__ = "page_part"
    __table_args__ = (UniqueConstraint("source_id", "key", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    marks: Mapped[list[Any] | None]  # amending acts that the part names
    content_hash: Mapped[str] = mapped_column(String(64))
    # The exact title and text
    text_sha256: Mapped[str] = mapped_column(String(64), default=text_sha256_of_row)
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    seen_at: Mapped[datetime]
    erasure_id: Mapped[int | None] = mapped_column(ForeignKey("erasure.id"))


class PageChangeRow(Base):
    """The difference between two versions of a part, as the item that reports it; tied to the
    claims whose law it is.
    """

    __tablename__ = "page_change"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(16))  # changed, repealed, new, gone
    act: Mapped[str | None] = mapped_column(String(80))
    article: Mapped[str | None] = mapped_column(String(40))
    old: Mapped[str]
    new: Mapped[str]
    marks: Mapped[list[Any]]  # amending acts that the new wording names and the old one did not
    claims: Mapped[list[Any]]  # ids of the claims whose law names this article
    seen_at: Mapped[datetime]
    erasure_id: Mapped[int | None] = mapped_column(ForeignKey("erasure.id"))


class SourceOverrideRow(Base):
    """What the desk changed of a source: its row in place of that of sources.yml, or its state."""

    __tablename__ = "source_override"
    source_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # A row as in sources.yml; None: that of sources.yml holds
    config: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(8))  # OverrideState
    version: Mapped[int] = mapped_column(default=1)
