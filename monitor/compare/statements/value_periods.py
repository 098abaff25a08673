"""The period that a value is bound to: a year, a draft, a half-year, a month, the whole war.

135,000 men of an autumn draft and 261,000 of a year are two measures, whatever words they share. A
later edition of the same series ("autumn 2024" → "autumn 2025") is a change of the series, not of
the value of that autumn, and is labelled so.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from monitor.compare.reading.word_files import FOLDER, Ending, WordFile, whole
from monitor.compare.statements.number import Number
from monitor.strict_yaml import load

FILE = FOLDER / "value_periods.yml"


class Bound(StrEnum):
    """What a value is bound to, the finest first. The names are the fields of value_periods.yml."""

    WHOLE_YEAR = "whole_year"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    MONTHS = "months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    SPRING = "spring"
    AUTUMN = "autumn"
    DRAFT = "draft"
    TOTAL = "total"
    YEAR = "year"


_YEARS = frozenset({Bound.WHOLE_YEAR, Bound.YEAR})
DRAFTS = frozenset({Bound.SPRING, Bound.AUTUMN})
_YEAR = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")

# The year of a law is not that of a value
_LAW = re.compile(r"\b(?:the )?law of (?:\w+ ){0,2}20\d\d\b")


class _Periods(WordFile):
    """value_periods.yml."""

    whole_year: list[Ending]
    year: list[Ending]
    spring: list[Ending]
    autumn: list[Ending]
    draft: list[Ending]
    half_year: list[Ending]
    quarter: list[Ending]
    months: list[Ending]
    month: list[Ending]
    week: list[Ending]
    day: list[Ending]
    total: list[Ending]


@cache
def _patterns(path: Path = FILE) -> dict[Bound, re.Pattern[str]]:
    words, _ = load(path, _Periods)
    return {bound: whole(getattr(words, bound)) for bound in Bound}


@dataclass(frozen=True)
class Period:
    """`bound`: to what kind of period a value is bound, None for none; `year`: which one, 0 where
    none is said.
    """

    bound: Bound | None
    year: int

    def fits(self, claim: "Period", stated: bool) -> bool:
        """Whether a value of this period can be a new value of the claim's.

        It cannot where both are bound to different kinds of period, or where it is of an earlier
        year. A spring and an autumn draft are of one kind only where the item itself sets the
        claim's value beside it (`stated`).
        """
        if self.year and claim.year and self.year < claim.year:
            return False
        if self.bound is None:
            return True
        if claim.bound is None:
            return True
        if claim.bound is Bound.TOTAL:
            return self.bound in (Bound.TOTAL, Bound.YEAR)
        if self.bound in DRAFTS and claim.bound in (*DRAFTS, Bound.DRAFT):
            return self.bound == claim.bound or claim.bound is Bound.DRAFT or stated
        return self.bound == claim.bound or {self.bound, claim.bound} <= _YEARS

    def same_edition(self, claim: "Period") -> bool:
        """Whether it is the very period of the claim's value."""
        return self.year == claim.year and self.bound == claim.bound and self.bound in (_YEARS | DRAFTS)


@cache
def period_of(text: str) -> Period:
    """The period that `text`, in lower case, speaks of: the finest kind, and the last year."""
    text = _LAW.sub(" ", text)
    years = [int(y) for y in _YEAR.findall(text)]
    bound = next((b for b, pattern in _patterns().items() if pattern.search(text)), None)
    return Period(bound, max(years, default=0))


def period_at(sentence: str, n: Number, title: str) -> Period:
    """The period of a number: as its clause says, else its sentence, else the title. A year is
    looked for likewise.
    """
    read = [period_of(text) for text in (sentence[n.clause[0] : n.clause[1]], sentence, title)]
    return Period(next((p.bound for p in read if p.bound), None), next((p.year for p in read if p.year), 0))


_SERIES = (
    (re.compile(r"\bthe (spring) 20\d\d\b"), r"a \1"),
    (re.compile(r"\bthe (autumn) 20\d\d\b"), r"an \1"),
    (re.compile(r"(?<!a )\b(spring) 20\d\d\b"), r"a \1"),
    (re.compile(r"(?<!an )\b(autumn) 20\d\d\b"), r"an \1"),
    (re.compile(r"\bthe (?:first|second) half of 20\d\d\b"), "half a year"),
    (re.compile(r"\bthe (?:first|second|third|fourth) quarter of 20\d\d\b"), "a quarter"),
    (re.compile(r"(\bsize\b.*) in 20\d\d\b"), r"\1"),
    (re.compile(r"\bin 20\d\d\b"), "in a year"),
    (re.compile(r"\bof 20\d\d\b"), "of a year"),
)


def series_label(measures: str, any_draft: bool = False) -> str | None:
    """What is measured, without the period: "target of an autumn draft"; None where a year is left
    in it.

    `any_draft`: without the season either, "raids counted in a draft".
    """
    if any_draft:
        measures = re.sub(r"\bthe (?:spring|autumn) 20\d\d draft\b", "a draft", measures)
    for pattern, plain in _SERIES:
        measures = pattern.sub(plain, measures)
    left = _YEAR.search(measures) or (any_draft and re.search(r"\b(?:spring|autumn)\b", measures))
    return None if left else measures
