"""A row in every table, and attempts to add another one like it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from db.models import Base
from tests import databases
from tests.fill_tables import fill_any

Allowed = Callable[..., bool]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, dict[str, dict[str, Any]]]]:
    """The database, and table → its one row. Shared: what tests add is rolled back."""
    engine = databases.sqlite(tmp_path_factory.mktemp("models") / "test.db")
    fill_any(engine)
    with engine.connect() as connection:
        found = {t.name: dict(connection.execute(t.select()).mappings().one()) for t in Base.metadata.sorted_tables}
    yield engine, found
    engine.dispose()


@pytest.fixture
def allowed(rows: tuple[Engine, dict[str, dict[str, Any]]]) -> Allowed:
    """Whether the database takes a copy of a table's row with other values in some columns. A
    numbered row gets a number of its own.
    """
    engine, found = rows

    def add(table: str, **changed: object) -> bool:
        row = {**found[table], **changed}
        if "id" not in changed and isinstance(row.get("id"), int):
            del row["id"]
        with engine.connect() as connection:
            try:
                connection.execute(insert(Base.metadata.tables[table]).values(row))
            except IntegrityError:
                return False
            finally:
                connection.rollback()
        return True

    return add
