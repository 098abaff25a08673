"""One `ajour run` per database: a second one would fetch and mail the same things twice.

An advisory lock on a file in the data folder. The kernel releases it however the process ends, so a
crash leaves no stale lock. The file holds the process number for the message only. On PostgreSQL a
session lock in the database is held as well, because two machines have two data folders.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import CannotOpen, make_private_folder

_RUN_LOCK = 0x72756E  # "run"


class AlreadyRunning(CannotOpen):
    """Another process uses this data folder or database."""


@contextmanager
def sole(folder: Path) -> Iterator[None]:
    """Hold the lock of the data folder. Raises AlreadyRunning, CannotOpen."""
    path = folder / "ajour.lock"
    try:
        make_private_folder(folder)
        file = path.open("a+")
    except OSError as error:
        raise CannotOpen(f"cannot write {path}: {error.strerror}; allow this user to write there, or set AJOUR_DATA") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise AlreadyRunning(
                f"{folder} is in use by another Ajour (process {holder}); stop it first, or set AJOUR_DATA to another folder"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class ServerLock:
    """The one-runner lock of a PostgreSQL database; does nothing on SQLite.

    It belongs to a connection, so it is lost when the server restarts: `hold` takes it again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def hold(self) -> None:
        """Take the lock, or check that it is still held.

        Raises AlreadyRunning if another process has it, and what the database raises.
        """
        if self._engine.dialect.name != "postgresql":
            return
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self.release()  # the server has released the lock with the connection
            else:
                return
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _RUN_LOCK}):
            connection.close()
            raise AlreadyRunning("another `ajour run` uses this database; use `ajour worker` to share the work among processes")
        self._connection = connection

    def release(self) -> None:
        """Give the lock back, with its connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


@contextmanager
def sole_on_server(engine: Engine) -> Iterator[ServerLock]:
    """Hold the one-runner lock. Raises AlreadyRunning."""
    lock = ServerLock(engine)
    lock.hold()
    try:
        yield lock
    finally:
        lock.release()
