"""The vocabulary (vocabulary.yml), compiled: which terms of the field a text contains, and where.

The head of the file describes the pattern language. A pattern compiles to a regular expression over
`tokenize.plain` text. `..` allows up to five words between two words, never across the end of a
sentence.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from monitor.compare.reading.word_files import FOLDER, Word, WordFile, digest
from monitor.strict_yaml import load

FILE = FOLDER / "vocabulary.yml"
_BETWEEN = r"[^\w.!?\n]+"
_GAP = rf"{_BETWEEN}(?:\w+{_BETWEEN}){{0,5}}?"
_FIRST = 6  # letters at the beginning of a word that select the patterns to try
_WORD_STARTS = re.compile(rf"(?<![\w-])\w{{1,{_FIRST}}}")


class BadPattern(ValueError):
    """A pattern in vocabulary.yml does not compile; the message names it."""


@dataclass(frozen=True)
class ConceptHit:
    """A match of the vocabulary in a text: [start, end) in the plain text."""

    name: str
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Concept:
    """One entry: its name and the expressions that find it."""

    name: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    # What the first word of every pattern begins with; None where a pattern leaves that open.
    starts: frozenset[str] | None = None
    unless_starts: frozenset[str] | None = None  # the same of its look-alikes

    def find(self, plain: str) -> list[ConceptHit]:
        """All matches in `plain` (see tokenize.plain) outside the entry's look-alikes."""
        text = plain
        if self.unless and (self.unless_starts is None or not self.unless_starts.isdisjoint(word_starts(plain))):
            text = self.unless.sub(lambda m: "·" * len(m.group()), plain)
        return [ConceptHit(self.name, m.start(), m.end(), m.group()) for m in self.any.finditer(text)]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All entries by group. `digest` changes with any word file of the comparison; each assessment
    names it.
    """

    groups: Mapping[str, tuple[Concept, ...]]
    # Plain lists: persons, officials (lemmas); weak_subjects, subjects_abroad (entries)
    sets: Mapping[str, frozenset[str]]
    digest: str

    def find(self, group: str, plain: str) -> dict[str, list[ConceptHit]]:
        """Entries of `group` in the text, each with its matches.

        Most entries match nothing in most texts. An entry is skipped without running its
        expressions if no word of the text begins like one of its patterns.
        """
        entries, always, by_start = self.groups[group], *self._starts[group]
        likely = always.union(*[by_start[start] for start in word_starts(plain) & by_start.keys()])
        matches = ((entries[n].name, entries[n].find(plain)) for n in sorted(likely))
        return {name: hits for name, hits in matches if hits}

    @cached_property
    def _starts(self) -> Mapping[str, tuple[frozenset[int], Mapping[str, list[int]]]]:
        """By group: (entries that may begin with anything, entries by what a pattern of theirs
        begins with), as positions.
        """
        return {group: _by_start(entries) for group, entries in self.groups.items()}


def _by_start(entries: Iterable[Concept]) -> tuple[frozenset[int], Mapping[str, list[int]]]:
    always, by_start = set[int](), dict[str, list[int]]()
    for n, entry in enumerate(entries):
        if entry.starts is None:
            always.add(n)
        for start in entry.starts or ():
            by_start.setdefault(start, []).append(n)
    return frozenset(always), by_start


@lru_cache(maxsize=8)
def word_starts(plain: str) -> frozenset[str]:
    """The first one to _FIRST letters of every word in `plain`."""
    return frozenset().union(*map(_beginnings, set(_WORD_STARTS.findall(plain))))


@lru_cache(maxsize=50_000)
def _beginnings(start: str) -> frozenset[str]:
    return frozenset(start[:n] for n in range(1, _FIRST + 1))


def pattern_starts(pattern: str, most_letters: int = _FIRST) -> frozenset[str] | None:
    """What the first word of a match can begin with, one to `most_letters` letters each; None where
    the pattern leaves that open.
    """
    if pattern.startswith("("):
        depths = list(accumulate((c == "(") - (c == ")") for c in pattern))
        end = depths.index(0)
        choices = [pattern_starts(p, most_letters) for p in alternatives(pattern[1:end])]
        if pattern[end + 1 : end + 2] == "?":
            choices.append(pattern_starts(pattern[end + 2 :].lstrip(), most_letters))
        return None if None in choices else frozenset().union(*(c for c in choices if c))
    letters = re.match(r"\w*", re.sub(r"^\W\?", "", pattern))
    assert letters is not None
    first, after = letters.group(), letters.string[letters.end() : letters.end() + 1]
    # The last letter may be missing, or the pattern is an alternative without brackets.
    if after and after in "?{+|[\\":
        first = "" if after == "|" else first[:-1]
    return frozenset({first[:most_letters]}) if first else None


def alternatives(inner: str) -> list[str]:
    """`a|b(c|d)` as ["a", "b(c|d)"]."""
    parts, depth = [""], 0
    for char in inner:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def compile_pattern(pattern: str) -> str:
    """One pattern as regular expression text. Raises BadPattern."""
    out = expression_text(pattern)
    try:
        re.compile(out)
    except re.error as error:
        raise BadPattern(f"{pattern!r}: {error}") from error
    return out


def expression_text(pattern: str) -> str:
    """One pattern as regular expression text, without a check: for patterns that a strict loader
    has checked.
    """
    words = pattern.replace("*", r"\w*").replace(" )?", ")? ").split(" ")
    out, gap = "", _BETWEEN
    for word in words:
        if word == "..":
            gap = _GAP
        elif word:
            out += (gap if out and not out.endswith(")?") else "") + _optional_space(word)
            gap = _BETWEEN
    return out


def _optional_space(word: str) -> str:
    return word[:-2] + _BETWEEN + ")?" if word.endswith(")?") else word


def expression(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression that finds any of `patterns`, as whole words."""
    return re.compile(r"(?<![\w-])(?:" + "|".join(compile_pattern(p) for p in patterns) + r")(?!\w)")


