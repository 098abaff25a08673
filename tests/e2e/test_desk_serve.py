"""`ajour serve` and its commands as people run them: the first start, users, the decision log
checked and exported.
"""

import json
import os
import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.runtime.settings import load_settings
from app.runtime.web import create_app
from db import decisions
from db.engine import connect, writing
from db.enums import Choice
from tests import databases, processes
from tests.cli_runner import Ran
from tests.review.factory import Filled

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_DATA", str(tmp_path))


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """A started `ajour serve`: its address, and what it printed until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = processes.ajour("serve", "--listen", f"127.0.0.1:{port}", environment=os.environ, output=folder / f"said{port}")
    try:
        deadline = time.monotonic() + processes.PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5).close()
                break
            except OSError:
                assert process.code is None, process.said()
                assert time.monotonic() < deadline, process.said()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.said()
    finally:
        process.stop()


@pytest.mark.slow
def test_the_first_start_prints_a_link_and_later_ones_do_not(tmp_path: Path, ajour: Run) -> None:
    with served(tmp_path) as (address, said):
        link = re.search(rf"{address}/setup/\S{{40,}}", said)
        assert link is not None
        form = b"name=Anna&password=three+quiet+green+boats"
        with urllib.request.urlopen(link[0], data=form, timeout=20) as answer:
            assert answer.url.startswith(f"{address}/sign-in")
    with served(tmp_path) as (_, said):
        assert "/setup/" not in said
    listed = ajour("users", "list", "--json").json
    assert listed == [{"name": "Anna", "role": "admin", "active": True, "password": True}]


def test_users_are_added_linked_and_stopped(ajour: Run) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/setup/\S{40,}\n", ajour("users", "add", "Boris", "--role", "researcher").out)
    assert ajour("users", "add", "boris").code == 2
    assert "/setup/" in ajour("users", "link", "Boris").out
    assert ajour("users", "link", "Nobody").code == 2
    assert ajour("users", "stop", "Boris").code == 0
    assert ajour("users", "list", "--json").json[0]["active"] is False


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    """A data folder whose database holds three decisions."""
    engine = databases.sqlite(tmp_path / "ajour.db")
    filled = Filled(engine)
    filled.source("meduza")
    filled.claims()
    user = filled.user("Anna")
    for n in range(3):
        flag = filled.flag(story=f"s{n}")
        with writing(engine) as session:
            decisions.decide(session, decisions.Order(flag, user, Choice.NEW_PRACTICE, 1), datetime.now(UTC))
    engine.dispose()
    return tmp_path


def test_the_log_is_checked_from_the_command_line(decided: Path, ajour: Run) -> None:
    whole = ajour("decisions", "verify")
    assert (whole.code, "3 decisions, the chain is valid; head " in whole.out) == (0, True)
    head = whole.out.split()[-1]
    assert ajour("decisions", "verify", "--head", head).code == 0
    engine = connect(f"sqlite:///{decided / 'ajour.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decision_no_delete"))
    engine.dispose()
    raw = connect(f"sqlite:///{decided / 'ajour.db'}").raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("DELETE FROM decision WHERE id = 3")  # type: ignore[union-attr]
    raw.close()
    assert ajour("decisions", "verify").code == 0, "a log cut off at its end is whole in itself …"
    cut = ajour("decisions", "verify", "--head", head)
    assert (cut.code, "cut off" in cut.err) == (1, True), "… which the head written down finds out"


def test_decisions_are_exported_for_fitting(decided: Path, ajour: Run) -> None:
    out = decided / "labels"
    assert "rep-2024: 3 items, 3 of them updates" in ajour("decisions", "export", "--out", str(out)).out
    labels = [json.loads(line) for line in (out / "rep-2024.labels.jsonl").read_text().splitlines()]
    items = [json.loads(line) for line in (out / "rep-2024.items.jsonl").read_text().splitlines()]
    assert [x["id"] for x in labels] == [x["id"] for x in items]
    assert {x["class"] for x in labels} == {"update"}


def test_the_whole_web_mounts_the_subscribers_pages_without_opening_the_desk(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    client = TestClient(create_app(load_settings(data=tmp_path)), base_url="http://127.0.0.1:8000", follow_redirects=False)
    assert client.get("/s/nothing").status_code in (400, 403, 404), "theirs to answer, nobody is asked to sign in"
    assert client.get("/queue").status_code == 401
    assert client.get("/queue", headers={"accept": "text/html"}).headers["location"] == "/sign-in?next=%2Fqueue"
