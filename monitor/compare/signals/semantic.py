"""`meaning`: cosine similarity of the item and each claim in the encoder's space, across languages
and wordings.

A claim has three kinds of text, kept apart because similarity to each means something else: its
statement (`states`), what outlets write about it (`watch`), and the developments that would change
it (`changes_if`). The most similar sentence of the item counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from monitor.baseline import Claim
from monitor.compare.claims.csr import Ints, Ragged
from monitor.compare.signals.encoder import Encoder, Vectors

Scores = npt.NDArray[np.float32]
KINDS = ("states", "watch", "changes")


@dataclass(frozen=True)
class SemanticMatch:
    """(claims,) cosines, −1..1, per kind of text, for the compared claims."""

    states: Scores
    watch: Scores
    changes: Scores
    cosines: Scores  # (texts,) ordered by claim, then by kind
    starts: Ints  # where each kind of each claim begins in `cosines`

    def nearest_change(self, claim: int) -> int:
        """Position of the most similar development that would change the claim."""
        kind = claim * len(KINDS) + KINDS.index("changes")
        return int(np.argmax(self.cosines[self.starts[kind] : self.starts[kind + 1]]))


class MeaningIndex:
    """The vectors of all claims."""

    def __init__(self, claims: Sequence[Claim], encoder: Encoder) -> None:
        kinds = [texts for c in claims for texts in ([c.statement], c.watch.all(), c.changes_if)]
        self._claims = claims
        self._rows = Ragged([len(texts) for texts in kinds])
        self._vectors = encoder.encode([t for texts in kinds for t in texts])

    def near(self, items: Sequence[Vectors]) -> list[Scores]:
        """For each item (sentences, d): (texts,) the cosine of its most similar sentence to every
        text of the claims.
        """
        return nearest_sentence(items, self._vectors)

    def match(self, cosines: Scores) -> SemanticMatch:
        """Best cosine per claim and kind, from the result of `near`."""
        return _by_kind(cosines, self._rows.starts)

    def match_among(self, item: Vectors, among: Ints) -> SemanticMatch:
        """The same for the claims at the positions `among`. `item`: (sentences, d)."""
        rows, kinds = self._rows.of((among[:, None] * len(KINDS) + np.arange(len(KINDS))).ravel())
        return _by_kind((item @ self._vectors[rows].T).max(axis=0), np.searchsorted(kinds, np.arange(len(among) * len(KINDS) + 1)))

    def means(self, weights: Sequence[float]) -> Vectors:
        """(claims, d): the mean vector of each kind of a claim's texts, summed with `weights` (in
        the order of KINDS).
        """
        sums = np.add.reduceat(self._vectors, self._rows.starts[:-1], axis=0) / np.diff(self._rows.starts)[:, None]
        by_kind = sums.reshape(-1, len(KINDS), sums.shape[1])
        return np.asarray(np.einsum("ckd,k->cd", by_kind, weights), dtype=np.float32)


def nearest_sentence(items: Sequence[Vectors], known: Vectors) -> list[Scores]:
    """For each item (sentences, d): the products of its most similar sentence with the rows of
    `known`. One product for all items reads the rows from memory once.
    """
    products = np.concatenate(items) @ known.T
    ends = list(accumulate(len(item) for item in items))
    return [products[end - len(item) : end].max(axis=0) for item, end in zip(items, ends, strict=True)]


def _by_kind(cosines: Scores, starts: Ints) -> SemanticMatch:
    best = np.maximum.reduceat(cosines, starts[:-1]).reshape(-1, len(KINDS))
    return SemanticMatch(best[:, 0], best[:, 1], best[:, 2], cosines, starts)
