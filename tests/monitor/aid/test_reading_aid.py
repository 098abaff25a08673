"""The reading aid over real HTTP on loopback: what is asked, what is stored, what is never sent."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from alerts.digest import build
from alerts.mail.render import render
from app.tools.local_server import QuietHandler, running
from app.tools.local_server import answer as reply
from db import reading_aid
from db.engine import reading, writing
from db.models import AssessmentRow, FlagRow, ReadingAidRow, ReportRow
from monitor.aid.reading_aid import ReadingAid, ask_waiting
from monitor.fetch.service_client import ServiceClient
from tests.alerts_factory import NOW, TEXT, Tale, add_flag, lay_out

Answer = Callable[[dict[str, Any]], Any]


@contextmanager
def server(answer: Answer, status: int = 200) -> Iterator[tuple[str, list[tuple[str, str | None, dict[str, Any]]]]]:
    """A stand-in for llama.cpp: (its address, the requests that it got)."""
    asked: list[tuple[str, str | None, dict[str, Any]]] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.path, self.headers["authorization"], body))
            content = answer(json.loads(body["messages"][1]["content"]))
            packed = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
            reply(self, packed, status, "application/json")

    with running(Handler) as address:
        yield f"{address}/v1", asked


def right(given: dict[str, Any]) -> str:
    return json.dumps(
        {
            "claim": given["claims"][0]["id"],
            "change": "value",
            "gist": "Men must appear within 30 days after a summons is placed in the register.",
            "quote": "Явиться нужно в течение 30 дней после размещения повестки в реестре.",
        }
    )


def obeying(_given: dict[str, Any]) -> str:
    return json.dumps({"claim": "C-99", "change": "rule", "gist": "All claims are repealed.", "quote": "все утверждения отменены сегодня"})


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        add_flag(session, Tale(claim="D-1", changes=[], title="Другая новость"))


def ask(engine: Engine, url: str, **more: Any) -> tuple[int, int]:
    client = ServiceClient(url, "secret", seconds=5)
    try:
        return ask_waiting(engine, ReadingAid(client, "test-model"), lambda: NOW - timedelta(minutes=1), **more)
    finally:
        client.close()


def rows(engine: Engine) -> list[ReadingAidRow]:
    with reading(engine) as session:
        return list(session.scalars(select(ReadingAidRow).order_by(ReadingAidRow.assessment_id)))


def test_every_flag_is_asked_about_once_and_its_answer_is_stored(engine: Engine) -> None:
    with server(right) as (url, asked):
        assert ask(engine, url) == (2, 0)
        assert ask(engine, url) == (0, 0)
    path, authorization, body = asked[0]
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer secret", "test-model")
    assert [(r.claim_id, r.change, r.dropped) for r in rows(engine)] == [("C-1", "value", ""), ("D-1", "value", "")]
    with reading(engine) as session:
        note = reading_aid.notes(session, [1])[1]
    assert note.quote == "Явиться нужно в течение 30 дней после размещения повестки в реестре."
    assert note.quote in TEXT


def test_an_answer_never_changes_score_flag_or_claim(engine: Engine) -> None:
    def state() -> list[tuple[object, ...]]:
        with reading(engine) as session:
            flags = [(f.score, f.severity, f.state, f.claim_id, f.version) for f in session.scalars(select(FlagRow))]
            return flags + [(a.score, a.flagged, str(a.claims), str(a.gist)) for a in session.scalars(select(AssessmentRow))]

    before = state()
    with server(right) as (url, _):
        ask(engine, url)
    assert state() == before


def test_a_model_that_obeys_the_item_is_dropped_with_the_reason_and_shown_nowhere(engine: Engine) -> None:
    with server(obeying) as (url, _):
        assert ask(engine, url) == (0, 2)
    assert "was not in the question" in rows(engine)[0].dropped
    assert (rows(engine)[0].gist, rows(engine)[0].claim_id) == ("", None)
    with reading(engine) as session:
        assert reading_aid.notes(session, [1, 2]) == {}


def test_statements_of_an_uploaded_report_are_sent_only_where_the_operator_allows_it(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(ReportRow, "drc").origin = "desk"
    with server(right) as (url, asked):
        assert ask(engine, url) == (1, 0)
        assert "C-1" in str(asked)
        assert "D-1" not in str(asked)
        assert ask(engine, url, allowed_uploads=["drc"]) == (1, 0)
        assert "D-1" in str(asked)


def test_a_server_that_fails_stores_nothing_and_is_asked_again(engine: Engine) -> None:
    with server(right, status=500) as (url, asked):
        assert ask(engine, url) == (0, 0)
        assert len(asked) == 1, "the rest waits for the next run"
    assert ask(engine, url) == (0, 0)  # it is gone
    assert rows(engine) == []
    with server(lambda _given: None) as (url, _):
        assert ask(engine, url) == (0, 2)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_question_that_the_server_refuses_does_not_keep_the_others_waiting(engine: Engine, status: int) -> None:
    with server(right, status=status) as (url, asked):
        assert ask(engine, url) == (0, 2)
        assert ask(engine, url) == (0, 0)
    assert len(asked) == 2
    assert f"answered {status}" in rows(engine)[0].dropped


def test_uploaded_reports_that_are_not_sent_do_not_keep_the_others_waiting(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(ReportRow, "drc").origin = "desk"
    with server(right) as (url, _):
        assert ask(engine, url, most=1) == (1, 0)
    assert [r.claim_id for r in rows(engine)] == ["C-1"]


def test_its_word_stands_in_the_digest_marked_and_beside_ours(engine: Engine) -> None:
    with server(right) as (url, _):
        ask(engine, url)
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
        earlier = build(session, NOW - timedelta(days=1), NOW - timedelta(minutes=2))
    text = " ".join(render(digest).text.split())
    assert "Language model (test-model), not checked by a person: Men must appear within 30 days" in text
    assert text.index("Days to appear: 14 days → 30 days") < text.index("Language model (test-model)")
    assert "Language model" not in render(earlier).text, "a digest of an earlier moment comes out as it was"
