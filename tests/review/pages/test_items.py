"""An item: versions, assessments, captures, citations."""

import re
import zlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db.engine import writing
from db.enums import Role
from db.erasure import erase, name_pattern, search
from db.models import CaptureRow, ItemRow
from review.context import DeskContext
from review.pages.items import page_list
from tests.review.factory import Filled, message, signed_in


def test_downloads_of_citations(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    for kind, start in (("csl", "["), ("ris", "TY  - NEWS"), ("bib", "@article{ajour1,")):
        answer = anna.get(f"/items/1/cite.{kind}")
        assert answer.text.startswith(start)
        assert "attachment" in answer.headers["content-disposition"]


def test_a_flagged_item_says_in_english_what_happened(filled: Filled, anna: TestClient) -> None:
    filled.flag(title="Штраф подняли")
    for page in ("/items/1", "/sources/meduza"):
        assert "Reported by Meduza: fines for not appearing – signed or issued" in anna.get(page).text, page


def test_what_a_researcher_adds_is_kept_and_stands_in_every_citation(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag(title="Штраф подняли")
    form = {"translation": " Bøden  stiger ", "pages": "5, 7", "author": "", "language": "da", "back": f"/flags/{flag}#cite"}
    answer = anna.post("/items/1/cite", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/flags/{flag}#cite")
    for page in ("/items/1", f"/flags/{flag}", f"/queue?flag={flag}"):
        text = boris.get(page).text
        assert "Meduza: Штраф подняли [Bøden stiger] (02.03.26), side 5 og 7, https://meduza.example/1" in text, page
    assert "/items/1/cite.ris?language=da" in boris.get("/items/1").text
    assert "TI  - Штраф подняли [Bøden stiger]" in boris.get("/items/1/cite.ris?language=da").text
    assert "TI  - Штраф подняли\r" in boris.get("/items/1/cite.ris?language=nl").text
    assert anna.post("/items/99/cite", data=form).status_code == 404


def test_the_page_of_a_pdf_is_found_and_kept(filled: Filled) -> None:
    flag = filled.flag(title="Приказ")
    with writing(filled.engine) as session:
        session.get_one(ItemRow, 1).url = "https://meduza.example/order.pdf"
        capture = session.scalars(select(CaptureRow)).one()
        capture.deflated = zlib.compress(b"%PDF-1.7 bytes")
    filled.user("Rosa", Role.RESEARCHER)
    found: list[list[int]] = [[5, 6, 9], []]
    rosa = signed_in(DeskContext(filled.engine, now=lambda: filled.now, find_pages=lambda _body, _quote: found.pop(0)), "Rosa")
    assert "Find the page" in rosa.get(f"/flags/{flag}").text
    form = {"language": "da", "quote": "… штраф", "back": f"/flags/{flag}#cite"}
    assert message(rosa.post("/items/1/pages", data=form)).startswith("Found on page 5-6, 9 of the PDF")
    assert "side 5-6 og 9," in rosa.get(f"/flags/{flag}").text
    assert message(rosa.post("/items/1/pages", data=form)) == "The extract was not found in the PDF."
    without = signed_in(DeskContext(filled.engine, now=lambda: filled.now), "Rosa")
    assert message(without.post("/items/1/pages", data=form)).startswith("This desk runs without the monitor")
    with writing(filled.engine) as session:
        session.scalars(select(CaptureRow)).one().deflated = zlib.compress(b"<html>")
    assert message(rosa.post("/items/1/pages", data=form)) == "The archived copy is no PDF."


@pytest.mark.parametrize(
    ("found", "text"), [([5], "5"), ([5, 6, 7, 9], "5-7, 9"), (list(range(1, 60, 2)), "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21")]
)
def test_pages_are_listed_as_footnotes_name_them(found: list[int], text: str) -> None:
    assert page_list(found) == text


def test_a_capture_is_served_inert(filled: Filled, anna: TestClient) -> None:
    filled.flag(title="<script>alert(1)</script>")
    link = re.search(r"/captures/[0-9a-f]{64}", anna.get("/flags/1").text)
    assert link is not None
    answer = anna.get(link[0])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "<script>alert(1)</script>" in answer.text, "unchanged, but text"
    assert anna.get(link[0] + "?download=1").headers["content-type"] == "application/octet-stream"


def test_reviewers_see_that_a_name_was_erased(filled: Filled, anna: TestClient) -> None:
    filled.flag(title="Осуждён Выдуман Примеров")
    pattern = name_pattern(["Выдуман Примеров"])
    erase(filled.engine, search(filled.engine, pattern), pattern, "request of 20 November", datetime(2026, 11, 24, 12, tzinfo=UTC))
    page = anna.get("/items/1").text
    assert "Осуждён [erased]" in page
    assert "A name was erased from this text" in page
    assert "request of 20 November" in page
    assert "Примеров" not in page + anna.get("/flags/1").text


def test_why_was_this_not_flagged(filled: Filled, anna: TestClient) -> None:
    filled.compare(filled.item("meduza", "Футбол"), "s1", flag=False, score=0.12)
    page = anna.get("/items/1").text
    assert "not flagged" in page
    assert "score 0.120, flagged from 0.400" in page
    assert "0.280 below the threshold" in page
    assert "REP-001" in page
    assert "by c1, the current comparer" in page
    assert "ajour why 1" in page


def test_a_verdict_of_an_older_comparer_is_not_measured_by_todays_line(filled: Filled, anna: TestClient) -> None:
    filled.compare(filled.item("meduza", "Футбол"), "s1", flag=False, score=0.12)
    filled.compare(filled.item("tass", "Хоккей"), "s2", flag=False, comparer="c2")
    page = anna.get("/items/1").text
    assert "by c1. This report is now compared by c2" in page
    assert "flagged from" not in page
    assert "below the threshold" not in page


def test_versions_of_an_item_are_shown_with_what_changed(filled: Filled, anna: TestClient) -> None:
    filled.item("meduza", "Штраф", "Штраф составит 10 тысяч.", key="k")
    filled.item("meduza", "Штраф", "Штраф составит 30 тысяч.", key="k")
    page = anna.get("/items/1").text
    assert '<del><span class="tag">was </span>10</del><ins><span class="tag">now </span>30</ins>' in page


@pytest.mark.parametrize(
    "charset",
    [
        "base64",
        "zip",
        "rot13",
        "hex",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "utf-7",
        "mbcs",
        "no-such",
        "%00",
        "\x00",
        '"windows-1251"',
        "utf-16",
        "²",
        "",
    ],
)
def test_a_capture_of_any_charset_is_shown(filled: Filled, anna: TestClient, charset: str) -> None:
    filled.flag()
    with writing(filled.engine) as session:
        capture = session.scalars(select(CaptureRow)).one()
        capture.media_type = f"text/html; charset={charset}"
    answer = anna.get(f"/captures/{capture.sha256}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_capture_is_decoded_by_the_charset_of_its_server(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    with writing(filled.engine) as session:
        capture = session.scalars(select(CaptureRow)).one()
        capture.media_type, capture.deflated = "text/html; Charset='KOI8-R'; x=y", zlib.compress("Повестка".encode("koi8-r"))
    assert anna.get(f"/captures/{capture.sha256}").text == "Повестка"


@pytest.mark.parametrize(
    "page", ['<meta charset="windows-1251"><p>{}</p>', '<?xml version="1.0" encoding="windows-1251"?><a>{}</a>', "<p>{}</p>"]
)
def test_a_capture_in_windows_1251_is_readable_though_no_charset_was_kept(filled: Filled, anna: TestClient, page: str) -> None:
    text = "Призыв граждан на военную службу"
    filled.flag()
    with writing(filled.engine) as session:
        capture = session.scalars(select(CaptureRow)).one()
        capture.media_type, capture.deflated = "text/html", zlib.compress(page.format(text).encode("cp1251"))
    assert text in anna.get(f"/captures/{capture.sha256}").text
