"""`grammar`: whether a title reports an event or explains a rule, by the tense of its verbs.

News uses the past ("подписал", "задержали", "приостановлена") or announces ("начнут"). References
and advice use the present, the infinitive or a question ("как оформить", "кого призовут", "чем
грозит"). Russian and Ukrainian verbs are read by pymorphy3, other languages by a few words.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from monitor.compare.reading.tokenize import is_ukrainian, morphology, ukrainian_lemma
from monitor.compare.reading.word_files import FOLDER, Word, WordFile, either
from monitor.strict_yaml import load

_WORD = re.compile(r"[а-яіїєґ]+(?:-[а-яіїєґ]+)*")


class _Questions(WordFile):
    """question_words.yml."""

    conjunctions: list[Word]
    words: list[Word]


@cache
def _question() -> re.Pattern[str]:
    """Matches a clause that begins with a question word."""
    words, _ = load(FOLDER / "question_words.yml", _Questions)
    return re.compile(rf"(?:^|[.:!?…»\"] |- )(?:{either(words.conjunctions)} )?{either(words.words)} ")


@dataclass(frozen=True)
class Grammar:
    """Tense and mood of a title or of the beginning of a text: counts of verbs."""

    past: int  # verbs in the past, and short passive participles
    present: int
    future: int
    infinitive: int
    asks: bool  # a question mark, or a clause that begins with a question word


def read_grammar(plain: str) -> Grammar:
    """Count the verb forms of `plain` (see tokenize.plain)."""
    kinds = [_tense(w) for w in _WORD.findall(plain)]
    return Grammar(
        past=kinds.count("past"),
        present=kinds.count("pres"),
        future=kinds.count("futr"),
        infinitive=kinds.count("INFN"),
        asks="?" in plain or bool(_question().search(plain)),
    )


@lru_cache(maxsize=100_000)
def _tense(word: str) -> str:
    if is_ukrainian(word):
        return _ukrainian_tense(word)
    tag = set(str(morphology(word).tag).replace(" ", ",").split(","))
    if "PRTS" in tag:
        return "past"
    if "INFN" in tag or "VERB" in tag:
        return next((t for t in ("past", "pres", "futr") if t in tag), "INFN" if "INFN" in tag else "")
    return ""


def _ukrainian_tense(word: str) -> str:
    """Tense by the word's ending, where the dictionary form is an infinitive. Aspect is unknown, so
    a one-word future counts as present.
    """
    if re.search(r"(?:[аеєіо]но|[ияу]то)$", word):  # ухвалено, прийнято
        return "past"
    if not re.search(r"ти(?:ся|сь)?$", ukrainian_lemma(word)):
        return ""
    if re.search(r"(?:ти|ть)(?:ся|сь)?$", word) and word == ukrainian_lemma(word):
        return "INFN"
    return "past" if re.search(r"(?:в|ла|ло|ли)(?:ся|сь)?$", word) else "pres"
