"""The database, its journal and backups are readable by their owner alone, whatever the umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.backup import restore, write_backup
from db.engine import connect, writing
from db.migrate import upgrade
from db.models import ReportRow


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_whatever_the_umask_others_can_read_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "inner"
    path = folder / "ajour.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        session.add(ReportRow(id="r", title="", publisher="", published="", research_closed="", language="en"))
    assert {p.name: mode(p) for p in folder.iterdir()} == {"ajour.db": 0o600, "ajour.db-wal": 0o600, "ajour.db-shm": 0o600}
    assert (mode(folder), mode(tmp_path / "var")) == (0o700, 0o700)
    backup = folder / "backups" / "b.zip"
    write_backup(engine, backup)
    engine.dispose()
    assert (mode(backup), mode(backup.parent)) == (0o600, 0o700)
    again = tmp_path / "again" / "ajour.db"
    restore(backup, f"sqlite:///{again}")
    assert (mode(again), mode(again.parent)) == (0o600, 0o700)
    restore(backup, f"sqlite:///{again}", replace=True)
    assert {mode(p) for p in again.parent.iterdir()} == {0o600}


@pytest.mark.usefixtures("umask")
def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "ajour.db"
    path.touch()
    path.chmod(0o644)
    connect(f"sqlite:///{path}").dispose()
    assert mode(path) == 0o600
