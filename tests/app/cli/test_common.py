"""Failures of the machine: every command ends with exit code 3 and a sentence, never with a
traceback.
"""

import errno
import importlib.util
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from typer.main import get_command

from app.cli import common, main
from tests import databases
from tests.cli_runner import Ran

Run = Callable[..., Ran]

# Commands that open no database, or one of their own.
WITHOUT_DATABASE = {
    "demo", "read", "replay", "fit", "evaluate", "worker", "alive", "canary", "baseline list", "baseline check", "baseline schema",
    "sources list", "sources check", "sources test", "sources add", "sources export", "sources import", "sources schema",
}  # fmt: skip
REPORTS_ITSELF = {"doctor"}  # its job is to say what is wrong: exit code 1
RESTORES = {"restore", "import"}  # refuse their archive first: exit code 2


def leaves(command: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """(words, command) of every command that does something."""
    if hasattr(command, "commands"):
        for name in list(command.commands):
            yield from leaves(command.commands[name], *names, name)
    else:
        yield " ".join(names), command


ALL = dict(leaves(get_command(main.app)))
OPENING = sorted(set(ALL) - WITHOUT_DATABASE - REPORTS_ITSELF - RESTORES)


GIVEN = {
    "archive": "file",
    "folder": "file",
    "warc": "file",
    "out_path": "file",
    "until": "2027-01-01",
    "message": "1",
    "source_id": "law-113-fz",
}
OPTIONAL = {"outbox retry": ["1"]}  # needs one of two things that are both optional


def arguments(words: str, command: Any, folder: Path) -> list[str]:
    """Something for everything the command requires."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.required:
            value = GIVEN.get(parameter.name, "1").replace("file", str(folder / "file"))
            given += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return [*given, *OPTIONAL.get(words, [])]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    databases.sqlite(folder / "ajour.db").dispose()
    monkeypatch.setenv("AJOUR_DATA", str(folder))
    monkeypatch.setenv("AJOUR_HEALTH", "")
    monkeypatch.setenv("AJOUR_LISTEN", "127.0.0.1:0")
    return folder


def corrupt_schema(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE nonsense' WHERE name = 'item'")


def corrupt_pages(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[4096:] = b"\xff" * (len(body) - 4096)
    path.write_bytes(body)


def no_database(path: Path) -> None:
    path.write_bytes(b"this is not a database, but a text " * 500)


@pytest.mark.parametrize("damage", [corrupt_schema, corrupt_pages, no_database])
@pytest.mark.parametrize("words", OPENING)
def test_a_damaged_database_is_a_sentence_and_exit_code_3(ajour: Run, data: Path, words: str, damage: Callable[[Path], None]) -> None:
    damage(data / "ajour.db")
    ran = ajour(*words.split(), *arguments(words, ALL[words], data))
    assert ran.code == 3, (words, ran.out, ran.err)
    assert "Traceback" not in ran.err
    assert 0 < len(ran.err.strip().splitlines()) <= 3, ran.err


def test_a_full_disk_is_a_sentence_and_exit_code_3(ajour: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may grow by no page more than it has."""
    from db import engine

    def tune(dbapi: Any, record: Any, real: Callable[[Any, Any], None] = engine._tune) -> None:
        real(dbapi, record)
        # The pages that are there stay; no further one is added
        dbapi.execute("PRAGMA max_page_count = 1")

    monkeypatch.setattr(engine, "_tune", tune)
    ran = ajour("cycle")
    assert (ran.code, "Traceback" in ran.err) == (3, False)
    assert "database or disk is full; free disk space" in ran.err


@pytest.mark.parametrize(
    "words", ["report page.html", "export all.zip", "backup all.zip", "evidence export --warc all.warc.gz", "decisions export --out labels"]
)
def test_an_output_file_that_cannot_be_written_is_a_sentence_and_exit_code_3(ajour: Run, data: Path, words: str) -> None:
    *command, name = words.split()
    (data / "file").write_text("a file where a folder should be")
    ran = ajour(*command, str(data / "file" / name))
    # Without decisions there is nothing to write
    expected = (3,) if command[0] != "decisions" else (0, 3)
    assert ran.code in expected, (ran.out, ran.err)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "No space left on device (/data/x); free disk space"),
        (OSError(errno.EROFS, "Read-only file system"), "check the disk"),
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("database or disk is full")), "free disk space"),
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")), "another process holds it"),
        (OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly")), "is the server running"),
        (sqlite3.DatabaseError("database disk image is malformed"), "ajour restore"),
    ],
)
def test_errors_of_the_machine_say_what_to_do(ajour: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    ran = ajour("cycle")
    assert ran.code == common.MACHINE
    assert says in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_a_bug_is_no_failure_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(IntegrityError):
        main.main()


@pytest.mark.parametrize(("words", "extra"), [("fit", "fit"), ("evaluate", "fit"), ("worker", "postgres")])
def test_a_missing_extra_is_named_before_any_work(
    ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, extra: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(common, "find_spec", lambda name: None if name in ("sklearn", "procrastinate") else real(name))
    ran = ajour(words, *([str(tmp_path / "not there")] if words != "worker" else []))
    assert ran.code == 3
    assert f"pip install 'ajour[{extra}]'" in ran.err
    assert extra in ajour(words, "--help").out
