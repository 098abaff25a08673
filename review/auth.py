"""Signing in and setting passwords (argon2id).

A hash takes 0.2 s and 64 MiB on purpose, so it is computed outside any transaction and at most
`HASHES_AT_ONCE` run at a time in one process. The limit of failed attempts is checked first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine

from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import UserRow

SHORTEST = 12
LONGEST = 256  # argon2 takes any length; this limits the cost of a request
HASHES_AT_ONCE = 2  # 128 MiB; more of them would not be faster on the two cores of a small server
MOST_WAITING = 8  # callers that may wait for a hash; each holds one of the 40 threads of the desk
# The few common passwords of this length; a long list would be outdated when it is shipped.
COMMON = frozenset(
    [
        "passwordpassword",
        "password1234",
        "123456789012",
        "1234567890ab",
        "qwertyuiop12",
        "qwertyuiopas",
        "administrator",
        "letmeinletmein",
        "iloveyouiloveyou",
        "changemechangeme",
    ]
)

_running = threading.BoundedSemaphore(HASHES_AT_ONCE)
_admitted = threading.BoundedSemaphore(HASHES_AT_ONCE + MOST_WAITING)


class NotAllowed(Exception):
    """Signing in failed. The message is for the person at the browser and reveals nothing about
    accounts.
    """


class WeakPassword(Exception):
    """The password cannot be used; the message says why."""


@cache
def _hasher() -> PasswordHasher:
    # RFC 9106 low-memory profile: t=3, m=64 MiB, p=4, above OWASP's minimum
    return PasswordHasher()


@cache
def _dummy() -> str:
    """A hash to check against for unknown names, so that they cost the same time."""
    return _hasher().hash("no such user")


@contextmanager
def _hash_slot() -> Iterator[None]:
    """Wait for one of the HASHES_AT_ONCE slots. Raises NotAllowed if MOST_WAITING others wait
    already.
    """
    if not _admitted.acquire(blocking=False):
        raise NotAllowed("too many people are signing in; try again in a few seconds")
    try:
        with _running:
            yield
    finally:
        _admitted.release()


def check_strength(password: str, name: str) -> None:
    """Raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"use at least {SHORTEST} characters; a few words in a row do well")
    if len(password) > LONGEST:
        raise WeakPassword(f"use at most {LONGEST} characters")
    plain = password.lower()
    if plain in COMMON or plain.strip(plain[0]) == "" or name.lower() in plain or "ajour" in plain:
        raise WeakPassword("too easy to guess: not the name, not “ajour”, not a common password")


def hash_password(password: str, name: str) -> str:
    """Hash to store. Raises WeakPassword, or NotAllowed when too many hashes wait. Call it outside
    transactions.
    """
    check_strength(password, name)
    with _hash_slot():
        return _hasher().hash(password)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def check_password(engine: Engine, name: str, password: str, address: str, now: datetime) -> int | None:
    """Id of the active user `name` if the password is right, else None. Raises NotAllowed when the
    limit is reached.

    The attempt is counted before the hash, so that parallel attempts count too. Unknown names take
    the same time.
    """
    with reading(engine) as session:
        _check_limit(accounts.must_wait(session, name, address, now))
        user = accounts.user_named(session, name)
    user_id = user.id if user is not None and user.active and user.password_hash else None
    stored = (user.password_hash or "") if user is not None and user_id is not None else ""
    with writing(engine) as session:
        wait = accounts.must_wait(session, name, address, now)
        attempt = 0 if wait else accounts.record_attempt(session, name, address, now)
    _check_limit(wait)
    try:
        with _hash_slot():
            right = _matches(stored or _dummy(), password)
            renewed = _hasher().hash(password) if right and user_id is not None and _hasher().check_needs_rehash(stored) else None
    except NotAllowed:
        with writing(engine) as session:
            accounts.forget_attempt(session, attempt)  # it was not checked
        raise
    if not right or user_id is None:
        return None
    with writing(engine) as session:
        accounts.forget_attempt(session, attempt)
        current = session.get_one(UserRow, user_id)
        # Changed while the hash was computed
        if not current.active or current.password_hash != stored:
            return None
        current.password_hash = renewed or stored
    return user_id


def _check_limit(wait: int) -> None:
    if wait:
        raise NotAllowed(f"too many attempts; wait {wait} seconds")


def sign_in(engine: Engine, name: str, password: str, address: str, agent: str, now: datetime) -> str:
    """The secret for the cookie of a new session, or "" if name or password is wrong. Raises
    NotAllowed.
    """
    user_id = check_password(engine, name, password, address, now)
    if user_id is None:
        return ""
    with writing(engine) as session:
        return accounts.open_session(session, user_id, agent, now)


def set_up(engine: Engine, secret: str, name: str, password: str, now: datetime) -> int:
    """Use a set-up link (makes the first administrator) or a password link; returns the id of the
    user.

    Raises NotAllowed or WeakPassword. A new password ends all sessions and tokens of the user.
    """
    with reading(engine) as session:
        link = accounts.find_link(session, secret, now)
        user = session.get(UserRow, link.user_id) if link and link.user_id else None
    if link is None:
        raise NotAllowed("this link was used already, or is too old")
    name = user.name if user is not None else " ".join(name.split())
    if not 1 <= len(name) <= accounts.LONGEST_NAME:
        raise WeakPassword(f"give a name of 1 to {accounts.LONGEST_NAME} characters")
    hashed = hash_password(password, name)
    with writing(engine) as session:
        # again: it may have been used while the hash was computed
        link = accounts.find_link(session, secret, now)
        if link is None:
            raise NotAllowed("this link was used already, or is too old")
        link.used_at = now
        if link.user_id is None:
            if accounts.has_users(session):
                raise NotAllowed("this desk is set up already; sign in, or ask an administrator")
            return accounts.add_user(session, name, Role.ADMIN, hashed, now).id
        session.get_one(UserRow, link.user_id).password_hash = hashed
        accounts.end_access(session, link.user_id, now)
        return link.user_id


def change_password(engine: Engine, user_id: int, password: str, now: datetime, keep_session: int | None) -> None:
    """Set a new password and end all tokens and all sessions but `keep_session`. Raises
    WeakPassword or NotAllowed.
    """
    with reading(engine) as session:
        name = session.get_one(UserRow, user_id).name
    hashed = hash_password(password, name)
    with writing(engine) as session:
        session.get_one(UserRow, user_id).password_hash = hashed
        accounts.end_access(session, user_id, now, keep=keep_session)
