"""Fitting the pair similarity from labelled events (part of `ajour fit`), and its evaluation.

Items are split into FOLDS by event. The weights come from pairs whose items both have no held-out
event. Stories are then made of all items in order of time, as in a live cycle, and pairs that touch
a held-out event are counted. A pair of two events occurs in both their folds and counts half in
each. The threshold is the one with the best held-out F1.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.compare.decide.model import Model
from monitor.compare.signals.pair_signals import Floats
from monitor.compare.stories.clustering import StoryIndex
from monitor.compare.stories.fingerprint import StoryFingerprint
from monitor.compare.stories.pair_similarity import LIKENESSES, StoryModel, blank_stories, comparable, rarities
from monitor.compare.training.regression import Standardizer, bounded_logistic

# Inverse of the penalty; small, because twenty-six weights are fitted on a few hundred events
STRENGTH = 0.05
FOLDS = 2  # half of the events train, the other half is measured, and the reverse
# Ways to split into folds; counts are summed, because one event may hold a third of all pairs
PARTITIONS = 3
THRESHOLDS = tuple(round(float(z), 2) for z in np.arange(-2.5, 0.01, 0.25))


@dataclass(frozen=True)
class TrainingItem:
    """One item. `event` is its label; None where it has none."""

    dataset: str
    published: str
    fingerprint: StoryFingerprint
    event: str | None


Pair = tuple[str, str]


class _Pairs:
    """Cache of the similarities of pairs, which do not depend on the weights."""

    def __init__(self, rarity: StoryModel) -> None:
        self._model = rarity
        self._known: dict[tuple[str, str], Floats] = {}

    def __call__(self, a: StoryFingerprint, b: StoryFingerprint) -> Floats:
        key = (a.item, b.item) if a.item < b.item else (b.item, a.item)
        if key not in self._known:
            self._known[key] = self._model.likenesses(a, b)
        return self._known[key]


class _Book(StoryIndex):
    """A story index with cached similarities."""

    def __init__(self, model: Model, pairs: _Pairs) -> None:
        super().__init__(model)
        self._pairs = pairs

    def likeness(self, a: StoryFingerprint, b: StoryFingerprint) -> float | None:
        if not comparable(a, b):
            return None
        m = self._model
        return float(m.weights @ ((self._pairs(a, b) - m.means) / m.scales)) + m.intercept


@dataclass
class Counted:
    """Number of pairs: in one story and one event, in one story, in one event."""

    both: float = 0.0
    story: float = 0.0
    event: float = 0.0

    @property
    def f1(self) -> float:
        return 2 * self.both / (self.story + self.event) if self.event else 0.0


def fit_stories(training_items: Sequence[TrainingItem], start: Model, data_digest: str) -> StoryModel:
    """The fitted pair similarity with its held-out scores. `start`: the model that it becomes part
    of.
    """
    blank = replace(
        blank_stories(), rarity=rarities({t.fingerprint.item: t.fingerprint for t in training_items if t.fingerprint.topical}.values())
    )
    pairs = {d: _Pairs(blank) for d in {t.dataset for t in training_items}}
    counted = {threshold: _held_out(training_items, start, blank, pairs, threshold) for threshold in THRESHOLDS}
    threshold = max(THRESHOLDS, key=lambda t: sum(c.f1 for c in counted[t].values()))
    held_out = {d: round(c.f1, 3) for d, c in sorted(counted[threshold].items()) if c.event}
    fitted = _weigh(training_items, blank, pairs, frozenset())
    return replace(fitted, threshold=threshold, about={"data": data_digest, "folds": FOLDS, "held_out": held_out})


def scores(training_items: Sequence[TrainingItem], book: Callable[[], StoryIndex]) -> dict[str, float]:
    """F1 of same-story pairs per dataset, with the stories that `book` makes of the items."""
    out = {}
    for dataset, part in _by_dataset(training_items):
        counted = _count(part, book(), None)
        if counted.event:
            out[dataset] = round(counted.f1, 3)
    return out


def _held_out(
    training_items: Sequence[TrainingItem], start: Model, blank: StoryModel, pairs: dict[str, _Pairs], threshold: float
) -> dict[str, Counted]:
    out: dict[str, Counted] = {}
    for number in range(PARTITIONS):
        for fold in _folds(training_items, number):
            model = replace(_weigh(training_items, blank, pairs, fold), threshold=threshold)
            for dataset, part in _by_dataset(training_items):
                counted, sum_ = _count(part, _Book(replace(start, stories=model), pairs[dataset]), fold), out.setdefault(dataset, Counted())
                sum_.both, sum_.story, sum_.event = sum_.both + counted.both, sum_.story + counted.story, sum_.event + counted.event
    return out


def _folds(training_items: Sequence[TrainingItem], number: int) -> list[frozenset[str]]:
    """Events in FOLDS groups with similar numbers of pairs. `number` is the seed."""
    sizes = Counter(event for event, _ in {(t.event, t.fingerprint.item) for t in training_items} if event)
    order = list(np.random.default_rng(number).permutation(sorted(sizes)))
    groups: list[list[str]] = [[] for _ in range(FOLDS)]
    loads = [0.0] * FOLDS
    for event in sorted(order, key=lambda e: -sizes[e]):
        least = loads.index(min(loads))
        groups[least].append(str(event))
        loads[least] += sizes[event] ** 2
    return [frozenset(g) for g in groups]


def _weigh(training_items: Sequence[TrainingItem], blank: StoryModel, pairs: dict[str, _Pairs], but: frozenset[str]) -> StoryModel:
    """`blank` with weights from all pairs of labelled items of one dataset, without the events
    `but`.
    """
    rows: dict[Pair, tuple[Floats, bool]] = {}
    for dataset, part in _by_dataset(training_items):
        labelled = [t for t in part if t.event and t.event not in but]
        for a, b in itertools.combinations(labelled, 2):
            if comparable(a.fingerprint, b.fingerprint):
                rows.setdefault(
                    (a.fingerprint.item, b.fingerprint.item), (pairs[dataset](a.fingerprint, b.fingerprint), a.event == b.event)
                )
    x, y = np.array([r for r, _ in rows.values()]), np.array([same for _, same in rows.values()])
    standard = Standardizer.of(x, np.ones(len(y)))
    weights, intercept = bounded_logistic(standard(x), y, np.ones(len(y)), STRENGTH, [likeness.sign for likeness in LIKENESSES])
    return replace(blank, weights=weights, means=standard.means, scales=standard.scales, intercept=intercept)


def _by_dataset(training_items: Sequence[TrainingItem]) -> list[tuple[str, list[TrainingItem]]]:
    """(dataset, its items in order of time, undated ones last)."""
    return [
        (d, sorted((t for t in training_items if t.dataset == d), key=lambda t: t.published or "9999"))
        for d in sorted({t.dataset for t in training_items})
    ]


def _count(part: Sequence[TrainingItem], book: StoryIndex, held_out: frozenset[str] | None) -> Counted:
    """Count pairs of labelled items. With `held_out`, only pairs that touch one of these events;
    half where only one does.
    """
    placed = [(t.event, key) for t in part if (key := book.place(t.fingerprint)) and t.event]
    counted = Counted()
    for (e1, s1), (e2, s2) in itertools.combinations(placed, 2):
        weight = 1.0 if held_out is None else ((e1 in held_out) + (e2 in held_out)) / 2
        counted.both += weight * (e1 == e2 and s1 == s2)
        counted.story += weight * (s1 == s2)
        counted.event += weight * (e1 == e2)
    return counted
