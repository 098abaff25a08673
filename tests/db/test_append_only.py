"""History is append-only: the database itself refuses to change or remove a row, so that a slip in
the code cannot rewrite it.
"""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.models import APPEND_ONLY, Base
from tests.fill_tables import fill_any


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A row in every table."""
    fill_any(engine)
    return engine


def rows(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f'SELECT * FROM "{table}"')))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_changed(filled: Engine, table: str) -> None:
    before = rows(filled, table)
    assert before
    for column in Base.metadata.tables[table].columns:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
            connection.execute(text(f'UPDATE "{table}" SET "{column.name}" = "{column.name}"'))
    assert rows(filled, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_removed(filled: Engine, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
        connection.execute(text(f'DELETE FROM "{table}"'))
    assert rows(filled, table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_of_history_cannot_be_replaced(filled: Engine, table: str) -> None:
    if filled.dialect.name != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's own; elsewhere it is an UPDATE")
    before = rows(filled, table)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.begin() as connection:
        connection.execute(text(f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"'))
    assert rows(filled, table) == before
