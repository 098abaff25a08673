"""Normalised text, sentences and weighted lemmas: the input of all signals."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pymorphy3
import simplemma
from pydantic import RootModel

from db.search import stem
from monitor.compare.reading.word_files import FOLDER, Word, either, read_words
from monitor.strict_yaml import load

_WORD = re.compile(r"\w+(?:-\w+)*")
# A full stop ends a sentence except after an abbreviation or initial, or inside a number.
_SENTENCE_END = re.compile(r"(?<=[.!?…])[»\"”)]*\s+(?=[«\"“(]?[A-ZА-ЯЁІЇЄҐ0-9])|\n+")


class _Families(RootModel[dict[Word, list[Word]]]):
    """word_families.yml: the lemma of a family, and the dictionary forms read as it."""


@cache
def stop_words() -> frozenset[str]:
    """Words that name no subject. Without their removal any two sentences would look similar."""
    return frozenset(read_words(FOLDER / "stopwords.txt"))


@cache
def _ends_abbreviated() -> re.Pattern[str]:
    abbreviations = either([re.escape(w) for w in read_words(FOLDER / "abbreviations.txt")])
    return re.compile(rf"(?:^|[\s(]){abbreviations}\.$|(?:^|[\s(«])[А-ЯЁA-Z]\.$", re.IGNORECASE)


@cache
def _families() -> dict[str, str]:
    """Dictionary form → the lemma of its family (see docs/comparison.md)."""
    families, _ = load(FOLDER / "word_families.yml", _Families)
    return {member: head for head, members in families.root.items() for member in members}


@dataclass(frozen=True)
class Sentence:
    """One sentence: its position in the text, its text as written, and its lemmas."""

    start: int
    text: str
    lemmas: tuple[str, ...]


def plain(text: str) -> str:
    """Lower case, ё as е, each space as one blank, each dash as a hyphen. The length may change."""
    return re.sub(r"[ \t\r\f\v\u00a0\u2009\u202f]+", " ", text.lower().replace("ё", "е").replace("–", "-").replace("—", "-"))


def sentences(text: str) -> list[tuple[int, str]]:
    """(start, sentence) pairs. "ст. 338 УК РФ" and "А. Б. Иванов" are not split."""
    parts: list[tuple[int, str]] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[begin : match.start()]
        if "\n" not in match.group() and _ends_abbreviated().search(piece[-12:]):
            continue
        if piece.strip():
            parts.append((begin, piece.strip()))
        begin = match.end()
    if text[begin:].strip():
        parts.append((begin, text[begin:].strip()))
    return parts


@lru_cache(maxsize=1)
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


def morphology(word: str) -> Any:
    """pymorphy3's most likely reading of one lower-cased Russian word."""
    return _analyzer().parse(word)[0]


def readings(word: str) -> list[Any]:
    """All of pymorphy3's readings of one lower-cased Russian word, most likely first."""
    return list(_analyzer().parse(word))


def is_ukrainian(word: str) -> bool:
    """Whether a lower-cased word has a letter that Russian lacks."""
    return re.search(r"[іїєґ]", word) is not None


@lru_cache(maxsize=50_000)
def ukrainian_lemma(word: str) -> str:
    """Dictionary form of one lower-cased Ukrainian word, or its stem where no dictionary form is
    known.

    By simplemma: the Ukrainian dictionary of pymorphy3 is under the GPL.
    """
    word = word.replace("’", "'")
    return simplemma.lemmatize(word, lang="uk").lower() if simplemma.is_known(word, lang="uk") else stem(word)


@lru_cache(maxsize=200_000)
def lemma(word: str, lang: str = "ru") -> str:
    """Dictionary form of one lower-cased word, or the lemma of its family. Other scripts: the word
    itself.
    """
    word = word.lower()
    if not re.search(r"[а-яёіїєґ]", word):
        return word[:-1] if len(word) > 4 and word.endswith("s") else word
    ukrainian = lang == "uk" or is_ukrainian(word)
    normal = ukrainian_lemma(word) if ukrainian else str(morphology(word).normal_form).replace("ё", "е")
    return _families().get(normal, normal)


def lemmas(text: str, lang: str | None = "ru") -> tuple[str, ...]:
    """Lemmas in order, without stop words and one-letter words."""
    words_lemmas, stop = (lemma(w, lang or "ru") for w in _WORD.findall(plain(text))), stop_words()
    return tuple(x for x in words_lemmas if x not in stop and (len(x) > 1 or x.isdigit()))


# Quoted speech of some length; "«Госуслуги»" is a name.
_QUOTATION = re.compile(r"«[^«»]{15,}»|„[^„“”]{15,}[“”]|“[^“”]{15,}”|\"[^\"]{15,}\"")


def unquoted(text: str) -> str:
    """`text` as written without quoted speech, or all of it where it is nothing else.

    An outlet's title often begins with somebody's words; what is reported follows.
    """
    rest = _QUOTATION.sub(" ", text)
    return rest if len(_WORD.findall(rest)) >= 3 else text


def read_sentences(text: str, lang: str | None) -> list[Sentence]:
    return [Sentence(start, s, lemmas(s, lang)) for start, s in sentences(text)]
