"""Migrating: whole, and never without a backup."""

from pathlib import Path

import pytest
from sqlalchemy import text

from db import migrate, schema
from db.backup import examine, restore
from db.engine import CannotOpen, connect
from db.models import APPEND_ONLY
from tests.anyrows import fill_any, where_now


@pytest.mark.parametrize("old", schema.revisions()[:-1])
def test_every_older_schema_with_rows_comes_up_to_date_whole_and_backed_up(tmp_path: Path, old: str) -> None:
    """The upgrade drill: a row in every table of the old schema is still there, as it was, in the newest one."""
    path = tmp_path / "ajour.db"
    engine = connect(f"sqlite:///{path}")
    migrate.upgrade(engine, to=old)
    before = fill_any(engine)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        for table, row in where_now(before):
            found = connection.execute(text(f'SELECT * FROM "{table}"')).mappings().all()
            assert any(row.items() <= dict(f).items() for f in found), f"the row of {table} is lost or changed"
        assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []
        triggers = {n for (n,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))}
    assert {f"{t}_no_{verb}" for t in APPEND_ONLY for verb in ("update", "delete")} <= triggers
    [kept] = (tmp_path / "backups").glob("before-*.zip")
    assert examine(kept).revision == old
    restore(kept, f"sqlite:///{tmp_path / 'again.db'}")
    assert schema.revision(connect(f"sqlite:///{tmp_path / 'again.db'}")) == schema.head()


def test_without_a_backup_nothing_is_migrated(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'ajour.db'}")
    migrate.upgrade(engine, to="0001")
    (tmp_path / "backups").write_text("a file where the folder should be")
    with pytest.raises(CannotOpen, match="cannot write the backup"):
        migrate.upgrade(engine)
    assert schema.revision(engine) == "0001"
