"""The passages of an item: clean lines, headlines, the quotes of mails and of cards."""

import pytest

from db.passages import desk_quote, first_change, headline, line, mail_quote, passage_sha256
from db.reason_codes import Reason, ReasonCode

FIRST = "Об этом пишет издание."
SECOND = "Явка по повестке стала обязательной."
THIRD = "Штраф вырос до 50 тысяч рублей."
LAST = "Погода в столице ясная."
TEXT = " ".join((LAST, LAST, LAST, FIRST, SECOND, THIRD, LAST))
VALUE = {"claim": "C-1", "what": "fine", "old": "30 тысяч рублей", "new": "50 тысяч рублей"}


def phrase(sentence: str) -> Reason:
    return Reason(ReasonCode.WATCH_PHRASE, {"claim": "C-1", "phrase": "явка по повестке", "sentence": sentence})


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
    assert line(given) == clean


def test_a_long_line_is_cut_between_words_and_the_cut_is_shown() -> None:
    assert line("one two three four", 12) == "one two…"
    assert line("one two", 7) == "one two"


@pytest.mark.parametrize(
    ("title", "text", "shown"),
    [
        ("Заголовок", "Текст.", "Заголовок"),
        ("", "Первое предложение поста. Второе.", "Первое предложение поста."),
        ("", "Коротко", "Коротко"),
        ("", "слово " * 60, ("слово " * 25).strip() + "…"),
    ],
)
def test_a_post_without_a_title_is_headed_by_its_first_sentence(title: str, text: str, shown: str) -> None:
    assert headline(title, text) == shown


def test_the_quote_begins_where_the_new_value_is() -> None:
    text = "Вступление. " * 60 + "Явиться нужно в течение 30 дней. Конец."
    assert mail_quote("", text, "30 дней").startswith("… Явиться нужно в течение 30 дней.")
    assert mail_quote("", "Короткий текст.", "нет") == "Короткий текст."


def test_a_quote_does_not_repeat_the_headline_above_it() -> None:
    text = "Первое предложение поста. " + "Второе предложение длиннее первого. " * 4
    assert mail_quote("", text).startswith("Второе предложение")


def test_the_quote_begins_before_the_sentence_with_the_new_value() -> None:
    assert desk_quote(TEXT, [VALUE], []).startswith(f"… {SECOND} {THIRD}")


def test_without_a_value_the_sentence_that_a_reason_quotes_is_shown() -> None:
    assert desk_quote(TEXT, [], [phrase(SECOND)]).startswith(f"… {FIRST} {SECOND}")


def test_a_quotation_that_was_cut_finds_its_sentence() -> None:
    assert desk_quote(TEXT, [], [phrase("Явка по повестке стала…")]).startswith(f"… {FIRST} {SECOND}")


def test_what_no_reason_quotes_is_shown_from_the_beginning() -> None:
    short = Reason(ReasonCode.STAGE, {"stage": "adopted", "words": ["вырос"]})
    # The report's words, not the item's
    like = Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": SECOND})
    for reasons in ([], [short], [like]):
        assert desk_quote(TEXT, [], reasons).startswith(LAST)


def test_an_empty_text_has_no_desk_quote() -> None:
    assert desk_quote("", [VALUE], [phrase(SECOND)]) == ""


def test_a_change_of_another_claim_is_not_that_of_this_one() -> None:
    assert first_change([VALUE], "C-1") == VALUE
    assert first_change([VALUE], "C-2") is None


def test_passages_that_differ_have_another_hash() -> None:
    assert passage_sha256("один") == passage_sha256("один") != passage_sha256("один ")
