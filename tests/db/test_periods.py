"""Lengths of time as sources.yml writes them."""

import pytest

from db.periods import seconds


@pytest.mark.parametrize(("period", "length"), [("30m", 1800), ("1h", 3600), ("2d", 172_800)])
def test_periods_are_read_as_seconds(period: str, length: int) -> None:
    assert seconds(period) == length


@pytest.mark.parametrize("wrong", ["", "30", "m", "5w", "1.5h"])
def test_anything_else_is_refused(wrong: str) -> None:
    with pytest.raises((LookupError, ValueError)):
        seconds(wrong)
