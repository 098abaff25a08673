"""Whether a database has exactly the tables, indexes, views and triggers that the migrations
create.
"""

import re
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, create_engine, inspect, text

from db import schema
from db.models import APPEND_ONLY, Base

SchemaObject = tuple[str, str, str]  # type, name, wording


def sqlite_schema(db: sqlite3.Connection) -> set[SchemaObject]:
    """Tables, indexes, views and triggers. The words of a table are sorted, because a migration
    that recreates a table writes its constraints in any order.
    """
    rows = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    return {(kind, name, " ".join(_words(sql) if kind == "table" else sql.split())) for kind, name, sql in rows}


def _words(sql: str) -> list[str]:
    return sorted(re.findall(r"[\w.]+|[^\s\w,]", sql))


@cache
def schema_of(revision: str) -> frozenset[SchemaObject]:
    """What the migrations up to `revision` create, from a scratch database."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scratch.db"
        engine = create_engine(f"sqlite:///{path}")
        schema.apply(engine, to=revision)
        engine.dispose()
        with closing(sqlite3.connect(path)) as db:
            return frozenset(sqlite_schema(db))


def schema_faults(connection: Connection) -> list[str]:
    """One sentence for each object that is missing, changed or foreign."""
    if connection.dialect.name == "postgresql":
        return _postgres_faults(connection)
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    actual, expected = sqlite_schema(driver), schema_of(schema.head())
    names = {(kind, name) for kind, name, _ in actual}, {(kind, name) for kind, name, _ in expected}
    faults = [f"the {kind} {name} is missing" for kind, name in names[1] - names[0]]
    faults += [f"the {kind} {name} does not belong to Ajour" for kind, name in names[0] - names[1]]
    faults += [f"the {kind} {name} was changed" for kind, name, _ in actual - expected if (kind, name) in names[1]]
    return sorted(faults)


def _postgres_faults(connection: Connection) -> list[str]:
    """Tables, columns and indexes that are missing, append-only triggers that are missing or
    disabled, and constraints that were never checked.
    """
    enabled = set(connection.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")))
    expected = [f"{table}_{name}" for table in APPEND_ONLY for name in ("append_only", "no_delete")]
    faults = _missing(connection) + [f"the trigger {name} is missing or disabled" for name in expected if name not in enabled]
    body = connection.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_change'")) or ""
    if "RAISE EXCEPTION" not in body:
        faults.append("the function refuse_change was changed")
    unchecked = connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"))
    return faults + [f"the foreign key {name} was never checked" for name in unchecked]


def _missing(connection: Connection) -> list[str]:
    """Tables, and columns and indexes of tables, that the models have and the database has not."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    faults = []
    for table in Base.metadata.sorted_tables:
        if table.name not in present:
            faults.append(f"the table {table.name} is missing")
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        faults += [f"the column {table.name}.{column.name} is missing" for column in table.columns if column.name not in columns]
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        faults += [f"the index {index.name} is missing" for index in table.indexes if index.name not in indexes]
    return faults
