"""Checks an answer of the reading aid against the item and the claims. What fails is dropped.

- The claim is one of those in the question.
- The quote occurs in the item, word for word (spaces and quotation marks may differ).
- Every number of the gist occurs in the quote or in the claim's statement.
- The gist is one line of text without addresses, markup and invisible characters.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.invisible import HIDDEN
from monitor.aid.question import CHANGES, AidItem, CandidateClaim

MOST_GIST, MOST_QUOTE, LEAST_QUOTE = 240, 600, 15  # characters
_MULTIPLES = {
    "тыс": 10**3, "тис": 10**3, "thousand": 10**3, "млн": 10**6, "million": 10**6, "млрд": 10**9, "billion": 10**9,
}  # fmt: skip
_NUMBER = re.compile(rf"(\d+(?:[ \u00a0\u202f.,]\d{{3}})*(?:[.,]\d+)?)(?:\s*({'|'.join(_MULTIPLES)})\w*)?", re.IGNORECASE)
# Addresses also without a scheme: mail programs make links of them
_ADDRESS = re.compile(
    r"https?:|www\.|\w@\w|\b[\w-]+\.[a-z]{2,24}/|\b[\w-]{2,}\.(?:com|org|net|info|io|me|ru|su|eu|online|site|xyz|top)\b", re.IGNORECASE
)
_MARKUP = re.compile(rf"[<>{{}}{''.join(map(re.escape, map(chr, HIDDEN)))}]")
_FOLDED = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "ё": "е", "Ё": "Е"})


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer that passed all checks."""

    claim: str | None  # None: none of the candidates
    change: str  # one of CHANGES
    gist: str  # English, one sentence
    start: int  # of the quote, in AidItem.whole
    end: int


class DroppedAnswer(Exception):
    """The answer failed a check; the message says which."""


def checked(raw: str, item: AidItem, claims: Sequence[CandidateClaim]) -> CheckedAnswer:
    """The answer in `raw` (JSON). Raises DroppedAnswer."""
    answer = _fields(raw)
    claim = next((c for c in claims if c.id == answer["claim"]), None)
    if claim is None and answer["claim"] is not None:
        raise DroppedAnswer(f"it names the claim {answer['claim']!r}, which was not in the question")
    if answer["change"] not in CHANGES:
        raise DroppedAnswer(f"it names the change {answer['change']!r}, which is none of {', '.join(CHANGES)}")
    gist, quote = " ".join(answer["gist"].split()), answer["quote"].strip()
    if not gist or len(gist) > MOST_GIST or _ADDRESS.search(gist) or _MARKUP.search(gist):
        raise DroppedAnswer("its sentence is empty, too long, or holds an address or markup")
    start, end = _span(quote, item.whole)
    known = numbers_of(item.whole[start:end]) | (numbers_of(claim.statement) if claim else set())
    if invented := numbers_of(gist) - known:
        raise DroppedAnswer(f"its sentence has a number that its quote has not: {', '.join(f'{n:g}' for n in sorted(invented))}")
    return CheckedAnswer(claim.id if claim else None, answer["change"], gist, start, end)


def _fields(raw: str) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:  # RecursionError: "[[[[…"
        raise DroppedAnswer("it is not JSON") from error
    if not isinstance(answer, dict) or set(answer) != {"claim", "change", "gist", "quote"}:
        raise DroppedAnswer("it does not have the fields claim, change, gist and quote")
    if not all(isinstance(answer[name], str) for name in ("change", "gist", "quote")) or not isinstance(answer["claim"], str | None):
        raise DroppedAnswer("a field has another type than asked for")
    return answer


def _span(quote: str, whole: str) -> tuple[int, int]:
    """(start, end) of the quote in the item. Raises DroppedAnswer."""
    words = quote.translate(_FOLDED).split()
    if not LEAST_QUOTE <= len(quote) <= MOST_QUOTE:
        raise DroppedAnswer(f"its quote has {len(quote)} characters; {LEAST_QUOTE} to {MOST_QUOTE} are allowed")
    match = re.search(r"\s+".join(map(re.escape, words)), whole.translate(_FOLDED))
    if match is None:
        raise DroppedAnswer("its quote is not in the item")
    return match.span()


def numbers_of(text: str) -> set[float]:
    """The numbers of a text: "261 тыс." and "261,000" are the same one."""
    return {_number(digits) * _MULTIPLES.get(multiple.lower(), 1) for digits, multiple in _NUMBER.findall(text)}


def _number(digits: str) -> float:
    groups = re.fullmatch(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+", digits)
    plain = re.sub(r"[ \u00a0\u202f.,]", "", digits) if groups else re.sub(r"[ \u00a0\u202f]", "", digits).replace(",", ".")
    return float(plain) if plain.count(".") <= 1 else float(plain.replace(".", ""))
