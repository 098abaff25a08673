"""Compares two wordings of a part: whether they mean the same, and which paragraphs changed.

Formatting is no change: case, ё, spaces, quotation marks, № or N, kinds of dashes, a Latin letter
typed for a Cyrillic one. A sign with a meaning is a change: "22, 24" and "22–24", ≥ and ≤, the
table column of a figure.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from monitor.kinds.results import PagePart
from monitor.kinds.volatile import masked

_NUMBER_SIGN = re.compile(r"№|\bN\s?(?=\d)")
# A word; a sign between two numbers; a minus; signs that change a value or a column.
_TOKEN = re.compile(r"\w+|(?<=\d)\s*[,:./-]\s*(?=\d)|(?<![\w.-])-(?=\d)|[≥≤<>=≠≈±×÷%‰°+$€₽|⁰¹²³⁴⁵⁶⁷⁸⁹]")
_DASHES = re.compile(r"[‐‑‒–—―−]")
_MIXED = re.compile(r"\b(?=\w*[а-яё])(?=\w*[a-z])\w+\b")
_LOOKALIKES = str.maketrans("aceopxykmtbh", "асеорхукмтвн")
_PIECE = re.compile(r"^(?P<name>\d+(?:[.\-]\d+)*|[а-я](?:\.\d+)?|[a-z])(?P<sign>[.)])\s")


@dataclass(frozen=True)
class LawChange:
    """What changed in one part. `old` and `new`: only the paragraphs that changed."""

    part: PagePart
    what: str  # changed, repealed, new, gone, renumbered
    old: tuple[str, ...]
    new: tuple[str, ...]
    pieces: tuple[str, ...]  # "часть 2.1", "пункт 3": numbered pieces with new wording
    marks: tuple[str, ...]  # amending acts that the new text names and the old one did not


def tokens(text: str) -> str:
    """The words and meaningful signs of a text, separated by spaces."""
    text = _DASHES.sub("-", _NUMBER_SIGN.sub(" ", masked(text)).lower().replace("ё", "е"))
    text = _MIXED.sub(lambda m: m[0].translate(_LOOKALIKES), text)
    return " ".join(token.strip() for token in _TOKEN.findall(text))


def part_hash(part: PagePart) -> str:
    """Hash of the meaning of a part: equal for two wordings that differ only in formatting."""
    return _digest(f"{tokens(part.title)}\n{tokens(part.text)}{' утратила силу' if part.repealed else ''}")


def text_hash(text: str) -> str:
    """As part_hash, of a text without its title: the same text under another number has the same
    hash.
    """
    return _digest(tokens(text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def difference(old_title: str, old_text: str, old_marks: Sequence[str], part: PagePart) -> LawChange:
    """What changed from the stored version of `part` to this one."""
    old, new = [old_title, *paragraphs(old_text)], [part.title, *paragraphs(part.text)]
    removed, added, pieces = changed_lines(old, new)
    marks = [m for m in part.marks if m not in set(old_marks)]
    what = "repealed" if part.repealed else "changed"
    return LawChange(part, what, tuple(removed), tuple(added), pieces, tuple(marks))


def changed_lines(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str], tuple[str, ...]]:
    """(removed lines, added lines, numbered pieces). Lines of which only the number changed are
    left out, unless nothing else changed: an inserted paragraph renumbers all that follow.
    """
    bodies_differ = opcodes([_body(line) for line in old], [_body(line) for line in new])
    differences = bodies_differ or opcodes([tokens(line) for line in old], [tokens(line) for line in new])
    removed, added, pieces = list[str](), list[str](), list[str]()
    for a, b, c, d in differences:
        removed += old[a:b]
        added += new[c:d]
        pieces += [_piece(new, i) for i in range(c, d)] or [_piece(old, i) for i in range(a, b)]
    return list(filter(None, removed)), list(filter(None, added)), tuple(dict.fromkeys(filter(None, pieces)))


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Where two sequences of lines differ: (start, end) in `old` and (start, end) in `new`."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def paragraphs(text: str) -> list[str]:
    return [p for p in text.split("\n\n") if p]


def _body(line: str) -> str:
    return tokens(_PIECE.sub("", line))


def _piece(lines: Sequence[str], index: int) -> str:
    """The numbered piece that a paragraph belongs to: its own number, or the nearest one above
    it.
    """
    for i in range(index, max(-1, index - 6), -1):
        if match := _PIECE.match(lines[i]):
            return f"{'часть' if match['sign'] == '.' else 'пункт'} {match['name']}"
        if lines[i].lower().startswith("примечани"):
            return "примечание"
    return ""
