"""Fitting the likeness of two items from labelled events (part of `ajour fit`), and how well stories match events.

Honesty: items are cut into FOLDS by event, and the likenesses weighed from pairs of which neither item's event is held out. Stories are then made of all items in
order of time, as a live cycle makes them, and pairs that touch a held-out event are counted; a pair of two events is met in both their folds and counts half in
each. The threshold is the one at which those held-out pairs come out best.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.compare.decide.model import Model
from monitor.compare.signals.features import Floats
from monitor.compare.stories.clustering import StoryIndex
from monitor.compare.stories.fingerprint import StoryFingerprint
from monitor.compare.stories.pair_similarity import LIKENESSES, StoryModel, blank_stories, comparable, rarities
from monitor.compare.training.regression import Standardizer, bounded_logistic

STRENGTH = 0.01  # inverse of the penalty; small: the pairs of a dozen events must teach twenty weights
FOLDS = 5
PARTITIONS = 3  # ways to cut into folds; their counts are added up, for one event may hold a third of all pairs
THRESHOLDS = tuple(round(float(z), 2) for z in np.arange(-2.5, 0.01, 0.25))


@dataclass(frozen=True)
class TrainingItem:
    """One item: `event` is its label, None where it has none."""

    dataset: str
    published: str
    trace: StoryFingerprint
    event: str | None


Pair = tuple[str, str]


class _Pairs:
    """Likenesses of pairs, worked out once: they do not depend on the weights."""

    def __init__(self, rarity: StoryModel) -> None:
        self._model = rarity
        self._known: dict[tuple[str, str], Floats] = {}

    def __call__(self, a: StoryFingerprint, b: StoryFingerprint) -> Floats:
        key = (a.item, b.item) if a.item < b.item else (b.item, a.item)
        if key not in self._known:
            self._known[key] = self._model.likenesses(a, b)
        return self._known[key]


class _Book(StoryIndex):
    """A story book that looks up likenesses instead of working them out anew for every threshold."""

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
    """Pairs: of one story and one event, of one story, of one event."""

    both: float = 0.0
    story: float = 0.0
    event: float = 0.0

    @property
    def f1(self) -> float:
        return 2 * self.both / (self.story + self.event) if self.event else 0.0


def fit_stories(tellings: Sequence[TrainingItem], start: Model, data_digest: str) -> StoryModel:
    """The model of likeness, with its held-out scores. `start`: the model that it becomes a part of."""
    blank = replace(blank_stories(), rarity=rarities({t.trace.item: t.trace for t in tellings if t.trace.subjects}.values()))
    pairs = {d: _Pairs(blank) for d in {t.dataset for t in tellings}}
    counted = {threshold: _held_out(tellings, start, blank, pairs, threshold) for threshold in THRESHOLDS}
    threshold = max(THRESHOLDS, key=lambda t: sum(c.f1 for c in counted[t].values()))
    held_out = {d: round(c.f1, 3) for d, c in sorted(counted[threshold].items()) if c.event}
    fitted = _weigh(tellings, blank, pairs, frozenset())
    return replace(fitted, threshold=threshold, about={"data": data_digest, "folds": FOLDS, "held_out": held_out})


def scores(tellings: Sequence[TrainingItem], book: Callable[[], StoryIndex]) -> dict[str, float]:
    """F1 of pairs per dataset, as a book makes stories of the items."""
    out = {}
    for dataset, part in _by_dataset(tellings):
        counted = _count(part, book(), None)
        if counted.event:
            out[dataset] = round(counted.f1, 3)
    return out


def _held_out(
    tellings: Sequence[TrainingItem], start: Model, blank: StoryModel, pairs: dict[str, _Pairs], threshold: float
) -> dict[str, Counted]:
    out: dict[str, Counted] = {}
    for number in range(PARTITIONS):
        for fold in _folds(tellings, number):
            model = replace(_weigh(tellings, blank, pairs, fold), threshold=threshold)
            for dataset, part in _by_dataset(tellings):
                counted, sum_ = _count(part, _Book(replace(start, stories=model), pairs[dataset]), fold), out.setdefault(dataset, Counted())
                sum_.both, sum_.story, sum_.event = sum_.both + counted.both, sum_.story + counted.story, sum_.event + counted.event
    return out


def _folds(tellings: Sequence[TrainingItem], number: int) -> list[frozenset[str]]:
    """Events in FOLDS groups of about as many pairs; `number` says which of many ways."""
    sizes = Counter(event for event, _ in {(t.event, t.trace.item) for t in tellings} if event)
    order = list(np.random.default_rng(number).permutation(sorted(sizes)))
    groups: list[list[str]] = [[] for _ in range(FOLDS)]
    loads = [0.0] * FOLDS
    for event in sorted(order, key=lambda e: -sizes[e]):
        least = loads.index(min(loads))
        groups[least].append(str(event))
        loads[least] += sizes[event] ** 2
    return [frozenset(g) for g in groups]


def _weigh(tellings: Sequence[TrainingItem], blank: StoryModel, pairs: dict[str, _Pairs], but: frozenset[str]) -> StoryModel:
    """`blank` with weights from all pairs of labelled items of one dataset, without the events `but`."""
    rows: dict[Pair, tuple[Floats, bool]] = {}
    for dataset, part in _by_dataset(tellings):
        labelled = [t for t in part if t.event and t.event not in but]
        for a, b in itertools.combinations(labelled, 2):
            if comparable(a.trace, b.trace):
                rows.setdefault((a.trace.item, b.trace.item), (pairs[dataset](a.trace, b.trace), a.event == b.event))
    x, y = np.array([r for r, _ in rows.values()]), np.array([same for _, same in rows.values()])
    standard = Standardizer.of(x, np.ones(len(y)))
    weights, intercept = bounded_logistic(standard(x), y, np.ones(len(y)), STRENGTH, [likeness.sign for likeness in LIKENESSES])
    return replace(blank, weights=weights, means=standard.means, scales=standard.scales, intercept=intercept)


def _by_dataset(tellings: Sequence[TrainingItem]) -> list[tuple[str, list[TrainingItem]]]:
    """(dataset, its items in order of time), undated ones last."""
    return [
        (d, sorted((t for t in tellings if t.dataset == d), key=lambda t: t.published or "9999"))
        for d in sorted({t.dataset for t in tellings})
    ]


def _count(part: Sequence[TrainingItem], book: StoryIndex, held_out: frozenset[str] | None) -> Counted:
    """Pairs of labelled items; with `held_out`, those that touch one of these events, by half where only one does."""
    placed = [(t.event, key) for t in part if (key := book.place(t.trace)) and t.event]
    counted = Counted()
    for (e1, s1), (e2, s2) in itertools.combinations(placed, 2):
        weight = 1.0 if held_out is None else ((e1 in held_out) + (e2 in held_out)) / 2
        counted.both += weight * (e1 == e2 and s1 == s2)
        counted.story += weight * (s1 == s2)
        counted.event += weight * (e1 == e2)
    return counted
