"""History is append-only: the database itself refuses to change or remove a row, so that a slip in
the code cannot rewrite it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.models import APPEND_ONLY, Base
from tests import databases, postgres
from tests.fill_tables import fill_any


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A row in every table. One database for all tests, since none of them may change it."""
    if request.param == "postgresql":
        with postgres.fresh_engine(request.getfixturevalue("postgres_server")) as engine:
            fill_any(engine)
            yield engine
        return
    engine = databases.sqlite(tmp_path_factory.mktemp("append-only") / "test.db")
    fill_any(engine)
    yield engine
    engine.dispose()


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
