"""Values that are words, and dates."""

import pytest

from monitor.compare.statements.spoken_values import dates, spoken


@pytest.mark.parametrize(
    ("sentence", "value", "unit"),
    [
        ("двадцатидневный срок", 20, "days"),
        ("на пятый день", 5, "days"),
        ("ответить через неделю", 1, "weeks"),
        ("запрет на полгода", 6, "months"),
        ("отказался каждый пятый", 20, "percent"),
        ("a single draft for the whole year", 1, "drafts"),
    ],
)
def test_a_value_in_words_is_read(sentence: str, value: float, unit: str) -> None:
    assert [(n.high, n.unit) for n in spoken(sentence, [(0, len(sentence))])] == [(value, unit)]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [("5 мая 2025", [20_250_505]), ("в октябре 2025", [20_251_000]), ("с 2026", [20_260_000]), ("2030 руб", []), ("в мае", [])],
)
def test_a_date_holds_zeros_for_what_is_not_said(sentence: str, found: list[float]) -> None:
    assert [n.high for n in dates(sentence, [(0, len(sentence))])] == found
