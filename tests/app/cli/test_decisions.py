"""`ajour decisions …`: the log is verified and exported."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db import decisions
from db.engine import connect, writing
from db.enums import Choice
from tests.cli_runner import Ran
from tests.review.factory import Filled

Run = Callable[..., Ran]


@pytest.fixture
def decided(database: Engine) -> Path:
    """The file of a database that holds three decisions."""
    filled = Filled(database)
    filled.source("meduza")
    filled.claims()
    user = filled.user("Anna")
    for n in range(3):
        flag = filled.flag(story=f"s{n}")
        with writing(database) as session:
            decisions.decide(session, decisions.DecisionRequest(flag, user, Choice.NEW_PRACTICE, 1), datetime.now(UTC))
    database.dispose()
    return Path(str(database.url.database))


def test_the_log_is_checked_from_the_command_line(decided: Path, ajour: Run) -> None:
    whole = ajour("decisions", "verify")
    assert (whole.code, "3 decisions, the chain is valid; head " in whole.out) == (0, True)
    head = whole.out.split()[-1]
    assert ajour("decisions", "verify", "--head", head).code == 0
    engine = connect(f"sqlite:///{decided}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decision_no_delete"))
    engine.dispose()
    raw = connect(f"sqlite:///{decided}").raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("DELETE FROM decision WHERE id = 3")  # type: ignore[union-attr]
    raw.close()
    assert ajour("decisions", "verify").code == 0, "a log cut off at its end is whole in itself …"
    cut = ajour("decisions", "verify", "--head", head)
    assert (cut.code, "cut off" in cut.err) == (1, True), "… which the head written down finds out"


def test_decisions_are_exported_for_fitting(decided: Path, ajour: Run) -> None:
    out = decided.with_name("labels")
    assert "rep-2024: 3 items, 3 of them updates" in ajour("decisions", "export", "--out", str(out)).out
    labels = [json.loads(line) for line in (out / "rep-2024.labels.jsonl").read_text().splitlines()]
    items = [json.loads(line) for line in (out / "rep-2024.items.jsonl").read_text().splitlines()]
    assert [x["id"] for x in labels] == [x["id"] for x in items]
    assert {x["class"] for x in labels} == {"update"}


def test_a_row_that_was_altered_is_named(decided: Path, ajour: Run) -> None:
    engine = connect(f"sqlite:///{decided}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decision_no_update"))
        connection.execute(text("UPDATE decision SET note = 'another note' WHERE id = 2"))
    engine.dispose()
    ran = ajour("decisions", "verify")
    assert ran.code == 1
    assert "broken at decision 2" in ran.err
    assert "the 1 rows before it are valid" in ran.err


def test_without_decisions_nothing_is_written(database: Engine, ajour: Run, tmp_path: Path) -> None:
    assert "0 decisions" in ajour("decisions", "verify").out
    assert "there are no decisions yet" in ajour("decisions", "export", "--out", tmp_path / "labels").out
    assert not (tmp_path / "labels").exists()
