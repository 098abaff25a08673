"""Migrating: whole, and never without a backup."""

from pathlib import Path

import pytest
from sqlalchemy import text

from db import migrate, schema
from db.backup import examine, restore
from db.engine import CannotOpen, connect
from db.models import APPEND_ONLY
from tests.fill_tables import fill_any
from tests.later_schema import LATER, add_later_migration


@pytest.mark.slow
def test_an_older_schema_with_rows_comes_up_to_date_whole_and_backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upgrade drill: a row in every table of the old schema is still there, as it was, in the
    newest one.
    """
    path = tmp_path / "ajour.db"
    engine = connect(f"sqlite:///{path}")
    migrate.upgrade(engine)
    old = schema.head()
    before = fill_any(engine)
    add_later_migration(tmp_path, monkeypatch)
    migrate.upgrade(engine)
    assert schema.revision(engine) == LATER
    with engine.connect() as connection:
        for table, row in before.items():
            found = connection.execute(text(f'SELECT * FROM "{table}"')).mappings().all()
            assert any(row.items() <= dict(f).items() for f in found), f"the row of {table} is lost or changed"
        assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []
        triggers = {n for (n,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))}
    assert {f"{t}_no_{verb}" for t in APPEND_ONLY for verb in ("update", "delete")} <= triggers
    [kept] = (tmp_path / "backups").glob("before-*.zip")
    assert examine(kept).revision == old
    restore(kept, f"sqlite:///{tmp_path / 'again.db'}")
    assert schema.revision(connect(f"sqlite:///{tmp_path / 'again.db'}")) == LATER


def test_without_a_backup_nothing_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'ajour.db'}")
    migrate.upgrade(engine)
    old = schema.head()
    add_later_migration(tmp_path, monkeypatch)
    (tmp_path / "backups").write_text("a file where the folder should be")
    with pytest.raises(CannotOpen, match="cannot write the backup"):
        migrate.upgrade(engine)
    assert schema.revision(engine) == old
