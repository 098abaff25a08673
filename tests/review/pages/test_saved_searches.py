"""Searches and views of the queue that users keep."""

import pytest
from starlette.testclient import TestClient

from tests.review.factory import Filled, message


def test_a_kept_search_is_ones_own(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    anna.post("/searches/search", data={"name": "Реестр", "q": "реестр", "lang": "ru"})
    assert "Реестр" in anna.get("/search").text
    assert "Реестр" not in boris.get("/search").text
    boris.post("/searches/1/forget")
    assert "Реестр" in anna.get("/search").text
    anna.post("/searches/1/forget")
    assert "Реестр" not in anna.get("/search").text


def test_a_filter_is_kept_under_a_name_for_oneself(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    filled.flag()
    anna.post("/searches/queue", data={"name": "Exit bans", "topic": "exit_ban", "nonsense": "x"})
    assert '<a href="/queue?topic=exit_ban">Exit bans</a>' in anna.get("/queue").text
    assert "Exit bans</a>" not in boris.get("/queue").text
    assert "Exit bans</a>" not in anna.get("/search").text, "a view of the queue is no search"
    boris.post("/searches/1/forget")
    assert "Exit bans</a>" in anna.get("/queue").text, "it is not Boris's"
    assert anna.post("/searches/1/forget").headers["location"] == "/queue"
    assert "Exit bans</a>" not in anna.get("/queue").text


@pytest.mark.parametrize("form", [{"name": "All"}, {"name": " ", "topic": "exit_ban"}, {}])
def test_a_view_needs_a_filter_and_a_name(filled: Filled, anna: TestClient, form: dict[str, str]) -> None:
    assert "give it a name" in message(anna.post("/searches/queue", data=form))
    assert "Give the search a name" in message(anna.post("/searches/search", data={"q": "реестр"}))


def test_only_the_queue_and_the_search_keep_something(anna: TestClient) -> None:
    assert anna.post("/searches/sources", data={"name": "All", "q": "x"}).status_code == 404
