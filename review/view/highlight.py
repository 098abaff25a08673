"""Marking what changed: values in a text, words between two versions. Pieces, never markup: templates put the tags around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from db.reason_codes import Reason

SHORTEST_QUOTE = 12  # characters of a reason's quotation by which a sentence is found; shorter ones stand in many sentences
MOST_WORDS = 4_000  # of each version; beyond that a diff by word takes seconds, so paragraphs are compared


@dataclass(frozen=True)
class TextPiece:
    """A piece of text: "same", "new" or "old"."""

    text: str
    kind: str = "same"
    label: str = ""


def marked(text: str, changes: Sequence[dict[str, Any]], side: str = "new") -> list[TextPiece]:
    """`text` in pieces, the values that `changes` name marked as `side` with what they measure as label."""
    spans = list[tuple[int, int, str]]()
    for change in changes:
        for m in _pattern(str(change[side])).finditer(text):
            spans.append((m.start(), m.end(), str(change["what"])))
            break
    pieces, at = list[TextPiece](), 0
    for start, end, label in sorted(spans):
        if start < at:
            continue
        if start > at:
            pieces.append(TextPiece(text[at:start]))
        pieces.append(TextPiece(text[start:end], side, label))
        at = end
    return [*pieces, TextPiece(text[at:])] if at < len(text) else pieces


def _pattern(value: str) -> re.Pattern[str]:
    """The value as it may stand in a text: any case, any space, ё or е, thousands with or without a separator."""
    words = [re.sub("[её]", "[её]", re.escape(w)) for w in value.split()] or ["(?!)"]
    return re.compile(r"\s+".join(words), re.IGNORECASE)


def difference(old: str, new: str) -> list[TextPiece]:
    """What became of `old` in `new`, by words (by paragraphs where texts are very long)."""
    by = r"\s+|\w+|[^\w\s]"
    a, b = re.findall(by, old), re.findall(by, new)
    if max(len(a), len(b)) > MOST_WORDS:
        a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces = list[TextPiece]()
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(TextPiece("".join(a[a0:a1])))
            continue
        if a1 > a0:
            pieces.append(TextPiece("".join(a[a0:a1]), "old"))
        if b1 > b0:
            pieces.append(TextPiece("".join(b[b0:b1]), "new"))
    return pieces


def sentences(text: str) -> list[str]:
    """Roughly the sentences of a text; a line that goes on in small letters is no new one."""
    return [s for s in re.split(r"(?<=[.!?…])\s+|\n\s*\n|\n(?=[^a-zа-яёіїє])", text) if s.strip()]


def quote(text: str, changes: Sequence[dict[str, Any]], reasons: Sequence[Reason], before: int = 1, after: int = 2, most: int = 520) -> str:
    """The sentences that matter with their neighbours: those with a changed value, else those the reasons quote, else the beginning."""
    parts = sentences(text)
    if not parts:
        return ""
    wanted = [i for c in changes for i, s in enumerate(parts) if _pattern(str(c["new"])).search(s)]
    quoted = [q.rstrip("…") for r in reasons for q in r.quoted() if len(q) >= SHORTEST_QUOTE]
    wanted = wanted or [i for q in quoted for i, s in enumerate(parts) if q.lower() in s.lower()]
    first = min(wanted, default=0)
    start = max(0, first - before)
    out, end = "", start
    while end < len(parts) and (end <= first + after or len(out) < most // 2) and len(out) + len(parts[end]) <= most:
        out += ("" if not out else " ") + parts[end].strip()
        end += 1
    out = out or parts[first][:most]
    return ("… " if start else "") + out + (" …" if end < len(parts) else "")
