"""`ajour doctor` as a table for people; `ajour demo` is played whole in tests/e2e/test_demo.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.runtime.settings import Settings
from app.tools.demo import run as demo_run
from tests.cli_runner import Ran

Run = Callable[..., Ran]


def test_the_doctor_prints_a_table_for_people(ajour: Run) -> None:
    ran = ajour("doctor")
    assert ran.code == 0
    assert "AJOUR_WORKERS" in ran.out


def test_brackets_in_a_setting_are_only_brackets(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_CONTACT", "[/red] [bold]desk")
    ran = ajour("doctor")
    assert ran.code == 0
    assert "[/red] [bold]desk" in ran.out


@pytest.mark.parametrize(("arguments", "opened"), [((), False), (("--desk",), True), (("--no-desk",), False)])
def test_the_demo_opens_the_desk_of_its_own_database_when_asked(
    ajour: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], opened: bool
) -> None:
    played: list[Path] = []
    desks: list[Settings] = []
    monkeypatch.setattr(demo_run, "run_demo", lambda folder, _out, _bar: played.append(folder))
    monkeypatch.setattr("app.cli.serve.open_desk", desks.append)
    assert ajour("demo", "--folder", tmp_path / "demo", *arguments).code == 0
    assert played == [tmp_path / "demo"]
    assert [d.database for d in desks] == ([f"sqlite:///{tmp_path / 'demo' / 'demo.db'}"] if opened else [])
