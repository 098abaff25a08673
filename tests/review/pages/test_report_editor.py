"""A report at the desk: created by its editor, its file read, its drafts listed; others may not."""

import pytest
from starlette.testclient import TestClient

from db.engine import reading
from db.models import ReportRow, ReportUploadRow
from tests.monitor import report_files
from tests.review.factory import Filled

HEAD = {"id": "agents-x", "publisher": "A desk", "research_closed": "2025-06-30", "language": "en", "packs": "foreign_agents"}


def test_a_report_is_created_with_its_file_and_its_drafts_wait(filled: Filled, editor: TestClient) -> None:
    page = editor.post("/reports", data=HEAD, files={"file": ("agents.docx", report_files.as_docx())})
    assert "agents.docx:" in page.text
    assert "drafts wait" in page.text
    assert "Decide the next one" in page.text
    with reading(filled.engine) as session:
        assert session.get_one(ReportRow, "agents-x").title == report_files.TITLE
        assert session.query(ReportUploadRow).one().name == "agents.docx"


def test_what_is_missing_is_said_and_what_was_typed_stays(editor: TestClient) -> None:
    page = editor.post("/reports", data={"id": "Agents X", "publisher": "A desk"})
    assert page.status_code == 422
    assert "research_closed: is missing" in page.text
    assert 'value="A desk"' in page.text
    assert "id: new is the address of this form" in editor.post("/reports", data={**HEAD, "id": "new"}).text
    assert "there is a report rep-2024 already" in editor.post("/reports", data={**HEAD, "id": "rep-2024"}).text


def test_a_file_that_cannot_be_read_says_why_and_stores_nothing(filled: Filled, editor: TestClient) -> None:
    page = editor.post("/reports", data=HEAD, files={"file": ("x.pdf", b"%PDF-1.7 broken")})
    assert page.status_code == 422
    assert "x.pdf: PDF that cannot be read" in page.text
    with reading(filled.engine) as session:
        assert session.get(ReportRow, "agents-x") is None


def test_a_later_edition_says_what_changed(editor: TestClient) -> None:
    editor.post("/reports", data=HEAD, files={"file": ("one.md", report_files.as_markdown())})
    page = editor.post(
        "/reports/agents-x/uploads", files={"file": ("two.md", report_files.as_markdown() + b"\nNew law on foreign agents.")}
    )
    assert "Compared with the edition before: 1 new sentences" in page.text


def test_a_report_without_claims_of_its_pack_is_reported(filled: Filled, editor: TestClient) -> None:
    assert "does not cover" not in editor.get("/reports/rep-2024/drafts").text
    editor.post("/reports", data={**HEAD, "packs": "military", "title": "Wrong pack"})
    form = {
        "claim_id": "AGX-001", "statement": "The register holds 1,000 names.", "quote": "It holds 1,000 names.", "section": "1", "as_of": "2025-06", "status": "figure",
        "topic": "other", "watch_ru": "в реестре иноагентов тысяча имен", "changes_if": "Another number.",
    }  # fmt: skip
    editor.post("/reports/agents-x/claims/new", data=form)
    page = editor.get("/reports/agents-x/drafts").text
    assert "the pack military does not cover 1 of 1 claims (100 %): AGX-001" in page
    assert "Name the pack foreign_agents" in page


def test_a_report_is_retired_only_by_who_is_sure(filled: Filled, editor: TestClient) -> None:
    assert "Tick that you are sure" in editor.post("/reports/rep-2024/retire").text
    assert "was retired" in editor.post("/reports/rep-2024/retire", data={"sure": "on"}).text
    with reading(filled.engine) as session:
        assert not session.get_one(ReportRow, "rep-2024").listed


@pytest.mark.parametrize("path", ["/reports/new", "/reports/rep-2024/drafts", "/claims/REP-001/edit", "/reports/rep-2024/claims/new"])
def test_a_reviewer_may_not_edit_reports(anna: TestClient, path: str) -> None:
    assert anna.get(path).status_code == 403
    assert "New report" not in anna.get("/reports").text


def test_only_the_file_of_a_report_may_be_large(editor: TestClient) -> None:
    assert editor.post("/claims/REP-001/edit", data={"quote": "x" * 300_000}).status_code == 413
    assert editor.post("/reports", data=HEAD, files={"file": ("big.txt", b"Words on foreign agents. " * 20_000)}).status_code == 200
