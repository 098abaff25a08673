"""A report of one's own on the command line: from its file to its first flag."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from tests.cli_runner import Ran
from tests.fake_encoder import BagOfWords
from tests.monitor import report_files

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Ran]
HEAD = ("--publisher", "A desk", "--research-closed", "2025-06-30", "--language", "en", "--pack", "foreign_agents")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "agents.docx"
    path.write_bytes(report_files.as_docx())
    return path


def test_a_new_report_needs_its_head_and_says_what_is_missing(ajour: Run, database: Engine, report: Path) -> None:
    ran = ajour("baseline", "import", report, "agents-x")
    assert ran.code == 2
    assert "publisher: is missing" in ran.err
    assert ajour("baseline", "new", "agents-x", "--title", "T").code == 2


def test_an_unknown_pack_is_refused_with_those_there_are(ajour: Run, database: Engine, report: Path) -> None:
    wrong = ["weather" if word == "foreign_agents" else word for word in HEAD]
    for ran in (ajour("baseline", "import", report, "agents-x", *wrong), ajour("baseline", "new", "agents-x", "--title", "T", *wrong)):
        assert ran.code == 2
        assert "there is no pack 'weather'; there are: foreign_agents, military" in ran.err


def test_a_document_becomes_drafts_that_a_person_completes_and_imports(
    ajour: Run, database: Engine, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    ran = ajour("baseline", "import", report, "agents-x", *HEAD)
    assert ran.code == 0
    assert "DOCX: 3 sections, 8 sentences, 3 footnotes." in ran.out
    drafts = tmp_path / "agents-x.yml"
    assert ajour("baseline", "drafts", "agents-x", "--out", drafts).code == 0
    assert "claims.0.statement" in ajour("baseline", "check", drafts).err
    written = yaml.safe_load(drafts.read_text(encoding="utf-8"))
    for claim in written["claims"]:
        claim["statement"] = claim["statement"] or "What the sentence says."
    drafts.write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert ajour("baseline", "check", drafts).code == 0
    ran = ajour("baseline", "import", drafts)
    assert f"agents-x: {len(written['claims'])} new claims, 0 changed." in ran.out
    assert "agents-x" in ajour("baseline", "list", "--desk").out
    exported = ajour("baseline", "export", "agents-x").out
    assert yaml.safe_load(exported)["claims"][0]["quote"] == report_files.sentences()[0]
    item = {
        "id": "1",
        "outlet": "O",
        "url": "https://o.example/1",
        "published": "2025-09-01",
        "lang": "ru",
        "title": "Штраф для иноагентов вырос до 100 тысяч рублей: закон вступил в силу",
        "text": "",
    }
    (tmp_path / "items.jsonl").write_text(json.dumps(item, ensure_ascii=False), encoding="utf-8")
    ran = ajour("baseline", "dry-run", "agents-x", tmp_path / "items.jsonl")
    assert "1 of 1 items would be flagged for agents-x." in ran.out


def test_a_later_edition_gives_drafts_for_what_is_new_only(ajour: Run, database: Engine, tmp_path: Path) -> None:
    first, second = tmp_path / "one.md", tmp_path / "two.md"
    first.write_bytes(report_files.as_markdown())
    added = "The fine for foreign agents rose to 100,000 roubles on 1 June 2025, according to the law."
    second.write_bytes(report_files.as_markdown().replace(b"It is unclear", f"{added} It is unclear".encode()))
    assert ajour("baseline", "import", first, "agents-x", *HEAD).code == 0
    ran = ajour("baseline", "import", second, "agents-x")
    assert "Compared with the edition before: 1 new sentences, 0 rewritten, 0 gone." in ran.out
    assert "1 draft claims wait" in ran.out


def test_an_import_of_yaml_is_the_work_of_an_editor_and_exports_the_same_file(ajour: Run, database: Engine, tmp_path: Path) -> None:
    shipped = ROOT / "baseline" / "examples" / "agents-2025.yml"
    assert "10 new claims, 0 changed" in ajour("baseline", "import", shipped).out
    assert "0 new claims, 0 changed" in ajour("baseline", "import", shipped).out
    out = tmp_path / "out.yml"
    assert ajour("baseline", "export", "agents-2025", "--out", out).code == 0
    assert out.read_bytes() == shipped.read_bytes()


def test_what_is_no_report_is_refused(ajour: Run, database: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7 broken")
    assert "x.pdf: PDF that cannot be read" in ajour("baseline", "import", tmp_path / "x.pdf", "agents-x", *HEAD).err
    assert ajour("baseline", "import", tmp_path / "absent.docx", "agents-x").code == 2
    assert "the report of x.pdf is not named" in ajour("baseline", "import", tmp_path / "x.pdf").err
    assert ajour("baseline", "export", "nothing").code == 2
    assert ajour("baseline", "drafts", "nothing").code == 2


def test_a_report_begun_by_hand_has_no_claims_yet(ajour: Run, database: Engine, tmp_path: Path) -> None:
    assert ajour("baseline", "new", "agents-x", "--title", "T", *HEAD).code == 0
    (tmp_path / "items.jsonl").write_text('{"id": "1", "title": "x"}', encoding="utf-8")
    ran = ajour("baseline", "dry-run", "agents-x", tmp_path / "items.jsonl")
    assert (ran.code, "has no claims yet" in ran.err) == (1, True)
