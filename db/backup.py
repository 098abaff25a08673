"""Backups: one zip file that is written while everything runs, and verified before it is restored.

An archive has `manifest.json` and either a copy of the SQLite file (made by SQLite's online backup:
one consistent state, writers do not wait) or, from PostgreSQL, the tables as in db.export_import
(one REPEATABLE READ snapshot). The manifest has the size and SHA-256 of every file.

A restore verifies the archive first: exactly the expected names, no more bytes than announced,
right digests, a known schema, and an SQLite file with exactly the tables, indexes, views and
triggers that the migrations create, so that no foreign trigger is restored. The present database is
not changed before all checks pass, and it is renamed, not deleted.
"""

import hashlib
import json
import logging
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from db import export_import, schema
from db.engine import CannotOpen, address, connect, make_private_folder
from db.schema_check import schema_of, sqlite_schema

log = logging.getLogger(__name__)
FORMAT = 1
DATABASE = "database.sqlite"
MANIFEST = "manifest.json"
CHUNK = 1 << 20
MANIFEST_MOST = 1 << 20
SPARE = 64 << 20  # bytes that must stay free after a backup or restore


class UnsafeArchive(Exception):
    """The archive is not a valid backup; nothing was changed. The message says why."""


@dataclass(frozen=True)
class Manifest:
    """The description of an archive in its manifest.json."""

    format: int
    kind: str  # "sqlite": a copy of the file; "tables": rows as JSON lines
    made_at: str
    version: str
    revision: str
    files: dict[str, dict[str, Any]] = field(default_factory=dict)  # name → {"size", "sha256"}
    rows: dict[str, int] = field(default_factory=dict)


def write_backup(engine: Engine, path: Path) -> Manifest:
    """Back up the database into the zip file `path`. Raises CannotOpen; a failed attempt leaves no
    file.
    """
    try:
        make_private_folder(path.parent)
        with TemporaryDirectory(prefix=".backup-", dir=path.parent) as work:
            make = _write_sqlite if engine.dialect.name == "sqlite" else write_tables
            part = Path(work) / "part.zip"
            manifest = make(engine, part)
            os.chmod(part, 0o600)  # noqa: PTH101 - names of subscribers are in it
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
    except OSError as error:
        raise CannotOpen(f"cannot write the backup {path}: {error.strerror or error}") from error
    return manifest


def _write_sqlite(engine: Engine, part: Path) -> Manifest:
    copy = part.with_name(DATABASE)
    source = _file(engine)
    if (free := shutil.disk_usage(part.parent).free) < 2 * source.stat().st_size + SPARE:
        raise CannotOpen(f"only {free // 2**20} MB are free in {part.parent.parent}; a backup needs twice the size of the database")
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(copy)) as target:
        live.backup(target)  # in one step: a consistent state while others write
        target.execute("PRAGMA journal_mode=DELETE")
    rows = _check_database(copy, None, distrusted=False)
    files = {DATABASE: _size_and_digest(copy)}
    manifest = _manifest("sqlite", _revision(copy), files, rows)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
        archive.write(copy, DATABASE)
    return manifest


def write_tables(engine: Engine, part: Path) -> Manifest:
    """Write an archive of all rows as JSON lines: the format of `ajour export`, from either
    database.
    """
    files, rows = {}, {}
    revision = schema.revision(engine)
    if revision is None:
        raise CannotOpen("the database is empty; there is nothing to export")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive, _snapshot(engine) as connection:
        for table in export_import.tables(engine):
            name = f"tables/{table.name}.jsonl"
            with archive.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as file:
                copied = export_import.write_table(connection, table, file)
            files[name] = {"size": archive.getinfo(name).file_size, "sha256": copied.digest}
            rows[table.name] = copied.rows
        manifest = _manifest("tables", revision, files, rows)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Any]:
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _manifest(kind: str, revision: str, files: dict[str, dict[str, Any]], rows: dict[str, int]) -> Manifest:
    try:
        release = version("ajour")
    except PackageNotFoundError:
        release = "source"
    return Manifest(FORMAT, kind, datetime.now(UTC).isoformat(), release, revision, files, rows)