def unchecked_expression(patterns: Iterable[str]) -> re.Pattern[str]:
    """As `expression`, for patterns that a strict loader has checked."""
    return re.compile(r"(?<![\w-])(?:" + "|".join(expression_text(p) for p in patterns) + r")(?!\w)")


def _checked(pattern: str) -> str:
    try:
        compile_pattern(pattern)
    except BadPattern as error:
        raise BadPattern(f"{error} | Close its brackets, or see the pattern language at the head of vocabulary.yml") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_checked)]


class _Entry(WordFile):
    """One entry as written."""

    any: list[Pattern]
    unless: list[Pattern] = Field([], alias="not")


class _Words(WordFile):
    """vocabulary.yml."""

    subjects: dict[str, _Entry]
    field: dict[str, list[Pattern]]
    countries: dict[str, list[Pattern]]
    kinds_of_text: dict[str, _Entry]
    actors: dict[str, list[Pattern]]
    novelty: list[Pattern]
    denial: list[Pattern]
    scale: list[Pattern]
    persons: list[Word]
    officials: list[Word]
    weak_subjects: list[str]
    subjects_abroad: list[str]


@cache
def vocabulary(path: Path = FILE) -> Vocabulary:
    """The shipped vocabulary, compiled once. Raises WrongFile."""
    words, _ = load(path, _Words)
    groups = {
        "subjects": _concepts(words.subjects),
        "field": _plain_concepts(words.field),
        "countries": _plain_concepts(words.countries),
        "kinds_of_text": _concepts(words.kinds_of_text),
        "novelty": (_concept("novelty", words.novelty),),
        "actors": _plain_concepts(words.actors),
        "denial": (_concept("denial", words.denial),),
        "scale": (_concept("scale", words.scale),),
    }
    sets = {name: frozenset(getattr(words, name)) for name in ("persons", "officials", "weak_subjects", "subjects_abroad")}
    return Vocabulary(groups, sets, digest())


def _concepts(entries: Mapping[str, _Entry]) -> tuple[Concept, ...]:
    return tuple(_concept(name, e.any, e.unless) for name, e in entries.items())


def _plain_concepts(entries: Mapping[str, list[str]]) -> tuple[Concept, ...]:
    return tuple(_concept(name, patterns) for name, patterns in entries.items())


def _concept(name: str, patterns: list[str], unless: list[str] | None = None) -> Concept:
    return Concept(name, expression(patterns), expression(unless) if unless else None, starts_of(patterns), starts_of(unless or ()))


def starts_of(patterns: Iterable[str]) -> frozenset[str] | None:
    """What the first word of a match of any of `patterns` can begin with; None where one leaves
    that open.
    """
    starts = [pattern_starts(p) for p in patterns]
    return None if None in starts else frozenset().union(*(s for s in starts if s))
