"""The schema of a database: made by migrations, the same as the models, and refused when it is
newer than this code.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text

from db.engine import connect, reading, writing
from db.migrate import upgrade
from db.models import UserRow
from db.schema import NewerDatabase, UnreleasedDatabase, head, revision

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_empty_database_is_brought_to_the_schema_of_this_code(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'ajour.db'}")
    assert revision(engine) is None
    upgrade(engine)
    assert revision(engine) == head()
    engine.dispose()


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(UserRow(name="reader", role="reader", password_hash=None, created_at=NOW))
    upgrade(engine)
    with reading(engine) as session:
        assert session.scalars(select(UserRow.name)).all() == ["reader"]


def test_a_database_of_a_newer_version_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ajour.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE of_tomorrow (x)"))
    before = _dump(path)
    with pytest.raises(NewerDatabase, match=r"schema 9999.*newest known.*newer version"):
        upgrade(engine)
    assert _dump(path) == before
    engine.dispose()


@pytest.mark.parametrize("old", ["0001", "0007", "0010"])
def test_a_database_of_an_unreleased_version_is_refused_and_untouched(tmp_path: Path, old: str) -> None:
    path = tmp_path / "ajour.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :old"), {"old": old})
    before = _dump(path)
    with pytest.raises(UnreleasedDatabase, match=rf"schema {old}.*before the first release.*Move the database away"):
        upgrade(engine)
    assert _dump(path) == before
    engine.dispose()


def test_the_models_are_what_the_migrations_make(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from db.models import Base

    with engine.connect() as connection:
        options = {
            "compare_type": False,
            "include_name": _ours,
            # An index over an expression, which models cannot tell
            "include_object": lambda _o, name, _k, _r, _c: name != "item_search",
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
    assert {"item", "flag"} <= set(inspect(engine).get_table_names())


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(("item_search", "sqlite_", "procrastinate_"))


def _dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())
