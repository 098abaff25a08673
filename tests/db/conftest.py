"""Every test of this room that asks for `engine` runs on SQLite and on PostgreSQL: the same
contract on both.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests import databases
from tests.review.factory import Filled


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A fresh, migrated database."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_engine")
        return
    result = databases.sqlite(tmp_path / "test.db")
    yield result
    result.dispose()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Filled]:
    """A desk with sources and claims, on SQLite alone: tests/e2e/test_desk_postgres.py plays one on
    PostgreSQL.
    """
    engine = databases.sqlite(tmp_path / "desk.db")
    yield Filled.with_claims(engine)
    engine.dispose()


@pytest.fixture
def anna_id(filled: Filled) -> int:
    return filled.user("Anna")
