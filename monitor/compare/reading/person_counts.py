"""`people`: how many people an item is about. Many people are a practice, one person is a case.

Russian grammar gives the number: "студентов отправляют" is a practice, "студента отправили" a case.
Person nouns (vocabulary.yml: persons) are counted by grammatical number (pymorphy3). A small
numeral ("двух жителей") makes a plural "few". A capitalised first name or surname that is not an
office-holder's counts as a case, and so does the first person.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from monitor.compare.reading.tokenize import morphology, readings
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.reading.word_files import FOLDER, Word, WordFile, either
from monitor.strict_yaml import load

_TOKEN = re.compile(r"[A-Za-zА-Яа-яЁёІіЇїЄєҐґ]+(?:-[А-Яа-яЁё]+)*|\d+")


class _PersonWords(WordFile):
    """person_words.yml."""

    few: list[Word]
    one_after: list[Word]
    first_person: list[Word]


@cache
def _person_words() -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    """(numerals that make a plural few, words before an instrumental, the first person)."""
    words, _ = load(FOLDER / "person_words.yml", _PersonWords)
    return (
        frozenset(words.few),
        frozenset(words.one_after),
        re.compile(rf"(?<!\w){either(words.first_person)}(?!\w)", re.IGNORECASE),
    )


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
    small, one_after, first_person = _person_words()
    tokens = _TOKEN.findall(text)
    for position, token in enumerate(tokens):
        lower = token.lower().replace("ё", "е")
        kind = _kind(lower, token[0].isupper() and position > 0)
        if kind.lemma in words.sets["persons"]:
            after = tokens[position + 1].lower().replace("ё", "е") if position + 1 < len(tokens) else ""
            if kind.adjective and after and _qualifies(lower, after):
                pass  # "военного контракта": the adjective, no person
            elif kind.adjective and lower.endswith(("ым", "им")) and previous not in one_after:
                many += 1  # "запретили военнообязанным": the dative plural
            elif kind.plural and (previous in small or (previous.isdigit() and int(previous) < 6)):
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
    adjective: bool = False  # declined like an adjective


@lru_cache(maxsize=100_000)
def _kind(word: str, capital: bool) -> _Kind:
    if not re.search(r"[а-яіїєґ]", word):
        return _Kind(word, False, False)
    best = morphology(word)
    # As text: the Russian and the Ukrainian dictionary do not share all grammemes.
    tag = set(str(best.tag).replace(" ", ",").split(","))
    if tag & {"ADJS", "PRTS", "VERB"}:  # "болен", "осуждён": predicates about people, no names
        return _Kind(word, False, False)
    normal = str(best.normal_form).replace("ё", "е")
    name = capital and bool(tag & {"Surn", "Name"}) and "Geox" not in tag
    return _Kind(normal, "plur" in tag, name, normal.endswith(("ый", "ий", "ой")))


@lru_cache(maxsize=100_000)
def _qualifies(word: str, noun: str) -> bool:
    """Whether `word` agrees with the noun after it in case and number."""
    forms = {(p.tag.case, p.tag.number) for p in readings(word)}
    return any(p.tag.POS == "NOUN" and (p.tag.case, p.tag.number) in forms for p in readings(noun))
