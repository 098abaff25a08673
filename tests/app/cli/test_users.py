"""`ajour users …`: people who may sign in."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from db import accounts
from db.engine import reading, writing
from tests.cli_runner import Ran
from tests.review.factory import Filled

Run = Callable[..., Ran]


def test_users_are_added_linked_and_stopped(ajour: Run) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/setup/\S{40,}\n", ajour("users", "add", "Boris", "--role", "researcher").out)
    assert ajour("users", "add", "boris").code == 2
    assert "/setup/" in ajour("users", "link", "Boris").out
    assert ajour("users", "link", "Nobody").code == 2
    assert ajour("users", "stop", "Boris").code == 0
    assert ajour("users", "list", "--json").json[0]["active"] is False


def test_the_table_says_who_may_sign_in(database: Engine, ajour: Run) -> None:
    Filled(database).user("Anna")
    ajour("users", "add", "Boris")
    ajour("users", "stop", "Boris")
    lines = {line.split()[0]: line.split()[1:] for line in ajour("users", "list").out.splitlines()}
    assert lines["Anna"] == ["reviewer", "yes", "chosen"]
    assert lines["Boris"] == ["reviewer", "no", "not", "yet"]


def test_a_stopped_user_loses_every_session(database: Engine, ajour: Run) -> None:
    filled = Filled(database)
    anna = filled.user("Anna")
    with writing(database) as session:
        secret = accounts.open_session(session, anna, "test", filled.now)
    ajour("users", "stop", "Anna")
    with reading(database) as session:
        assert accounts.find_session(session, secret, filled.now) is None


@pytest.mark.parametrize("command", ["link", "stop"])
def test_an_unknown_user_is_refused(ajour: Run, command: str) -> None:
    ran = ajour("users", command, "Nobody")
    assert (ran.code, ran.err) == (2, "there is no user Nobody\n")


def test_a_role_that_does_not_exist_is_refused(ajour: Run) -> None:
    assert ajour("users", "add", "Anna", "--role", "king").code == 2
