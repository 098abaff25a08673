"""The page of the recall audit: one item at a time, one button each, results below."""

import re

from starlette.testclient import TestClient

from db import recall_audit
from db.engine import writing
from tests.review.factory import Filled


def audited(filled: Filled) -> None:
    """Three unflagged items of last week, drawn."""
    filled.tick(days=-7)
    for n in range(3):
        filled.compare(filled.item("tass", f"Заголовок {n}"), f"s{n}", flag=False, score=n / 10)
    filled.tick(days=7)
    with writing(filled.engine) as session:
        recall_audit.draw(session, filled.now)


def shown(page: str) -> str:
    found = re.search(r"/audit/(\d+)", page)
    assert found is not None, "an item is shown"
    return found[1]


def test_items_are_judged_one_after_another(filled: Filled, anna: TestClient) -> None:
    audited(filled)
    for left in (3, 2, 1):
        page = anna.get("/audit").text
        assert f"{left} item" in page
        assert anna.post(f"/audit/{shown(page)}", data={"verdict": "no_update"}).headers["location"].startswith("/audit")
    page = anna.get("/audit").text
    assert "Nothing to judge" in page
    assert re.search(r'<td class="num">3</td><td class="num">3</td><td class="num">0</td>', page)


def test_a_missed_update_is_in_the_queue(filled: Filled, anna: TestClient) -> None:
    audited(filled)
    anna.post(f"/audit/{shown(anna.get('/audit').text)}", data={"verdict": "update"})
    assert "Flag 1 is in the queue" in anna.get("/audit").text
    assert filled.get_flag(1).state == "open"
    assert "Заголовок" in anna.get("/queue").text


def test_wrong_answers_and_unknown_items_change_nothing(filled: Filled, anna: TestClient) -> None:
    audited(filled)
    anna.post("/audit/1", data={"verdict": "maybe"})
    assert "Not stored" in anna.get("/audit").text
    assert anna.post("/audit/99", data={"verdict": "update"}).status_code == 404
    assert "3 items left" in anna.get("/audit").text
