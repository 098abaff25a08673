"""Drafts one by one: accepted, edited, merged, dropped; what is not whole is refused; two editors
are told.
"""

import html
import re

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import claim_editing, reports
from db.engine import reading
from db.models import ClaimDraftRow
from tests.monitor import report_files
from tests.review.factory import Filled

HEAD = {"id": "agents-x", "publisher": "A desk", "research_closed": "2025-06-30", "language": "en", "packs": "foreign_agents"}


@pytest.fixture
def uploaded(editor: TestClient) -> TestClient:
    editor.post("/reports", data=HEAD, files={"file": ("agents.pdf", report_files.as_pdf())})
    return editor


def form_of(page: str) -> dict[str, str]:
    """The fields of the draft's form as the browser would send them."""
    form = page[page.index('class="claim-form"') :]
    fields = dict(re.findall(r'<input (?:type="hidden" )?name="(\w+)" value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', form))
    fields |= dict(re.findall(r'<select name="(\w+)">.*?value="(\w+)" selected', form, re.DOTALL))
    return {n: html.unescape(v) for n, v in fields.items()} | {"changes": "value"}


def claims(filled: Filled) -> list[tuple[str, str]]:
    with reading(filled.engine) as session:
        (stored,) = reports.stored_reports(session, ["agents-x"])
        return [(c["id"], c["statement"]) for c in stored.claims]


def drafts(filled: Filled) -> list[ClaimDraftRow]:
    with reading(filled.engine) as session:
        return list(session.scalars(select(ClaimDraftRow).order_by(ClaimDraftRow.id)))


def test_the_page_of_the_report_stands_beside_the_draft(uploaded: TestClient) -> None:
    page = uploaded.get("/drafts/1").text
    assert "Page 1" in page
    assert f"<mark>{report_files.sentences()[0]}</mark>" in page
    assert report_files.sentences()[1] in page
    assert report_files.sentences()[4] not in page


def test_a_draft_needs_its_statement_and_what_was_typed_stays(filled: Filled, uploaded: TestClient) -> None:
    form = form_of(uploaded.get("/drafts/1").text)
    refused = uploaded.post("/drafts/1/accept", data={**form, "statement": "", "watch_en": "what I typed"})
    assert refused.status_code == 422
    assert "statement:" in refused.text
    assert "what I typed" in refused.text
    assert claims(filled) == []
    page = uploaded.post("/drafts/1/accept", data={**form, "statement": "Foreign influence suffices."})
    assert "AGENTSX-001 accepted." in page.text
    assert claims(filled) == [("AGENTSX-001", "Foreign influence suffices.")]
    assert "Draft 2 of" in page.text


def test_a_draft_is_dropped_and_taken_back(filled: Filled, uploaded: TestClient) -> None:
    assert "Dropped." in uploaded.post("/drafts/1/drop", data={"version": "1"}).text
    assert drafts(filled)[0].state == "dropped"
    assert "another person decided" in uploaded.post("/drafts/1/drop", data={"version": "1"}).text
    assert "The draft waits again" in uploaded.post("/drafts/1/back", data={"version": "2"}).text


def test_a_draft_is_merged_into_a_claim_of_the_report(filled: Filled, uploaded: TestClient) -> None:
    form = form_of(uploaded.get("/drafts/1").text)
    uploaded.post("/drafts/1/accept", data={**form, "statement": "Foreign influence suffices."})
    assert "REP-001 is no claim of agents-x" in uploaded.post("/drafts/2/merge", data={"version": "1", "into": "REP-001"}).text
    assert "Merged into AGENTSX-001" in uploaded.post("/drafts/2/merge", data={"version": "1", "into": "agentsx-001"}).text
    with reading(filled.engine) as session:
        quote = claim_editing.newest_version(session, "AGENTSX-001").body["quote"]
    assert quote == " ".join(report_files.sentences()[:2])


def test_the_keys_of_the_page_are_on_it(uploaded: TestClient) -> None:
    page = uploaded.get("/drafts/1").text
    for name in ("draft_accept", "draft_statement", "draft_drop"):
        assert f'data-do="{name}"' in page
        assert name in page[page.index("data-page-keys") :][:200]


def test_what_is_not_there_is_said(editor: TestClient) -> None:
    assert editor.get("/drafts/99").status_code == 404
