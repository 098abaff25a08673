"""Metrics are read from the database: a scrape continues from the last one, and a database that is
away is a number.
"""

from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import Engine

from app.runtime import metrics as module
from app.runtime.metrics import Metrics
from db.engine import connect
from tests.fill_tables import fill_any


def test_a_scrape_counts_on_from_where_it_was(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP", -1.0)
    metrics = Metrics(engine, tmp_path)
    assert metrics.registry.get_sample_value("ajour_edits_total") == 0
    fill_any(engine)  # its one version has a number above 1
    assert metrics.registry.get_sample_value("ajour_edits_total") == 1
    assert metrics.registry.get_sample_value("ajour_edits_total") == 1
    assert metrics.registry.get_sample_value("ajour_compare_waiting") == 0


def test_several_scrapes_within_seconds_read_the_database_once(engine: Engine, tmp_path: Path) -> None:
    metrics = Metrics(engine, tmp_path)
    assert metrics.registry.get_sample_value("ajour_items_total") == 0
    fill_any(engine)
    assert metrics.registry.get_sample_value("ajour_items_total") == 0


def test_the_time_of_a_job_is_observed_by_its_name(engine: Engine, tmp_path: Path) -> None:
    metrics = Metrics(engine, tmp_path)
    metrics.observe("watch", 2.5)
    text = generate_latest(metrics.registry).decode()
    assert "_sum{" in text
    assert '"watch"} 2.5' in text


def test_a_database_that_is_away_is_a_number_not_a_failed_scrape(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'empty.db'}")  # no tables at all
    text = generate_latest(Metrics(engine, tmp_path).registry).decode()
    assert "ajour_database_up 0.0" in text
