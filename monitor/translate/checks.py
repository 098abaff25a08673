"""Checks of a translation against its source. What fails is not kept.

Engines repeat themselves, give the source back, or invent numbers; a reader who does not know the
source language cannot see it. The checks find what can be found without knowing either language:

- it is one line of text, not empty, and of about the length of the source;
- it is not the source, and is written in the letters of its language;
- it does not repeat a few words over and over;
- every number in digits stands in the source, and so does every web address.
"""

import re
import unicodedata

from db.passages import WEB_ADDRESS, line

LONGER, SHORTER = 10, 10  # times as long, or as short, as the source
SPARE = 40  # characters by which a short text may grow
FOREIGN_LETTERS = 0.3  # share of letters of another script that names and quotations may have
REPEATED = 6  # times that one to four words may follow themselves
MOST = 4_000  # characters
# Languages of readers that are written in Latin letters; every language that is translated is
# written in others
_LATIN = frozenset({"en", "da", "nl", "de", "fr", "sv", "nb", "no", "fi", "es", "it", "pl", "pt"})
_DIGITS = re.compile(r"\d+")
_LOOP = re.compile(rf"\b(\w+(?:\W+\w+){{0,3}})(?:\W+\1\b){{{REPEATED},}}", re.IGNORECASE)


def fault_of(source: str, translated: str, target: str) -> str:
    """Why a translation cannot be kept; "" where it can."""
    if not translated:
        return "it is empty"
    if len(translated) > LONGER * len(source) + SPARE or len(translated) > MOST:
        return f"it has {len(translated)} characters, its source {len(source)}"
    if len(translated) * SHORTER < len(source):
        return f"it has only {len(translated)} characters, its source {len(source)}"
    if _letters(source) and _letters(source) == _letters(translated):
        return "it is the source text"
    if target in _LATIN and _share_not_latin(translated) > FOREIGN_LETTERS:
        return f"it is not written in the letters of {target!r}"
    if _LOOP.search(translated):
        return "it repeats the same words over and over"
    if invented := _numbers(translated) - _numbers(source):
        return f"it has a number that its source has not: {', '.join(sorted(invented))}"
    if _addresses(translated) - _addresses(source):
        return "it has a web address that its source has not"
    return ""


def tidied(translated: str) -> str:
    """The translation as one line without invisible characters."""
    return line(translated, MOST + 1)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalpha())


def _share_not_latin(text: str) -> float:
    letters = [c for c in text if c.isalpha()]
    return sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters) / len(letters) if letters else 0.0


def _numbers(text: str) -> set[str]:
    """Runs of digits without leading zeros; a run of zeros alone may be the rest of "261,000" for
    "261 thousand".
    """
    return {n for run in _DIGITS.findall(text) if (n := run.lstrip("0"))}


def _addresses(text: str) -> set[str]:
    """Web addresses, and words that hold a mail address. Those are found without a pattern, which
    would take seconds for a row of "@".
    """
    mail = {word for word in text.split() if (at := word.find("@", 1)) > 0 and "." in word[at + 2 : -1]}
    return mail.union(WEB_ADDRESS.findall(text))
