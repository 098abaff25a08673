"""`ajour replay`, `why`, `fit`, `evaluate`: what each refuses, and what it prints."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.settings import load_settings
from tests.baselines import small_baseline
from tests.cli_runner import Ran
from tests.fake_encoder import BagOfWords
from tests.review.factory import Filled

Run = Callable[..., Ran]
ITEM = {
    "id": "a", "outlet": "x", "url": "https://x.example/a", "published": "2026-03-01", "title": "Путин подписал указ о призыве резервистов на сборы",
    "text": "Указ опубликован. Резервистов призовут на сборы на два месяца.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The light encoder and reports of a few claims."""
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.setenv("AJOUR_BASELINE", str(small_baseline()))


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.jsonl"
    path.write_text(json.dumps(ITEM, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def test_replay_writes_a_line_for_each_item(ajour: Run, items: Path, tmp_path: Path) -> None:
    ran = ajour("replay", items, "--baseline", "drc-2024", "--out", tmp_path / "out.jsonl", "--cores", "1")
    assert ran.code == 0, ran.err
    assert "1 items compared with drc-2024" in ran.err
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["id"] == "a"


def test_replay_refuses_an_unknown_report_before_it_reads_the_items(ajour: Run, tmp_path: Path) -> None:
    ran = ajour("replay", tmp_path / "absent.jsonl", "--baseline", "drc-1999", "--out", tmp_path / "out.jsonl")
    assert (ran.code, "drc-1999" in ran.err, "absent.jsonl" in ran.err) == (2, True, False)


def test_replay_never_overwrites_its_own_items(ajour: Run, items: Path) -> None:
    before = items.read_bytes()
    ran = ajour("replay", items, "--baseline", "drc-2024", "--out", items)
    assert (ran.code, "is the file of items itself" in ran.err) == (2, True)
    assert items.read_bytes() == before


def test_why_explains_an_item_of_a_file_for_each_report(ajour: Run, items: Path) -> None:
    answers = ajour("why", "a", "--items", items, "--json").json
    assert [a["report"] for a in answers] == ["cedoca-2026", "drc-2024"]
    for answer in answers:
        assert answer["flag"] == (answer["score"] >= answer["threshold"])
        assert len(answer["claims"]) == 5


def test_why_explains_a_stored_item_to_people(database: Engine, ajour: Run) -> None:
    monitor = Container(load_settings()).monitor()
    monitor.register()  # the reports of the files
    monitor.close()
    filled = Filled(database)
    filled.source("example")
    filled.item("example", ITEM["title"], ITEM["text"])
    ran = ajour("why", "1", "--baseline", "drc-2024")
    assert ran.code == 0, ran.err
    assert ITEM["title"] in ran.out
    assert "flagged, score" in ran.out
    assert "weighs" in ran.out


@pytest.mark.usefixtures("database")
def test_why_refuses_an_item_that_does_not_exist(ajour: Run) -> None:
    ran = ajour("why", "77")
    assert (ran.code, "no item has this id or address" in ran.err) == (2, True)


@pytest.mark.parametrize("command", ["fit", "evaluate"])
def test_a_folder_without_labels_is_refused(ajour: Run, tmp_path: Path, command: str) -> None:
    ran = ajour(command, tmp_path)
    assert (ran.code, "holds no pair" in ran.err) == (2, True)


def test_replay_compares_with_the_claims_of_an_earlier_edition_alone(
    ajour: Run, items: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reports"
    shutil.copytree(small_baseline(), folder)
    report = yaml.safe_load((folder / "drc-2024.yml").read_text(encoding="utf-8"))
    first, *later = report["claims"]
    report["claims"] = [first, *({**claim, "added": "2026-11"} for claim in later)]
    (folder / "drc-2024.yml").write_text(yaml.safe_dump(report, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("AJOUR_BASELINE", str(folder))

    def named(*options: str) -> set[str]:
        ran = ajour("replay", items, "--baseline", "drc-2024", "--out", tmp_path / "out.jsonl", "--cores", "1", *options)
        assert ran.code == 0, ran.err
        (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        return {claim["id"] for claim in json.loads(line)["claims"]}

    assert named("--claims-before", "2026-11") == {first["id"]}
    assert len(named()) == len(named("--claims-before", "2026-12")) > 1


def test_a_month_that_is_none_is_refused(ajour: Run, items: Path, tmp_path: Path) -> None:
    ran = ajour("replay", items, "--baseline", "drc-2024", "--out", tmp_path / "out.jsonl", "--claims-before", "November")
    assert (ran.code, "is not a month" in ran.err) == (2, True)
