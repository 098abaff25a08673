"""Fitting the models on labelled items: `ajour fit`. Needs scikit-learn and scipy (the extra
`fit`); scoring needs neither.

Three logistic regressions over named features:

- pairs: which claim the item is about (a choice among all claims, from items whose labels name
  claims),
- verdict: whether the item reports an update (the sign of each weight is bounded by the signal's
  `pull`),
- stories: whether two items are about one event (train_stories.py).

A few hundred updates cannot determine some eighty weights. Each weight of the verdict has a prior
in its expected direction; L2 penalises the distance from the prior, not from zero. Equal weights
predict nearly as well as fitted ones and do not age (Dawes 1979, "The robust beauty of improper
linear models"); on later months, this helped most.

Scores are cross-validated with whole events held out. The threshold is chosen on the held-out
scores. Easy negatives are weighted down, and files that look like a live stream up.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.compare.decide.assess import measure, with_pairs
from monitor.compare.decide.model import Model, guarded
from monitor.compare.signals.features import HAS_TEXT, Registry
from monitor.compare.signals.pair_signals import PAIR, Floats
from monitor.compare.stories.clustering import StoryFingerprint, StoryIndex
from monitor.compare.training import train_stories
from monitor.compare.training.regression import Standardizer, bounded_logistic
from monitor.compare.types import CLAIMS_IN_FINGERPRINT, EncodedDocument, PreparedReport, Signals

PENALTY_PAIR = 0.0015
# Inverse of the penalty; small: few hundred positives for some 85 features
STRENGTH_VERDICT = 0.0005
VOTE = 0.04  # log-odds per standard deviation that a pull of 1 has before any item is seen
EASY = 0.15  # weight of an easy negative
FOLDS = 5
STREAM = 0.05  # share of updates below which a dataset looks like a live stream
HEADLINES = 2.0  # weight of the items of such a dataset: the others were written for a purpose
PRECISION = 0.65  # where more than a third of the flags is noise, people stop reading the queue
RECALL = 0.88  # of updates that come with a text, which are seldom too short to be understood


@dataclass(frozen=True)
class Example:
    """One labelled item, annotated and measured."""

    dataset: str
    read: EncodedDocument
    measured: Signals
    label: dict[str, Any]
    prepared: PreparedReport

    @property
    def group(self) -> str:
        """The unit of a split: the event, or the item itself."""
        return str(self.label.get("event") or self.read.document.id)

    @property
    def fingerprint(self) -> StoryFingerprint:
        nearest = np.argsort(-self.measured.pairs)[:CLAIMS_IN_FINGERPRINT]
        return self.read.fingerprint(self.measured.claims[int(i)].id for i in nearest if self.measured.pairs[i] > 0)

    @property
    def weight(self) -> float:
        return EASY if self.label["class"] == "easy" else 1.0


def fit_pairs(examples: Sequence[Example]) -> tuple[Floats, float]:
    """Weights of PAIR and the intercept.

    The weights put a right claim first among all claims of the report (conditional logit). Scale
    and intercept make the sum the log-odds that item and claim belong together, with balanced
    classes.
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
    """Non-negative weights that maximise the likelihood of a right claim in a softmax over the
    claims.
    """
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
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(PAIR), options={"maxiter": 500})
    return np.asarray(result.x)


def matrix(examples: Sequence[Example], registry: Registry) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """(x, y, weight) of the verdict. HAS_TEXT is zeroed: the base rate in the labelled files is not
    the real one.
    """
    x = np.array([[0.0 if n == HAS_TEXT else e.measured.features[n] for n in registry.names] for e in examples])
    y, weight = np.array([bool(e.label["flag"]) for e in examples]), np.array([e.weight for e in examples])
    for stream in _streams(examples, y):
        weight[stream] *= HEADLINES
    return x, y, weight


