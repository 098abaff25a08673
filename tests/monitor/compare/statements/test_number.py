"""A number with its clause and limits."""

import pytest

from monitor.compare.statements.number import clause_at, number_at


def test_the_clause_is_that_in_which_the_place_stands() -> None:
    assert clause_at([(0, 5), (5, 12)], 7) == (5, 12)
    assert clause_at([(0, 5), (5, 12)], 40) == (5, 12)  # beyond the end: the last one


@pytest.mark.parametrize(
    ("before", "above", "up_to", "about"),
    [
        ("свыше ", True, False, False),
        ("up to ", False, True, False),
        ("минимум в ", True, False, False),
        ("около ", False, False, True),
        ("ровно ", False, False, False),
    ],
)
def test_limits_are_read_before_the_number(before: str, above: bool, up_to: bool, about: bool) -> None:
    n = number_at(f"{before}30", 30, 30, len(before), len(before) + 2, ("period", "days"), [(0, 40)])
    assert (n.above, n.up_to, n.about) == (above, up_to, about)
