"""Opening the database: SQLite by default, tuned as the notes on SQLite in production found it must be; PostgreSQL for many workers.

Writers begin with BEGIN IMMEDIATE. A plain BEGIN takes a read snapshot first; upgrading it to a write lock fails at once
with "database is locked" when another writer came between, whatever the busy timeout (measured: 240 of 300
transactions of six threads failed, none with BEGIN IMMEDIATE).

On PostgreSQL `writing` keeps the same promise ("nobody else writes between my read and my write") with advisory locks: a plain `writing(engine)`
is alone, `writing(engine, scope)` runs beside writers of other scopes and never beside one of its own. Readers never wait on either database.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.orm import Session

BUSY_SECONDS = 30


class CannotOpen(Exception):
    """The database cannot be opened, read or written; the message says why and what to do."""


def connect(url: str) -> Engine:
    """Engine for `url` (an SQLAlchemy database URL). Creates the folder of an SQLite file. Raises CannotOpen."""
    parsed = address(url)
    if parsed.get_backend_name() == "postgresql":
        return _connect_postgres(parsed)
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotOpen(f"cannot make the folder {folder} for the database: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "before_cursor_execute", _mend_texts, retval=True)
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (OperationalError, DatabaseError) as error:
        raise CannotOpen(f"cannot open {parsed.database}: {error.orig}; is the folder writable, is it a database?") from error
    return engine


def address(url: str) -> URL:
    """`url` with the one driver we use for each database. Raises CannotOpen for databases that Ajour does not know."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CannotOpen(f"AJOUR_DATABASE is no database address: {error}; write sqlite:///path or postgresql://user@host/name") from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.host:
        raise CannotOpen(f"{url} has two slashes where three are meant; write sqlite:///path (four for a path from the root)")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise CannotOpen(
            f"{parsed.get_backend_name()} is not supported; use SQLite (sqlite:///path) or PostgreSQL (postgresql://user@host/name)"
        )
    return parsed


def _connect_postgres(parsed: URL) -> Engine:
    try:
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
        event.listen(engine, "before_cursor_execute", _mend_texts, retval=True)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except ModuleNotFoundError as error:
        raise CannotOpen("PostgreSQL needs the extra `ajour[postgres]` (psycopg and procrastinate); install it") from error
    except (OperationalError, DatabaseError) as error:
        shown = parsed.render_as_string(hide_password=True)
        raise CannotOpen(f"cannot open {shown}: {str(error.orig).strip()}; does the server run, may this user connect?") from error
    return engine


def _tune(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # we begin transactions ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE removes a row past the append-only triggers
        "temp_store=MEMORY",
        "wal_autocheckpoint=4000",  # pages, 16 MB: with the usual 1,000 a first look at many sources waits on the disk half of its time
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, neither database half a surrogate pair


def _mend_texts(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> tuple[str, Any]:
    """Hostile texts hold characters that a database refuses; U+FFFD stands for them, on both databases alike, so that a copy is the same."""
    rows = many and isinstance(parameters, list)  # an INSERT of many rows at once ("insertmanyvalues") comes as one flat tuple
    return statement, [_mended(p) for p in parameters] if rows else _mended(parameters)


def _mended(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        return {k: _UNKEEPABLE.sub("\ufffd", v) if isinstance(v, str) else v for k, v in parameters.items()}
    return tuple(_UNKEEPABLE.sub("\ufffd", v) if isinstance(v, str) else v for v in parameters)


@contextmanager
def writing(engine: Engine, scope: str | Collection[str] | None = None) -> Iterator[Session]:
    """A short write transaction. Never hold one across the network or the encoder.

    `scope` names what alone is touched ("source:meduza"; or several), so that writers of other scopes need not wait (PostgreSQL;
    SQLite has one writer anyway).
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        if engine.dialect.name == "postgresql":
            alone(session, scope)
        yield session


# Advisory locks are numbers shared by all users of a PostgreSQL database; this one is "ajour" in hexadecimal digits of its letters.
_LOCK_SPACE = 0x616A6F75


def alone(session: Session, scope: str | Collection[str] | None = None) -> None:
    """Wait until no other writer is at work in `scope` (one or several; in all scopes, where None); held until the transaction ends.

    Several are locked in one order whoever asks, so that two writers never wait for each other. Does nothing on SQLite.
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
    """1 … 2³¹-1; two scopes that meet in one number only wait for each other."""
    return int.from_bytes(hashlib.sha256(scope.encode()).digest()[:4], "big") % (2**31 - 1) + 1


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only snapshot that never blocks a writer. Nothing done in it is kept."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(connection) as session:
        yield session
        session.expunge_all()  # what was loaded stays readable after the snapshot is gone
        session.rollback()
