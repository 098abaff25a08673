"""Fitting from labelled items: what the weights learn, where the threshold lies, and that no event
is on both sides.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from monitor.compare.signals.features import HAS_TEXT
from monitor.compare.signals.pair_signals import PAIR, Floats
from monitor.compare.training.train import (
    FOLDS,
    HEADLINES,
    PRECISION,
    Example,
    best_threshold,
    digest_of,
    evaluate,
    fit_pairs,
    fit_verdict,
    held_out_odds,
    later_odds,
    matrix,
    scored,
    text_offset,
)
from tests.monitor.compare.labelled import REGISTRY, example, labelled

pytest.importorskip("scipy")
pytest.importorskip("sklearn")


def test_weights_follow_the_labels_within_their_signs() -> None:
    _, weights, _ = fit_verdict(*matrix(labelled(), REGISTRY), REGISTRY)
    named = dict(zip(REGISTRY.names, weights.tolist(), strict=True))
    assert named["scale"] > named["tells_past"] >= 0
    assert named["asks"] < 0
    assert all(w * s.pull >= 0 for s, w in zip(REGISTRY.signals, weights.tolist(), strict=True))


def test_items_of_what_looks_like_a_live_stream_weigh_more() -> None:
    stream = [example(f"s{i}", flag=i == 0, dataset="stream") for i in range(40)]
    _, _, weight = matrix([*stream, example("a", True), example("b", False)], REGISTRY)
    assert weight[1] == HEADLINES * weight[-1]
    assert weight[-2] == 1.0


def test_whether_there_is_a_text_is_not_learnt() -> None:
    x, _, _ = matrix([example("a", True, has_text=1.0)], REGISTRY)
    assert x[0, REGISTRY.names.index(HAS_TEXT)] == 0.0


def test_a_pair_signal_that_points_at_the_right_claim_gets_weight_and_the_others_do_not() -> None:
    watch, law = PAIR.index("watch"), PAIR.index("law")
    examples = []
    for i in range(30):
        rows = np.zeros((2, len(PAIR)))
        rows[0, watch], rows[1, law] = 1.0, 1.0
        examples.append(example(f"{i}", True, rows=rows.tolist()))
    weights, intercept = fit_pairs(examples)
    assert weights[watch] > 0
    assert weights[law] == 0.0
    assert weights[watch] + intercept > 0 > intercept


def test_held_out_odds_of_an_event_are_not_moved_by_its_own_labels() -> None:
    examples = labelled()
    event = {"0", "1"}
    turned = [replace(e, label={**e.label, "flag": not e.label["flag"]}) if e.read.document.id in event else e for e in examples]
    before, after = held_out_odds(examples, REGISTRY), held_out_odds(turned, REGISTRY)
    assert before[:2] == pytest.approx(after[:2])
    assert FOLDS > 1


def test_later_items_of_an_event_that_began_before_are_not_judged() -> None:
    examples = [*labelled(), example("new", True, event="n", day="2026-01-01"), example("old", True, event="e0", day="2026-01-01")]
    positions, odds = later_odds(examples, REGISTRY, "2025-12-01")
    assert [examples[i].read.document.id for i in positions] == ["new"]
    assert len(odds) == 1


def stream(updates: int, noise: int, wrong: int) -> tuple[list[Example], Floats]:
    """A live stream: updates score 0.8, `wrong` others 0.5, the rest 0.1."""
    examples = [example(f"{i}", i < updates) for i in range(updates + noise)]
    return examples, np.array([0.8] * updates + [0.5] * wrong + [0.1] * (noise - wrong))


@pytest.mark.parametrize(("wrong", "below"), [(2, True), (8, False)])
def test_the_threshold_is_the_lowest_at_which_enough_flags_are_right(wrong: int, below: bool) -> None:
    examples, scores = stream(4, 200, wrong)
    threshold = best_threshold(examples, scores)
    assert (0.1 < threshold <= 0.5) is below
    flagged = scores >= threshold
    assert flagged[:4].all()
    assert flagged[:4].sum() / flagged.sum() >= PRECISION


def test_an_item_with_a_text_must_do_better_than_a_title_and_never_worse() -> None:
    examples = [example(f"{i}", True, has_text=1.0) for i in range(40)]
    high, low = np.full(40, 2.0), np.full(40, -2.0)
    assert text_offset(examples, high, 0.5) == pytest.approx(-2.0)
    assert text_offset(examples, low, 0.5) == 0.0
    assert text_offset(examples[:20], high[:20], 0.5) == 0.0, "too few to draw a line"


def test_scores_are_given_per_dataset_and_kind_of_mistake() -> None:
    examples = [example("a", True, "one"), example("b", False, "one"), example("c", False, "one"), example("d", True, "two")]
    result = evaluate(examples, np.array([0.9, 0.8, 0.1, 0.2]), 0.5)
    assert result["one"]["precision"] == 0.5
    assert result["one"]["recall"] == 1.0
    assert result["one"]["flagged_hard"] == 0.5
    assert result["one"]["claim_hit_at_3"] == 1.0
    assert result["two"]["recall"] == 0.0


def test_guards_are_part_of_the_held_out_scores() -> None:
    examples = [example("a", True), example("b", False, other_only=1.0)]
    assert scored(examples, np.zeros(2)).tolist() == pytest.approx([0.5, 0.1])


def test_the_digest_of_the_data_is_of_their_bytes_not_their_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    first = digest_of([tmp_path / "a", tmp_path / "b"])
    assert digest_of([tmp_path / "b", tmp_path / "a"]) == first
    (tmp_path / "b").write_text("3")
    assert digest_of([tmp_path / "a", tmp_path / "b"]) != first
