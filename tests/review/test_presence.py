"""Two users who have the same flag open see each other."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from db import presence
from db.engine import reading
from db.models import PresenceRow
from review.context import DeskContext
from tests.review.factory import Filled, signed_in


def test_two_users_on_one_card_see_each_other(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    assert "opened this flag" not in anna.get(f"/flags/{flag}").text
    filled.tick(minutes=3)
    assert "Anna Maria opened this flag 3 minutes ago." in boris.get("/queue").text
    filled.tick(minutes=20)
    assert "opened this flag" not in boris.get("/queue").text, "Anna has long gone"


def test_two_processes_of_the_desk_on_one_database_see_each_other(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.get(f"/flags/{flag}")
    filled.tick(minutes=2)
    # As in a process of its own
    other = signed_in(DeskContext(filled.engine, now=lambda: filled.now), "Boris")
    assert "Anna Maria opened this flag 2 minutes ago." in other.get(f"/flags/{flag}").text
    assert "opened this flag" in anna.get("/queue").text


def test_who_decided_has_left(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.get(f"/flags/{flag}")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    assert "opened this flag" not in boris.get(f"/flags/{flag}").text


def test_a_page_that_is_read_again_writes_nothing(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.get(f"/flags/{flag}")
    with reading(filled.engine) as session:
        first = session.scalars(select(PresenceRow.at)).one()
    filled.now += timedelta(seconds=30)
    anna.get(f"/flags/{flag}")
    with reading(filled.engine) as session:
        assert session.scalars(select(PresenceRow.at)).one() == first


def test_a_database_that_cannot_be_written_costs_only_the_hint(
    filled: Filled, anna: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    flag = filled.flag()
    monkeypatch.setattr(presence, "arrive", busy)
    assert anna.get(f"/flags/{flag}").status_code == 200
    assert f"could not note who opened flag {flag}: database is locked" in caplog.text
    with reading(filled.engine) as session:
        assert session.scalar(select(func.count()).select_from(PresenceRow)) == 0
