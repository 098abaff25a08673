"""Shared by all tests: nothing of the environment leaks in, nothing but loopback is reached."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import connect
from db.migrate import upgrade

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No AJOUR_ setting of the machine reaches a test; data go to the test's own folder."""
    for name in [n for n in os.environ if n.startswith("AJOUR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AJOUR_DATA", str(tmp_path / "var"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A fresh, migrated SQLite database."""
    made = connect(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def shared() -> Path:
    """The project's shared research data; the test is skipped where they are not beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the shared research data are not beside this checkout (../shared)")
    return SHARED
