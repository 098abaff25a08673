"""`people`: how many people an item is about. Many people are a practice, one person is a case.

Russian grammar gives the number: "студентов отправляют" is a practice, "студента отправили" a case.
Person nouns (vocabulary.yml: persons) are counted by grammatical number (pymorphy3). A small
numeral ("двух жителей") makes a plural "few". A capitalised first name or surname that is not an
office-holder's counts as a case, and so does the first person.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from monitor.compare.reading.tokenize import morphology
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.reading.word_files import FOLDER, Word, WordFile, either
from monitor.strict_yaml import load

_TOKEN = re.compile(r"[A-Za-zА-Яа-яЁёІіЇїЄєҐґ]+(?:-[А-Яа-яЁё]+)*|\d+")


class _PersonWords(WordFile):
    """person_words.yml."""

    few: list[Word]
    first_person: list[Word]


@cache
def _person_words() -> tuple[frozenset[str], re.Pattern[str]]:
    """(numerals that make a plural few, the first person)."""
    words, _ = load(FOLDER / "person_words.yml", _PersonWords)
    return frozenset(words.few), re.compile(rf"(?<!\w){either(words.first_person)}(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class PersonCounts:
    """Counts in one piece of text."""

    one: int  # person nouns in the singular
    many: int  # in the plural
    few: int  # in the plural after a small numeral
    named: int  # private persons' names
    first_person: bool

    @property
    def alone(self) -> bool:
        """Whether it is about one person and no more."""
        return self.one + self.named > 0 and self.many == 0


def read_people(text: str, words: Vocabulary) -> PersonCounts:
    """Count the people in `text` as written: capitals matter. Russian and Ukrainian only; other
    languages count zero.
    """
    one = many = few = named = 0
    previous = ""
    small, first_person = _person_words()
    tokens = _TOKEN.findall(text)
    for position, token in enumerate(tokens):
        lower = token.lower().replace("ё", "е")
        kind = _kind(lower, token[0].isupper() and position > 0)
        if kind.lemma in words.sets["persons"]:
            if kind.plural and (previous in small or (previous.isdigit() and int(previous) < 6)):
                few += 1
            elif kind.plural:
                many += 1
            else:
                one += 1
        elif kind.name and kind.lemma not in words.sets["officials"]:
            named += 1
        previous = lower
    return PersonCounts(one, many, few, named, bool(first_person.search(text)))


@dataclass(frozen=True)
class _Kind:
    lemma: str
    plural: bool
    name: bool


@lru_cache(maxsize=100_000)
def _kind(word: str, capital: bool) -> _Kind:
    if not re.search(r"[а-яіїєґ]", word):
        return _Kind(word, False, False)
    best = morphology(word)
    # As text: the Russian and the Ukrainian dictionary do not share all grammemes.
    tag = set(str(best.tag).replace(" ", ",").split(","))
    if tag & {"ADJS", "PRTS", "VERB"}:  # "болен", "осуждён": predicates about people, no names
        return _Kind(word, False, False)
    return _Kind(str(best.normal_form).replace("ё", "е"), "plur" in tag, capital and bool(tag & {"Surn", "Name"}) and "Geox" not in tag)
