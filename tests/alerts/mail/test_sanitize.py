"""Foreign text for mails: what could forge a header, a line or the reading direction goes."""

import pytest

from alerts.mail import sanitize


def test_the_quote_begins_where_the_new_value_is() -> None:
    text = "Вступление. " * 60 + "Явиться нужно в течение 30 дней. Конец."
    assert sanitize.quote("", text, "30 дней").startswith("… Явиться нужно в течение 30 дней.")
    assert sanitize.quote("", "Короткий текст.", "нет") == "Короткий текст."


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("\u202eevil\u202c", "evil"),
        ("a\u2028b\u0000c", "a b c"),
        ("по\u00adвест\u200bка", "повестка"),
        ("a\ud800b", "a\ufffdb"),
        ("x" * 400, "x" * 299 + "…"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 4),
        (None, ""),
    ],
)
def test_a_line_is_one_line(given: str | None, clean: str) -> None:
    assert sanitize.line(given) == clean


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://user:pass@x.example/", "https://x.example/a b", "//x.example", "https://", "https://[", 'https://x.example/"', None])  # fmt: skip
def test_an_address_that_cannot_stand_in_a_mail_is_none(url: str | None) -> None:
    assert sanitize.address(url) is None


def test_a_long_line_is_cut_between_words_and_the_cut_is_shown() -> None:
    assert sanitize.line("one two three four", 12) == "one two…"
    assert sanitize.line("one two", 7) == "one two"


def test_addresses_are_struck_out_for_readers_who_want_no_links() -> None:
    text = "Источник: https://paper.example/a?b=1, t.me/channel и www.example.org."
    assert sanitize.without_addresses(text) == "Источник: […] […] и […]"


@pytest.mark.parametrize(
    ("title", "text", "headline"),
    [
        ("Заголовок", "Текст.", "Заголовок"),
        ("", "Первое предложение поста. Второе.", "Первое предложение поста."),
        ("", "Коротко", "Коротко"),
        ("", "слово " * 60, ("слово " * 25).strip() + "…"),
    ],
)
def test_a_post_without_a_title_is_headed_by_its_first_sentence(title: str, text: str, headline: str) -> None:
    assert sanitize.headline(title, text) == headline


def test_a_quote_does_not_repeat_the_headline_above_it() -> None:
    text = "Первое предложение поста. " + "Второе предложение длиннее первого. " * 4
    assert sanitize.quote("", text).startswith("Второе предложение")
