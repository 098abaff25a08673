"""The living report as PDF."""

import io
from dataclasses import replace

import pypdf

from review.view.report_pdf import as_pdf
from tests.review.report_sample import DOCUMENT, EMPTY, MADE


def test_the_pdf_has_the_text_with_cyrillic_letters_and_no_markup_of_others() -> None:
    read = pypdf.PdfReader(io.BytesIO(as_pdf(DOCUMENT, MADE)))
    text = " ".join(read.pages[0].extract_text().split())
    for part in (
        "2.3 Indkaldelser",
        "REP-001",
        "superseded since 2 March 2026",
        "Bøden er «штраф» 10.000 RUB.",
        "Fine <b>: 10,000 roubles → 30,000 roubles",
    ):
        assert part in text, part
    assert read.metadata is not None
    assert read.metadata.title == "Rusland: Militærtjeneste"


def test_a_long_report_has_numbered_pages() -> None:
    [section] = DOCUMENT.sections
    long = replace(DOCUMENT, sections=tuple(replace(section, claims=section.claims * 6) for _ in range(6)))
    pages = pypdf.PdfReader(io.BytesIO(as_pdf(long, MADE))).pages
    assert len(pages) > 2
    assert pages[1].extract_text().rstrip().endswith("2") or "\n2\n" in pages[1].extract_text()


def test_a_report_without_claims_is_a_document_too() -> None:
    assert "No claims." in pypdf.PdfReader(io.BytesIO(as_pdf(EMPTY, MADE))).pages[0].extract_text()
