"""The pair signals: how near an item is to one claim. Together they rank the claims.

The registry of item signals (features.py) says what a signal is and how one is added.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.compare.reading.values import ValueChange
from monitor.compare.signals.phrase_match import PhraseMatch
from monitor.compare.signals.semantic import SemanticMatch
from monitor.compare.statements.differ import STATEMENT

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PairInputs:
    """What pair signals are computed from: the item against all claims, each array (claims,)."""

    wording: PhraseMatch
    meaning: SemanticMatch
    topic_title: Bools
    topic_body: Bools
    law: Bools
    changes: Mapping[int, list[ValueChange]]
    restated: Mapping[int, float]
    concepts: Floats
    statements: Floats  # (claims, len(STATEMENT)) see StatementIndex.agreement

    def values(self) -> Floats:
        """(claims,) 0..1: how surely a differing value of the item measures what the claim's does.

        Where no value differs: the share of comparable values that are the same.
        """
        values = np.zeros(len(self.law))
        for claim, share in self.restated.items():
            values[claim] = max((c.likeness for c in self.changes.get(claim, ())), default=0.0) or share
        return values


@dataclass(frozen=True)
class PairSignal:
    """One number that says how near an item is to a claim."""

    name: str
    group: str  # the signals that an ablation takes away together
    start: float  # weight before fitting
    text: str  # for docs/signals.md
    measure: Callable[[PairInputs], npt.NDArray[np.generic]]  # (claims,)


def _statements() -> list[PairSignal]:
    """How far what the item's statements are about is what the claim's is about. They stand last,
    in the order of STATEMENT.
    """
    texts = {
        "st_aspect": "the item speaks of the claim's aspect (title 1, lead 0.7), or of one that it touches (half)",
        "st_subject": "the item speaks of the claim's subject",
        "st_persons": "the item speaks of the persons whom the claim concerns",
        "st_act": "the item names an act of the claim, and its article",
        "st_value": "a number of the item measures what a number of the claim does, and differs",
    }

    def column(i: int) -> Callable[[PairInputs], Floats]:
        return lambda p: p.statements[:, i]

    return [PairSignal(name, "statements", 2, texts[name], column(i)) for i, name in enumerate(STATEMENT)]


# The order of model.json.
PAIR_SIGNALS = (
    PairSignal("states", "meaning", 2, "cosine of the nearest sentence to the claim's statement", lambda p: p.meaning.states),
    PairSignal("watch", "meaning", 3, "the same to the nearest watch phrase", lambda p: p.meaning.watch),
    PairSignal("changes", "meaning", 2, "the same to the nearest development that would change the claim", lambda p: p.meaning.changes),
    PairSignal("wording", "wording", 4, "the claim's best watch phrase, by weighted lemma coverage", lambda p: p.wording.scores),
    PairSignal("topic_title", "subjects", 1, "the title speaks of a subject of the claim's topic", lambda p: p.topic_title),
    PairSignal("topic_body", "subjects", 1, "the text speaks of a subject of the claim's topic", lambda p: p.topic_body),
    PairSignal("values", "values", 1, "a value that measures what a value of the claim does", lambda p: p.values()),
    PairSignal("law", "values", 0.5, "the item names an act or article that the claim rests on", lambda p: p.law),
    PairSignal("covers", "wording", 3, "share of the title's weight that the claim's words account for", lambda p: p.wording.covers),
    PairSignal("concepts", "subjects", 3, "cosine of what claim and item speak of, in concepts of the vocabulary", lambda p: p.concepts),
    *_statements(),
)
PAIR = tuple(signal.name for signal in PAIR_SIGNALS)


def pair_features(inputs: PairInputs) -> Floats:
    """(claims, len(PAIR_SIGNALS)): each claim's likeness to the item, signal by signal."""
    return np.stack([np.asarray(signal.measure(inputs), dtype=np.float64) for signal in PAIR_SIGNALS], axis=1)
