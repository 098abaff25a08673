"""Signing in: passwords (argon2id), set-up and password links, sessions, tokens, and the header of a trusted proxy."""

from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from db import accounts
from db.enums import Role
from db.models import UserRow

SHORTEST = 12
LONGEST = 256  # argon2 takes any length; this keeps a request from costing more than its share
# The few that people really choose at this length; a long list would be stale the day it is shipped.
COMMON = frozenset({"passwordpassword", "password1234", "123456789012", "1234567890ab", "qwertyuiop12", "qwertyuiopas", "administrator", "letmeinletmein", "iloveyouiloveyou", "changemechangeme"})  # fmt: skip


class NotAllowed(Exception):
    """Signing in failed; the message is for the person and says no more than it must."""


class WeakPassword(Exception):
    """The password cannot be used; the message says why."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # RFC 9106 low-memory profile: t=3, m=64 MiB, p=4, above OWASP's minimum


@cache
def _dummy() -> str:
    return _hasher().hash("no such user")


def hash_password(password: str, name: str) -> str:
    """Hash to store. Raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"use at least {SHORTEST} characters; a few words in a row do well")
    if len(password) > LONGEST:
        raise WeakPassword(f"use at most {LONGEST} characters")
    plain = password.lower()
    if plain in COMMON or plain.strip(plain[0]) == "" or name.lower() in plain or "ajour" in plain:
        raise WeakPassword("too easy to guess: not the name, not “ajour”, not a common password")
    return _hasher().hash(password)


def sign_in(session: Session, name: str, password: str, address: str, agent: str, now: datetime) -> str:
    """Check name and password; returns the secret for a new session's cookie. Raises NotAllowed. Unknown names cost the same time."""
    wait = accounts.must_wait(session, name, address, now)
    if wait:
        raise NotAllowed(f"too many tries; wait {wait} seconds")
    user = accounts.user_named(session, name)
    stored = user.password_hash if user is not None and user.active and user.password_hash else _dummy()
    right: bool
    try:
        right = _hasher().verify(stored, password[:LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        right = False
    if not right or user is None or stored is _dummy():
        accounts.note_failed_try(session, name, address, now)
        return ""
    if _hasher().check_needs_rehash(stored):
        user.password_hash = _hasher().hash(password)
    return accounts.open_session(session, user.id, agent, now)


def set_up(session: Session, secret: str, name: str, password: str, now: datetime) -> UserRow:
    """Use a set-up link (makes the first administrator) or a password link. Raises NotAllowed or WeakPassword."""
    link = accounts.find_link(session, secret, now)
    if link is None:
        raise NotAllowed("this link was used already, or is too old")
    if link.purpose == "setup":
        if accounts.has_users(session):
            raise NotAllowed("this desk is set up already; sign in, or ask an administrator")
        name = " ".join(name.split())
        if not 1 <= len(name) <= 80:
            raise WeakPassword("give a name of 1 to 80 characters")
        user = accounts.add_user(session, name, Role.ADMIN, hash_password(password, name), now)
    else:
        assert link.user_id is not None, "a password link names its user"
        user = session.get_one(UserRow, link.user_id)
        user.password_hash = hash_password(password, user.name)
        accounts.revoke_sessions(session, user.id, now)
    link.used_at = now
    return user
