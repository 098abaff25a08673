"""Sources: outages and test fetches."""

import re
from dataclasses import replace

from starlette.testclient import TestClient

from db.engine import writing
from review.context import DeskContext
from tests.review.factory import Filled, message, signed_in


def test_an_outage_is_shown_and_acknowledged(filled: Filled, chief: TestClient) -> None:
    from db.models import SourceStateRow

    with writing(filled.engine) as session:
        session.add(SourceStateRow(source_id="tass", state="blind", reason="http_403", since=filled.now))
    page = chief.get("/sources").text
    assert page.index("/sources/tass") < page.index("/sources/meduza"), "the worst come first"
    assert re.search(r"tass.*?health-blind", page, re.DOTALL)
    assert "Say what" in message(chief.post("/sources/tass/acknowledge", data={"note": ""}))
    assert "Say what" in message(chief.post("/sources/tass/acknowledge", data={"note": "x", "days": "9999"}))
    chief.post("/sources/tass/acknowledge", data={"note": "their DNS moved", "days": "3"})
    assert "known: their DNS moved" in chief.get("/sources").text
    assert "until 5 March 2026, by Chief" in chief.get("/sources/tass").text


def test_testing_a_source_stores_nothing(filled: Filled, chief: TestClient, context: DeskContext) -> None:
    page = chief.post("/sources/meduza/test").text
    assert "It can be read" in page
    assert "Первая новость" in page
    alone = signed_in(replace(context, test_source=None), "Chief")
    assert "runs without the monitor" in message(alone.post("/sources/meduza/test"))
