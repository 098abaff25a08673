"""CSV and XLSX for spreadsheets: no foreign text becomes a formula."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.view import tables

FORMULA = "=cmd|' /C calc'!A0"
SEPARATORS = (",", ";", "\t", "|")
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(text: str, separator: str) -> list[str]:
    """The cells that a spreadsheet makes of a file that it splits at `separator`, without regard to
    our quotes.
    """
    return [c for line in re.split(r"[\r\n]", text.removeprefix("\ufeff")) for c in line.split(separator)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋"])
@pytest.mark.parametrize("before", ["", "x;", "x\t", "x,", "x|", "x\n", "x\r", "x; ", 'x;"', " ", "x;'", ";;"])
def test_a_formula_is_neutral_after_every_separator(start: str, before: str) -> None:
    text = tables.as_csv([{"title": f"{before}{start}cmd;y"}])
    for separator in SEPARATORS:
        for cell in cells(text, separator):
            assert not cell.strip(" \"'").startswith(start) or "'" + start in cell, (separator, cell)


@given(st.text(alphabet="=+-@;,\t|\r\n\"' x＝", max_size=12))
def test_no_cell_of_any_text_is_a_formula(value: str) -> None:
    text = tables.as_csv([{"a": value, "b": value}])
    for separator in SEPARATORS:
        for cell in cells(text, separator):
            assert not re.match(r"[\s\"]*[=+\-@＝]", cell), (separator, cell)


def test_ordinary_text_and_numbers_stay_as_they_are() -> None:
    rows = [{"id": 7, "title": "Штраф – 30 000 рублей; срок 5-10 дней", "score": -0.5, "none": None}]
    read = list(csv.DictReader(io.StringIO(tables.as_csv(rows).removeprefix("\ufeff"))))
    assert read == [{"id": "7", "title": "Штраф – 30 000 рублей; срок 5-10 дней", "score": "-0.5", "none": ""}]


def sheet_of(body: bytes) -> tuple[list[list[str]], str]:
    """(rows of texts, XML of the sheet) of a workbook, read without the library that wrote it."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(t.text or "" for t in si.iter(f"{NAMESPACE}t")) for si in shared.iter(f"{NAMESPACE}si")]
    rows = []
    for row in ElementTree.fromstring(sheet).iter(f"{NAMESPACE}row"):
        values = [(c.get("t"), c.findtext(f"{NAMESPACE}v") or "") for c in row.iter(f"{NAMESPACE}c")]
        rows.append([texts[int(v)] if kind == "s" else v for kind, v in values])
    return rows, sheet


def test_a_workbook_holds_text_as_text() -> None:
    rows = [{"id": 1, "title": FORMULA, "url": "https://example.org/x"}, {"id": 2, "title": "x;=1+1", "url": "javascript:alert(1)"}]
    read, xml = sheet_of(tables.as_xlsx(rows, "flags"))
    assert read == [["id", "title", "url"], ["1", FORMULA, "https://example.org/x"], ["2", "x;=1+1", "javascript:alert(1)"]]
    assert "<f>" not in xml
    assert "hyperlink" not in xml


@pytest.mark.parametrize("value", ["a" * 40_000, "\x00\x01\x0b", "\ud800", "\uffff", "<b>&"])
def test_text_that_a_workbook_cannot_hold_does_not_stop_it(value: str) -> None:
    read, _ = sheet_of(tables.as_xlsx([{"title": value}], "x"))
    assert read[0] == ["title"]
    assert len(read) == 2


def test_an_empty_table_has_a_header() -> None:
    assert tables.as_csv([]) == "\ufeffid\r\n"
    assert sheet_of(tables.as_xlsx([], "claims-[1]/:*?"))[0] == [["id"]]


def test_a_table_that_is_too_long_for_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    with pytest.raises(tables.TooManyRows, match="use CSV"):
        tables.as_xlsx([{"id": 1}, {"id": 2}], "flags")
