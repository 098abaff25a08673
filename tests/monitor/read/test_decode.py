"""Encodings decided on bytes, dates that are never invented, text without what changes by itself."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.dates import day_of, read_date
from monitor.read.decode import decode
from monitor.read.document import content_hash
from monitor.watch.quality import judge_page, to_front_page
from monitor.watch.scan import MAX_DEPTH, depth

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


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Tue, 24 Nov 2026 10:05:00 +0300", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("2026-11-24T10:05:00Z", datetime(2026, 11, 24, 10, 5, tzinfo=UTC)),
        ("Вт, 24 ноя 2026 10:05 МСК", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("24.11.2026 10:05", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("24.11.2026", datetime(2026, 11, 24, tzinfo=UTC)),
        ("8 августа 2025", datetime(2025, 8, 8, tzinfo=UTC)),
        ("ноябрь 2026", None),
        ("вчера", None),
        ("", None),
        ("01.01.1970", None),
    ],
)
def test_dates_are_read_as_outlets_write_them_and_never_invented(said: str, moment: datetime | None) -> None:
    assert read_date(said) == moment


def test_midnight_of_a_place_is_its_day_and_midnight_utc_is_a_moment() -> None:
    assert day_of("Tue, 04 Aug 2026 00:00:00 +0300") == datetime(2026, 8, 4, tzinfo=UTC)
    assert day_of("2026-08-04T00:00:00+03:00") == datetime(2026, 8, 4, tzinfo=UTC)
    assert day_of("2026-08-04T00:00:00Z") is None
    assert day_of("Tue, 04 Aug 2026 10:00:00 +0300") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Указ  подписан.", "указ подписан"),
        ("Ещё о призыве", "Еще о призыве"),
        ("Текст\n\nПросмотров: 12", "Текст\n\nПросмотров: 9 999"),
        ("Текст\n5 минут назад", "Текст\n2 часа назад"),
    ],
)
def test_what_changes_by_itself_is_no_edit(one: str, other: str) -> None:
    assert content_hash("", one) == content_hash("", other)


@pytest.mark.parametrize(
    ("one", "other"), [("от 18 до 27 лет", "от 18 до 30 лет"), ("не подлежит", "подлежит"), ("штраф 500 рублей", "штраф 5000 рублей")]
)
def test_a_number_or_a_word_is_an_edit(one: str, other: str) -> None:
    assert content_hash("", one) != content_hash("", other)


def test_depth_counts_what_is_nested_and_not_what_html_leaves_open() -> None:
    assert depth(b"<div>" * 5000) > MAX_DEPTH
    assert depth(b"<p>text<br><li>" * 5000) < 5
    assert depth(b"<item><media:thumbnail url='x'/></item>" * 5000) == 1


ARTICLE = "Роскомнадзор объявил, что доступ ограничен к ещё двум сайтам. " * 60


@pytest.mark.parametrize(
    ("html", "usable"),
    [
        (f"<title>Доступ ограничен к двум сайтам: что известно</title><p>{ARTICLE}</p>", False),  # doubtful: kept, and not compared
        (f"<title>Новости</title><h1>Роскомнадзор заблокировал сайты</h1><p>{ARTICLE}</p>", True),
        ("<title>403 Forbidden</title><h1>Access denied</h1>", False),
        (f"<title>Новости</title><p>{ARTICLE}</p><p>страница не найдена, писал он</p>", True),
        ('<title>Вход</title><form><input type="password"></form>', False),
    ],
)
def test_quality_is_judged_by_heads_and_length_not_by_a_word_in_an_article(html: str, usable: bool) -> None:
    assert judge_page(html, "https://example.org/a/b", "https://example.org/a/b").usable is usable


def test_a_deep_address_that_ends_at_the_front_page_is_told() -> None:
    assert to_front_page("https://example.org/news/1", "https://example.org/")
    assert not to_front_page("https://example.org/", "https://example.org/")
    assert not to_front_page("https://example.org/news/1", "https://example.org/news/2")


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
