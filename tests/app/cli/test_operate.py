"""Commands for operators: backup, restore, export, import, report, canary, schema, health check."""

import importlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.runtime.health import Pulse, Serving, create_health
from app.runtime.metrics import Metrics
from app.tools import canary
from db import schema
from db.engine import reading
from db.models import ItemVersionRow
from tests.cli_runner import Ran
from tests.review.factory import Filled

Run = Callable[..., Ran]


@pytest.fixture
def filled(database: Engine) -> Filled:
    """A desk with one flagged item."""
    result = Filled.with_claims(database)
    result.flag(title="Штраф подняли")
    return result


def titles(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [row.title for row in session.query(ItemVersionRow)]


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


def test_an_unknown_queue_is_refused_with_those_that_exist(ajour: Run) -> None:
    pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
    before = signal.getsignal(signal.SIGTERM)
    try:
        ran = ajour("worker", "--queue", "fax")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (ran.code, ran.err) == (2, "no queue fax; there are: schedule, watch, compare, send, translate\n")


def test_a_backup_is_restored_over_a_database_that_went_on(filled: Filled, ajour: Run, tmp_path: Path) -> None:
    made = ajour("backup", tmp_path / "b.zip", "--json").json
    assert (made["revision"], made["rows"]["item"]) == (schema.head(), 1)
    filled.item("tass", "Later")
    filled.engine.dispose()
    assert "verified" in ajour("restore", tmp_path / "b.zip", "--check").out
    refused = ajour("restore", tmp_path / "b.zip")
    assert (refused.code, "--replace" in refused.err) == (3, True)
    assert ajour("restore", tmp_path / "b.zip", "--replace").code == 0
    assert titles(filled.engine) == ["Штраф подняли"]


def test_an_export_is_imported_into_an_empty_database(filled: Filled, ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ajour("export", tmp_path / "all.zip").code == 0
    assert ajour("import", tmp_path / "all.zip").code == 2, "the database is not empty"
    monkeypatch.setenv("AJOUR_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    assert "read back and compared" in ajour("import", tmp_path / "all.zip").out
    assert ajour("db", "status").code == 0


@pytest.mark.parametrize("command", ["restore", "import"])
def test_what_is_no_archive_is_refused(database: Engine, ajour: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip file")
    ran = ajour(command, tmp_path / "x.zip")
    assert ran.code == 2
    assert ran.err.startswith("refused: ")


def test_the_report_is_a_page_with_the_numbers_of_the_desk(filled: Filled, ajour: Run, tmp_path: Path) -> None:
    assert ajour("report", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "Ajour" in page


def test_a_canary_that_did_not_become_a_flag_needs_a_person(ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object) -> str:
        raise canary.CanarySilent("the canary's item was lost: 0 read, 0 compared")

    monkeypatch.setattr(canary, "run_canary", silent)
    ran = ajour("canary")
    assert (ran.code, ran.err) == (1, "the canary's item was lost: 0 read, 0 compared\n")


def test_the_schema_of_a_new_database_is_shown_and_brought_up_to_date(ajour: Run) -> None:
    assert ajour("db", "status").code == 1
    assert ajour("db", "upgrade").out == f"schema {schema.head()}\n"
    ran = ajour("db", "status", "--json")
    assert (ran.code, ran.json) == (0, {"database": schema.head(), "version": schema.head(), "faults": []})


def test_a_database_without_one_of_its_indexes_is_not_called_current(database: Engine, ajour: Run) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP INDEX ix_item_url"))
    ran = ajour("db", "status")
    assert (ran.code, ran.out.splitlines()[1:]) == (1, ["the index ix_item_url is missing"])


def test_the_health_check_asks_the_running_process(database: Engine, ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Serving(create_health(database, tmp_path, Pulse(), Metrics(database, tmp_path)), "127.0.0.1:0", "health")
    server.start()
    monkeypatch.setenv("AJOUR_HEALTH", f"127.0.0.1:{server.port}")
    assert ajour("alive").code == 0
    server.stop()
    assert ajour("alive").code == 1
