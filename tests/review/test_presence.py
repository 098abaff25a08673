"""Who has the same flag open."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from review.presence import left, others_here
from tests.review.factory import Filled

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_two_people_on_one_card_are_told(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    assert "opened this flag" not in anna.get(f"/flags/{flag}").text
    filled.tick(minutes=3)
    assert "Anna Maria opened this flag 3 minutes ago." in boris.get("/queue").text
    filled.tick(minutes=20)
    assert "opened this flag" not in boris.get("/queue").text, "Anna has long gone"


def test_who_decided_has_left(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.get(f"/flags/{flag}")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    assert "opened this flag" not in boris.get(f"/flags/{flag}").text


def test_the_latest_is_named_first_and_nobody_is_told_of_themselves() -> None:
    memory: dict[Any, Any] = {}
    others_here(memory, "flag 1", 1, "Anna", NOW)
    others_here(memory, "flag 1", 2, "Boris", NOW + timedelta(minutes=1))
    others_here(memory, "flag 2", 3, "Carla", NOW + timedelta(minutes=1))
    assert [o.name for o in others_here(memory, "flag 1", 4, "Dina", NOW + timedelta(minutes=2))] == ["Boris", "Anna"]
    left(memory, "flag 1", 2)
    assert [o.name for o in others_here(memory, "flag 1", 4, "Dina", NOW + timedelta(minutes=2))] == ["Anna"]


def test_memory_does_not_grow_for_ever() -> None:
    memory: dict[Any, Any] = {}
    for n in range(2_500):
        others_here(memory, f"flag {n}", 1, "Anna", NOW + timedelta(minutes=n))
    assert len(memory["presence"]) < 2_100
