"""What operators rely on is written down, and the files in deploy/ speak of metrics that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from sqlalchemy import Engine

from app.cli.main import app
from app.runtime.jobs import all_jobs
from app.runtime.metrics import Metrics
from app.runtime.settings import load_settings

HERE = Path(__file__).resolve().parent.parent
PAGE = (HERE / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.fixture
def names(engine: Engine, tmp_path: Path) -> set[str]:
    """Every metric that a scrape shows."""
    metrics = Metrics(engine, tmp_path)
    metrics.observe("watch", 1.0)
    return set(re.findall(r"^# TYPE (\w+) ", generate_latest(metrics.registry).decode(), flags=re.M))


def test_every_metric_is_explained_and_every_explained_one_exists(names: set[str]) -> None:
    assert set(re.findall(r"^\| `(ajour_\w+)`", PAGE, flags=re.M)) == {n for n in names if n.startswith("ajour_")}


def test_every_job_is_explained() -> None:
    explained = set(re.findall(r"^\| `((?!ajour_)\w+)` \|", PAGE, flags=re.M))
    assert {d.name for d in all_jobs(load_settings(aid_url="http://127.0.0.1:9/v1", translate_url="http://127.0.0.1:9"))} | {
        "plan"
    } == explained


@pytest.mark.parametrize("command", ["run", "worker", "backup", "restore", "export", "import", "report", "canary", "db", "doctor"])
def test_every_command_of_operating_exists_and_is_explained(command: str) -> None:
    from typer.main import get_command

    found: Any = get_command(app)
    assert command in found.commands
    assert f"`ajour {command}" in PAGE


def used(expression: str) -> set[str]:
    return {re.sub(r"_bucket$", "", n) for n in re.findall(r"\bajour_\w+", expression)}


def test_alerts_speak_of_metrics_that_exist_and_say_what_to_do(names: set[str]) -> None:
    groups = yaml.safe_load((HERE / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    rules = [r for g in groups for r in g["rules"]]
    assert len(rules) >= 8
    for rule in rules:
        assert used(rule["expr"]) <= names, rule["alert"]
        assert {"summary", "do"} <= set(rule["annotations"])
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_dashboard_speaks_of_metrics_that_exist(names: set[str]) -> None:
    board = json.loads((HERE / "deploy/grafana/ajour.json").read_text(encoding="utf-8"))
    expressions = [t["expr"] for p in board["panels"] for t in p["targets"]]
    assert set().union(*map(used, expressions)) <= names
    assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
