"""Fitting the verdict from labelled items: `ajour fit`. Needs scikit-learn and scipy (the extra `fit`); scoring needs neither.

Three small logistic regressions, each over named features:
- pairs: which claim is the item about (a choice among all claims, learnt from items whose labels name claims),
- verdict: does the item report an update (weights held to each feature's `pull`),
- story: do two items tell of one event (learnt from pairs of labelled events).

A few hundred updates cannot teach some eighty weights. So the verdict starts from an opinion: every feature has a small vote the way it pulls, and the items
may move a weight from there only where they insist (the penalty is on the distance from the vote, not from zero). Votes of equal size foretell nearly as well
as fitted weights and do not age (Dawes 1979, "The robust beauty of improper linear models"); measured on later months, this is what helped most.

Honesty: scores are cross-validated with whole events held out, never the same event on both sides; the threshold is chosen on those held-out scores.
Items of one kind must not drown the others: each label file weighs the same for positives, and easy negatives are weighed down.
"""

import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.compare.assess import CLAIMS_TRACED, Measured, Prepared, Read, measure, with_pairs
from monitor.compare.features import HAS_TEXT, PAIR, Floats, features
from monitor.compare.story import PULLS, WINDOW, StoryBook, Trace, apart
from monitor.compare.verdict import Model, guarded

PENALTY_PAIR = 0.0015
STRENGTH_VERDICT = 0.001  # inverse of the penalty; small: few hundred positives for some 85 features
VOTE = 0.04  # log-odds per standard deviation that a pull of 1 has before any item is seen
STRENGTH_STORY = 10.0
EASY = 0.15  # weight of an easy negative
FOLDS = 5
STREAM = 0.05  # share of updates below which a dataset looks like a live stream
PRECISION = 0.6  # where more than two of five flags are noise, people stop reading the queue
RECALL = 0.88  # of updates that come with a text, which are seldom too short to be understood


@dataclass(frozen=True)
class Example:
    """One labelled item, read and measured."""

    dataset: str
    read: Read
    measured: Measured
    label: dict[str, Any]
    prepared: Prepared

    @property
    def group(self) -> str:
        """What must not stand on both sides of a split: the event, or the item itself."""
        return str(self.label.get("event") or self.read.document.id)

    @property
    def trace(self) -> Trace:
        nearest = np.argsort(-self.measured.pairs)[:CLAIMS_TRACED]
        return self.read.trace(self.measured.claims[int(i)].id for i in nearest if self.measured.pairs[i] > 0)

    @property
    def weight(self) -> float:
        return EASY if self.label["class"] == "easy" else 1.0


def bounded_logistic(
    x: Floats, y: npt.NDArray[np.bool_], weight: Floats, strength: float, pulls: Sequence[float], vote: float = 0.0
) -> tuple[Floats, float]:
    """Logistic regression by L-BFGS-B with the sign of each weight bounded and each drawn towards `vote` times its pull. Returns (weights, intercept)."""
    from scipy.optimize import minimize

    sign = np.where(y, 1.0, -1.0)
    opinion = vote * np.array(pulls, dtype=np.float64)

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = sign * (x @ theta[:-1] + theta[-1])
        moved = theta[:-1] - opinion
        value = float((weight * np.logaddexp(0, -z)).sum() + 0.5 / strength * (moved**2).sum())
        slope = -weight * sign / (1 + np.exp(np.minimum(z, 700)))
        return value, np.append(x.T @ slope + moved / strength, slope.sum())

    bounds: list[tuple[float | None, float | None]] = [(0, None) if p > 0 else (None, 0) if p < 0 else (None, None) for p in pulls]
    result = minimize(
        loss,
        np.append(opinion, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"maxiter": 2000},
    )
    return result.x[:-1], float(result.x[-1])


@dataclass(frozen=True)
class Standard:
    """Mean and scale of each feature, so that weights can be compared."""

    means: Floats
    scales: Floats

    @classmethod
    def of(cls, x: Floats, weight: Floats) -> "Standard":
        means = np.average(x, axis=0, weights=weight)
        scales = np.sqrt(np.average((x - means) ** 2, axis=0, weights=weight))
        return cls(means, np.where(scales < 1e-9, 1.0, scales))

    def __call__(self, x: Floats) -> Floats:
        return (x - self.means) / self.scales


