"""The recipes of CONTRIBUTING.md that no module of its own follows: a new report, a new digest
language.
"""

import json
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from alerts import i18n
from tests import cli_runner
from tests.fake_encoder import BagOfWords
from tests.monitor.test_baseline import GOOD

ROOT = Path(__file__).resolve().parents[1]


def test_a_new_report_is_checked_listed_and_compared_by_its_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "example.yml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("AJOUR_BASELINE", str(reports))
    assert cli_runner.run(monkeypatch, "baseline", "check").code == 0
    assert "EXA-002" in cli_runner.run(monkeypatch, "baseline", "list", "example").out
    item = {"id": "1", "outlet": "An outlet", "url": "https://outlet.example/1", "published": "2025-03-01", "lang": "ru",
            "title": "Путин подписал указ о новой волне мобилизации резервистов", "text": ""}  # fmt: skip
    (tmp_path / "items.jsonl").write_text(json.dumps(item, ensure_ascii=False), encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert cli_runner.run(monkeypatch, "replay", tmp_path / "items.jsonl", "--baseline", "example", "--out", out).code == 0
    (line,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert line["claims"][0]["id"] == "EXA-001"


def test_a_new_digest_language_is_a_catalogue_and_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "alerts" / "locale" / "da", tmp_path / "sv")
    path = tmp_path / "sv" / "LC_MESSAGES" / "ajour.po"
    with path.open("rb") as file:
        texts = read_po(file, locale="sv")
    message = texts.get("no date")
    assert message is not None
    message.string = "inget datum"
    with path.open("wb") as file:
        write_po(file, texts)
    monkeypatch.setattr(i18n, "CATALOGUES", tmp_path)
    monkeypatch.setitem(i18n.LANGUAGES, "sv", "Svenska")
    i18n.catalogue.cache_clear()
    i18n.locale.cache_clear()
    try:
        assert i18n.day(None, "sv") == "inget datum"
        assert i18n.weekdays("sv")[0] == "måndag"
    finally:
        i18n.catalogue.cache_clear()
        i18n.locale.cache_clear()
