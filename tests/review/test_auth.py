"""Passwords, set-up links and sign-in."""

import threading
import time

import pytest
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Engine, func, select, text

from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import LoginAttemptRow, UserRow
from review import auth
from review import auth as passwords
from review.auth import NotAllowed, WeakPassword, hash_password
from review.context import DeskContext
from tests.review.factory import PASSWORD, Filled, client, real_hasher


def test_a_link_ends_after_two_days(context: DeskContext, filled: Filled) -> None:
    with writing(filled.engine) as session:
        link = accounts.replace_setup_token(session, filled.now)
    filled.tick(hours=49)
    assert client(context).get(f"/setup/{link}").status_code == 404


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "my name is anna ok", "passwordpassword", "ajour-ajour-ajour", "x" * 300]
)
def test_passwords_that_are_guessed_easily_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        hash_password(password, "Anna")


def test_passwords_are_hashed_with_argon2id(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", real_hasher)
    filled.user("Anna")
    with reading(filled.engine) as session:
        stored = session.scalars(select(UserRow.password_hash)).one()
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class WatchedHasher:
    """Stands in for argon2: counts calls that run at once, and writes to the database during each
    call.
    """

    def __init__(self, engine: Engine, seconds: float = 0.0) -> None:
        self.engine, self.seconds = engine, seconds
        self.calls, self.running, self.most = 0, 0, 0
        self.lock = threading.Lock()

    def _work(self) -> None:
        with self.lock:
            self.calls, self.running = self.calls + 1, self.running + 1
            self.most = max(self.most, self.running)
        # Would wait for ever if the caller held a transaction
        with writing(self.engine) as session:
            session.execute(text('UPDATE "user" SET role = role'))
        time.sleep(self.seconds)
        with self.lock:
            self.running -= 1

    def hash(self, password: str) -> str:
        self._work()
        return f"hash of {password}"

    def verify(self, stored: str, password: str) -> bool:
        self._work()
        if stored != f"hash of {password}":
            raise VerifyMismatchError
        return True

    def check_needs_rehash(self, stored: str) -> bool:
        return stored != ""


@pytest.fixture
def hasher(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> WatchedHasher:
    watched = WatchedHasher(filled.engine)
    monkeypatch.setattr(auth, "_hasher", lambda: watched)
    monkeypatch.setattr(auth, "_dummy", lambda: "hash of nobody's")
    with writing(filled.engine) as session:
        accounts.add_user(session, "Anna", Role.REVIEWER, f"hash of {PASSWORD}", filled.now)
    return watched


def test_no_hash_is_computed_inside_a_transaction(filled: Filled, hasher: WatchedHasher) -> None:
    engine, now = filled.engine, filled.now
    assert auth.sign_in(engine, "Anna", PASSWORD, "192.0.2.1", "browser", now) != ""
    assert auth.sign_in(engine, "Anna", "wrong", "192.0.2.1", "browser", now) == ""
    auth.change_password(engine, 1, "another long password", now, None)
    with writing(engine) as session:
        link = accounts.make_token(session, 1, "password", "Anna", now)
    assert auth.set_up(engine, link, "", PASSWORD, now) == 1
    assert auth.sign_in(engine, "Anna", PASSWORD, "192.0.2.1", "browser", now) != ""
    assert hasher.calls == 7


def test_at_most_two_hashes_run_at_once_and_callers_beyond_ten_are_refused(filled: Filled, hasher: WatchedHasher) -> None:
    hasher.seconds = 0.05
    answers: list[str] = []

    def attempt(n: int) -> None:
        try:
            answers.append(auth.sign_in(filled.engine, "Anna", PASSWORD, f"192.0.2.{n}", "browser", filled.now))
        except NotAllowed as refused:
            answers.append(str(refused))

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.most <= 2
    assert all(answers)
    held = [auth._admitted.acquire(blocking=False) for _ in range(auth.HASHES_AT_ONCE + auth.MOST_WAITING)]
    try:
        assert all(held), "every slot was given back"
        with pytest.raises(NotAllowed, match="too many people are signing in"):
            auth.sign_in(filled.engine, "Anna", PASSWORD, "192.0.2.99", "browser", filled.now)
    finally:
        for _ in held:
            auth._admitted.release()
    with reading(filled.engine) as session:
        assert session.scalar(select(func.count()).select_from(LoginAttemptRow)) == 0, "what was not checked does not count"


def test_the_limit_is_checked_before_a_hash_is_computed(filled: Filled, hasher: WatchedHasher) -> None:
    for _ in range(accounts.MOST_ATTEMPTS):
        auth.sign_in(filled.engine, "Anna", "wrong", "192.0.2.1", "browser", filled.now)
    calls = hasher.calls
    for name, address in (("Anna", "203.0.113.1"), ("ANNA ", "203.0.113.1"), ("Boris", "192.0.2.1")):
        with pytest.raises(NotAllowed, match="too many attempts"):
            auth.sign_in(filled.engine, name, PASSWORD, address, "browser", filled.now)
    assert hasher.calls == calls


def test_a_password_that_changed_meanwhile_opens_no_session(filled: Filled, hasher: WatchedHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(stored: str, password: str) -> bool:
        with writing(filled.engine) as session:
            session.get_one(UserRow, 1).password_hash = "another"
        return True

    monkeypatch.setattr(hasher, "verify", change)
    assert auth.sign_in(filled.engine, "Anna", PASSWORD, "192.0.2.1", "browser", filled.now) == ""
