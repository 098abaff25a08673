"""Days that people type."""

from datetime import date

import pytest

from review.view.days import HINT, read_day


@pytest.mark.parametrize("text", ["2026-11-28", " 28.11.2026 ", "28/11/2026", "28-11-2026"])
def test_iso_and_day_first_are_read(text: str) -> None:
    assert read_day(text) == date(2026, 11, 28)


@pytest.mark.parametrize("text", ["", "11/28/2026", "28.11.26", "2026-02-30", "0000-01-01", "²8.11.2026", "tomorrow", "2026-11-28T10:00"])
def test_month_first_and_anything_else_is_no_day(text: str) -> None:
    assert read_day(text) is None


def test_the_hint_shows_forms_that_are_read() -> None:
    assert {read_day(form) for form in HINT.split(" or ")} == {date(2026, 11, 28)}
