"""Measuring the reading aid against labelled items."""

import json
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.tools.aid_measure import measure_aid
from db.enums import FetchReason
from monitor.aid.reading_aid import ReadingAid
from monitor.compare.training.train import Example
from monitor.fetch.http_types import CannotFetch


class Server:
    """Answers each question with the second candidate; about items titled "broken" with rubbish."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def post(self, _path: str, body: dict[str, Any]) -> Any:
        given = json.loads(body["messages"][1]["content"])
        self.asked.append(given)
        answer = {"claim": given["claims"][1]["id"], "change": "rule", "gist": "A rule changed.", "quote": "Закон принят и опубликован."}
        content = "rubbish" if given["item"]["title"] == "broken" else json.dumps(answer)
        return {"choices": [{"message": {"content": content}}]}


def example(title: str, labelled: list[str] | None, dataset: str = "set") -> Example:
    document = SimpleNamespace(title=title, text="Закон принят и опубликован.", outlet="Paper", day="2026-11-24")
    claims = [SimpleNamespace(id=f"C-{n}", statement=f"Statement {n}.") for n in range(7)]
    measured = SimpleNamespace(pairs=np.array([0.1, 0.9, 0.8, 0.3, 0.2, 0.1, 0.0]), claims=claims)
    return cast(
        Example, SimpleNamespace(dataset=dataset, read=SimpleNamespace(document=document), measured=measured, label={"claims": labelled})
    )


def test_answers_are_counted_beside_ours() -> None:
    server = Server()
    examples = [
        example("a", ["C-1"]),
        example("b", ["C-2"]),
        example("broken", ["C-1"]),
        example("c", None),
        example("d", ["C-2", "C-1"], "other"),
    ]
    scores = measure_aid(ReadingAid(server, "m"), examples, most=10)
    assert scores == {
        "set": {"asked": 3, "kept": 2, "aid_right": 0.5, "ours_right": 0.5},
        "other": {"asked": 1, "kept": 1, "aid_right": 1.0, "ours_right": 1.0},
    }
    assert {c["id"] for c in server.asked[0]["claims"]} < {f"C-{n}" for n in range(6)}
    assert [c["id"] for c in server.asked[0]["claims"]][:4] == ["C-1", "C-2", "C-3", "C-4"]


def test_no_more_items_are_sent_than_allowed() -> None:
    server = Server()
    measure_aid(ReadingAid(server, "m"), [example("a", ["C-1"])] * 5, most=2)
    assert len(server.asked) == 2


def test_a_server_that_does_not_answer_ends_the_measurement() -> None:
    class Dead:
        def post(self, _path: str, _body: dict[str, Any]) -> Any:
            raise CannotFetch(FetchReason.CONNECT, "gone")

    with pytest.raises(CannotFetch):
        measure_aid(ReadingAid(Dead(), "m"), [example("a", ["C-1"])], most=1)
