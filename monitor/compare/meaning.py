"""`meaning`: how near the item comes to each claim in the encoder's space, whatever the language or the words.

Three kinds of text stand for a claim, each kept apart because each means something else when it is near: what the claim `states`, how outlets
write of it (`watch`), and the developments that would change it (`changes_if`). The nearest sentence of the item counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.baseline import Claim
from monitor.compare.encoder import Encoder, Vectors

Scores = npt.NDArray[np.float32]
KINDS = ("states", "watch", "changes")


@dataclass(frozen=True)
class Meaning:
    """(claims,) cosines −1..1 per kind of text, and for each claim the nearest development that would change it."""

    states: Scores
    watch: Scores
    changes: Scores
    change_cosines: Scores  # (changes_if texts,) all of them, for naming the nearest


class MeaningIndex:
    """The claims' vectors, ready to be compared with an item's."""

    def __init__(self, claims: Sequence[Claim], encoder: Encoder) -> None:
        self._claims = len(claims)
        rows: dict[str, list[tuple[int, str]]] = {
            "states": [(i, c.statement) for i, c in enumerate(claims)],
            "watch": [(i, p) for i, c in enumerate(claims) for p in c.watch.all()],
            "changes": [(i, s) for i, c in enumerate(claims) for s in c.changes_if],
        }
        self.texts = {kind: [t for _, t in rows[kind]] for kind in KINDS}
        vectors = encoder.encode([t for kind in KINDS for t in self.texts[kind]])
        self._vectors: dict[str, Vectors] = {}
        self._starts: dict[str, npt.NDArray[np.int64]] = {}
        at = 0
        for kind in KINDS:
            count = len(rows[kind])
            self._vectors[kind] = vectors[at : at + count]
            owners = np.array([i for i, _ in rows[kind]])
            self._starts[kind] = np.searchsorted(owners, np.arange(self._claims))  # rows are in order of claim
            at += count

    def match(self, item: Vectors) -> Meaning:
        """`item`: (sentences, d). Nearest per claim and kind over all sentences."""
        cosines = {kind: (self._vectors[kind] @ item.T).max(axis=1) for kind in KINDS}
        best = {kind: np.maximum.reduceat(cosines[kind], self._starts[kind]) for kind in KINDS}
        return Meaning(best["states"], best["watch"], best["changes"], cosines["changes"])

    def nearest_change(self, meaning: Meaning, claim: int) -> str:
        """The development that would change the claim (by position) and comes nearest to the item."""
        starts = self._starts["changes"]
        end = starts[claim + 1] if claim + 1 < len(starts) else len(meaning.change_cosines)
        return self.texts["changes"][int(starts[claim] + np.argmax(meaning.change_cosines[starts[claim] : end]))]
