"""The import of a report: its head, its drafts, and what is not proposed again."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from app.tools.import_report import import_claims, import_report
from db import drafts
from db.engine import reading, writing
from monitor.baseline import stored_baseline
from monitor.report_import.content import UnreadableReport
from tests.monitor import report_files

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = {
    "id": "agents-x",
    "publisher": "A desk",
    "published": "2025",
    "research_closed": "2025-06-30",
    "language": "en",
    "packs": ["foreign_agents"],
}


def test_the_title_comes_from_the_file_and_a_stored_report_keeps_its_head(engine: Engine) -> None:
    first = import_report(engine, report_files.as_markdown(), "one.md", HEAD)
    assert (first.report, first.changes, first.content.title) == ("agents-x", None, report_files.TITLE)
    again = import_report(engine, report_files.as_markdown() + b"\n", "two.md", {"id": "agents-x", "publisher": "Another"})
    assert again.changes is not None
    assert again.changes.added == ()
    assert again.drafts == 0
    with reading(engine) as session:
        assert drafts.report_of(session, again.upload)[1].publisher == "A desk"


def test_a_sentence_that_is_a_claim_already_is_not_proposed_again(engine: Engine) -> None:
    first = import_report(engine, report_files.as_docx(), "one.docx", HEAD)
    with writing(engine) as session:
        draft = drafts.drafts_of(session, first.upload)[0]
        drafts.accept(session, draft.id, {**draft.body, "id": "AGN-901", "key": "a", "statement": "It says so."}, 1, None, NOW)
    again = import_report(engine, report_files.as_html(), "two.html", {"id": "agents-x"})
    with reading(engine) as session:
        quotes = [d.body["quote"] for d in drafts.drafts_of(session, again.upload)]
    assert draft.body["quote"] not in quotes


def test_a_report_that_lacks_its_head_is_refused_and_nothing_is_stored(engine: Engine) -> None:
    with pytest.raises(UnreadableReport, match="research_closed: is missing"):
        import_report(engine, report_files.as_docx(), "one.docx", {"id": "agents-x"})
    with reading(engine) as session:
        assert drafts.uploads(session, "agents-x") == []


def test_claims_of_a_file_are_added_once(engine: Engine) -> None:
    baseline = stored_baseline({**HEAD, "title": "T"}, [])
    assert import_claims(engine, baseline) == (0, 0)
