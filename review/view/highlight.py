"""Changed values in a text and changed words between two versions, as text pieces. Templates add
the markup.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from db.passages import value_pattern

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
        for m in value_pattern(str(change[side])).finditer(text):
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
