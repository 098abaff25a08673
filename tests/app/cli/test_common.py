"""Failures of the machine: every command ends with exit code 3 and a sentence, never with a
traceback.
"""

import errno
import importlib.util
import os
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError, OperationalError
from typer.main import get_command

from alerts import subscriptions
from alerts.preferences import Preferences
from app.cli import common, main
from db.engine import CannotOpen, connect, writing
from db.migrate import upgrade
from db.models import CaptureRow, OutboxRow, UserRow
from tests import databases
from tests.baselines import small_baseline
from tests.cli_runner import Ran
from tests.fake_encoder import BagOfWords

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]

Run = Callable[..., Ran]

# Commands that open no database, or one of their own.
WITHOUT_DATABASE = {
    "demo", "read", "replay", "fit", "evaluate", "worker", "alive", "canary", "baseline list", "baseline check", "baseline schema",
    "sources list", "sources check", "sources test", "sources add", "sources export", "sources import", "sources schema",
    "translate text",
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


WRITES_ALWAYS = {
    "cycle",
    "outbox retry",
    "subscribers add",
    "users stop",
    "users link",
    "subscribers remove",
    "subscribers pause",
    "evidence erase",
}
GIVEN = {
    "archive": "file",
    "folder": "file",
    "warc": "file",
    "out_path": "file",
    "until": "2027-01-01",
    "message": "1",
    "address": "two@example.org",
    "source_id": "law-113-fz",
}
WHOLE = {  # arguments that have a form, or are needed though each is optional
    "evidence erase-person": ["Example", "--reason", "request"],
    "baseline new": [
        *("own-2026", "--title", "A report", "--publisher", "A desk", "--published", "2026"),
        *("--research-closed", "2026-01-31", "--language", "en", "--pack", "military"),
    ],
}
OPTIONAL = {"outbox retry": ["1"]}  # needs one of two things that are both optional


def arguments(words: str, command: Any, folder: Path) -> list[str]:
    """Something for everything the command requires."""
    if words in WHOLE:
        return WHOLE[words]
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
    monkeypatch.chdir(tmp_path)  # `ajour report` writes its page here
    monkeypatch.setenv("AJOUR_HEALTH", "")
    monkeypatch.setenv("AJOUR_LISTEN", "127.0.0.1:0")
    # Without an engine these commands open nothing
    monkeypatch.setenv("AJOUR_TRANSLATE_URL", "http://127.0.0.1:9")
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


@pytest.fixture
def rows(data: Path) -> Path:
    """What the commands are asked to change exists: user, subscriber, message, capture 1."""
    engine = connect(f"sqlite:///{data / 'ajour.db'}")
    with writing(engine) as session:
        subscriptions.add(session, "one@example.org", Preferences(), NOW, zone="UTC", language="en", confirmed=True)
        session.add_all(
            [
                UserRow(name="1", role="reviewer", created_at=NOW),
                CaptureRow(sha256="1", deflated=zlib.compress(b"x"), size=1, url="https://example.org/", received_at=NOW),
                OutboxRow(
                    key="1",
                    state="dead",
                    message=zlib.compress(b"x"),
                    message_id="1",
                    not_before=NOW,
                    created_at=NOW,
                    recipient="a@example.org",
                ),
            ]
        )
    engine.dispose()
    return data


@pytest.fixture
def refused_writes() -> Iterator[list[str]]:
    """The disk is full for every write; returns the attempts."""
    tried: list[str] = []

    def refuse(_connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER")):
            tried.append(statement)
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(Engine, "before_cursor_execute", refuse)
    yield tried
    event.remove(Engine, "before_cursor_execute", refuse)


# They write nothing before their first request or task
@pytest.mark.parametrize("words", sorted(set(OPENING) - {"serve", "run"}))
def test_a_full_disk_is_a_sentence_for_every_command(ajour: Run, rows: Path, refused_writes: list[str], words: str) -> None:
    data = rows
    ran = ajour(*words.split(), *arguments(words, ALL[words], data))
    assert "Traceback" not in ran.err
    if refused_writes:
        assert ran.code == 3, (words, ran.err, refused_writes)
        assert "free disk space" in ran.err
        assert len(ran.err.strip().splitlines()) == 1, ran.err
    elif words in WRITES_ALWAYS:
        pytest.fail(f"{words} tried to write nothing: {ran.code} {ran.err}")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may grow by no page more than it has."""
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.setenv("AJOUR_BASELINE", str(small_baseline()))
    from db import engine

    def tune(dbapi: Any, record: Any, real: Callable[[Any, Any], None] = engine._tune) -> None:
        real(dbapi, record)
        # The pages that are there stay; no further one is added
        dbapi.execute("PRAGMA max_page_count = 1")

    monkeypatch.setattr(engine, "_tune", tune)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_a_sentence_and_exit_code_3(ajour: Run, data: Path) -> None:
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


@pytest.mark.slow
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
