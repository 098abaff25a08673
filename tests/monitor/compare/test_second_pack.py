"""A second pack without a fit: reports of another subject than the model was fitted on. The items
are our own; half of them were written and never looked at before the pack was finished.
"""

import json
from pathlib import Path

import pytest

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.replay_items import read_items
from monitor.baseline import load_baseline
from monitor.compare.decide.assess import compare_documents, prepare
from monitor.compare.decide.model import load_model
from monitor.compare.reading.vocabulary import vocabulary

ITEMS = Path(__file__).parent / "packs"
EXAMPLE = Path(__file__).parents[3] / "baseline" / "examples" / "agents-2025.yml"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Container:
    return Container(load_settings(data=tmp_path_factory.mktemp("var")))


@pytest.mark.slow
@pytest.mark.parametrize("half", ["tuned", "held-out"])
def test_updates_of_a_second_subject_are_found_without_a_fit(desk: Container, half: str) -> None:
    labels = {row["id"]: row for row in map(json.loads, (ITEMS / f"agents-{half}.labels.jsonl").read_text(encoding="utf-8").splitlines())}
    report = prepare(load_baseline(EXAMPLE), desk.claims_encoder, vocabulary(), load_model(vocabulary()))
    documents = [line.document for line in read_items(ITEMS / f"agents-{half}.items.jsonl")]
    found = right = first = 0
    for result in compare_documents(documents, [report], vocabulary(), desk.encoder):
        assert isinstance(result, tuple)
        (assessment,) = result[1]
        label = labels[assessment.id]
        found += assessment.flag
        right += assessment.flag and label["flag"]
        first += label["flag"] and assessment.claims[0][0] in label["claims"]
    updates = sum(row["flag"] for row in labels.values())
    assert right / updates >= 0.8
    assert right / found >= 0.7
    assert first / updates >= 0.8
