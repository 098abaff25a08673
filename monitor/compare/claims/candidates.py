"""Selection of the claims that an item is compared with in full, for very long reports.

Up to WHOLE claims, all are compared in full; the model is fitted on that. For longer reports every
claim gets a cheap estimate: topic, law, concepts, an upper bound of its phrase match, and one
product for meaning, weighted as in the pair model. The LIKELY best get a phrase match, and the
LIKELIEST of those are compared in full. A hundred times more claims then cost about twice as much
per item.

The product approximates the three cosines of a claim: its mean vectors, summed by weight, in the
DIMENSIONS in which the claims differ most (truncated singular value decomposition). It only
selects; the selected claims are compared with every text.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from monitor.compare.claims.csr import Ints
from monitor.compare.decide.model import Model
from monitor.compare.reading.tokenize import Sentence
from monitor.compare.signals.encoder import Vectors
from monitor.compare.signals.pair_signals import PAIR, Bools, Floats
from monitor.compare.signals.phrase_match import PhraseIndex, PhraseMatch
from monitor.compare.signals.semantic import KINDS, MeaningIndex, nearest_sentence

WHOLE = 400
LIKELY = 96  # claims that get a phrase match
LIKELIEST = 32  # of those, by their phrase match: compared in full
DIMENSIONS = 64

Scores = npt.NDArray[np.float32]


class Candidates:
    """Index that selects the most likely claims of an item."""

    def __init__(self, meanings: MeaningIndex, model: Model) -> None:
        self._weights = dict(zip(PAIR, model.pair_weights.tolist(), strict=True))
        means = meanings.means([self._weights[kind] for kind in KINDS])
        _, axes = np.linalg.eigh(means.T.astype(np.float64) @ means)  # in order of rising weight
        self._axes = np.ascontiguousarray(axes[:, -DIMENSIONS:], dtype=np.float32)
        self._means = means @ self._axes

    def near(self, items: Sequence[Vectors]) -> list[Scores]:
        """For each item (sentences, d): (claims,) estimated log-odds from its nearest sentence to
        each claim.
        """
        return nearest_sentence([item @ self._axes for item in items], self._means)

    def topics(self, title: set[str], body: set[str]) -> tuple[tuple[float, set[str]], ...]:
        """(weight, subjects) pairs: what a claim's topic adds for subjects in the title and in the
        text.
        """
        return (self._weights["topic_title"], title), (self._weights["topic_body"], body)

    def likeliest(
        self, phrases: PhraseIndex, units: Sequence[Sentence], near: Scores, topics: Floats, law: Bools, concepts: Floats
    ) -> tuple[Ints, PhraseMatch]:
        """Positions of the most likely claims, in ascending order, and their phrase match.

        All arrays are (claims,): `near` and `topics` in log-odds, the others as pair features.
        """
        at_most = phrases.at_most(units)
        total = near + topics
        total += self._weights["concepts"] * concepts
        total[law] += self._weights["law"]
        likely = _best(total + self._weights["wording"] * at_most, LIKELY)
        wording = phrases.match(units, likely)
        total = total[likely] + self._weights["wording"] * wording.scores + self._weights["covers"] * wording.covers
        likeliest = _best(total, LIKELIEST)
        return likely[likeliest], wording.of(likeliest)


def _best(scores: Floats, count: int) -> Ints:
    """Positions of the `count` highest scores, in ascending order."""
    return np.sort(np.argpartition(scores, len(scores) - count)[-count:])
