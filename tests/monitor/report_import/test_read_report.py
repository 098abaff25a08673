"""A report as DOCX, PDF, HTML, Markdown and text: the same sections, sentences with exact quotes,
and sources.
"""

from collections.abc import Callable

import pytest

from monitor.report_import.content import ReportContent, UnreadableReport
from monitor.report_import.read_report import read_report, read_safely
from tests.monitor import document_files, report_files

FORMS: dict[str, Callable[[], bytes]] = {
    "report.docx": report_files.as_docx,
    "report.pdf": report_files.as_pdf,
    "report.html": report_files.as_html,
    "report.md": report_files.as_markdown,
    "report.txt": report_files.as_text,
}


@pytest.fixture(params=sorted(FORMS))
def content(request: pytest.FixtureRequest) -> ReportContent:
    return read_report(FORMS[request.param](), request.param)


def test_every_sentence_is_quoted_as_printed_and_stands_in_its_section(content: ReportContent) -> None:
    quoted = [(s.section, s.text) for s in content.sentences if "|" not in s.text and s.section]
    sections = ["1", "1", "1.1", "1.1", "2", "2"]
    assert quoted == list(zip(sections, report_files.sentences(), strict=True))


def test_sections_have_number_and_title(content: ReportContent) -> None:
    assert [s for s in content.sections if s[0]] == list(report_files.SECTIONS)


def test_footnotes_are_sources_of_the_sentence_that_carries_the_mark(content: ReportContent) -> None:
    notes = {s.text[:12]: s.notes for s in content.sentences if s.notes}
    assert notes == {"A person can": ("1",), "The register": ("2",), "A foreign ag": ("3",)}
    second = content.notes["2"]
    assert [(s.outlet, s.date, s.url) for s in second] == [
        ("Ministry of Justice", "2025-06-27", "https://minjust.example/register"),
        ("Outlet Two", "2025-06-16", "https://two.example/names"),
    ]
    assert second[1].title == "A thousand names"
    assert content.notes["3"][0].date == "2025-03"


def test_content_survives_the_database(content: ReportContent) -> None:
    assert ReportContent.from_json(content.to_json()) == content


@pytest.mark.parametrize("name", ["report.docx", "report.html", "report.md"])
def test_rows_of_tables_are_lines(name: str) -> None:
    assert "2024 | 512" in [s.text for s in read_report(FORMS[name](), name).sentences]


def test_a_pdf_knows_its_pages_and_leaves_out_headers_and_page_numbers() -> None:
    content = read_report(report_files.as_pdf(), "report.pdf")
    assert content.title == report_files.TITLE
    assert [s.page for s in content.sentences] == [1, 1, 2, 2, 3, 3]
    assert not any("Country report" in s.text for s in content.sentences)


def test_two_columns_are_read_one_after_the_other() -> None:
    content = read_report(report_files.as_columns(), "report.pdf")
    assert [s.text for s in content.sentences] == report_files.sentences()


@pytest.mark.parametrize(
    ("body", "name", "says"),
    [
        (document_files.scan(b"\x00" * 300), "scan.pdf", r"scan.pdf: PDF without a text layer \(a scan\?\).*text recognition"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.doc", "old.doc is a old Office document. Give a report as .docx"),
        (b"PK\3\4broken", "x.docx", "x.docx is a broken zip archive"),
        (b"%PDF-1.7 broken", "x.pdf", "x.pdf: PDF that cannot be read"),
        (b"Two words.", "short.txt", "that is no report"),
        (b"<html>" + b"<div>" * 5000 + b"x", "deep.html", "nested too deep"),
        (b"", "empty.txt", "that is no report"),
    ],
)
def test_what_cannot_be_imported_says_why(body: bytes, name: str, says: str) -> None:
    with pytest.raises(UnreadableReport, match=says):
        read_report(body, name)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.report_import.read_report.MAX_BYTES", 10)
    with pytest.raises(UnreadableReport, match="has 20 bytes; at most 10 are read"):
        read_report(b"x" * 20, "big.txt")


def test_a_report_is_read_in_a_process_of_its_own() -> None:
    assert read_safely(report_files.as_markdown(), "report.md").title == report_files.TITLE
