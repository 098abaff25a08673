"""Backups prove themselves, and restoring distrusts them."""

import hashlib
import json
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import migrate, schema
from db.backup import UnsafeArchive, examine, prune, restore, write_backup
from db.engine import CannotOpen, connect, writing
from db.models import ReportRow
from tests import databases


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """SQLite alone: a backup of PostgreSQL is an export (test_transfer.py)."""
    made = databases.sqlite(tmp_path / "test.db")
    yield made
    made.dispose()


def add_reports(engine: Engine, *ids: str) -> None:
    with writing(engine) as session:
        for i in ids:
            session.add(ReportRow(id=i, title="t", publisher="p", published="2026-01-01", research_closed="2026-01-01", language="en"))


def reports(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [r for (r,) in db.execute("SELECT id FROM report ORDER BY id")]


def archive(engine: Engine, tmp_path: Path) -> Path:
    path = tmp_path / "b.zip"
    write_backup(engine, path)
    return path


def test_a_backup_holds_what_was_there_and_only_its_owner_may_read_it(engine: Engine, tmp_path: Path) -> None:
    add_reports(engine, "one", "two")
    path = archive(engine, tmp_path)
    manifest = examine(path)
    assert (manifest.kind, manifest.revision, manifest.rows["report"]) == ("sqlite", schema.head(), 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    restore(path, f"sqlite:///{tmp_path / 'new' / 'ajour.db'}")
    assert reports(tmp_path / "new" / "ajour.db") == ["one", "two"]


@pytest.mark.slow
def test_a_backup_made_while_writers_write_is_one_consistent_state(engine: Engine, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            add_reports(engine, f"a{n:05}", f"b{n:05}")  # always in pairs
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(2):
            path = tmp_path / f"{number}.zip"
            write_backup(engine, path)
            restore(path, f"sqlite:///{tmp_path / f'{number}.db'}")
            found = reports(tmp_path / f"{number}.db")
            assert {r[1:] for r in found if r[0] == "a"} == {r[1:] for r in found if r[0] == "b"}
    finally:
        stop.set()
        writer.join()


@pytest.mark.slow
def test_restoring_over_a_database_sets_it_aside_and_asks_first(engine: Engine, tmp_path: Path) -> None:
    add_reports(engine, "old")
    path = archive(engine, tmp_path)
    target = tmp_path / "live.db"
    live = connect(f"sqlite:///{target}")
    migrate.upgrade(live)
    add_reports(live, "newer")
    live.dispose()
    with pytest.raises(CannotOpen, match="--replace"):
        restore(path, f"sqlite:///{target}")
    assert reports(target) == ["newer"]
    restore(path, f"sqlite:///{target}", replace=True)
    assert reports(target) == ["old"]
    [aside] = [p for p in tmp_path.glob("live.db.replaced-*") if not p.name.endswith(("-wal", "-shm"))]
    assert reports(aside) == ["newer"]


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other contents; digests and sizes in the manifest follow, as a forger's
    would.
    """
    with zipfile.ZipFile(path) as old:
        files = {n: old.read(n) for n in old.namelist()}
    change(files)
    if files["manifest.json"].startswith(b"{"):
        manifest = json.loads(files["manifest.json"])
        for name in set(manifest["files"]) & set(files):
            manifest["files"][name] = {"size": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        files["manifest.json"] = json.dumps(manifest).encode()
    made = path.with_name("forged.zip")
    with zipfile.ZipFile(made, "w") as new:
        for name, body in files.items():
            new.writestr(name, body)
    return made


def sql(files: dict[str, bytes], tmp_path: Path, *statements: str) -> None:
    work = tmp_path / "forge.db"
    work.write_bytes(files["database.sqlite"])
    with closing(sqlite3.connect(work, isolation_level=None)) as db:
        for statement in statements:
            db.executescript(statement)
    files["database.sqlite"] = work.read_bytes()


def manifest_says(files: dict[str, bytes], **what: object) -> None:
    files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), **what}).encode()


@pytest.mark.parametrize(
    ("forge", "word"),
    [
        (lambda f, _: f.__setitem__("../../etc/passwd", b"x"), "other files"),
        (lambda f, _: f.__setitem__("/etc/cron.d/x", b"x"), "other files"),
        (lambda f, _: f.pop("database.sqlite"), "other files"),
        (lambda f, _: manifest_says(f, format=99), "format 99"),
        (lambda f, _: manifest_says(f, revision="9999"), "newer Ajour"),
        (lambda f, _: manifest_says(f, revision=["x"]), "newer Ajour"),
        (lambda f, _: manifest_says(f, kind="tables"), "other files"),
        (lambda f, _: manifest_says(f, rows={"report": 7}), "row counts"),
        (lambda f, _: manifest_says(f, extra=1), "cannot be read"),
        (lambda f, _: f.__setitem__("manifest.json", b"[" * 100_000), "cannot be read"),
        (lambda f, _: f.__setitem__("database.sqlite", b"not a database" * 100), "cannot be read"),
        (lambda f, _: f.__setitem__("database.sqlite", f["database.sqlite"][:8192]), "cannot be read|damaged"),
        (lambda f, where: sql(f, where, "CREATE TRIGGER evil AFTER INSERT ON item BEGIN DELETE FROM user; END"), "evil"),
        (lambda f, where: sql(f, where, "CREATE VIEW evil AS SELECT 1"), "evil"),
        (lambda f, where: sql(f, where, "CREATE INDEX evil ON item (url)"), "evil"),
        (lambda f, where: sql(f, where, "CREATE UNIQUE INDEX evil ON fetch (outcome, id) WHERE id < 0"), "evil"),
        (lambda f, where: sql(f, where, "CREATE TABLE evil (x)"), "evil"),
        (lambda f, where: sql(f, where, "DROP INDEX ix_item_source_newest"), "ix_item_source_newest"),
        (lambda f, where: sql(f, where, "DROP TRIGGER item_search_keep; CREATE TRIGGER item_search_keep AFTER INSERT ON item_version BEGIN SELECT 1; END"), "item_search_keep"),
        (lambda f, where: sql(f, where, "DROP TRIGGER decision_no_update"), "decision_no_update"),
        (lambda f, where: sql(f, where, "UPDATE alembic_version SET version_num = '9999'"), "does not know"),
        (lambda f, where: sql(f, where, "INSERT INTO claim (id, report_id, position, section, topic, listed) VALUES ('c', 'none', 0, '', '', 1)"), "damaged"),
    ],
)  # fmt: skip
def test_a_forged_archive_is_refused_and_nothing_is_touched(
    engine: Engine, tmp_path: Path, forge: Callable[[dict[str, bytes], Path], None], word: str
) -> None:
    add_reports(engine, "one")
    made = rewritten(archive(engine, tmp_path), lambda files: forge(files, tmp_path))
    target = tmp_path / "target" / "ajour.db"
    with pytest.raises(UnsafeArchive, match=word):
        restore(made, f"sqlite:///{target}")
    assert not target.exists()
    assert not list(target.parent.glob("*")) if target.parent.exists() else True


def test_a_damaged_archive_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = archive(engine, tmp_path)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(body)
    with pytest.raises(UnsafeArchive):
        examine(path)
    path.write_bytes(body[: len(body) // 2])
    with pytest.raises(UnsafeArchive):
        examine(path)
    with pytest.raises(UnsafeArchive, match="does not exist"):
        examine(tmp_path / "nothing.zip")


@pytest.mark.slow
def test_a_bomb_that_inflates_to_more_than_it_says_is_stopped(engine: Engine, tmp_path: Path) -> None:
    path = archive(engine, tmp_path)
    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("manifest.json"))
    made = tmp_path / "bomb.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("database.sqlite", bytes(50 << 20))
    with pytest.raises(UnsafeArchive, match="size"):
        examine(made)


def test_no_room_or_no_right_is_said_in_words_and_leaves_nothing(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.backup.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(CannotOpen, match="MB are free"):
        write_backup(engine, tmp_path / "x" / "b.zip")
    assert not list((tmp_path / "x").iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match="cannot write"):
        write_backup(engine, tmp_path / "file" / "b.zip")


def test_only_daily_backups_grow_old(tmp_path: Path) -> None:
    names = [f"daily-2026010{n}.zip" for n in range(1, 6)]
    for name in [*names, "before-0009-x.zip", "by-hand.zip"]:
        (tmp_path / name).write_text("")
    assert sorted(p.name for p in prune(tmp_path, 2)) == names[:3]
    assert len(list(tmp_path.iterdir())) == 4
