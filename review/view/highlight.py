"""Changed values in a text and changed words between two versions, as text pieces. Templates add
the markup.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from db.reason_codes import Reason

SHORTEST_QUOTE = 12  # characters; shorter quotations occur in many sentences
# Per version; above it paragraphs are compared, because a diff by word takes seconds
MOST_WORDS = 4_000


@dataclass(frozen=True)
class TextPiece:
    """A piece of text: "same", "new" or "old"."""

    text: str
    kind: str = "same"
    label: str = ""


def marked(text: str, changes: Sequence[dict[str, Any]], side: str = "new") -> list[TextPiece]:
    """`text` in pieces. The values of `changes` are marked as `side`; the label is what they
    measure.
    """
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
    """Pattern of a value: any case, any white space, ё or е."""
    words = [re.sub("[её]", "[её]", re.escape(w)) for w in value.split()] or ["(?!)"]
    return re.compile(r"\s+".join(words), re.IGNORECASE)


def difference(old: str, new: str) -> list[TextPiece]:
    """Diff of two texts by words; by paragraphs if they are very long."""
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
    """Approximate sentences of a text. A line that starts with a lower-case letter continues the
    sentence.
    """
    return [s for s in re.split(r"(?<=[.!?…])\s+|\n\s*\n|\n(?=[^a-zа-яёіїє])", text) if s.strip()]


def quote(text: str, changes: Sequence[dict[str, Any]], reasons: Sequence[Reason], before: int = 1, after: int = 2, most: int = 520) -> str:
    """An extract of at most about `most` characters.

    It starts `before` sentences ahead of the first sentence with a changed value, else the first
    one that a reason quotes, else the first of the text.
    """
    parts = sentences(text)
    if not parts:
        return ""
    relevant = [i for c in changes for i, s in enumerate(parts) if _pattern(str(c["new"])).search(s)]
    quoted = [q.rstrip("…") for r in reasons for q in r.quoted() if len(q) >= SHORTEST_QUOTE]
    relevant = relevant or [i for q in quoted for i, s in enumerate(parts) if q.lower() in s.lower()]
    first = min(relevant, default=0)
    start = max(0, first - before)
    out, end = "", start
    while end < len(parts) and (end <= first + after or len(out) < most // 2) and len(out) + len(parts[end]) <= most:
        out += ("" if not out else " ") + parts[end].strip()
        end += 1
    out = out or parts[first][:most]
    return ("… " if start else "") + out + (" …" if end < len(parts) else "")
