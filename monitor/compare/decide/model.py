"""The model: weighs the features into a score, and says which of them decided.

A logistic regression over the named features of `features.py` (weights with fixed signs, see
`fit.py`). The model is a small JSON file, versioned by what it was fitted on; scoring needs nothing
but a dot product, so a score can be checked by hand from the file.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from db.reason_codes import Penalty
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.signals.features import Registry
from monitor.compare.signals.pair_signals import PAIR, PAIR_SIGNALS, Floats
from monitor.compare.stories.pair_similarity import StoryModel, blank_stories, load_stories, save_stories

FILE = Path(__file__).with_name("model.json")


@dataclass(frozen=True)
class ScorePenalty:
    """A rule that can only demote: where `applies`, the score is multiplied by `factor`, and the
    reasons name `code`.

    A sum of weights cannot veto: much about conscription outweighs "in Finland". Measured on
    held-out events at the shipped threshold: of 17 retold items flagged although only about another
    country none was an update; of 8 whose title itself says that it repeats what is known, 2.
    """

    code: Penalty
    factor: float
    applies: Callable[[Mapping[str, float]], bool]


# Of 65 labelled items whose title shows one of these kinds, easy ones aside, 4 were updates; of 61
# with one of the second, none was.
_NEVER_NEWS = (
    "anniversary", "retrospective", "scam", "debtors", "court_summons", "school", "other_service", "culture", "exchange", "agenda",
    "verdict", "veterans", "unchanged", "denial",
)  # fmt: skip
_NO_LAW = ("crime", "single_case", "fallen", "ceremony", "front_report")


def _is_kind(f: Mapping[str, float], kinds: tuple[str, ...]) -> bool:
    """Whether the title shows one of `kinds` of text, and no claim's value has changed."""
    return f["st_changed"] == 0 and any(f[f"news_{kind}"] >= 1 for kind in kinds)


def _moves(f: Mapping[str, float]) -> bool:
    """Whether a law was adopted or came into force."""
    return f["stage_law"] > 0 or f["stage_in_force"] > 0


GUARDS = (
    ScorePenalty(Penalty.OTHER_COUNTRY, 0.2, lambda f: f["other_only"] > 0 or f["st_foreign"] > 0),
    ScorePenalty(Penalty.NOT_NEWS, 0.25, lambda f: _is_kind(f, _NEVER_NEWS) or (_is_kind(f, _NO_LAW) and not _moves(f))),
    ScorePenalty(
        Penalty.KNOWN,
        0.5,
        lambda f: f["kind_reminder"] >= 1 and f["novelty_title"] == 0 and f["stage_law"] == 0,
    ),
    ScorePenalty(Penalty.GENERAL, 0.6, lambda f: f["general"] > 0 and f["st_changed"] == 0),
)


def guarded(score: float, values: Mapping[str, float]) -> float:
    """`score` after the guards."""
    for guard in GUARDS:
        score *= guard.factor if guard.applies(values) else 1.0
    return score


class WrongModel(ValueError):
    """model.json does not belong to this code: its signals are not those of features.py."""


@dataclass(frozen=True)
class Model:
    """The fitted numbers. `weights` act on (value − mean) / scale."""

    registry: Registry  # the signals that the numbers belong to
    version: str
    pair_weights: Floats
    pair_intercept: float
    weights: Floats
    means: Floats
    scales: Floats
    intercept: float
    threshold: float
    stories: StoryModel
    about: dict[str, Any]

    def pairs(self, rows: Floats) -> Floats:
        """(claims,) log-odds that the item is about the claim."""
        return np.asarray(rows @ self.pair_weights + self.pair_intercept)

    def weigh(self, values: dict[str, float]) -> tuple[float, dict[str, float]]:
        """(score 0..1, contribution of each feature to the log-odds)."""
        x = np.array([values[name] for name in self.registry.names])
        parts = self.weights * (x - self.means) / self.scales
        score = guarded(_sigmoid(float(parts.sum()) + self.intercept), values)
        return score, dict(zip(self.registry.names, parts.tolist(), strict=True))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


@cache
def load_model(words: Vocabulary, path: Path = FILE) -> Model:
    """The shipped model for the signals of `words`. Raises WrongModel where code and file have
    drifted apart.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    registry = Registry(words)
    if tuple(data["features"]) != registry.names or list(data["pair"]["weights"]) != list(PAIR):
        raise WrongModel(f"{path.name} was fitted on other signals than this code has; run `ajour fit`")
    rows = list(data["features"].values())
    return Model(
        registry=registry,
        version=data["version"],
        pair_weights=np.array(list(data["pair"]["weights"].values())),
        pair_intercept=data["pair"]["intercept"],
        weights=np.array([r["weight"] for r in rows]),
        means=np.array([r["mean"] for r in rows]),
        scales=np.array([r["scale"] for r in rows]),
        intercept=data["intercept"],
        threshold=data["threshold"],
        stories=load_stories(path.with_name("stories.json")),
        about=data["about"],
    )


def blank_model(words: Vocabulary) -> Model:
    """A model before fitting: pairs by plain sums, everything else zero. The start of `ajour
    fit`.
    """
    registry = Registry(words)
    n = len(registry.names)
    return Model(
        registry=registry,
        version="blank",
        pair_weights=np.array([signal.start for signal in PAIR_SIGNALS], dtype=np.float64),
        pair_intercept=-3.0,
        weights=np.zeros(n),
        means=np.zeros(n),
        scales=np.ones(n),
        intercept=0.0,
        threshold=0.5,
        stories=blank_stories(),
        about={},
    )


def save_model(model: Model, path: Path = FILE) -> None:
    """Write the files that `load_model` reads; numbers rounded to six digits, so that a diff can be
    read.
    """

    def r(x: float) -> float:
        return round(float(x), 6)

    data = {
        "version": model.version,
        "about": model.about,
        "threshold": r(model.threshold),
        "intercept": r(model.intercept),
        "features": {
            n: {"weight": r(w), "mean": r(m), "scale": r(s)}
            for n, w, m, s in zip(model.registry.names, model.weights, model.means, model.scales, strict=True)
        },
        "pair": {
            "weights": dict(zip(PAIR, map(r, model.pair_weights), strict=True)),
            "intercept": r(model.pair_intercept),
        },
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    save_stories(model.stories, path.with_name("stories.json"))
