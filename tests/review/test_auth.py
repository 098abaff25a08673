"""Passwords, set-up links and sign-in."""

import pytest
from sqlalchemy import select

from db import accounts
from db.engine import reading, writing
from db.models import UserRow
from review import auth as passwords
from review.auth import WeakPassword, hash_password
from review.context import DeskContext
from tests.review.factory import Filled, client, real_hasher


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
