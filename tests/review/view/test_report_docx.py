"""The living report as DOCX."""

import io

import docx

from review.view.report_docx import as_docx
from tests.review.report_sample import DOCUMENT, EMPTY, MADE


def test_word_reads_headings_languages_and_hostile_text() -> None:
    read = docx.Document(io.BytesIO(as_docx(DOCUMENT, MADE)))
    paragraphs = {p.text: p for p in read.paragraphs}
    style = paragraphs["2.3 Indkaldelser"].style
    assert style is not None
    assert style.name == "Heading 1"
    assert "REP-001  superseded since 2 March 2026" in paragraphs
    assert "The report said: The fine is 10,000 RUB." in paragraphs
    assert "A hostile \ufffd\ufffd statement & more." in paragraphs
    assert 'w:lang w:val="da"' in paragraphs["Bøden er «штраф» 10.000 RUB."].runs[0]._r.xml
    assert read.core_properties.title == "Rusland: Militærtjeneste"


def test_a_report_without_claims_is_a_document_too() -> None:
    assert [p.text for p in docx.Document(io.BytesIO(as_docx(EMPTY, MADE))).paragraphs] == ["Rusland", "DRC, 2024-06.", "No claims."]
