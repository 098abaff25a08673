"""Folders of labelled items: pairs are found, wrong names refused, and a fit is written down."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.replay_items import WrongItems
from app.tools.train_data import dataset_paths, first_edition, labels_path, load_examples
from monitor.compare.decide.model import blank_model
from tests.baselines import small_baseline
from tests.fake_encoder import BagOfWords

ITEM = {
    "id": "a",
    "outlet": "x",
    "url": "https://x.example/a",
    "published": "2026-03-01",
    "title": "Путин подписал указ о призыве",
    "text": "Указ опубликован.",
}


class LightContainer(Container):
    encoder = BagOfWords()


def pair(folder: Path, name: str, label: dict[str, object]) -> None:
    (folder / f"{name}.items.jsonl").write_text(json.dumps(ITEM, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / f"{name}.labels.jsonl").write_text(json.dumps(label) + "\n", encoding="utf-8")


LABEL: dict[str, object] = {"id": "a", "flag": True, "class": "update", "claims": ["DRC-001"], "event": "e1"}


def test_only_items_with_labels_are_a_data_set(tmp_path: Path) -> None:
    pair(tmp_path, "b-drc-2024", LABEL)
    pair(tmp_path, "a-drc-2024", LABEL)
    (tmp_path / "c-drc-2024.items.jsonl").write_text("", encoding="utf-8")
    assert [p.name for p in dataset_paths(tmp_path)] == ["a-drc-2024.items.jsonl", "b-drc-2024.items.jsonl"]
    assert labels_path(tmp_path / "a-drc-2024.items.jsonl") == tmp_path / "a-drc-2024.labels.jsonl"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongItems, match="holds no pair"):
        dataset_paths(tmp_path)


def test_a_name_that_ends_with_no_report_is_refused_with_the_reports(tmp_path: Path) -> None:
    pair(tmp_path, "headlines", LABEL)
    container = LightContainer(load_settings(data=tmp_path, baseline=small_baseline()))
    with pytest.raises(WrongItems, match=r"its name ends with no report's id \(.*drc-2024.*\)"):
        load_examples(container, tmp_path, blank_model(container.words))


@pytest.mark.slow
def test_items_are_measured_with_their_labels_and_the_files_have_a_digest(tmp_path: Path) -> None:
    pair(tmp_path, "headlines-drc-2024", LABEL)
    container = LightContainer(load_settings(data=tmp_path / "var", baseline=small_baseline()))
    done: list[tuple[str, int]] = []
    examples, digest = load_examples(container, tmp_path, blank_model(container.words), lambda name, n: done.append((name, n)))
    assert done == [("headlines-drc-2024", 1)]
    assert len(examples) == 1
    pair(tmp_path, "headlines-drc-2024", {**LABEL, "flag": False, "class": "other"})
    assert load_examples(container, tmp_path, blank_model(container.words))[1] != digest


def test_the_claims_of_the_first_edition_are_measured_alone(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(small_baseline(), reports)
    pair(tmp_path, "headlines-drc-2024", LABEL)
    container = LightContainer(load_settings(data=tmp_path / "var", baseline=reports))
    model = blank_model(container.words)
    for path in sorted(reports.glob("*.yml")):  # the report measured comes last
        old = yaml.safe_load(path.read_text(encoding="utf-8"))
        for claim in old["claims"]:
            claim.pop("added", None)
        path.write_text(yaml.safe_dump(old, allow_unicode=True), encoding="utf-8")
    assert first_edition(container, tmp_path, model) is None
    old["claims"][-1]["added"] = "2026-11"
    (reports / "drc-2024.yml").write_text(yaml.safe_dump(old, allow_unicode=True), encoding="utf-8")
    alone = first_edition(container, tmp_path, model)
    assert alone is not None
    assert [c.id for c in alone[0].measured.claims] == [c["id"] for c in old["claims"][:-1]]
