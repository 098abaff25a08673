"""How near an item comes to each claim, by kind of text."""

from collections.abc import Sequence

import numpy as np
import pytest

from monitor.baseline import Claim, ClaimReliability, WatchPhrases
from monitor.compare.signals.encoder import Vectors
from monitor.compare.signals.semantic import MeaningIndex

AXES = {"state": 0, "watch one": 1, "watch two": 2, "change one": 3, "change two": 4, "other": 5}


class Axes:
    """Every known text is an axis of its own, so that each cosine is known beforehand."""

    name = "axes"

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.eye(len(AXES), dtype=np.float32)[[AXES[t] for t in texts]]


def claim(number: int, statement: str, watch: list[str], changes_if: list[str]) -> Claim:
    return Claim(
        id=f"EXA-{number:03d}", key="a", section="1", topic="other", statement=statement, quote="a", as_of="2024",
        status=ClaimReliability.IN_FORCE, watch=WatchPhrases(ru=watch), changes_if=changes_if,
    )  # fmt: skip


INDEX = MeaningIndex(
    [claim(1, "other", ["other"], ["other"]), claim(2, "state", ["watch one", "watch two"], ["change one", "change two"])], Axes()
)
ITEM = np.array([[0.6, 0, 0, 0, 0.8, 0], [0, 0, 1, 0, 0, 0]], dtype=np.float32)  # two sentences


def test_the_nearest_sentence_counts_for_each_kind_of_text() -> None:
    (near,) = INDEX.near([ITEM])
    meaning = INDEX.match(near)
    assert meaning.states == pytest.approx([0, 0.6])
    assert meaning.watch == pytest.approx([0, 1])
    assert meaning.changes == pytest.approx([0, 0.8])


def test_the_development_that_is_nearest_is_named_by_its_position() -> None:
    assert INDEX.match(INDEX.near([ITEM])[0]).nearest_change(1) == 1


def test_some_claims_alone_give_what_they_give_among_all() -> None:
    some = INDEX.match_among(ITEM, np.array([1]))
    assert [some.states[0], some.watch[0], some.changes[0]] == pytest.approx([0.6, 1, 0.8])
    assert some.nearest_change(0) == 1


def test_items_set_against_the_claims_together_give_what_each_gives_alone() -> None:
    other = np.array([[0, 1, 0, 0, 0, 0]], dtype=np.float32)
    both = INDEX.near([ITEM, other])
    assert both[0].tolist() == INDEX.near([ITEM])[0].tolist()
    assert both[1].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]


def test_a_claims_mean_weighs_its_kinds_and_not_its_number_of_texts() -> None:
    means = INDEX.means([1.0, 2.0, 0.0])
    assert means[1] == pytest.approx([1, 1, 1, 0, 0, 0])