def fit_pairs(examples: Sequence[Example]) -> tuple[Floats, float]:
    """Weights of PAIR and the intercept.

    The weights are those that put a right claim first among all claims of the report (conditional logit); scale and intercept then make the sum the log-odds
    that item and claim belong together, right and other pairs counting the same.
    """
    rows, right = [], []
    for e in examples:
        hits = np.array([c.id in (e.label.get("claims") or ()) for c in e.measured.claims])
        if hits.any():
            rows.append(e.measured.pair_rows)
            right.append(hits)
    weights = _chosen(rows, right)
    x, y = np.concatenate(rows) @ weights, np.concatenate(right)
    balance = np.where(y, len(y) / (2 * y.sum()), len(y) / (2 * (~y).sum()))
    scale, intercept = bounded_logistic(x[:, None], y, balance, 10.0, [1])
    return weights * scale[0], intercept


def _chosen(rows: Sequence[Floats], right: Sequence[npt.NDArray[np.bool_]]) -> Floats:
    """Weights, none below zero, under which a choice by softmax falls on a right claim as often as can be."""
    from scipy.optimize import minimize

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = PENALTY_PAIR * float((theta**2).sum()), 2 * PENALTY_PAIR * theta
        for x, hits in zip(rows, right, strict=True):
            z = x @ theta
            odds = np.exp(z - z.max())
            share = odds[hits].sum() / odds.sum()
            value -= float(np.log(share)) / len(rows)
            slope += x.T @ (odds / odds.sum() - np.where(hits, odds, 0.0) / odds[hits].sum()) / len(rows)
        return value, slope

    start = np.ones(len(PAIR))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(PAIR), options={"maxiter": 500})
    return np.asarray(found.x)


def matrix(examples: Sequence[Example]) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """(x, y, weight) of the verdict. HAS_TEXT is blank: how common updates are in a file of labels says nothing of how common they are."""
    names = [f.name for f in features()]
    x = np.array([[0.0 if n == HAS_TEXT else e.measured.features[n] for n in names] for e in examples])
    return x, np.array([bool(e.label["flag"]) for e in examples]), np.array([e.weight for e in examples])


def fit_verdict(x: Floats, y: npt.NDArray[np.bool_], weight: Floats) -> tuple[Standard, Floats, float]:
    standard = Standard.of(x, weight)
    weights, intercept = bounded_logistic(standard(x), y, weight, STRENGTH_VERDICT, [f.pull for f in features()], VOTE)
    return standard, weights, intercept


def held_out_odds(examples: Sequence[Example], given: Floats | None = None) -> Floats:
    """Each example's log-odds by a verdict that saw nothing of its event. `given`: other feature values, as for an ablation."""
    from sklearn.model_selection import GroupKFold

    x, y, weight = matrix(examples)
    x = x if given is None else given
    odds = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=7).split(x, groups=[e.group for e in examples]):
        odds[test] = _odds(x, y, weight, train, test)
    return odds


def later_odds(examples: Sequence[Example], day: str) -> tuple[list[int], Floats]:
    """(positions, log-odds) of the examples published from `day` on whose event began no sooner, by a verdict that saw only what was published before."""
    x, y, weight = matrix(examples)
    before = [i for i, e in enumerate(examples) if e.read.document.published < day]
    known = {examples[i].group for i in before}
    after = [i for i, e in enumerate(examples) if e.read.document.published >= day and e.group not in known]
    return after, _odds(x, y, weight, before, after)


def _odds(x: Floats, y: npt.NDArray[np.bool_], weight: Floats, train: Sequence[int], test: Sequence[int]) -> Floats:
    standard, weights, intercept = fit_verdict(x[train], y[train], weight[train])
    return np.asarray(standard(x[test]) @ weights + intercept)


def scored(examples: Sequence[Example], odds: Floats, text_offset: float = 0.0) -> Floats:
    """Log-odds as scores, after `text_offset` for items with a text and after the guards."""
    texts = np.array([e.measured.features[HAS_TEXT] for e in examples])
    scores = 1 / (1 + np.exp(-(odds + text_offset * texts)))
    return np.array([guarded(float(s), e.measured.features) for s, e in zip(scores, examples, strict=True)])


def lemma_weights(examples: Sequence[Example], most: int = 1500) -> dict[str, float]:
    """Inverse document frequency of the commonest lemmas; what is not among them is rare."""
    counts = Counter(x for e in examples for x in {y for u in e.read.reading.units[:5] for y in u.lemmas})
    return {word: round(math.log(len(examples) / n), 2) for word, n in counts.most_common(most)}


