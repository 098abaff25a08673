"""Encodings decided on bytes; what a server or a page says about them is a hint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.parse.decode import decode, without_impossible_references

RUSSIAN = "Государственная дума приняла в третьем чтении закон о воинской обязанности и военной службе, сообщает пресс-служба."
SAYS = {
    "nothing": ("<p>{}</p>", "text/html"),
    "the truth in the page": ('<meta charset="{charset}"><p>{}</p>', "text/html"),
    "the truth in the header": ("<p>{}</p>", "text/html; charset={charset}"),
    "a lie in the header": ('<meta charset="{charset}"><p>{}</p>', "text/html; charset=iso-8859-1"),
    "an unknown name": ('<meta charset="x-klingon"><p>{}</p>', "text/html; charset=none"),
}


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
@pytest.mark.parametrize("says", SAYS)
def test_russian_text_is_read_whatever_is_said_about_it(charset: str, says: str) -> None:
    page, header = SAYS[says]
    body = page.replace("{charset}", charset).replace("{}", RUSSIAN).encode(charset)
    assert RUSSIAN in decode(body, header.replace("{charset}", charset)).text


@pytest.mark.parametrize(
    ("charset", "lie"), [("utf-8", "windows-1251"), ("koi8-r", "utf-8"), ("windows-1251", "utf-8"), ("koi8-r", "windows-1251")]
)
def test_a_lie_in_the_page_itself_is_found_out_and_said(charset: str, lie: str) -> None:
    decoded = decode(f'<meta charset="{lie}"><p>{RUSSIAN}</p>'.encode(charset))
    assert RUSSIAN in decoded.text
    assert any("declared as" in d for d in decoded.doubts)


def test_half_a_character_at_the_cut_costs_one_character() -> None:
    body = RUSSIAN.encode()[:-1]
    assert decode(body).encoding == "utf-8"
    assert decode(body).text.startswith(RUSSIAN[:-2])


def test_a_byte_order_mark_decides() -> None:
    assert decode(b"\xef\xbb\xbf" + RUSSIAN.encode(), "text/html; charset=koi8-r").text == RUSSIAN
    assert decode(b"\xff\xfe" + RUSSIAN.encode("utf-16-le")).text == RUSSIAN


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_and_no_header_make_it_raise(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header).text, str)


@pytest.mark.parametrize("taken_for", ["cp1251", "cp1252", "latin-1"])
def test_a_text_that_was_encoded_twice_is_read_and_the_doubt_is_said(taken_for: str) -> None:
    once = "Призыв начался в Москве сегодня, 24 ноября — «сроки»: повестки, явка, медкомиссия".encode()
    twice = "".join(_character(b, taken_for) for b in once).encode()
    found = decode(twice)
    assert found.text == once.decode()
    assert found.doubts[0].startswith("encoded twice")


def _character(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


def test_russian_that_only_looks_a_little_like_it_is_left_alone() -> None:
    text = "Комплексы С–300 и С–400. Р“уководство. " * 40
    assert decode(text.encode()).text == text


@pytest.mark.parametrize("name", ["x-mac-cyrillic", "win-1251", "cp-1251", "x-cp1251", "Windows1251", "ANSI1251"])
def test_encodings_go_by_the_names_that_pages_give_them(name: str) -> None:
    charset = "mac-cyrillic" if "mac" in name else "cp1251"
    text = f'<?xml version="1.0" encoding="{name}"?><a>Призыв начался в Москве сегодня</a>'
    assert decode(text.encode(charset)).text == text


@pytest.mark.parametrize("foreign", ["windows-1251", "koi8-r", "ibm866", "iso-8859-5"])
@pytest.mark.parametrize("declared", ["", '<meta charset="utf-8">', '<meta charset="windows-1251">'])
def test_a_foreign_part_in_a_utf8_page_is_read_and_doubted_and_the_rest_stays(foreign: str, declared: str) -> None:
    insert = "Реклама партнёров нашего издания"
    decoded = decode(f"{declared}<p>{RUSSIAN}</p>".encode() * 3 + insert.encode(foreign) + f"<p>{RUSSIAN}</p>".encode())
    assert (decoded.text.count(RUSSIAN), decoded.encoding) == (4, "utf-8")
    assert insert in decoded.text
    assert decoded.doubts[0].startswith("29 bytes are not UTF-8, read as")


def test_a_broken_character_costs_itself_only() -> None:
    body = f"<p>{RUSSIAN}</p>".encode().replace("закон".encode(), b"\xd0" + "закон".encode())
    decoded = decode(body, "text/html; charset=windows-1251")
    assert decoded.text == f"<p>{RUSSIAN}</p>".replace("закон", "\ufffdзакон")
    assert decoded.doubts[0] == "some bytes are not UTF-8"


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "ibm866", "iso-8859-5"])
def test_a_one_byte_page_with_a_little_utf8_in_it_keeps_its_encoding(charset: str) -> None:
    body = f"<p>{RUSSIAN}</p>".encode(charset) * 5 + "<p>призыв</p>".encode()
    assert decode(body).text.count(RUSSIAN) == 5


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("page", ["<?xml version='1.0'?><rss><title>{}</title></rss>", "<p>{}</p>"])
def test_utf16_needs_no_byte_order_mark(charset: str, page: str) -> None:
    text = page.format(RUSSIAN)
    assert decode(text.encode(charset), "text/xml; charset=utf-8").text == text


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55296;", "&#xDFFF", "&#0;", "&#x110000;", "&#99999999999999999999;", "&#x0000D800;"])
def test_references_to_no_character_are_replaced(reference: str) -> None:
    assert without_impossible_references(f"a{reference}z".encode()) == b"a&#xFFFD;z"


@pytest.mark.parametrize("markup", [b"&#x1F600;&#171;&amp;&#xA0;", b"&#;&#x;", b"&#x10FFFF;"])
def test_other_references_stay(markup: bytes) -> None:
    assert without_impossible_references(markup) == markup
