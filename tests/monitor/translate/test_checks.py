"""Which translations are kept."""

import pytest

from monitor.translate.checks import fault_of, tidied

SOURCE = "Госдума приняла закон: штраф вырос до 50 тысяч рублей с 1 марта 2027 года"
GOOD = "The State Duma adopted the law: the fine rose to 50,000 roubles from 1 March 2027"


@pytest.mark.parametrize(
    "translated",
    [GOOD, "Statsdumaen vedtog loven: bøden steg til 50 tusind rubler fra 1. marts 2027", "50 тыс.: the fine rose to 50,000 roubles"],
)
def test_a_translation_of_the_text_is_kept(translated: str) -> None:
    assert fault_of(SOURCE, translated, "en") == ""


@pytest.mark.parametrize(
    ("translated", "reason"),
    [
        ("", "empty"),
        (GOOD * 12, "characters, its source"),
        ("Law.", "only 4 characters"),
        (SOURCE, "is the source text"),
        (SOURCE.upper(), "is the source text"),
        ("Державна дума ухвалила закон про штраф 50 тисяч", "letters of 'en'"),
        ("the law " * 9, "over and over"),
        ("the the the the the the the fine rose", "over and over"),
        (GOOD.replace("50,000", "80,000"), "a number that its source has not: 80"),
        (f"{GOOD} https://evil.example/login", "web address"),
        (f"{GOOD} (write to a@evil.example)", "web address"),
    ],
)
def test_what_cannot_be_a_translation_is_not_kept(translated: str, reason: str) -> None:
    assert reason in fault_of(SOURCE, translated, "en")


def test_dates_and_numbers_may_be_written_another_way() -> None:
    assert fault_of("С 01.12.2026 взнос 10 000 руб.", "From 1 December 2026 the fee is 10,000 roubles", "en") == ""


def test_a_short_title_may_grow() -> None:
    assert fault_of("СВО", "The special military operation", "en") == ""


def test_a_translation_becomes_one_line_without_hidden_characters() -> None:
    assert tidied(" The\nlaw \u202ewas\u202c\u0000 adopted ") == "The law was adopted"


@pytest.mark.timeout(60)  # ten of them took three minutes
def test_rows_of_at_signs_are_checked_in_linear_time() -> None:
    assert [fault_of(SOURCE * 10, "Law " + "@" * (3_900 + n), "en") for n in range(10)] == [""] * 10