def fit_story(examples: Sequence[Example], model: Model) -> tuple[Floats, float]:
    """Weights of LIKENESSES and the intercept, from all pairs of items with an event in one dataset."""
    book = StoryBook(model)
    rows, same = [], []
    for _, part in itertools.groupby(
        sorted((e for e in examples if e.label.get("event")), key=lambda e: e.dataset), key=lambda e: e.dataset
    ):
        traces = [(e.trace, e.label["event"]) for e in part]
        for (a, event_a), (b, event_b) in itertools.combinations(traces, 2):
            if apart(a, b) <= WINDOW:
                rows.append(book.likenesses(a, b))
                same.append(event_a == event_b)
    return bounded_logistic(np.array(rows), np.array(same), np.ones(len(rows)), STRENGTH_STORY, PULLS)


def story_scores(examples: Sequence[Example], model: Model) -> dict[str, float]:
    """Pairwise precision, recall, F1 of stories against events, per dataset, in order of time."""
    out: dict[str, float] = {}
    for dataset in sorted({e.dataset for e in examples}):
        book = StoryBook(model)
        placed: list[tuple[str, str]] = []
        for e in sorted((e for e in examples if e.dataset == dataset), key=lambda e: e.read.document.published):
            key = book.place(e.trace)
            if e.label.get("event"):
                placed.append((e.label["event"], key))
        both = same = event = 0
        for (e1, s1), (e2, s2) in itertools.combinations(placed, 2):
            both, same, event = both + (e1 == e2 and s1 == s2), same + (s1 == s2), event + (e1 == e2)
        if event and same:
            p, r = both / same, both / event
            out[dataset] = round(2 * p * r / (p + r), 3) if p + r else 0.0
    return out


def digest_of(paths: Sequence[Path]) -> str:
    """What the model was fitted on, as one hash."""
    return hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in sorted(paths))).hexdigest()[:16]


def read_labels(path: Path) -> dict[str, dict[str, Any]]:
    """Labels by item id."""
    with path.open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def measured(dataset: str, reads: Sequence[Read], labels: dict[str, dict[str, Any]], prepared: Prepared) -> list[Example]:
    """The labelled ones among `reads`, measured against the report."""
    return [Example(dataset, r, measure(r, prepared), labels[r.document.id], prepared) for r in reads if r.document.id in labels]


def remeasured(examples: Sequence[Example], model: Model) -> list[Example]:
    """The same with a new pair model: only what depends on it is made again."""
    return [replace(e, measured=with_pairs(e.measured, model)) for e in examples]


@dataclass(frozen=True)
class Fitted:
    """A fitted model and what was measured on the way, per dataset, on held-out events."""

    model: Model
    scores: dict[str, dict[str, float]]
    examples: Sequence[Example]  # as measured with the fitted pair weights
    held_out: Floats


def fit(examples: Sequence[Example], start: Model, data_digest: str) -> Fitted:
    """Fit all three regressions and choose the threshold on held-out scores."""
    pair_weights, pair_intercept = fit_pairs(examples)
    model = replace(start, pair_weights=pair_weights, pair_intercept=pair_intercept)
    examples = remeasured(examples, model)
    x, y, weight = matrix(examples)
    odds = held_out_odds(examples)
    standard, weights, intercept = fit_verdict(x, y, weight)
    threshold = best_threshold(examples, scored(examples, odds))
    offset = text_offset(examples, odds, threshold)
    weights[[f.name for f in features()].index(HAS_TEXT)] = offset
    held_out = scored(examples, odds, offset)
    model = replace(
        model, weights=weights, means=standard.means, scales=standard.scales, intercept=intercept, threshold=threshold,
        high=min(0.95, threshold + 0.3 * (1 - threshold)), lemma_weights=lemma_weights(examples),
    )  # fmt: skip
    story_weights, story_intercept = fit_story(examples, model)
    model = replace(model, story_weights=story_weights, story_intercept=story_intercept)
    model = replace(model, story_threshold=best_story_threshold(examples, model))
    scores = evaluate(examples, held_out, threshold)
    for dataset, f1 in story_scores(examples, model).items():
        scores[dataset]["story_pair_f1"] = f1
    about = {"data": data_digest, "examples": len(examples), "folds": FOLDS, "held_out": scores}
    version = hashlib.sha256(json.dumps([list(map(float, weights)), data_digest]).encode()).hexdigest()[:12]
    return Fitted(replace(model, version=version, about=about), scores, examples, held_out)


