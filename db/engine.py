"""Opens the database: SQLite by default, PostgreSQL for many workers.

Writers begin with BEGIN IMMEDIATE. A plain BEGIN takes a read snapshot first; its upgrade to a
write lock fails at once with "database is locked" if another writer came between, whatever the busy
timeout (measured: 240 of 300 transactions of six threads failed, none with BEGIN IMMEDIATE).

On PostgreSQL `writing` gives the same guarantee (no other writer comes between a read and the write
of one transaction) with advisory locks: `writing(engine)` excludes every other writer,
`writing(engine, scope)` only those of the same scope. Readers never wait.
"""

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.orm import Session

from db.invisible import is_storable, storable

BUSY_SECONDS = 30


class CannotOpen(Exception):
    """The database cannot be opened, read or written; the message says why and what to do."""


def connect(url: str) -> Engine:
    """Engine for `url` (an SQLAlchemy database URL). Creates the folder of an SQLite file. Raises
    CannotOpen.
    """
    parsed = address(url)
    if parsed.get_backend_name() == "postgresql":
        return _connect_postgres(parsed)
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).resolve().parent
        try:
            make_private_folder(folder)
        except OSError as error:
            raise CannotOpen(f"cannot make the folder {folder} for the database: {error.strerror}") from error
        try:
            _make_private_file(Path(parsed.database))
        except OSError as error:
            raise CannotOpen(f"cannot open {parsed.database}: {error.strerror}; is the folder writable, is it a database?") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "before_cursor_execute", _replace_refused, retval=True)
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (OperationalError, DatabaseError) as error:
        raise CannotOpen(f"cannot open {parsed.database}: {error.orig}; is the folder writable, is it a database?") from error
    return engine


def make_private_folder(folder: Path) -> None:
    """Create `folder` with its parents where they are missing, for its owner alone,
    whatever the umask.
    """
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for created in missing:
        created.chmod(0o700)


def _make_private_file(path: Path) -> None:
    """Let only the owner read the database. SQLite gives its journal files the same permissions."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def address(url: str) -> URL:
    """`url` with the one driver we use for each database. Raises CannotOpen for databases that
    Ajour does not know.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # their messages may contain a part of the password
        raise CannotOpen("AJOUR_DATABASE is not a database address; write sqlite:///path or postgresql://user@host/name") from None
    if "@" in (parsed.host or "") or (parsed.host is None and url.count("@") > 1):
        raise CannotOpen("AJOUR_DATABASE has an unescaped @ in the user name or the password; write it as %40 (and / as %2F, : as %3A)")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.host:
        raise CannotOpen("AJOUR_DATABASE has two slashes, but needs three; write sqlite:///path (four for a path from the root)")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise CannotOpen(
            f"{parsed.get_backend_name()} is not supported; use SQLite (sqlite:///path) or PostgreSQL (postgresql://user@host/name)"
        )
    return parsed


def _connect_postgres(parsed: URL) -> Engine:
    try:
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
        event.listen(engine, "before_cursor_execute", _replace_refused, retval=True)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except ModuleNotFoundError as error:
        raise CannotOpen("PostgreSQL needs the extra `ajour[postgres]` (psycopg and procrastinate); install it") from error
    except (OperationalError, DatabaseError) as error:
        shown = parsed.render_as_string(hide_password=True)
        raise CannotOpen(f"cannot open {shown}: {str(error.orig).strip()}; is the server running, may this user connect?") from error
    return engine


def _tune(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # _begin_immediate begins transactions
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        # Without it INSERT OR REPLACE deletes rows without firing the append-only triggers
        "recursive_triggers=ON",
        "temp_store=MEMORY",
        # Pages, 16 MB: with the default of 1,000 a first cycle spends half its time waiting for the
        # disk
        "wal_autocheckpoint=4000",
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


def _replace_refused(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> tuple[str, Any]:
    """Replace characters that a database refuses by U+FFFD, on both databases, so that copies are
    equal.
    """
    # An INSERT of many rows at once ("insertmanyvalues") comes as one flat tuple
    rows = many and isinstance(parameters, list)
    return statement, [_replaced(p) for p in parameters] if rows else _replaced(parameters)


def _replaced(parameters: Any) -> Any:
    values = parameters.values() if isinstance(parameters, dict) else parameters
    if all(is_storable(v) for v in values if isinstance(v, str)):
        return parameters
    if isinstance(parameters, dict):
        return {k: storable(v) if isinstance(v, str) else v for k, v in parameters.items()}
    return tuple(storable(v) if isinstance(v, str) else v for v in parameters)


@contextmanager
def writing(engine: Engine, scope: str | Collection[str] | None = None) -> Iterator[Session]:
    """A short write transaction. Never keep it open during network access or encoding.

    `scope` names what is written ("source:meduza"; or several), so that writers of other scopes do
    not wait (PostgreSQL; SQLite has one writer anyway).
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        if engine.dialect.name == "postgresql":
            exclude_writers(session, scope)
        yield session


# Advisory locks are numbers shared by all users of a PostgreSQL database; this one spells "ajou" in
# ASCII.
_LOCK_SPACE = 0x616A6F75


def exclude_writers(session: Session, scope: str | Collection[str] | None = None) -> None:
    """Wait for other writers in `scope` (one or several; None: all), and exclude them until the
    transaction ends.

    Several are locked in a fixed order, so that two writers never deadlock. Does nothing on SQLite.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    kind = "" if scope is None else "_shared"
    session.execute(text(f"SELECT pg_advisory_xact_lock{kind}(:space, 0)"), {"space": _LOCK_SPACE})
    if scope is not None:
        keys = sorted({_lock_key(s) for s in ([scope] if isinstance(scope, str) else scope)})
        locks = text("SELECT pg_advisory_xact_lock(:space, key) FROM unnest(CAST(:keys AS int[])) AS key")
        session.execute(locks, {"space": _LOCK_SPACE, "keys": keys})


def _lock_key(scope: str) -> int:
    """1 … 2³¹-1; two scopes with the same number only wait for each other."""
    return int.from_bytes(hashlib.sha256(scope.encode()).digest()[:4], "big") % (2**31 - 1) + 1


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only snapshot that never blocks a writer. Changes are rolled back."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(connection) as session:
        yield session
        session.expunge_all()  # loaded rows stay readable after the snapshot is closed
        session.rollback()
