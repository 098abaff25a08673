"""`concepts`: similarity of a claim and an item by the concepts of the vocabulary.

The words may differ: "Telegraph: Russia closes recruitment to citizens of 43 countries" shares no
lemma with "only citizens can be conscripted", but both mention foreigners, contracts and
recruitment. Each phrase of a claim is annotated once with the vocabulary. The similarity is the
cosine of both weighted sets of concepts. A concept weighs by its squared inverse document frequency
over the claims.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from monitor.baseline import Claim
from monitor.compare.reading.annotate import AnnotatedText
from monitor.compare.reading.tokenize import plain
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.signals.features import ONLY_TEXT

GROUPS = ("subjects", "actors", "field", "countries")
FIELD = 0.7  # weight of the group `field`, which is read in title and text together
SHARE_FACTOR = 1.5  # factor on the share: a concept in two of three phrases has full weight
HAS_CONCEPT = 0.2  # share of a claim's phrases above which the claim counts as having a concept

Name = tuple[str, str]  # group, entry


class ConceptIndex:
    """The weighted concepts of all claims."""

    def __init__(self, claims: Sequence[Claim], words: Vocabulary) -> None:
        by_claim = _claim_concepts(claims, words)
        self._column = {name: i for i, name in enumerate(sorted({n for s in by_claim for n in s}))}
        shares = np.zeros((len(claims), len(self._column)))
        for row, concepts in enumerate(by_claim):
            for name, share in concepts.items():
                shares[row, self._column[name]] = min(1.0, SHARE_FACTOR * share)
        owners = (shares > HAS_CONCEPT).sum(axis=0)
        self._rarity = np.log((len(claims) + 1) / (owners + 1)) ** 2
        # (concepts, claims), weighed
        self._shares = np.ascontiguousarray(shares.T * self._rarity[:, None])
        self._length = np.sqrt((shares**2 * self._rarity).sum(axis=1))

    def match(self, reading: AnnotatedText) -> npt.NDArray[np.float64]:
        """(claims,) 0..1: cosine similarity of each claim's concepts and the item's."""
        concepts = {n: w for n, w in _weights(reading).items() if n in self._column}
        if not concepts:
            return np.zeros(len(self._length))
        columns = [self._column[n] for n in concepts]
        weights = np.array(list(concepts.values()))
        shared = np.zeros(len(self._length))
        # A fixed order of addition gives the same sum on every machine.
        for column, weight in zip(columns, weights, strict=True):
            shared += weight * self._shares[column]
        length = math.sqrt(float((weights**2 * self._rarity[columns]).sum()))
        return np.asarray(shared / np.maximum(self._length * length, 1e-6))


def _phrases(claim: Claim) -> tuple[tuple[str, int], ...]:
    """The phrases that define a claim, with weights. The statement and the Russian watch phrases
    count double.
    """
    watch = claim.watch
    return (
        *((p, 2) for p in watch.ru),
        *((p, 1) for p in (*watch.en, *watch.uk)),
        (claim.statement, 2),
        *((p, 1) for p in claim.changes_if),
    )


def _claim_concepts(claims: Sequence[Claim], words: Vocabulary) -> list[dict[Name, float]]:
    """Per claim: concept → share of the phrases' weight that contains it. All phrases are annotated
    as one text, one line each.
    """
    lines = [(row, weight, plain(phrase)) for row, claim in enumerate(claims) for phrase, weight in _phrases(claim)]
    starts = list(accumulate((len(text) + 1 for _, _, text in lines), initial=0))
    text = "\n".join(text for _, _, text in lines)
    whole = Counter[int]()
    for row, weight, _ in lines:
        whole[row] += weight
    out: list[dict[Name, float]] = [{} for _ in claims]
    for group in GROUPS:
        for name, hits in words.find(group, text).items():
            if name == "russia":
                continue
            for line in sorted({bisect_right(starts, h.start) - 1 for h in hits}):
                row, weight, _ = lines[line]
                out[row][group, name] = out[row].get((group, name), 0.0) + weight / whole[row]
    return out


def _weights(reading: AnnotatedText) -> dict[Name, float]:
    """The item's concepts with weights. A concept in the title has weight 1."""
    out: dict[Name, float] = {("field", n): FIELD for n in reading.field}
    for group, title, text in (
        ("subjects", reading.subjects_title, reading.subjects_body),
        ("actors", reading.actors_title, reading.actors),
        ("countries", reading.countries_title, reading.countries_body),
    ):
        out |= {(group, n): ONLY_TEXT for n in text if n != "russia"} | {(group, n): 1.0 for n in title if n != "russia"}
    return out
