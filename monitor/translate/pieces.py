"""Splits a text into pieces that a translation model can take: sentences, and parts of long
ones.
"""

import re

from db.passages import sentences

MOST = 300  # characters of a piece; models are trained on single sentences
_PAUSE = re.compile(r"[;:,–—)]\s+|\s[–—]\s")


def pieces(text: str) -> list[str]:
    """The pieces in order; each is at most MOST characters long. Joined by blanks they are the
    text.
    """
    return [part for sentence in sentences(text) for part in _split(sentence.strip())]


def _split(sentence: str) -> list[str]:
    """The sentence, or its parts: cut after a pause of the second half, else between words, else
    within a word.
    """
    parts = []
    while len(sentence) > MOST:
        head = sentence[:MOST]
        cut = max((m.end() for m in _PAUSE.finditer(head) if m.end() > MOST // 2), default=0) or head.rfind(" ") + 1 or MOST
        parts.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [p for p in (*parts, sentence) if p]
