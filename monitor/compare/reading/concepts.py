"""`concepts`: what a claim and an item speak of, in the vocabulary's own terms, whatever the words.

"Telegraph: Russia closes recruitment to citizens of 43 countries" shares no lemma with "only citizens can be conscripted", and both speak of foreigners,
contracts and recruitment. Each claim is read once with the vocabulary, phrase by phrase; the likeness is the cosine of both sets of concepts, in which a
concept that few claims have weighs more (inverse document frequency, squared).
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
FIELD = 0.7  # the wider field is read in title and text together
MOSTLY = 1.5  # a concept in two of three phrases is wholly the claim's
SPOKEN = 0.2  # share of a claim's phrases from which the claim counts as speaking of a concept

Name = tuple[str, str]  # group, entry


class ConceptIndex:
    """The concepts of all claims, ready to be set against an item's."""

    def __init__(self, claims: Sequence[Claim], words: Vocabulary) -> None:
        spoken = _spoken(claims, words)
        self._column = {name: i for i, name in enumerate(sorted({n for s in spoken for n in s}))}
        shares = np.zeros((len(claims), len(self._column)))
        for row, found in enumerate(spoken):
            for name, share in found.items():
                shares[row, self._column[name]] = min(1.0, MOSTLY * share)
        owners = (shares > SPOKEN).sum(axis=0)
        self._rarity = np.log((len(claims) + 1) / (owners + 1)) ** 2
        self._shares = np.ascontiguousarray(shares.T * self._rarity[:, None])  # (concepts, claims), weighed
        self._length = np.sqrt((shares**2 * self._rarity).sum(axis=1))

    def match(self, reading: AnnotatedText) -> npt.NDArray[np.float64]:
        """(claims,) 0..1: how alike the claim and the item are in what they speak of."""
        found = {n: w for n, w in _weights(reading).items() if n in self._column}
        if not found:
            return np.zeros(len(self._length))
        columns = [self._column[n] for n in found]
        weights = np.array(list(found.values()))
        shared = np.zeros(len(self._length))
        for column, weight in zip(columns, weights, strict=True):  # a fixed order of addition: the same sum on every machine
            shared += weight * self._shares[column]
        length = math.sqrt(float((weights**2 * self._rarity[columns]).sum()))
        return np.asarray(shared / np.maximum(self._length * length, 1e-6))


def _phrases(claim: Claim) -> tuple[tuple[str, int], ...]:
    """What says what a claim is about, with weights: the report's own words and what Russian outlets write count double."""
    watch = claim.watch
    return (
        *((p, 2) for p in watch.ru),
        *((p, 1) for p in (*watch.en, *watch.uk)),
        (claim.statement, 2),
        *((p, 1) for p in claim.changes_if),
    )


def _spoken(claims: Sequence[Claim], words: Vocabulary) -> list[dict[Name, float]]:
    """For each claim its concepts, each with the share of its phrases' weight in which it stands. All phrases are read as one text, a line each."""
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
    """The item's concepts; those of the title count whole."""
    out: dict[Name, float] = {("field", n): FIELD for n in reading.field}
    for group, title, text in (
        ("subjects", reading.subjects_title, reading.subjects_body),
        ("actors", reading.actors_title, reading.actors),
        ("countries", reading.countries_title, reading.countries_body),
    ):
        out |= {(group, n): ONLY_TEXT for n in text if n != "russia"} | {(group, n): 1.0 for n in title if n != "russia"}
    return out
