"""Fixtures of the runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.job_runner import WorkerContext
from app.runtime.settings import load_settings
from tests import databases


@pytest.fixture
def context(tmp_path: Path) -> Iterator[WorkerContext]:
    """What jobs get, with a migrated, empty database."""
    result = WorkerContext(load_settings(data=tmp_path))
    result.container.opened = databases.sqlite(tmp_path / "ajour.db")
    yield result
    result.engine.dispose()
