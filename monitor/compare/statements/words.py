"""Words of numbers, units and comparison in six languages, which hold for any subject.

The words are data (`monitor/compare/words/statement_words.yml`). Here they are compiled once.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from monitor.compare.reading.word_files import FOLDER, Regex, Word, WordFile, either, whole
from monitor.strict_yaml import load

FILE = FOLDER / "statement_words.yml"


class StatementWords(WordFile):
    """statement_words.yml."""

    spelled: dict[float, list[Word]]
    whole: dict[float, list[Word]]
    weak: list[Word]
    danish_only: list[Word]
    no_quality: list[Word]
    scales: dict[float, list[Regex]]
    units: dict[Literal["money", "share", "period", "count"], dict[str, list[Regex]]]
    between: list[Regex]
    approximate: list[Regex]
    above: list[Regex]
    prepositions: list[Regex]
    up_to: list[Regex]
    old_before: list[Regex]
    old_between: list[Regex]
    old_clause: list[Regex]
    new_clause: list[Regex]
    same_clause: list[Regex]
    aside: list[Regex]
    change: list[Regex]
    one_person: list[Regex]
    everywhere: list[Word]


def load_words(path: Path = FILE) -> StatementWords:
    """The words in `path`. Raises WrongFile naming file, line, field and the fix."""
    words, _ = load(path, StatementWords)
    return words


def _numbers(table: dict[float, list[str]]) -> dict[str, float]:
    return {word: number for number, words in table.items() for word in words}


def _before(patterns: Sequence[str], between: Sequence[str] = ()) -> re.Pattern[str]:
    """Matches the end of the text before a number."""
    return re.compile(either([*patterns]) + (rf"(?: {either([*between])})*$" if between else "$"))


_W = load_words()
WHOLE = frozenset(_numbers(_W.whole))  # a number by themselves, a scale behind another
SPELLED = _numbers(_W.spelled) | _numbers(_W.whole)
# Words that are numbers only before a unit: articles, and names of other things.
WEAK_NUMBERS = frozenset(_W.weak)
DANISH_ONLY = frozenset(_W.danish_only)
NO_QUALITY = frozenset(_W.no_quality)
EVERYWHERE = frozenset(_W.everywhere)
SCALES = tuple((re.compile("|".join(own)), factor) for factor, own in _W.scales.items())
# (kind, unit as a claim writes it, its words)
UNIT_WORD = tuple((kind, unit, re.compile("|".join(own))) for kind, units in _W.units.items() for unit, own in units.items())
BETWEEN = re.compile(either(_W.between) + r"\w*")
APPROXIMATE, ABOVE, UP_TO = (_before(words, _W.prepositions) for words in (_W.approximate, _W.above, _W.up_to))
OLD_BEFORE = _before(_W.old_before, _W.old_between)
OLD_CLAUSE, NEW_CLAUSE, SAME_CLAUSE = whole(_W.old_clause), whole(_W.new_clause), whole(_W.same_clause)
ASIDE, CHANGE, ONE_PERSON = whole(_W.aside), whole(_W.change), whole(_W.one_person)
