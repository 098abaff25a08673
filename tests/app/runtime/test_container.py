"""The container: the database is opened and migrated once, whichever thread comes first."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from app.runtime.container import Container
from app.runtime.settings import Settings
from db import backup, schema, schema_check
from db.models import Base
from db.ops import can_write


@pytest.mark.slow
def test_twenty_new_desks_start_their_jobs_at_once_and_no_migration_disturbs_another(tmp_path: Path) -> None:
    """At a first start several threads need a database at the same moment: the job runner, the
    desk, the canary (a database of its own) and the backup (a scratch database with the schema to
    compare with).
    """
    for number in range(20):
        folder = tmp_path / str(number)
        container = Container(Settings(data=folder))
        canary = Container(Settings(data=folder, database=f"sqlite:///{folder / 'canary.db'}"))
        first, second, other = _at_once(*(partial(_engine, c) for c in (container, container, canary)))
        assert first is second
        for engine in (first, other):
            assert schema.revision(engine) == schema.head()
            assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
            assert can_write(engine) is None
        other.dispose()
        first.dispose()


@pytest.mark.slow
def test_a_backup_made_while_another_database_is_migrated_is_whole(tmp_path: Path) -> None:
    desk, canary = Container(Settings(data=tmp_path / "desk")).engine, Container(Settings(data=tmp_path / "canary"))
    schema_check.schema_of.cache_clear()
    path = tmp_path / "backup.zip"

    def back_up() -> Engine:
        backup.write_backup(desk, path)
        return desk

    engine, _ = _at_once(partial(_engine, canary), back_up)
    assert schema.revision(engine) == schema.head()
    assert backup.examine(path).revision == schema.head()
    engine.dispose()
    desk.dispose()


def _engine(container: Container) -> Engine:
    return container.engine


def _at_once(*calls: Callable[[], Engine]) -> list[Engine]:
    """What the calls return, each made in a thread of its own, all begun together."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Engine]) -> Engine:
        gate.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [f.result(60) for f in [pool.submit(run, call) for call in calls]]
