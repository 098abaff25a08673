"""Pair signals: how near an item is to each claim."""

import numpy as np

from monitor.compare.reading.values import ValueChange
from monitor.compare.signals.pair_signals import PAIR, PairInputs, pair_features
from monitor.compare.signals.phrase_match import PhraseMatch
from monitor.compare.signals.semantic import SemanticMatch
from monitor.compare.statements.differ import STATEMENT

SCORES, NONE = np.array([0.1, 0.6], dtype=np.float32), np.zeros(2)


def inputs(changes: dict[int, list[ValueChange]]) -> PairInputs:
    flags = np.array([True, False])
    return PairInputs(
        wording=PhraseMatch(SCORES, SCORES, 0.25, {}),
        meaning=SemanticMatch(SCORES, SCORES, SCORES, SCORES, np.array([0])),
        topic_title=flags,
        topic_body=~flags,
        law=~flags,
        changes=changes,
        restated={0: 0.0, 1: 0.5},
        concepts=NONE,
        statements=np.arange(2 * len(STATEMENT), dtype=float).reshape(2, -1),
    )


def test_a_row_for_each_claim_and_a_column_for_each_signal() -> None:
    rows = pair_features(inputs({}))
    assert rows.shape == (2, len(PAIR))
    assert rows[:, PAIR.index("topic_title")].tolist() == [1.0, 0.0]
    assert rows[1, -len(STATEMENT) :].tolist() == [float(x) for x in range(len(STATEMENT), 2 * len(STATEMENT))]


def test_a_claim_whose_value_is_restated_bears_the_share() -> None:
    assert pair_features(inputs({}))[:, PAIR.index("values")].tolist() == [0.0, 0.5]
