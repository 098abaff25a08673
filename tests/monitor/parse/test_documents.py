"""Text of PDF and DOCX documents; other files are recognised and refused."""

import gzip
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.parse.documents import NotReadable, file_kind, pages_with, read_document, scan_fingerprint
from monitor.report_import.docx_report import docx_blocks
from tests.monitor.document_files import pdf, scan, word, word_xml
from tests.monitor.report_files import Put, pdf_of

LINES = ("Приказ о призыве граждан", "1. Призвать граждан в возрасте от 18 до 27 лет.", "2. Повестки вносить в реестр.")


def test_a_pdf_gives_its_text_whatever_its_metadata() -> None:
    first, second = pdf(*LINES), pdf(*LINES, stamp="D:20261128001111Z")
    assert first != second
    assert read_document(first) == read_document(second)
    assert read_document(first).text == "\n\n".join(LINES)
    assert (read_document(first).kind, read_document(first).title) == ("PDF", LINES[0])


def test_lines_that_the_layout_breaks_are_joined_and_words_that_it_divides() -> None:
    body = pdf(
        "Призыву подлежат граждане в воз-", "расте от 18 лет, которые состоят", "на воинском учёте.", "Новый абзац о повестках в реестре."
    )
    assert read_document(body).text == (
        "Призыву подлежат граждане в возрасте от 18 лет, которые состоят на воинском учёте.\n\nНовый абзац о повестках в реестре."
    )


def test_page_numbers_and_running_headers_are_left_out() -> None:
    from monitor.parse.documents import _without_running_lines

    pages = [["Собрание законодательства", f"Текст страницы {n}.", f"- {n} -"] for n in range(1, 5)]
    assert list(_without_running_lines(pages)) == [f"Текст страницы {n}." for n in range(1, 5)]


def test_the_pages_of_a_quote_are_found_also_where_the_layout_breaks_it() -> None:
    body = pdf_of(
        [
            [Put(50, 720, 12, "Summonses are sent by post.")],
            [Put(50, 700, 12, "The fine for not appearing at the commis-"), Put(50, 680, 12, "sariat is thirty thousand roubles.")],
            [Put(50, 720, 12, "Again: at the commissariat is thirty thousand roubles.")],
        ]
    )
    assert pages_with(body, "… fine for not appearing at the commissariat is thirty thousand roubles. …") == [2, 3]
    assert pages_with(body, "sent by post") == [1], "a short quote is searched as a whole"
    assert pages_with(body, "Nothing like it is printed on any page") == []
    assert pages_with(body, "") == []
    with pytest.raises(NotReadable):
        pages_with(b"%PDF-1.7 broken", "quote")


def test_a_docx_gives_paragraphs_and_rows_of_tables_in_order() -> None:
    found = read_document(word(*LINES, table=(("Категория", "Срок"), ("Студенты", "до 2027 года"))))
    assert found.text == "\n\n".join([*LINES, "Категория | Срок", "Студенты | до 2027 года"])


def nested_tables(levels: int) -> bytes:
    inner = "<w:p><w:r><w:t>Призыву подлежат граждане в возрасте от 18 до 30 лет. Повестки вносят в реестр. Штраф выше.</w:t></w:r></w:p>"
    for _ in range(levels):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    return word_xml(inner)


def test_tables_in_tables_are_read_once() -> None:
    assert read_document(nested_tables(30)).text.count("Призыву") == 1
    assert [b.text.count("Призыву") for b in docx_blocks(nested_tables(30))[1]] == [1]


def test_tracked_changes_give_the_new_wording_and_superscripts_stay_apart() -> None:
    found = read_document(
        word_xml(
            "<w:p><w:r><w:t>Призвать граждан в возрасте до </w:t></w:r><w:del><w:r><w:delText>27</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>30</w:t></w:r></w:ins><w:r><w:t> лет по статье 22</w:t></w:r>"
            '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>1</w:t></w:r></w:p>'
        )
    )
    assert found.text == "Призвать граждан в возрасте до 30 лет по статье 22¹"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", "PNG picture"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP picture"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Office document"),
        (b"{\\rtf1 text}", "RTF document"),
        (gzip.compress(b"text", mtime=0), "gzip archive"),
        (b"PK\3\4broken", "broken zip archive"),
        (bytes(range(256)) * 3, "unknown binary file"),
        (b"\n\n%PDF-1.7", "PDF"),
        (b"BM is a text", None),
        ("<html>Призыв</html>".encode("utf-16-le"), None),
        ("Призыв".encode("koi8-r"), None),
        (b"", None),
    ],
)
def test_files_are_known_by_their_bytes(body: bytes, kind: str | None) -> None:
    assert file_kind(body) == kind


def test_office_files_are_distinguished_from_other_archives() -> None:
    assert file_kind(word(*LINES)) == "DOCX"
    for name, kind in (("xl/workbook.xml", "XLSX table"), ("other.txt", "zip archive")):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, "x")
        assert file_kind(out.getvalue()) == kind


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (pdf(), "without a text layer"),
        (b"%PDF-1.7 broken", "cannot be read"),
        (b"\xff\xd8\xff", "JPEG picture"),
        (b"text", "text is not read"),
    ],
)
def test_what_has_no_text_is_refused_with_the_reason(body: bytes, says: str) -> None:
    with pytest.raises(NotReadable, match=says):
        read_document(body)


def test_a_docx_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.parse.documents.MAX_UNPACKED", 1000)
    with pytest.raises(NotReadable, match="unpacks to more than"):
        read_document(word(*LINES))


def test_a_scan_is_known_by_its_picture() -> None:
    assert scan_fingerprint(scan(b"one")) == scan_fingerprint(scan(b"one", stamp="D:20270101000000Z")) != scan_fingerprint(scan(b"two"))
    assert scan_fingerprint(pdf(*LINES)) is None
    assert scan_fingerprint(b"%PDF broken") is None


@given(st.sampled_from([b"%PDF-1.7 ", b"PK\3\4", b""]), st.binary(max_size=200))
def test_no_bytes_raise_anything_else(start: bytes, rest: bytes) -> None:
    file_kind(start + rest)
    with pytest.raises(NotReadable):
        read_document(start + rest)
