"""Queries about access to the desk: users, sessions, tokens, sign-in attempts. Secrets are stored
as hashes only.
"""

import hashlib
import secrets
import unicodedata
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.enums import Role
from db.models import AccessTokenRow, DeskSessionRow, LoginAttemptRow, UserRow

IDLE = timedelta(hours=12)  # a session without a request for this long ends
ABSOLUTE = timedelta(days=7)  # every session ends after this time
TOUCH = timedelta(minutes=5)  # the last use is written at most this often
LINK_LIFE = timedelta(hours=48)  # of a set-up or password link
ATTEMPTS_WINDOW = timedelta(minutes=15)
# Failed attempts within the window, per account and per address, before further ones must wait
MOST_ATTEMPTS = 10
WAIT = timedelta(seconds=30)
LONGEST_NAME = 80  # characters of a user name


def hash_of(secret: str) -> str:
    """SHA-256 of a secret of 256 random bits. Passwords are hashed with argon2id instead
    (review.auth).
    """
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


def account_key(name: str) -> str:
    """The normal form of a user name, for look-up and limits: one space between words, no case,
    NFKC.

    Caseless match of Unicode, section 3.13 (D146, without removal of ignorable characters).
    """
    folded = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def client_network(address: str) -> str:
    """What limits count as one client: an IPv4 address, or the /64 of an IPv6 address (one
    subscriber line).
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)


def user_named(session: Session, name: str) -> UserRow | None:
    """The user of that name in normal form. Compared in Python, because SQLite folds only the
    letters A to Z.
    """
    key = account_key(name)
    return next((u for u in session.scalars(select(UserRow).order_by(UserRow.id)) if account_key(u.name) == key), None)


def users(session: Session) -> list[UserRow]:
    return list(session.scalars(select(UserRow).order_by(UserRow.active.desc(), UserRow.name)))


def active_users(session: Session) -> list[UserRow]:
    """The users to whom a flag can be assigned."""
    return list(session.scalars(select(UserRow).where(UserRow.active).order_by(UserRow.name)))


def open_session(session: Session, user_id: int, agent: str, now: datetime) -> str:
    """Open a session; returns the secret for the cookie. Only its hash is stored."""
    secret = new_secret()
    session.add(DeskSessionRow(user_id=user_id, token_hash=hash_of(secret), agent=agent[:200], created_at=now, seen_at=now))
    return secret


def find_session(session: Session, secret: str, now: datetime) -> tuple[DeskSessionRow, UserRow] | None:
    """The valid session of a cookie with its active user."""
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
    """Valid sessions, the latest used first."""
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


def revoke_sessions(session: Session, user_id: int, now: datetime, *, only: int | None = None, keep: int | None = None) -> None:
    """End the sessions of a user: all, one (`only`), or all but one (`keep`)."""
    query = update(DeskSessionRow).where(DeskSessionRow.user_id == user_id, DeskSessionRow.revoked_at.is_(None))
    if only is not None:
        query = query.where(DeskSessionRow.id == only)
    if keep is not None:
        query = query.where(DeskSessionRow.id != keep)
    session.execute(query.values(revoked_at=now))


def make_token(session: Session, user_id: int | None, purpose: str, name: str, now: datetime) -> str:
    """Make a token; returns the secret, of which only the hash is stored.

    `purpose`: "setup" and "password" work once, for LINK_LIFE; "api" works until it is revoked.
    """
    secret = new_secret()
    ends = None if purpose == "api" else now + LINK_LIFE
    session.add(AccessTokenRow(user_id=user_id, purpose=purpose, token_hash=hash_of(secret), name=name[:80], created_at=now, ends_at=ends))
    return secret


def end_tokens(session: Session, user_id: int, now: datetime) -> None:
    """Revoke all tokens and unused password links of a user."""
    session.execute(
        update(AccessTokenRow).where(AccessTokenRow.user_id == user_id, AccessTokenRow.revoked_at.is_(None)).values(revoked_at=now)
    )


def end_access(session: Session, user_id: int, now: datetime, *, keep: int | None = None) -> None:
    """End everything that lets a user in without a password: sessions (all but `keep`), tokens,
    links.
    """
    revoke_sessions(session, user_id, now, keep=keep)
    end_tokens(session, user_id, now)


def replace_setup_token(session: Session, now: datetime) -> str:
    """Make the set-up link of this start. Earlier set-up links end."""
    session.execute(
        update(AccessTokenRow).where(AccessTokenRow.purpose == "setup", AccessTokenRow.revoked_at.is_(None)).values(revoked_at=now)
    )
    return make_token(session, None, "setup", "first user", now)


def find_link(session: Session, secret: str, now: datetime) -> AccessTokenRow | None:
    """The set-up or password link of `secret`, if it is still valid."""
    return session.scalar(
        select(AccessTokenRow).where(
            AccessTokenRow.token_hash == hash_of(secret), AccessTokenRow.purpose.in_(["setup", "password"]), AccessTokenRow.used_at.is_(None),
            AccessTokenRow.revoked_at.is_(None), AccessTokenRow.ends_at > now,
        )
    )  # fmt: skip


def user_of_token(session: Session, secret: str) -> tuple[AccessTokenRow, UserRow] | None:
    """The valid API token with its active user."""
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
    """The valid API tokens of a user."""
    return list(
        session.scalars(
            select(AccessTokenRow)
            .where(AccessTokenRow.user_id == user_id, AccessTokenRow.purpose == "api", AccessTokenRow.revoked_at.is_(None))
            .order_by(AccessTokenRow.id)
        )
    )


def must_wait(session: Session, account: str, address: str, now: datetime) -> int:
    """Seconds until this account or network may try again; 0: now.

    Attempts are slowed down and never locked out: a lock would let strangers lock people out.
    """
    since = now - ATTEMPTS_WINDOW
    waits = [0]
    for column, value in (
        (LoginAttemptRow.account_hash, hash_of(account_key(account))),
        (LoginAttemptRow.network, client_network(address)),
    ):
        count, last = session.execute(
            select(func.count(), func.max(LoginAttemptRow.at)).where(column == value, LoginAttemptRow.at > since)
        ).one()
        if count >= MOST_ATTEMPTS:
            waits.append(int((last + WAIT - now).total_seconds()) + 1)
    return max(waits)


def record_attempt(session: Session, account: str, address: str, now: datetime) -> int:
    """Count an attempt as failed before the password is checked; returns its id. Deletes attempts
    that no longer count.
    """
    session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at <= now - ATTEMPTS_WINDOW))
    row = LoginAttemptRow(account_hash=hash_of(account_key(account)), network=client_network(address), at=now)
    session.add(row)
    session.flush()
    return row.id


def forget_attempt(session: Session, attempt_id: int) -> None:
    """The attempt succeeded or was not checked: it does not count."""
    session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.id == attempt_id))
