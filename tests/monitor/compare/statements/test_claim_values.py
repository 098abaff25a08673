"""Values of claims against numbers of an item."""

import pytest

from monitor.baseline import load_baseline
from monitor.compare.statements.claim_values import KnownValue, comparable, equal, gist_value, limits, plain_text
from monitor.compare.statements.number import Number
from monitor.compare.statements.subjects import PACK

CLAIM = next(c for c in load_baseline(PACK.parents[1] / "cedoca-2026.yml").claims if c.values)


def known(kind: str, unit: str, low: float, high: float) -> KnownValue:
    return KnownValue(0, CLAIM, CLAIM.values[0].model_copy(update={"kind": kind, "unit": unit, "measures": "the measure"}), low, high)


def number(kind: str, unit: str, low: float, high: float | None = None) -> Number:
    return Number(kind, unit, low, low if high is None else high, 0, 1, (0, 1))


@pytest.mark.parametrize(
    ("n", "k", "fits"),
    [
        (number("period", "days", 30), known("period", "months", 2, 2), True),
        (number("money", "USD", 30), known("money", "RUB", 30, 30), False),
        (number("count", "men", 30_000), known("count", "people", 20_000, 20_000), True),
        (number("count", "cases", 30_000), known("count", "regions", 20_000, 20_000), False),
        # Of another order
        (number("count", "people", 900_000), known("count", "people", 20_000, 20_000), False),
    ],
)
def test_only_numbers_of_one_measure_are_compared(n: Number, k: KnownValue, fits: bool) -> None:
    assert comparable(n, k) is fits


@pytest.mark.parametrize(
    ("n", "k", "same"),
    [
        (number("period", "weeks", 1), known("period", "days", 7, 7), True),
        (number("period", "days", 8), known("period", "days", 7, 7), False),
        (number("age", "years", 30), known("age", "years", 18, 30), True),
        (number("date", "date", 20_260_000), known("date", "", 20_260_101, 20_260_101), True),
    ],
)
def test_equal_as_far_as_both_say(n: Number, k: KnownValue, same: bool) -> None:
    assert equal(n, k) is same


def test_values_are_shown_as_people_write_them() -> None:
    k = known("money", "RUB", 10_000, 30_000)
    assert plain_text(gist_value(10_000, 30_000, k, number("money", "RUB", 1), new=False)) == "10,000-30,000 RUB"
    assert plain_text(gist_value(1, 1, known("period", "days", 7, 7), number("period", "years", 1), new=True)) == "1 year"


def test_a_past_value_cannot_change() -> None:
    value = known("money", "RUB", 1, 1).value
    assert limits(value.model_copy(update={"past": True})) is None
    assert limits(value.model_copy(update={"past": False, "value": 5.0})) == (5.0, 5.0)


def test_from_next_to_nothing_only_a_number_of_the_same_unit_can_come() -> None:
    assert comparable(number("count", "drafts", 1), known("count", "drafts", 2, 2))
    assert comparable(number("count", "cases", 1200), known("count", "cases", 2, 2))
    assert not comparable(number("count", "?", 261_000), known("count", "drafts", 2, 2))
