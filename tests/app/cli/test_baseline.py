"""`ajour baseline …`: the known claims and their schema."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli_runner import Ran

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Ran]


def test_baseline_list_shows_both_reports(ajour: Run) -> None:
    ran = ajour("baseline", "list")
    assert ran.code == 0
    assert "drc-2024" in ran.out
    assert "cedoca-2026" in ran.out


def test_baseline_list_speaks_json(ajour: Run) -> None:
    ran = ajour("baseline", "list", "--json")
    assert {b["report"]["id"]: len(b["claims"]) for b in ran.json} == {"drc-2024": 136, "cedoca-2026": 293}


def test_the_claims_of_one_report_are_listed(ajour: Run) -> None:
    ran = ajour("baseline", "list", "drc-2024")
    assert ran.code == 0
    assert "DRC-001" in ran.out
    assert "CED-001" not in ran.out


def test_a_report_that_does_not_exist_is_refused_with_those_that_do(ajour: Run) -> None:
    ran = ajour("baseline", "list", "drc-1999")
    assert ran.code == 2
    assert "drc-1999" in ran.err
    assert "drc-2024" in ran.err


def test_baseline_check_names_file_line_field_and_fix(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "baseline" / "drc-2024.yml").read_text(encoding="utf-8").replace("topic: evasion_penalties", "topic: weather", 1)
    (tmp_path / "drc-2024.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("AJOUR_BASELINE", str(tmp_path))
    ran = ajour("baseline", "check")
    line = text[: text.index("topic: weather")].count("\n") + 1
    assert ran.code == 2
    assert f"drc-2024.yml:{line}: claims.0.topic: 'weather' is not known. Use one of" in ran.err
    assert "Traceback" not in ran.err


def test_baseline_check_is_well_with_what_ships(ajour: Run) -> None:
    ran = ajour("baseline", "check")
    assert (ran.code, "136 claims, valid" in ran.out, "293 claims, valid" in ran.out) == (0, True, True)


@pytest.mark.parametrize(("arguments", "file"), [((), "baseline"), (("--subjects",), "subjects")])
def test_the_schema_is_the_one_in_the_docs(ajour: Run, arguments: tuple[str, ...], file: str) -> None:
    assert ajour("baseline", "schema", *arguments).json == json.loads((ROOT / "docs" / f"{file}.schema.json").read_text(encoding="utf-8"))
