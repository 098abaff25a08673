"""The watch list in force: the file with what the desk changed of it; what a report cites and
nobody watches.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from db import source_overrides
from db.engine import reading, writing
from db.enums import OverrideState
from monitor.baseline import load_baseline
from monitor.sources import load_sources
from monitor.watched_sources import in_force, source_problems, to_yaml, unwatched
from tests.monitor.conftest import source

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILE = [source("https://one.example/feed", id="one"), source("https://two.example/feed", id="two")]
NEW = source("https://new.example/feed", id="new").model_dump(mode="json", exclude_none=True)


def test_rows_of_the_desk_stand_in_place_of_those_of_the_file_or_after_them(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with writing(engine) as session:
        source_overrides.save_row(session, {**NEW, "id": "two", "name": "Renamed"}, None, NOW)
        source_overrides.save_row(session, NEW, None, NOW)
        source_overrides.save_row(session, {"id": "broken", "name": "x"}, None, NOW)
    with reading(engine) as session:
        assert [(s.id, s.name) for s in in_force(session, FILE)] == [("one", FILE[0].name), ("two", "Renamed"), ("new", NEW["name"])]
    assert "row of source broken cannot be read" in caplog.text


def test_what_was_retired_is_gone_and_what_was_paused_stays_listed(engine: Engine) -> None:
    with writing(engine) as session:
        source_overrides.set_state(session, "one", OverrideState.RETIRED, "x", None, NOW)
        source_overrides.set_state(session, "two", OverrideState.PAUSED, "x", None, NOW)
    with reading(engine) as session:
        assert [s.id for s in in_force(session, FILE)] == ["two"]


def test_problems_of_a_row_are_named(engine: Engine) -> None:
    assert source_problems(NEW, FILE) == []
    assert source_problems({**NEW, "url": "https://www.one.example/feed/"}, FILE) == ["url: one watches this address already"]
    assert any("tier" in p for p in source_problems({**NEW, "tier": 9}, FILE))


def test_the_list_as_yaml_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "sources.yml"
    path.write_text(to_yaml(FILE), encoding="utf-8")
    assert load_sources(path, ["added"]) == FILE
    assert yaml.safe_load(to_yaml([]))["sources"] == []


def test_sources_that_a_report_cites_and_that_are_not_watched_are_proposed() -> None:
    report = load_baseline(Path(__file__).resolve().parents[2] / "baseline" / "drc-2024.yml")
    proposed = unwatched(report, FILE)
    assert proposed[0][2] >= proposed[-1][2]
    watched = source(proposed[0][1], id="first", host=proposed[0][1].split("/")[2])
    assert proposed[0] not in unwatched(report, [*FILE, watched])
