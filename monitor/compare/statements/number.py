"""A number of a sentence: its value, unit and place, and the part it plays there."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.compare.statements import words as w


class Part(StrEnum):
    """What a number is in its sentence."""

    NEW = "new"  # stated as news
    OLD = "old"  # what was before, by the sentence's own words
    SAME = "same"  # said to stay as it is
    ASIDE = "aside"  # a reminder, or a comparison with something else


@dataclass(frozen=True)
class Number:
    """A value in a sentence: `low`..`high` in `unit`; [start, end) in the sentence; `clause`:
    [start, end) of its clause.
    """

    kind: str  # period, money, share, count, date
    unit: str  # "?" where a bare number has none
    low: float
    high: float
    start: int
    end: int
    clause: tuple[int, int]
    part: Part = Part.NEW
    above: bool = False  # "more than"
    up_to: bool = False
    about: bool = False
    stepped: bool = False  # the new end of "from A to B", or its old one


def clause_at(clauses: list[tuple[int, int]], at: int) -> tuple[int, int]:
    """The clause, [start, end), in which `at` stands."""
    return next((c for c in clauses if c[0] <= at < c[1]), clauses[-1])


def number_at(
    sentence: str, low: float, high: float, start: int, end: int, unit: tuple[str, str], clauses: list[tuple[int, int]]
) -> Number:
    """The number at [start, end) of `sentence`, with the limits that the words before it set;
    `unit`: (kind, unit).
    """
    before = sentence[max(0, start - 24) : start].rstrip()
    return Number(
        kind=unit[0], unit=unit[1], low=low, high=high, start=start, end=end, clause=clause_at(clauses, start),
        above=bool(w.ABOVE.search(before)), up_to=bool(w.UP_TO.search(before)), about=bool(w.APPROXIMATE.search(before)),
    )  # fmt: skip
