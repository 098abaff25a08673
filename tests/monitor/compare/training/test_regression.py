"""Logistic regression with bounded signs."""

import numpy as np
import pytest

from monitor.compare.training.regression import Standardizer, bounded_logistic

pytest.importorskip("scipy")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(400, 3))
Y = X[:, 0] - X[:, 1] + 0.3 * RNG.normal(size=400) > 0  # the third column says nothing
EVEN = np.ones(400)


def test_weights_follow_the_labels_where_their_signs_allow() -> None:
    weights, _ = bounded_logistic(X, Y, EVEN, 1.0, [1, -1, 0])
    assert weights[0] > 1
    assert weights[1] < -1
    assert abs(weights[2]) < 0.5


def test_a_weight_never_takes_the_other_sign_whatever_the_labels_say() -> None:
    weights, _ = bounded_logistic(X, Y, EVEN, 1.0, [-1, 1, 0])
    assert weights[0] == weights[1] == 0.0


def test_without_data_worth_mentioning_a_weight_stays_at_its_vote() -> None:
    weights, _ = bounded_logistic(X, Y, EVEN, 1e-9, [2, -1, 0], vote=0.1)
    assert weights == pytest.approx([0.2, -0.1, 0.0], abs=1e-4)


def test_an_item_of_no_weight_counts_nothing() -> None:
    first = np.concatenate([EVEN, np.zeros(1)])
    x, y = np.vstack([X, [[50.0, 0.0, 0.0]]]), np.append(Y, False)
    weights, intercept = bounded_logistic(x, y, first, 1.0, [1, -1, 0])
    alone, alone_intercept = bounded_logistic(X, Y, EVEN, 1.0, [1, -1, 0])
    assert weights == pytest.approx(alone, abs=1e-3)
    assert intercept == pytest.approx(alone_intercept, abs=1e-3)


def test_standardised_features_have_mean_0_and_scale_1_and_a_constant_survives() -> None:
    x = np.column_stack([RNG.normal(5, 3, size=200), np.full(200, 7.0)])
    standard = Standardizer.of(x, np.ones(200))
    assert standard(x).mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert standard(x).std(axis=0) == pytest.approx([1, 0])
