"""The doctor: every setting with its value and origin, what is wrong, and the fix."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli_runner import Ran

Run = Callable[..., Ran]


def findings(ran: Ran) -> dict[str, dict[str, str]]:
    return {f["what"]: f for f in ran.json}


def test_the_doctor_finds_a_fresh_machine_well(ajour: Run, tmp_path: Path) -> None:
    ran = ajour("doctor", "--json")
    assert ran.code == 0, [f for f in ran.json if f["state"] == "wrong"]
    assert findings(ran)["AJOUR_DATA"]["how"] == f"{tmp_path / 'var'} (environment)"
    assert not (tmp_path / "var").exists(), "looking changes nothing"


@pytest.mark.parametrize(
    ("variable", "value", "what", "says"),
    [
        ("AJOUR_WORKRS", "4", "AJOUR_WORKRS", "no setting has this name"),
        ("AJOUR_WORKERS", "many", "settings", "AJOUR_WORKERS='many'"),
        ("AJOUR_WORKERS", "0", "settings", "out of range. Write at least 1"),
        ("AJOUR_ALLOW_LOOPBACK", "true", "AJOUR_ALLOW_LOOPBACK", "True"),
        ("AJOUR_SOURCES", "/nowhere/sources.yml", "watch list", "cannot be read"),
        ("AJOUR_BASELINE", "/nowhere", "baselines", "contains no baseline"),
        ("AJOUR_DATABASE", "nonsense", "database", ""),
        ("AJOUR_DESK_USER_HEADER", "Remote-User", "sign-in", "is not trusted from any address"),
    ],
)
def test_the_doctor_tells_what_is_wrong(
    ajour: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    ran = ajour("doctor", "--json")
    assert ran.code == 1
    found = findings(ran)[what]
    assert found["state"] == "wrong"
    assert says in found["how"]
    assert found["do"]


def test_the_doctor_never_shows_a_password(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_DATABASE", "postgresql://ajour:hunter2@127.0.0.1:9/ajour")
    monkeypatch.setenv("AJOUR_SMTP_PASSWORD", "hunter2")
    for ran in (ajour("doctor"), ajour("doctor", "--json")):
        assert "hunter2" not in ran.out + ran.err


def test_what_needs_attention_comes_first(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_WORKRS", "4")
    states = [f["state"] for f in ajour("doctor", "--json").json]
    assert states == sorted(states, key=["wrong", "note", "well"].index)
    assert states[0] == "wrong"
