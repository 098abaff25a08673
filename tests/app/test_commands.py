"""The command line as people and scripts meet it: exit codes, plain words instead of tracebacks,
JSON where a machine reads.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import common, main
from db.engine import CannotOpen, connect
from db.migrate import upgrade
from tests.cli_runner import Ran
from tests.e2e.outlet_server import ROOT, watch_list, world
from tests.fake_encoder import BagOfWords

Run = Callable[..., Ran]


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    assert (common.DONE, common.NEEDS_A_PERSON, common.WRONG_INPUT, common.MACHINE, common.INTERRUPTED) == (0, 1, 2, 3, 130)
    assert all(str(c) in (main.__doc__ or "") for c in (0, 1, 2, 3, 130)), "the module says what they mean"


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [(CannotOpen("the disk is full"), 3, "the disk is full"), (KeyboardInterrupt(), 130, "interrupted; everything stored is kept")],
)
def test_expected_failures_are_plain_words(ajour: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    ran = ajour("cycle")
    assert ran.code == code
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("command", "module", "function"), [("run", "app.runtime.server", "run"), ("worker", "app.runtime.workers", "work")]
)
def test_a_process_that_is_still_starting_hears_a_request_to_end(
    ajour: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, module: str, function: str
) -> None:
    def asked(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        pytest.fail("it went on")

    if command == "worker":
        pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
    monkeypatch.setenv("AJOUR_DATA", str(tmp_path))
    monkeypatch.setattr(importlib.import_module(module), function, asked)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert ajour(command).code == 0
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["replay"], ["sources", "list", "--kind", "fax"], ["digest", "preview", "--days", "0"]]
)
def test_wrong_usage_is_wrong_input(ajour: Run, arguments: list[str]) -> None:
    assert ajour(*arguments).code == 2


def test_help_is_no_failure(ajour: Run) -> None:
    ran = ajour("--help")
    assert ran.code == 0
    assert "replay" in ran.out


# --- reports and sources
# -------------------------------------------------------------------------------------------------


def test_baseline_list_shows_both_reports(ajour: Run) -> None:
    ran = ajour("baseline", "list")
    assert ran.code == 0
    assert "drc-2024" in ran.out
    assert "cedoca-2026" in ran.out


def test_baseline_list_speaks_json(ajour: Run) -> None:
    ran = ajour("baseline", "list", "--json")
    assert {b["report"]["id"]: len(b["claims"]) for b in ran.json} == {"drc-2024": 110, "cedoca-2026": 180}


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
    assert (ran.code, "110 claims, valid" in ran.out, "180 claims, valid" in ran.out) == (0, True, True)


@pytest.mark.parametrize("what", ["baseline", "sources"])
def test_schemas_are_printed_as_json(ajour: Run, what: str) -> None:
    assert ajour(what, "schema").json == json.loads((ROOT / "docs" / f"{what}.schema.json").read_text(encoding="utf-8"))


def test_sources_list_shows_every_source_and_speaks_json(ajour: Run) -> None:
    rows = ajour("sources", "list", "--json").json
    assert len(rows) >= 198
    table = ajour("sources", "list")
    assert table.code == 0
    assert all(r["id"] in table.out for r in rows)
    assert {r["kind"] for r in ajour("sources", "list", "--kind", "telegram", "--json").json} == {"telegram"}


def test_sources_check_refuses_a_relative_address(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = watch_list(tmp_path, "", ["outlet"])
    monkeypatch.setenv("AJOUR_SOURCES", str(path))
    ran = ajour("sources", "check")
    assert ran.code == 2
    assert "sources.0.url: '/outlet' is not an absolute web address. Begin it with http:// or https://" in ran.err


# --- doctor
# --------------------------------------------------------------------------------------------------------------


def findings(ran: Ran) -> dict[str, dict[str, str]]:
    return {f["what"]: f for f in ran.json}


def test_the_doctor_finds_a_fresh_machine_well(ajour: Run, tmp_path: Path) -> None:
    ran = ajour("doctor", "--json")
    assert ran.code == 0, [f for f in ran.json if f["state"] == "wrong"]
    assert findings(ran)["AJOUR_DATA"]["how"] == f"{tmp_path / 'var'} (environment)"
    assert not (tmp_path / "var").exists(), "looking changes nothing"


def test_the_doctor_prints_a_table_for_people(ajour: Run) -> None:
    ran = ajour("doctor")
    assert ran.code == 0
    assert "AJOUR_WORKERS" in ran.out


@pytest.mark.parametrize(
    ("variable", "value", "what", "says"),
    [
        ("AJOUR_WORKRS", "4", "AJOUR_WORKRS", "no setting has this name"),
        ("AJOUR_WORKERS", "many", "settings", "AJOUR_WORKERS='many'"),
        ("AJOUR_WORKERS", "0", "settings", "greater than or equal to 1"),
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


def test_brackets_in_a_setting_are_only_brackets(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_CONTACT", "[/red] [bold]desk")
    ran = ajour("doctor")
    assert ran.code == 0
    assert "[/red] [bold]desk" in ran.out


# --- the database is in the way
# ------------------------------------------------------------------------------------------


def test_a_wrong_setting_is_named_with_its_variable(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_REQUEST_SECONDS", "-1")
    ran = ajour("cycle")
    assert ran.code == 2
    assert "AJOUR_REQUEST_SECONDS='-1'" in ran.err


@pytest.mark.parametrize("address", ["nonsense", "mysql://localhost/ajour", "sqlite://nohost/path.db"])
def test_an_impossible_database_address_is_plain_words(ajour: Run, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("AJOUR_DATABASE", address)
    ran = ajour("digest", "preview")
    assert ran.code in (2, 3)
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_a_database_of_a_newer_version_is_refused_by_every_command(ajour: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    engine = connect(f"sqlite:///{tmp_path / 'var' / 'ajour.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    ran = ajour("digest", "preview")
    assert ran.code == 3
    assert "schema 9999" in ran.err
    assert "newer version" in ran.err


def test_a_file_that_is_no_database_is_refused(ajour: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "ajour.db").write_bytes(b"not a database" * 100)
    ran = ajour("digest", "preview")
    assert ran.code == 3
    assert "is it a database" in ran.err


# Everything is imported by a first, good run; then root becomes nobody, since root may write
# everywhere.
_AS_NOBODY = """
import os, sys
from app.cli import main as cli
sys.argv = ["ajour", "digest", "preview"]
try:
    cli.main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