def _streams(examples: Sequence[Example], y: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    """The items of each dataset that looks like a live stream: few of them are updates."""
    parts = [np.array([e.dataset == d for e in examples]) for d in sorted({e.dataset for e in examples})]
    return [part for part in parts if y[part].mean() < STREAM]


def fit_verdict(x: Floats, y: npt.NDArray[np.bool_], weight: Floats, registry: Registry) -> tuple[Standardizer, Floats, float]:
    standard = Standardizer.of(x, weight)
    weights, intercept = bounded_logistic(standard(x), y, weight, STRENGTH_VERDICT, [signal.pull for signal in registry.signals], VOTE)
    return standard, weights, intercept


def held_out_odds(examples: Sequence[Example], registry: Registry, given: Floats | None = None) -> Floats:
    """Log-odds of each example from a model fitted without its event. `given`: other feature
    values, for an ablation.
    """
    from sklearn.model_selection import GroupKFold

    x, y, weight = matrix(examples, registry)
    x = x if given is None else given
    odds = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=7).split(x, groups=[e.group for e in examples]):
        odds[test] = _odds(x, y, weight, registry, train, test)
    return odds


def held_out_claims(examples: Sequence[Example]) -> list[Example]:
    """The same, with pair scores by weights that saw nothing of their event: for the claim hits
    that are reported.
    """
    from sklearn.model_selection import GroupKFold

    out = list(examples)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=7).split(out, groups=[e.group for e in examples]):
        weights, intercept = fit_pairs([examples[i] for i in train])
        for i in test:
            measured = examples[i].measured
            out[i] = replace(examples[i], measured=replace(measured, pairs=measured.pair_rows @ weights + intercept))
    return out


def later_odds(examples: Sequence[Example], registry: Registry, day: str) -> tuple[list[int], Floats]:
    """(positions, log-odds) of the examples published from `day` on whose event began no earlier,
    from a model fitted on what was published before.
    """
    x, y, weight = matrix(examples, registry)
    before = [i for i, e in enumerate(examples) if e.read.document.published < day]
    known = {examples[i].group for i in before}
    after = [i for i, e in enumerate(examples) if e.read.document.published >= day and e.group not in known]
    return after, _odds(x, y, weight, registry, before, after)


def _odds(x: Floats, y: npt.NDArray[np.bool_], weight: Floats, registry: Registry, train: Sequence[int], test: Sequence[int]) -> Floats:
    standard, weights, intercept = fit_verdict(x[train], y[train], weight[train], registry)
    return np.asarray(standard(x[test]) @ weights + intercept)


def scored(examples: Sequence[Example], odds: Floats, text_offset: float = 0.0) -> Floats:
    """Scores from log-odds, after `text_offset` for items with a text and after the guards."""
    texts = np.array([e.measured.features[HAS_TEXT] for e in examples])
    scores = 1 / (1 + np.exp(-(odds + text_offset * texts)))
    return np.array([guarded(float(s), e.measured.features) for s, e in zip(scores, examples, strict=True)])


def training_items(examples: Sequence[Example]) -> list[train_stories.TrainingItem]:
    """The examples as training items of the story model."""
    return [train_stories.TrainingItem(e.dataset, e.read.document.published, e.fingerprint, e.label.get("event")) for e in examples]


def story_scores(examples: Sequence[Example], model: Model) -> dict[str, float]:
    """F1 of same-story pairs per dataset with the stories that `model` makes of the examples."""
    return train_stories.scores(training_items(examples), lambda: StoryIndex(model))


def digest_of(paths: Sequence[Path]) -> str:
    """One hash over the training data."""
    return hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in sorted(paths))).hexdigest()[:16]


def read_labels(path: Path) -> dict[str, dict[str, Any]]:
    """Labels by item id."""
    with path.open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def measured(dataset: str, reads: Sequence[EncodedDocument], labels: dict[str, dict[str, Any]], prepared: PreparedReport) -> list[Example]:
    """The labelled documents of `reads`, measured against the report."""
    return [Example(dataset, r, measure(r, prepared), labels[r.document.id], prepared) for r in reads if r.document.id in labels]


