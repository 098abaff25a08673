"""Every test of this room that asks for `engine` runs on SQLite and on PostgreSQL: the same contract on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import connect
from db.migrate import upgrade
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[tuple[str, str]]:
    """(address, name of a migrated database to copy)."""
    with postgres.server() as uri:
        yield uri, postgres.template(uri)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A fresh, migrated database."""
    if request.param == "postgresql":
        with postgres.fresh_engine(*request.getfixturevalue("postgres_server")) as made:
            yield made
        return
    made = connect(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(made)
    yield made
    made.dispose()
