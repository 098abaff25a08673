"""From signals to a score: the sum a person can check, the guards, and the model file."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from db.reason_codes import Penalty
from monitor.compare.decide.model import GUARDS, Model, WrongModel, blank_model, guarded, load_model, save_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.pair_signals import PAIR

SHIPPED = load_model(vocabulary())
NAMES = SHIPPED.registry.names
QUIET = dict.fromkeys(NAMES, 0.0)


def model(**weights: float) -> Model:
    """A model in which only the named signals weigh, by one scale unit."""
    blank = blank_model(vocabulary())
    return replace(blank, weights=np.array([weights.get(n, 0.0) for n in NAMES]))


def test_the_score_is_the_sum_of_the_parts_through_the_logistic_function() -> None:
    score, parts = model(scale=2.0, asks=-1.0).weigh(QUIET | {"scale": 1.0, "asks": 1.0})
    assert parts["scale"] == 2.0
    assert parts["asks"] == -1.0
    assert sum(map(abs, parts.values())) == 3.0
    assert score == pytest.approx(0.7310586)  # 1 / (1 + e⁻¹)


def test_a_part_is_measured_from_the_mean_in_units_of_the_scale() -> None:
    standard = replace(model(scale=2.0), means=np.full(len(NAMES), 0.5), scales=np.full(len(NAMES), 0.25))
    assert standard.weigh(QUIET | {"scale": 1.0})[1]["scale"] == 4.0


@pytest.mark.parametrize("extreme", [1e6, -1e6])
def test_an_extreme_sum_is_a_score_all_the_same(extreme: float) -> None:
    score, _ = model(scale=extreme).weigh(QUIET | {"scale": 1.0})
    assert score == pytest.approx(float(extreme > 0))


@pytest.mark.parametrize(
    ("values", "score", "applied"),
    [
        ({}, 0.8, set()),
        ({"other_only": 1.0}, 0.16, {Penalty.OTHER_COUNTRY}),
        ({"kind_reminder": 1.0}, 0.4, {Penalty.KNOWN}),
        ({"kind_reminder": 0.6}, 0.8, set()),  # only in the text
        ({"kind_reminder": 1.0, "novelty_title": 1.0}, 0.8, set()),
        ({"kind_reminder": 1.0, "stage_law": 0.6}, 0.8, set()),
        ({"general": 1.0}, 0.48, {Penalty.GENERAL}),
        ({"general": 1.0, "st_changed": 1.0}, 0.8, set()),
        ({"news_crime": 1.0}, 0.2, {Penalty.NOT_NEWS}),
        ({"news_crime": 1.0, "stage_law": 1.0}, 0.8, set()),  # a law on a crime
        ({"news_denial": 1.0, "stage_law": 1.0}, 0.2, {Penalty.NOT_NEWS}),
        ({"kind_reminder": 1.0, "other_only": 1.0}, 0.08, {Penalty.KNOWN, Penalty.OTHER_COUNTRY}),
    ],
)
def test_guards_only_lower_a_score(values: dict[str, float], score: float, applied: set[Penalty]) -> None:
    assert guarded(0.8, QUIET | values) == pytest.approx(score)
    assert {g.code for g in GUARDS if g.applies(QUIET | values)} == applied


def test_pair_scores_are_log_odds_of_the_weighted_sum() -> None:
    blank = blank_model(vocabulary())
    rows = np.zeros((2, len(PAIR)))
    rows[1, PAIR.index("watch")] = 1.0
    assert blank.pairs(rows).tolist() == [-3.0, 0.0]


def test_the_model_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    save_model(SHIPPED, tmp_path / "model.json")
    again = load_model(vocabulary(), tmp_path / "model.json")
    assert np.array_equal(again.weights, SHIPPED.weights)
    assert np.array_equal(again.pair_weights, SHIPPED.pair_weights)
    assert (again.version, again.threshold, again.about) == (SHIPPED.version, SHIPPED.threshold, SHIPPED.about)


def test_a_model_of_other_signals_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save_model(SHIPPED, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["features"]["of_another_release"] = data["features"].pop("scale")
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(WrongModel, match="ajour fit"):
        load_model(vocabulary(), path)
