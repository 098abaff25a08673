"""What each group of signals is worth, and how far a score can be taken at its word."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from monitor.compare.decide.model import blank_model
from monitor.compare.reading.annotate import read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.pair_signals import PAIR
from monitor.compare.training.evaluation import ReliabilityBin, calibration, calibration_svg, markdown, without
from tests.monitor.compare.labelled import example, labelled

pytest.importorskip("scipy")
pytest.importorskip("sklearn")


@pytest.mark.slow
def test_without_the_signals_that_decide_less_is_distinguished() -> None:
    many, one = "Студентов массово призывают", "Студента по повестке призывают"
    examples = []
    for e in labelled():
        document = replace(e.read.document, title=many if e.label["flag"] else one)
        measured = replace(e.measured, reading=read_item(document, vocabulary()), pair_rows=np.eye(2, len(PAIR)))
        examples.append(replace(e, measured=measured))
    flags = np.array([e.label["flag"] for e in examples])

    def apart(group: str) -> float:
        scores = without(examples, blank_model(vocabulary()), group)
        return float(scores[flags].mean() - scores[~flags].mean())

    assert apart("stage") > apart("people and scale")


def test_calibration_sets_the_score_beside_the_share_of_updates() -> None:
    examples = [example(f"{i}", i < 3) for i in range(10)]
    low, high = calibration(examples, np.array([0.95] * 4 + [0.02] * 6))
    assert (low.items, low.share) == (6, 0.0)
    assert (high.items, high.share) == (4, 0.75)
    assert high.mean_score == pytest.approx(0.95)


def test_a_table_leaves_a_cell_empty_where_nothing_was_measured() -> None:
    assert markdown("m", ["a", "items"], {"x": {"items": 1234.0}}) == "| m | a | items |\n| --- | ---: | ---: |\n| x |  | 1,234 |\n"


def test_the_picture_has_a_dot_for_each_bin_and_is_well_formed() -> None:
    picture = calibration_svg([ReliabilityBin(0.0, 0.1, 60, 0.02, 0.0), ReliabilityBin(0.9, 1.0, 4, 0.95, 0.75)])
    dots = [e for e in ElementTree.fromstring(picture).iter() if e.tag.endswith("circle")]
    assert len(dots) == 2
    assert "75% of 4 items" in picture
