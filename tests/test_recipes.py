"""The recipes of CONTRIBUTING.md that no module of its own follows: a new signal, a new report, a
new digest language.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po, write_po

from alerts import i18n
from db import reason_codes
from monitor.baseline import load_baseline
from monitor.compare.decide.assess import assess, prepare, read_documents
from monitor.compare.decide.model import Model, blank_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals import features
from monitor.compare.signals.signal_docs import markdown
from monitor.compare.training.train import fit_verdict, matrix
from tests import cli_runner
from tests.fake_encoder import BagOfWords
from tests.monitor.compare.labelled import example
from tests.monitor.test_baseline import GOOD

ROOT = Path(__file__).resolve().parents[1]


def test_a_new_signal_is_one_record_and_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not here (the extra ajour[fit])")
    signal = features.Signal("speaks_of_women", "people and scale", +1, lambda item: float("женщин" in item.reading.title.lower()))
    text = "its title speaks of women"
    registered = features._statement_signals
    monkeypatch.setattr(features, "_statement_signals", lambda: [*registered(), signal])
    monkeypatch.setitem(reason_codes.SIGNALS, "speaks_of_women", text)
    words = vocabulary()
    blank = blank_model(words)
    # The page and the ablation have it
    assert f"| `speaks_of_women` | people and scale | +1 | yes | {text} |\n" in markdown(blank.registry)
    assert blank.registry.names[-1] == "speaks_of_women"
    assert text in reason_codes.all_texts()
    # The fit gives it a weight of its sign, also where the labels say the opposite
    agree, oppose = (_fitted(blank, for_updates) for for_updates in (True, False))
    assert agree.weights[-1] > oppose.weights[-1] >= 0
    # An item that has it is flagged for it, in every language
    weights = np.append(np.zeros(len(blank.registry.names) - 1), 2.0)
    report = prepare(load_baseline(ROOT / "baseline" / "drc-2024.yml"), BagOfWords(), words, replace(blank, weights=weights))
    document = Document("1", "An outlet", "https://outlet.example/1", "2026-03-01", "ru", "Женщин начнут призывать на службу", "")
    assessment = assess(next(iter(read_documents([document], words, BagOfWords()))), report)
    reason = reason_codes.Reason(reason_codes.ReasonCode.SIGNAL_FOR, {"signal": "speaks_of_women", "words": []})
    assert reason in assessment.reasons
    assert reason.text({"for: %(signal)s%(words)s": "pour : %(signal)s%(words)s", text: "son titre parle de femmes"}.__getitem__) == (
        "pour : son titre parle de femmes"
    )


def _fitted(blank: Model, for_updates: bool) -> Model:
    """The model fitted to items of which the updates, or all others, have the signal."""
    labelled = [example(f"{n}", n % 2 == 0, event=f"e{n}", speaks_of_women=float((n % 2 == 0) is for_updates)) for n in range(40)]
    standard, weights, intercept = fit_verdict(*matrix(labelled, blank.registry), blank.registry)
    return replace(blank, weights=weights, means=standard.means, scales=standard.scales, intercept=intercept)


@pytest.mark.slow
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
