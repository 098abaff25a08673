"""The period that a value is bound to."""

import pytest

from monitor.compare.statements.number import Number
from monitor.compare.statements.value_periods import Bound, Period, period_at, period_of, series_label


@pytest.mark.parametrize(
    ("text", "bound", "year"),
    [
        ("указ о призыве на весь 2026 год", Bound.WHOLE_YEAR, 2026),
        ("over the whole of 2026", Bound.WHOLE_YEAR, 2026),
        ("im ganzen jahr 2026", Bound.WHOLE_YEAR, 2026),
        ("i hele 2026", Bound.WHOLE_YEAR, 2026),
        ("in heel 2026", Bound.WHOLE_YEAR, 2026),
        ("за весь 2026 рік", Bound.WHOLE_YEAR, 2026),
        ("осенью 2025 года", Bound.AUTUMN, 2025),
        ("the autumn 2025 draft", Bound.AUTUMN, 2025),
        ("im herbst", Bound.AUTUMN, 0),
        ("навесні 2025", Bound.SPRING, 2025),
        ("за первое полугодие 2025 года", Bound.HALF_YEAR, 2025),
        ("in the first quarter of 2025", Bound.QUARTER, 2025),
        ("за месяц осеннего призыва", Bound.MONTH, 0),
        ("per dag", Bound.DAY, 0),
        ("since february 2022", Bound.TOTAL, 2022),
        ("в 2024 году", Bound.YEAR, 2024),
        ("under the law of august 2024", None, 0),
        ("погода", None, 0),
    ],
)
def test_the_finest_period_is_read_in_six_languages(text: str, bound: Bound | None, year: int) -> None:
    assert period_of(text) == Period(bound, year)


@pytest.mark.parametrize(
    ("told", "claim", "stated", "fits"),
    [
        (Period(Bound.WHOLE_YEAR, 2026), Period(Bound.AUTUMN, 2025), False, False),
        (Period(Bound.AUTUMN, 2026), Period(Bound.AUTUMN, 2025), False, True),
        (Period(Bound.AUTUMN, 2024), Period(Bound.AUTUMN, 2025), False, False),
        (Period(Bound.AUTUMN, 2025), Period(Bound.SPRING, 2025), False, False),
        (Period(Bound.AUTUMN, 2025), Period(Bound.SPRING, 2025), True, True),
        (Period(Bound.MONTH, 0), Period(Bound.TOTAL, 2022), False, False),
        (Period(Bound.MONTH, 0), Period(Bound.YEAR, 2024), False, False),
        (Period(Bound.WHOLE_YEAR, 2025), Period(Bound.YEAR, 2024), False, True),
        (Period(None, 0), Period(Bound.AUTUMN, 2025), False, True),
        (Period(Bound.MONTH, 0), Period(None, 0), False, True),
    ],
)
def test_only_values_of_one_kind_of_period_fit(told: Period, claim: Period, stated: bool, fits: bool) -> None:
    assert told.fits(claim, stated) is fits


def test_the_clause_of_a_number_comes_before_its_sentence_and_the_title() -> None:
    sentence = "осенью 2024 года призвали 133 тысячи, за весь 2026 год 261 тысячу"
    number = Number("count", "people", 133e3, 133e3, 26, 36, (0, 36))
    assert period_at(sentence, number, "призыв") == Period(Bound.AUTUMN, 2024)
    assert period_at("призвали 133 тысячи", number, "осень: итоги весны 2025") == Period(Bound.SPRING, 2025)


@pytest.mark.parametrize(
    ("measures", "label"),
    [
        ("target of the autumn 2025 draft", "target of an autumn draft"),
        ("men drafted in spring 2025", "men drafted in a spring"),
        ("persons in alternative service in the first half of 2025", "persons in alternative service in half a year"),
        ("new contract soldiers in the first quarter of 2025", "new contract soldiers in a quarter"),
        ("contracts signed in 2024 (Ministry of Defence)", "contracts signed in a year (Ministry of Defence)"),
        ("planned size of the armed forces in 2025", "planned size of the armed forces"),
        ("killed from February 2022 to April 2025", None),
    ],
)
def test_the_name_of_a_series_holds_no_period(measures: str, label: str | None) -> None:
    assert series_label(measures) == label


def test_a_series_of_any_draft_names_no_season() -> None:
    assert series_label("raids counted in the spring 2025 draft", any_draft=True) == "raids counted in a draft"
    assert series_label("men drafted in spring 2025", any_draft=True) is None