os.environ["AJOUR_DATA"] = os.environ["LOCKED"]
if os.geteuid() == 0:
    os.seteuid(65534)
cli.main()
"""


def test_a_read_only_folder_is_refused_in_plain_words(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "AJOUR_DATA": str(tmp_path), "LOCKED": f"{name}/var"}
        ran = subprocess.run([sys.executable, "-c", _AS_NOBODY], env=environment, capture_output=True, text=True, check=False)
        Path(name).chmod(0o755)
    assert ran.returncode == 3, ran.stderr
    assert "cannot make" in ran.stderr
    assert "Permission denied" in ran.stderr
    assert "Traceback" not in ran.stderr


# --- cycle and digest
# ----------------------------------------------------------------------------------------------------


def test_cycle_and_digest_do_the_main_job(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
    with world() as played:
        monkeypatch.setenv("AJOUR_SOURCES", str(watch_list(tmp_path, played.address, ["north", "south", "absent"])))
        first, second = ajour("cycle", "--json"), ajour("cycle")
    assert (first.code, second.code) == (0, 0)
    counts = first.json
    assert (counts["looked"], counts["new"], counts["compared"]) == (3, 5, 5)
    assert counts["outcomes"]["new_items"] == 2
    assert "0 sources looked at" in second.out
    ran = ajour("digest", "preview", "--out", tmp_path / "out")
    assert ran.code == 0
    assert (tmp_path / "out" / "digest.html").read_text(encoding="utf-8").lstrip().startswith("<!")
    assert "Absent" in (tmp_path / "out" / "digest.txt").read_text(encoding="utf-8"), "a blind source is news"
    assert ajour("digest", "preview", "--report", "nonsense").code == 2


def test_a_cycle_in_which_every_source_was_blind_needs_a_person(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
    with world() as played:
        monkeypatch.setenv("AJOUR_SOURCES", str(watch_list(tmp_path, played.address, ["absent"])))
        assert ajour("cycle").code == 1


def test_the_console_script_starts_in_a_process_of_its_own(tmp_path: Path) -> None:
    environment = {**os.environ, "AJOUR_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "baseline", "check"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