def best_threshold(examples: Sequence[Example], scores: Floats) -> float:
    """The lowest threshold at which PRECISION of the flags are right in every dataset that looks like a stream (updates are rare in it).

    A missed update is the worst failure, so recall is taken as far as the queue can bear; where no dataset looks like a stream, or none can reach
    PRECISION, the best mean F1 decides. Scores are held-out ones.
    """
    y = np.array([bool(e.label["flag"]) for e in examples])
    parts = [np.array([e.dataset == d for e in examples]) for d in sorted({e.dataset for e in examples})]
    streams = [p for p in parts if y[p].mean() < STREAM]
    steps = [round(float(t), 3) for t in np.arange(0.05, 0.95, 0.001)]
    enough = [t for t in steps if streams and all(_precision(y[p], scores[p] >= t) >= PRECISION for p in streams)]
    return min(enough) if enough else max(steps, key=lambda t: float(np.mean([_f1(y[p], scores[p] >= t) for p in parts])))


def text_offset(examples: Sequence[Example], odds: Floats, threshold: float) -> float:
    """What an item with a text must do better than a title alone, in log-odds (≤ 0).

    The threshold is drawn on titles, for streams are made of them. A text finds more of every signal than a title, in updates and in noise; so its line is the
    highest at which RECALL of the updates are still seen in every dataset of texts.
    """
    y = np.array([bool(e.label["flag"]) for e in examples])
    texts = np.array([e.measured.features[HAS_TEXT] > 0 for e in examples])
    parts = [np.array([e.dataset == d for e in examples]) & texts for d in sorted({e.dataset for e in examples})]
    lines = [float(np.quantile(odds[p & y], 1 - RECALL, method="lower")) for p in parts if y[p].sum() >= 30]
    at = math.log(threshold / (1 - threshold))
    return min(0.0, at - min(lines)) if lines else 0.0


def best_story_threshold(examples: Sequence[Example], model: Model) -> float:
    with_events = [e for e in examples if e.label.get("event")]
    sets = {
        e.dataset
        for e in with_events
        if len({x.label["event"] for x in with_events if x.dataset == e.dataset}) < sum(x.dataset == e.dataset for x in with_events)
    }
    some = [e for e in with_events if e.dataset in sets]
    return max(
        (round(t, 2) for t in np.arange(0.2, 0.8, 0.02)),
        key=lambda t: sum(story_scores(some, replace(model, story_threshold=float(t))).values()),
    )


def _f1(y: npt.NDArray[np.bool_], flagged: npt.NDArray[np.bool_]) -> float:
    hit = int((y & flagged).sum())
    return 2 * hit / max(1, int(y.sum()) + int(flagged.sum()))


def _precision(y: npt.NDArray[np.bool_], flagged: npt.NDArray[np.bool_]) -> float:
    return int((y & flagged).sum()) / max(1, int(flagged.sum()))


def evaluate(examples: Sequence[Example], scores: Floats, threshold: float) -> dict[str, dict[str, float]]:
    """Average precision, precision, recall, false flags per class and claim hits, per dataset."""
    from sklearn.metrics import average_precision_score

    out: dict[str, dict[str, float]] = {}
    for dataset in sorted({e.dataset for e in examples}):
        rows = [(e, s) for e, s in zip(examples, scores, strict=True) if e.dataset == dataset]
        y = np.array([bool(e.label["flag"]) for e, _ in rows])
        s = np.array([s for _, s in rows])
        flagged = s >= threshold
        result = {
            "items": float(len(rows)),
            "average_precision": float(average_precision_score(y, s)),
            "precision": float((y & flagged).sum() / max(1, flagged.sum())),
            "recall": float((y & flagged).sum() / max(1, y.sum())),
        }
        for cls in sorted({e.label["class"] for e, _ in rows if not e.label["flag"]}):
            some = np.array([e.label["class"] == cls and not e.label["flag"] for e, _ in rows])
            result[f"flagged_{cls}"] = float(flagged[some].mean())
        ranked = [
            (set(e.label["claims"]), [e.measured.claims[int(i)].id for i in np.argsort(-e.measured.pairs)[:3]])
            for e, _ in rows
            if e.label.get("claims")
        ]
        if ranked:
            result["claim_hit_at_1"] = sum(bool(want & set(got[:1])) for want, got in ranked) / len(ranked)
            result["claim_hit_at_3"] = sum(bool(want & set(got)) for want, got in ranked) / len(ranked)
        out[dataset] = {k: round(v, 3) for k, v in result.items()}
    return out
