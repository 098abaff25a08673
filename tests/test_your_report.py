"""docs/your-report.md, followed word for word: each command of the guide, in its order."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests import cli_runner
from tests.fake_encoder import BagOfWords
from tests.monitor import report_files

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "your-report.md"
FLAGGED = "Штраф для иноагентов за отсутствие плашки вырос до 100 тысяч рублей, закон подписан"


@pytest.mark.slow
def test_the_guide_leads_from_a_document_to_the_first_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AJOUR_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("AJOUR_SOURCES", str(_no_sources(tmp_path)))
    (tmp_path / "agents.docx").write_bytes(report_files.as_docx())
    item = {"id": "1", "outlet": "O", "url": "https://o.example/1", "published": "2025-09-01", "lang": "ru", "title": FLAGGED, "text": ""}
    (tmp_path / "items.jsonl").write_text(json.dumps(item, ensure_ascii=False), encoding="utf-8")
    commands = re.findall(r"^    ajour (.+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 6
    said = list[str]()
    for command in commands:
        if command.startswith("baseline check"):
            # Names what is empty
            assert "statement" in cli_runner.run(monkeypatch, *shlex.split(command)).err
            _complete(tmp_path / "agents-2025.yml")
        ran = cli_runner.run(monkeypatch, *shlex.split(command))
        assert ran.code == 0, (command, ran.err)
        said.append(ran.out)
    assert "draft claims wait" in said[0]
    assert "1 of 1 items would be flagged for agents-2025." in said[4]


def _complete(path: Path) -> None:
    """What the guide asks a person for: an English statement where it is empty."""
    draft = yaml.safe_load(path.read_text(encoding="utf-8"))
    for claim in draft["claims"]:
        claim["statement"] = claim["statement"] or claim["quote"]
    path.write_text(yaml.safe_dump(draft, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _no_sources(folder: Path) -> Path:
    """A watch list without a stream: the guide's cycle fetches nothing."""
    row = {"id": "o", "name": "O", "kind": "none", "host": "o.example", "languages": ["ru"], "type": "exiled_media", "tier": 2, "cited_in": ["added"], "confidence": "high", "reason": "a test"}  # fmt: skip
    path = folder / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": [row]}), encoding="utf-8")
    return path
