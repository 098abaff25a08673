"""Queries about who may open the desk: users, sessions, tokens, failed tries. Secrets are kept as hashes only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.enums import Role
from db.models import AccessTokenRow, DeskSessionRow, LoginAttemptRow, UserRow

IDLE = timedelta(hours=12)  # a session nobody used for so long is over
ABSOLUTE = timedelta(days=7)  # … and so is any session after this
TOUCH = timedelta(minutes=5)  # last use is noted this often, so that reading pages hardly writes
LINK_LIFE = timedelta(hours=48)  # of a set-up or password link
TRIES_WINDOW = timedelta(minutes=15)
TRIES = 10  # failed tries within the window, per account and per address, before each further one has to wait
WAIT = timedelta(seconds=30)


def hash_of(secret: str) -> str:
    """Secrets here are 256 random bits, so a plain hash is enough; passwords are another matter (argon2id, review.auth)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def has_users(session: Session) -> bool:
    return session.scalar(select(UserRow.id).limit(1)) is not None


def add_user(session: Session, name: str, role: Role, password_hash: str | None, now: datetime) -> UserRow:
    """A new user. The caller has checked that the name is free."""
    user = UserRow(name=name, role=role.value, password_hash=password_hash, active=True, created_at=now, preferences={})
    session.add(user)
    session.flush()
    return user


def user_named(session: Session, name: str) -> UserRow | None:
    """By name, whatever its case. Compared here: SQLite lowers no letters but A to Z, and not every Åse writes herself as she was entered."""
    wanted = name.casefold()
    return next((u for u in session.scalars(select(UserRow).order_by(UserRow.id)) if u.name.casefold() == wanted), None)


def users(session: Session) -> list[UserRow]:
    return list(session.scalars(select(UserRow).order_by(UserRow.active.desc(), UserRow.name)))


def open_session(session: Session, user_id: int, agent: str, now: datetime) -> str:
    """A new session; returns the secret for the cookie, which is not kept."""
    secret = new_secret()
    session.add(DeskSessionRow(user_id=user_id, token_hash=hash_of(secret), agent=agent[:200], created_at=now, seen_at=now))
    return secret


def find_session(session: Session, secret: str, now: datetime) -> tuple[DeskSessionRow, UserRow] | None:
    """The living session of a cookie and its active user."""
    row = session.execute(
        select(DeskSessionRow, UserRow)
        .join(UserRow, UserRow.id == DeskSessionRow.user_id)
        .where(
            DeskSessionRow.token_hash == hash_of(secret), DeskSessionRow.revoked_at.is_(None), UserRow.active,
            DeskSessionRow.seen_at > now - IDLE, DeskSessionRow.created_at > now - ABSOLUTE,
        )
    ).first()  # fmt: skip
    return (row[0], row[1]) if row else None


def touch_session(session: Session, session_id: int, now: datetime) -> None:
    session.execute(update(DeskSessionRow).where(DeskSessionRow.id == session_id).values(seen_at=now))


def sessions_of(session: Session, user_id: int, now: datetime) -> list[DeskSessionRow]:
    """Living sessions, the latest used first."""
    return list(
        session.scalars(
            select(DeskSessionRow)
            .where(
                DeskSessionRow.user_id == user_id,
                DeskSessionRow.revoked_at.is_(None),
                DeskSessionRow.seen_at > now - IDLE,
                DeskSessionRow.created_at > now - ABSOLUTE,
            )
            .order_by(DeskSessionRow.seen_at.desc())
        )
    )


def revoke_sessions(session: Session, user_id: int, now: datetime, *, only: int | None = None, but: int | None = None) -> None:
    """End the user's sessions: all, one, or all but one."""
    query = update(DeskSessionRow).where(DeskSessionRow.user_id == user_id, DeskSessionRow.revoked_at.is_(None))
    if only is not None:
        query = query.where(DeskSessionRow.id == only)
    if but is not None:
        query = query.where(DeskSessionRow.id != but)
    session.execute(query.values(revoked_at=now))


def make_token(session: Session, user_id: int | None, purpose: str, name: str, now: datetime) -> str:
    """A new token ("setup", "password": once, for two days; "api": until revoked). Returns the secret, which is not kept."""
    secret = new_secret()
    ends = None if purpose == "api" else now + LINK_LIFE
    session.add(AccessTokenRow(user_id=user_id, purpose=purpose, token_hash=hash_of(secret), name=name[:80], created_at=now, ends_at=ends))
    return secret


def replace_setup_token(session: Session, now: datetime) -> str:
    """The set-up link of this start; those of earlier starts end."""
    session.execute(
        update(AccessTokenRow).where(AccessTokenRow.purpose == "setup", AccessTokenRow.revoked_at.is_(None)).values(revoked_at=now)
    )
    return make_token(session, None, "setup", "first user", now)


def find_link(session: Session, secret: str, now: datetime) -> AccessTokenRow | None:
    """A set-up or password link that can still be used."""
    return session.scalar(
        select(AccessTokenRow).where(
            AccessTokenRow.token_hash == hash_of(secret), AccessTokenRow.purpose.in_(["setup", "password"]), AccessTokenRow.used_at.is_(None),
            AccessTokenRow.revoked_at.is_(None), AccessTokenRow.ends_at > now,
        )
    )  # fmt: skip


def user_of_token(session: Session, secret: str) -> tuple[AccessTokenRow, UserRow] | None:
    """The living API token and its active user."""
    row = session.execute(
        select(AccessTokenRow, UserRow)
        .join(UserRow, UserRow.id == AccessTokenRow.user_id)
        .where(
            AccessTokenRow.token_hash == hash_of(secret),
            AccessTokenRow.purpose == "api",
            AccessTokenRow.revoked_at.is_(None),
            UserRow.active,
        )
    ).first()
    return (row[0], row[1]) if row else None


def tokens_of(session: Session, user_id: int) -> list[AccessTokenRow]:
    """The user's living API tokens."""
    return list(
        session.scalars(
            select(AccessTokenRow)
            .where(AccessTokenRow.user_id == user_id, AccessTokenRow.purpose == "api", AccessTokenRow.revoked_at.is_(None))
            .order_by(AccessTokenRow.id)
        )
    )


def must_wait(session: Session, account: str, address: str, now: datetime) -> int:
    """Seconds until this account or address may try again; 0: now. Slows down and never locks out: a lock would let strangers lock people out."""
    since = now - TRIES_WINDOW
    waits = [0]
    for column, value in ((LoginAttemptRow.account, account.lower()[:80]), (LoginAttemptRow.address, address)):
        count, last = session.execute(
            select(func.count(), func.max(LoginAttemptRow.at)).where(column == value, LoginAttemptRow.at > since)
        ).one()
        if count >= TRIES:
            waits.append(int((last + WAIT - now).total_seconds()) + 1)
    return max(waits)


def note_failed_try(session: Session, account: str, address: str, now: datetime) -> None:
    """Count a failed try; forget those that no longer count."""
    session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at <= now - TRIES_WINDOW))
    session.add(LoginAttemptRow(account=account.lower()[:80], address=address, at=now))