def remeasured(examples: Sequence[Example], model: Model) -> list[Example]:
    """The examples with a new pair model: only what depends on it is recomputed."""
    return [replace(e, measured=with_pairs(e.measured, model)) for e in examples]


@dataclass(frozen=True)
class FitResult:
    """A fitted model and its scores per dataset on held-out events."""

    model: Model
    scores: dict[str, dict[str, float]]
    examples: Sequence[Example]  # measured with the fitted pair weights
    held_out: Floats


def fit(examples: Sequence[Example], start: Model, data_digest: str) -> FitResult:
    """Fit all three regressions and choose the threshold on held-out scores."""
    pair_weights, pair_intercept = fit_pairs(examples)
    model = replace(start, pair_weights=pair_weights, pair_intercept=pair_intercept)
    examples, registry = remeasured(examples, model), model.registry
    x, y, weight = matrix(examples, registry)
    odds = held_out_odds(examples, registry)
    standard, weights, intercept = fit_verdict(x, y, weight, registry)
    threshold = best_threshold(examples, scored(examples, odds))
    offset = text_offset(examples, odds, threshold)
    weights[registry.names.index(HAS_TEXT)] = offset
    held_out = scored(examples, odds, offset)
    model = replace(
        model, weights=weights, means=standard.means, scales=standard.scales, intercept=intercept, threshold=threshold,
        stories=train_stories.fit_stories(training_items(examples), start, data_digest),
    )  # fmt: skip
    scores = evaluate(held_out_claims(examples), held_out, threshold)
    for dataset, f1 in model.stories.about["held_out"].items():
        scores[dataset]["story_pair_f1"] = f1
    about = {"data": data_digest, "examples": len(examples), "folds": FOLDS, "held_out": scores}
    version = hashlib.sha256(json.dumps([list(map(float, weights)), data_digest]).encode()).hexdigest()[:12]
    return FitResult(replace(model, version=version, about=about), scores, examples, held_out)


def best_threshold(examples: Sequence[Example], scores: Floats) -> float:
    """The lowest threshold with a precision of PRECISION in every dataset that looks like a stream
    (updates are rare in it).

    A missed update is the worst failure, so recall is maximised within the noise that a queue can
    bear. Without a stream, or where none reaches PRECISION, the best mean F1 decides. `scores` are
    held-out ones.
    """
    y = np.array([bool(e.label["flag"]) for e in examples])
    parts = [np.array([e.dataset == d for e in examples]) for d in sorted({e.dataset for e in examples})]
    streams = _streams(examples, y)
    steps = [round(float(t), 3) for t in np.arange(0.05, 0.95, 0.001)]
    enough = [t for t in steps if streams and all(_precision(y[p], scores[p] >= t) >= PRECISION for p in streams)]
    return min(enough) if enough else max(steps, key=lambda t: float(np.mean([_f1(y[p], scores[p] >= t) for p in parts])))


def text_offset(examples: Sequence[Example], odds: Floats, threshold: float) -> float:
    """Offset in log-odds (≤ 0) for items with a text.

    The threshold is chosen on titles, because streams consist of titles. A text matches more of
    every signal than a title, in updates and in noise. The offset is the largest at which RECALL of
    the updates are still found in every dataset of texts.
    """
    y = np.array([bool(e.label["flag"]) for e in examples])
    texts = np.array([e.measured.features[HAS_TEXT] > 0 for e in examples])
    parts = [np.array([e.dataset == d for e in examples]) & texts for d in sorted({e.dataset for e in examples})]
    lines = [float(np.quantile(odds[p & y], 1 - RECALL, method="lower")) for p in parts if y[p].sum() >= 30]
    at = math.log(threshold / (1 - threshold))
    return min(0.0, at - min(lines)) if lines else 0.0


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
