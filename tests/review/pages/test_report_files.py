"""The living report as DOCX and PDF."""

import io

import docx
import pypdf
import pytest
from starlette.testclient import TestClient

from review.context import DeskContext
from tests.review.factory import Filled, signed_in


def test_the_report_comes_as_docx_and_pdf_also_of_a_past_day(filled: Filled, context: DeskContext) -> None:
    filled.tick(days=3)
    filled.flag(severity="high")
    filled.tick(days=3)
    filled.user("Anna")
    anna = signed_in(context, "Anna")
    answer = anna.get("/exports/reports/rep-2024.docx")
    assert "rep-2024-2026-03-08.docx" in answer.headers["content-disposition"]
    paragraphs = [p.text for p in docx.Document(io.BytesIO(answer.content)).paragraphs]
    assert any("REP-001  in doubt since 5 March 2026" in p for p in paragraphs)
    past = anna.get("/exports/reports/rep-2024.pdf?at=2026-03-03").content
    text = pypdf.PdfReader(io.BytesIO(past)).pages[0].extract_text()
    assert "4 claims: 4 stands." in text
    assert 'href="/exports/reports/rep-2024.pdf"' in anna.get("/reports/rep-2024").text


@pytest.mark.parametrize("path", ["/exports/reports/nothing.pdf", "/exports/reports/rep-2024.exe"])
def test_what_there_is_not_is_not_found(filled: Filled, anna: TestClient, path: str) -> None:
    assert anna.get(path).status_code == 404
