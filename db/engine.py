"""Opening the database: SQLite by default, tuned as the notes on SQLite in production found it must be.

Writers begin with BEGIN IMMEDIATE. A plain BEGIN takes a read snapshot first; upgrading it to a write lock fails at once
with "database is locked" when another writer came between, whatever the busy timeout (measured: 240 of 300
transactions of six threads failed, none with BEGIN IMMEDIATE).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

BUSY_SECONDS = 30


class CannotOpen(Exception):
    """The database cannot be opened, read or written; the message says why and what to do."""


def connect(url: str) -> Engine:
    """Engine for `url` (an SQLAlchemy database URL). Creates the folder of an SQLite file. Raises CannotOpen."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotOpen(f"cannot make the folder {folder} for the database: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (OperationalError, DatabaseError) as error:
        raise CannotOpen(f"cannot open {parsed.database}: {error.orig}; is the folder writable, is it a database?") from error
    return engine


def _tune(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # we begin transactions ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A short write transaction. Never hold one across the network or the encoder."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only snapshot that never blocks a writer. Nothing done in it is kept."""
    with engine.connect().execution_options(reading=True) as connection, Session(connection) as session:
        yield session
        session.expunge_all()  # what was loaded stays readable after the snapshot is gone
        session.rollback()
