"""Tables of the users of the review desk."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class UserRow(Base):
    """A person who may open the desk."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    # keys, keys_off, translations (a language, or "" for none)
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class DeskSessionRow(Base):
    """A signed-in browser. Only the hash of its cookie is kept; revoking is one row."""

    __tablename__ = "desk_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccessTokenRow(Base):
    """A secret that stands for a person elsewhere than in a browser session: for the API and feeds,
    for a first or a new password.
    """

    __tablename__ = "access_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    # None: the set-up link, which makes the first user
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))  # "setup", "password", "api"
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    # A set-up or password link works once; an API token keeps when it was last used
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginAttemptRow(Base):
    """A failed sign-in attempt, for rate limits that outlast a restart. Old rows are deleted."""

    __tablename__ = "login_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    # Of the normal form: a password typed as the name is not kept
    account_hash: Mapped[str] = mapped_column(String(64), index=True)
    network: Mapped[str] = mapped_column(String(64), index=True)  # IPv4 address or IPv6 /64
    at: Mapped[datetime] = mapped_column(index=True)


class PresenceRow(Base):
    """That a user opened a flag at the desk, so that colleagues who open it are told. Old rows are
    deleted.
    """

    __tablename__ = "presence"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(24), primary_key=True, index=True)  # "flag 7"
    at: Mapped[datetime]


class SavedSearchRow(Base):
    """A search, or a view of the queue, that a user saved under a name."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # db.enums.SavedPage
    page: Mapped[str] = mapped_column(String(12), default="search", server_default="search")
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
