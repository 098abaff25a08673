"""Which claims of a very long report an item is set against in full.

Up to WHOLE claims, all of them: that is what the model is fitted on. Beyond, each claim gets the sum of what is cheap to know of all (topic, law, concepts, the most
that its wording can be, and one product for meaning), weighed as the pair model weighs it; of the LIKELY best the
wording is looked at, and only the LIKELIEST of those are looked at in every way, so that a hundred times more claims cost little more.

The product stands for the three cosines of a claim: its mean vectors, summed by weight, in the DIMENSIONS in which the claims differ most (truncated singular
value decomposition). It only chooses; what is chosen is compared with every text of the claim.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from monitor.compare.claims.csr import Ints
from monitor.compare.decide.model import Model
from monitor.compare.reading.tokenize import Sentence
from monitor.compare.signals.encoder import Vectors
from monitor.compare.signals.features import PAIR, Bools, Floats
from monitor.compare.signals.phrase_match import PhraseIndex, PhraseMatch
from monitor.compare.signals.semantic import KINDS, MeaningIndex, nearest_sentence

WHOLE = 200
LIKELY = 64  # whose wording is looked at
LIKELIEST = 24  # of those, by what the wording turned out to be: looked at in every way
DIMENSIONS = 64

Scores = npt.NDArray[np.float32]


class Candidates:
    """The likeliest claims of an item, without looking at each closely."""

    def __init__(self, meanings: MeaningIndex, model: Model) -> None:
        self._weights = dict(zip(PAIR, model.pair_weights.tolist(), strict=True))
        means = meanings.means([self._weights[kind] for kind in KINDS])
        _, axes = np.linalg.eigh(means.T.astype(np.float64) @ means)  # in order of rising weight
        self._axes = np.ascontiguousarray(axes[:, -DIMENSIONS:], dtype=np.float32)
        self._means = means @ self._axes

    def near(self, items: Sequence[Vectors]) -> list[Scores]:
        """For each item (sentences, d): (claims,) how near its nearest sentence comes to each claim, in log-odds."""
        return nearest_sentence([item @ self._axes for item in items], self._means)

    def topics(self, title: set[str], body: set[str]) -> tuple[tuple[float, set[str]], ...]:
        """What a claim gains whose topic speaks of the subjects of the title, and of the text."""
        return (self._weights["topic_title"], title), (self._weights["topic_body"], body)

    def likeliest(
        self, phrases: PhraseIndex, units: Sequence[Sentence], near: Scores, topics: Floats, law: Bools, concepts: Floats
    ) -> tuple[Ints, PhraseMatch]:
        """Positions of the likeliest claims, in order of position, and their wording. All (claims,): `near`, `topics` in log-odds, the others as pair features."""
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
    """Places of the `count` highest, in order of place."""
    return np.sort(np.argpartition(scores, len(scores) - count)[-count:])
