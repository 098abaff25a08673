"""What the tables of users refuse."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("table", "kept", "other"),
    [
        ("user", {}, {"name": "Somebody else"}),
        ("desk_session", {}, {"token_hash": "b" * 64}),
        ("access_token", {}, {"token_hash": "b" * 64}),
        ("saved_search", {}, {"name": "another search"}),
    ],
)
def test_a_name_or_secret_belongs_to_one(allowed: Callable[..., bool], table: str, kept: dict[str, str], other: dict[str, str]) -> None:
    assert not allowed(table, **kept)
    assert allowed(table, **other)


@pytest.mark.parametrize("table", ["desk_session", "access_token", "saved_search"])
def test_a_row_of_an_unknown_user_is_refused(allowed: Callable[..., bool], table: str) -> None:
    unique = {"saved_search": {"name": "x"}}.get(table, {"token_hash": "c" * 64})
    assert not allowed(table, user_id=99, **unique)


def test_the_set_up_link_belongs_to_no_user_yet(allowed: Callable[..., bool]) -> None:
    assert allowed("access_token", user_id=None, token_hash="d" * 64)


def test_failed_sign_ins_may_repeat(allowed: Callable[..., bool]) -> None:
    assert allowed("login_attempt")