def _size_and_digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _file(engine: Engine) -> Path:
    if engine.url.database in (None, "", ":memory:"):
        raise CannotOpen("a database in memory cannot be backed up")
    return Path(str(engine.url.database))


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        match = db.execute("SELECT version_num FROM alembic_version").fetchone()
    if match is None:
        raise CannotOpen("the database is empty; there is nothing to back up")
    return str(match[0])


def examine(path: Path) -> Manifest:
    """The manifest of `path`, after the size and digest of every file were compared with it. Raises
    UnsafeArchive.
    """
    with _opened(path) as archive:
        manifest = _read_manifest(archive)
        for name in manifest.files:
            for _ in _stream(archive, manifest, name):
                pass  # reading to the end compares the digest
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError as error:
        raise UnsafeArchive(f"{path} does not exist") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UnsafeArchive(f"{path} is not a readable archive: {error}") from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise UnsafeArchive(f"{path} is damaged: {error}") from error


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    names = [i.filename for i in archive.infolist()]
    if MANIFEST not in names or len(set(names)) != len(names):
        raise UnsafeArchive("it has no manifest, or a name twice; it is not a backup of Ajour")
    if archive.getinfo(MANIFEST).file_size > MANIFEST_MOST:
        raise UnsafeArchive("its manifest is too large")
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
        files = {n: {"size": int(f["size"]), "sha256": str(f["sha256"])} for n, f in manifest.files.items()}
        rows = {str(k): int(v) for k, v in manifest.rows.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnsafeArchive(f"its manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise UnsafeArchive(f"it has format {manifest.format}; this version reads format {FORMAT}")
    if manifest.revision not in schema.revisions():
        raise UnsafeArchive(f"it has schema {manifest.revision}, which this version does not know; it was made by a newer Ajour")
    expected_names = {DATABASE} if manifest.kind == "sqlite" else {f"tables/{t}.jsonl" for t in rows if t.replace("_", "").isalnum()}
    if manifest.kind not in ("sqlite", "tables") or set(files) != expected_names or set(names) != {*expected_names, MANIFEST}:
        raise UnsafeArchive(
            f"it has other files than a backup: {', '.join(sorted(set(names) ^ {*expected_names, MANIFEST})[:5]) or manifest.kind}"
        )
    for name, expected in files.items():
        if archive.getinfo(name).file_size != expected["size"]:
            raise UnsafeArchive(f"{name} does not have the size given in the manifest")
    return manifest


def _stream(archive: zipfile.ZipFile, manifest: Manifest, name: str) -> Iterator[bytes]:
    """The bytes of a file, never more than announced. Raises UnsafeArchive at the end if the digest
    differs.
    """
    expected, digest, size = manifest.files[name], hashlib.sha256(), 0
    with archive.open(name) as file:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if size > expected["size"]:
                raise UnsafeArchive(f"{name} is larger than the manifest says")
            digest.update(chunk)
            yield chunk
    if size != expected["size"] or digest.hexdigest() != expected["sha256"]:
        raise UnsafeArchive(f"{name} was changed or damaged: its digest differs from the manifest")


def _check_database(path: Path, rows: dict[str, int] | None, *, distrusted: bool = True) -> dict[str, int]:
    """Row counts of a valid database with our schema. Raises UnsafeArchive. `distrusted=False` (a
    fresh copy): an unknown schema is only logged.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        try:
            db.execute("PRAGMA trusted_schema=OFF")
            fault = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if fault != "ok" or db.execute("PRAGMA foreign_key_check").fetchone():
                raise UnsafeArchive(f"the database in it is damaged: {fault if fault != 'ok' else 'rows refer to missing rows'}")
            revision = db.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            if revision not in schema.revisions():
                raise UnsafeArchive(f"the database in it has schema {revision}, which this version does not know")
            if foreign := sorted({name for _, name, _ in sqlite_schema(db) ^ schema_of(revision)}):
                message = f"the database in it has other tables, indexes or triggers than Ajour creates: {', '.join(foreign[:5])}"
                if distrusted:
                    raise UnsafeArchive(message)
                log.warning("%s; a backup is written, but `ajour restore` will refuse it", message)
            counts = {table: _count_rows(db, table) for table in _tables(db)}
        except sqlite3.DatabaseError as error:
            raise UnsafeArchive(f"the database in it cannot be read: {error}") from error
    if rows is not None and counts != rows:
        raise UnsafeArchive("the database in it has other row counts than the manifest")
    return counts


def _count_rows(db: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(db.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608 - quoted


def _tables(db: sqlite3.Connection) -> list[str]:
    return [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]


def restore(path: Path, url: str, *, replace: bool = False) -> Manifest:
    """Restore the backup `path` as the database `url`, and migrate it to the schema of this
    version.

    An existing SQLite file is refused unless `replace`; it is then renamed. Raises UnsafeArchive,
    CannotOpen, export_import.CannotImport.
    """
    manifest = examine(path)
    sqlite = address(url).get_backend_name() == "sqlite"
    if manifest.kind == "sqlite" and not sqlite:
        raise UnsafeArchive(
            "it is a copy of an SQLite file and cannot go into PostgreSQL; restore it to SQLite, then `ajour export` and `ajour import`"
        )
    if sqlite:
        _restore_file(path, manifest, Path(str(address(url).database)), replace)
    else:
        import_tables(path, connect(url))
    engine = connect(url)
    schema.apply(engine)
    engine.dispose()
    return manifest


def _restore_file(path: Path, manifest: Manifest, target: Path, replace: bool) -> None:
    if target.exists() and not replace:
        raise CannotOpen(f"{target} exists; stop Ajour and use --replace to rename it and restore in its place")
    try:
        make_private_folder(target.parent)
        needed = sum(f["size"] for f in manifest.files.values())
        if (free := shutil.disk_usage(target.parent).free) < needed + SPARE:
            raise CannotOpen(f"{needed // 2**20} MB are needed in {target.parent}, {free // 2**20} MB are free")
        with TemporaryDirectory(prefix=".restore-", dir=target.parent) as work:
            restored = Path(work) / DATABASE
            _make_file(path, manifest, restored)
            _check_database(restored, manifest.rows if manifest.kind == "sqlite" else None)
            _rename_old(target)
            restored.chmod(0o600)
            restored.replace(target)
    except OSError as error:
        raise CannotOpen(f"cannot restore to {target}: {error.strerror or error}") from error


def _make_file(path: Path, manifest: Manifest, target: Path) -> None:
    if manifest.kind == "tables":
        engine = connect(f"sqlite:///{target}")
        import_tables(path, engine)
        engine.dispose()
        with closing(sqlite3.connect(target)) as db:
            db.execute("PRAGMA journal_mode=DELETE")  # everything in the one file that is moved
        return
    with _opened(path) as archive, target.open("wb") as file:
        for chunk in _stream(archive, manifest, DATABASE):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _rename_old(target: Path) -> None:
    """Rename the database with its journal files; a journal of the old file must never be applied
    to the new one.
    """
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    for suffix in ("", "-wal", "-shm"):
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.replace(target.with_name(f"{target.name}.replaced-{moment}{suffix}"))


def import_tables(path: Path, engine: Engine) -> Manifest:
    """Fill an empty database with an archive of tables. Raises UnsafeArchive,
    export_import.CannotImport.
    """
    manifest = examine(path)
    if manifest.kind != "tables":
        raise UnsafeArchive("it is a copy of an SQLite file, not an export; use `ajour restore`")
    expected = {t: export_import.CopyResult(n, manifest.files[f"tables/{t}.jsonl"]["sha256"]) for t, n in manifest.rows.items()}
    with _opened(path) as archive:
        export_import.fill(engine, lambda table: _lines(archive, manifest, f"tables/{table}.jsonl"), expected, manifest.revision)
    return manifest


def _lines(archive: zipfile.ZipFile, manifest: Manifest, name: str) -> Iterable[bytes]:
    rest = b""
    for chunk in _stream(archive, manifest, name):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the `keep` newest daily backups of `folder`; backups made by hand or before a
    migration stay. Returns the deleted files.
    """
    old = sorted(folder.glob("daily-*.zip"), reverse=True)[keep:]
    for path in old:
        path.unlink()
    return old


__all__ = ["CannotOpen", "Manifest", "UnsafeArchive", "examine", "import_tables", "prune", "restore", "write_backup", "write_tables"]
