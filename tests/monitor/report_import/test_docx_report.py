"""DOCX: styles, notes, deleted and inserted text."""

from io import BytesIO

import docx
import pytest

from monitor.parse.documents import NotReadable
from monitor.report_import.docx_report import docx_blocks
from tests.monitor import report_files


def test_headings_have_the_level_of_their_style_and_the_title_is_no_text() -> None:
    title, blocks = docx_blocks(report_files.as_docx())
    assert title == report_files.TITLE
    assert [(b.level, b.text) for b in blocks if b.kind == "heading"] == [
        (1, "1 Status"),
        (2, "1.1 Register of foreign agents"),
        (1, "2 Penalties for foreign agents"),
    ]
    assert [b.number for b in blocks if b.kind == "note"] == ["1", "2", "3"]


def test_pages_are_not_invented_where_the_file_has_saved_none() -> None:
    assert {b.page for b in docx_blocks(report_files.as_docx())[1]} == {None}


def test_a_zip_that_is_no_document_is_not_readable() -> None:
    with pytest.raises(NotReadable, match="DOCX that cannot be read"):
        docx_blocks(b"PK\3\4 broken")


def test_danish_and_dutch_style_names_are_headings() -> None:
    document = docx.Document()
    for name in ("Overskrift 2", "Kop 3"):
        document.styles.add_style(name, 1)
        document.add_paragraph(name, style=name)
    out = BytesIO()
    document.save(out)
    assert [(b.kind, b.level) for b in docx_blocks(out.getvalue())[1]] == [("heading", 2), ("heading", 3)]
