"""History is append-only: the database itself refuses to change or remove a row, so that a slip in the code cannot rewrite it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Engine, LargeBinary, Table, text
from sqlalchemy.exc import DBAPIError

from db.models import APPEND_ONLY, Base


def _filler(table: Table, name: str) -> Any:
    """Something of the right type for a column."""
    column = table.columns[name]
    if isinstance(column.type, JSON):
        return "{}"
    if isinstance(column.type, LargeBinary):
        return b"x"
    kind = getattr(column.type, "python_type", str)
    if kind is datetime:
        return datetime(2025, 3, 1, tzinfo=UTC).isoformat(" ")
    return {int: 1, float: 0.5, bool: True}.get(kind, "x")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """One row in every append-only table; what rows point to is left out on purpose, only the triggers are looked at."""
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for name in APPEND_ONLY:
            table = Base.metadata.tables[name]
            row = {c.name: _filler(table, c.name) for c in table.columns}
            names = ", ".join(f'"{n}"' for n in row)
            connection.exec_driver_sql(f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' for _ in row)})", tuple(row.values()))
        connection.exec_driver_sql("BEGIN")
    return engine


def rows(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table}")))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_changed(filled: Engine, table: str) -> None:
    before = rows(filled, table)
    assert before
    for column in Base.metadata.tables[table].columns:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
            connection.execute(text(f'UPDATE {table} SET "{column.name}" = "{column.name}"'))
    assert rows(filled, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_removed(filled: Engine, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))
    assert rows(filled, table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_replaced(filled: Engine, table: str) -> None:
    before = rows(filled, table)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
        connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
    assert rows(filled, table) == before
