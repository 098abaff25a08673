"""A light stand-in for the sentence encoder, for tests in which the way matters and not the
quality.
"""

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from monitor.compare.reading.tokenize import lemmas
from monitor.compare.signals.encoder import Vectors


class BagOfWords:
    """Each lemma is a fixed direction: enough to tell same from different, without the 150 MB
    model.
    """

    name = "bag-of-words"

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = _vector(text)
        return rows


@lru_cache(5000)  # 10 MB; the claims of the shipped reports are encoded again and again
def _vector(text: str) -> Vectors:
    row = np.zeros(512, dtype=np.float32)
    for word in lemmas(text):
        row[_direction(word)] += 1
    row /= max(1.0, float(np.linalg.norm(row)))
    return row


@cache
def _direction(word: str) -> int:
    return int(hashlib.sha256(word.encode()).hexdigest(), 16) % 512
