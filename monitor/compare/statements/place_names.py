"""Regions of Russia, occupied areas and countries that a sentence names, with their names in the
languages of readers (`monitor/compare/words/place_names.yml`).
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from babel import Locale
from pydantic import Field

from db.enums import READER_LANGUAGES
from monitor.compare.reading.vocabulary import expression
from monitor.compare.reading.word_files import FOLDER, Word, WordFile
from monitor.compare.statements.subjects import Phrases
from monitor.strict_yaml import load

FILE = FOLDER / "place_names.yml"
Names = Mapping[str, str]  # by language of readers


class _Region(WordFile):
    names: Phrases
    cues: Annotated[list[Word], Field(min_length=1)]


class PlaceNames(WordFile):
    """place_names.yml."""

    regions: list[_Region]
    countries: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], Annotated[list[Word], Field(min_length=1)]]


def load_places(path: Path = FILE) -> PlaceNames:
    """The places in `path`. Raises WrongFile naming file, line, field and the fix."""
    places, _ = load(path, PlaceNames)
    return places


@cache
def _regions() -> tuple[tuple[Names, re.Pattern[str]], ...]:
    return tuple((r.names, expression(r.cues)) for r in load_places().regions)


@cache
def _countries() -> tuple[tuple[Names, re.Pattern[str]], ...]:
    def names(code: str) -> Names:
        return {language: str(Locale.parse(language).territories[code]) for language in READER_LANGUAGES}

    return tuple((names(code), expression(cues)) for code, cues in load_places().countries.items())


def regions_in(plain: str) -> tuple[Names, ...]:
    """The regions that `plain` (see tokenize.plain) names, in its order. Of two names at one place
    the longer counts.
    """
    return _named_in(plain, _regions())


def countries_in(plain: str) -> tuple[Names, ...]:
    """The countries other than Russia that `plain` names, likewise."""
    return _named_in(plain, _countries())


def _named_in(plain: str, table: tuple[tuple[Names, re.Pattern[str]], ...]) -> tuple[Names, ...]:
    hits = [(m.start(), m.end(), number) for number, (_, cues) in enumerate(table) for m in cues.finditer(plain)]
    longest = [h for h in hits if not any(o is not h and o[0] <= h[0] and h[1] <= o[1] and o[1] - o[0] > h[1] - h[0] for o in hits)]
    return tuple(table[number][0] for number in dict.fromkeys(number for _, _, number in sorted(longest)))
