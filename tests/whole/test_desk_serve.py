"""`ajour serve` and its commands as people run them: the first start, users, the decision log checked and exported."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.settings import load_settings
from app.web import create_app
from db import decisions
from db.engine import connect, writing
from db.migrate import upgrade
from db.words import Choice
from tests.review.desk_world import Filled

ROOT = Path(__file__).resolve().parent.parent.parent


def environment(folder: Path) -> dict[str, str]:
    return {n: v for n, v in os.environ.items() if not n.startswith("AJOUR_")} | {"PYTHONPATH": str(ROOT), "AJOUR_DATA": str(folder)}


def ajour(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *words], env=environment(folder), capture_output=True, text=True, timeout=100, check=False
    )


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Path]]:
    """A started `ajour serve`: its address, and the file with what it printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = folder / "said.txt"
    with said.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--listen", f"127.0.0.1:{port}"], env=environment(folder), stderr=file, stdout=file
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < deadline, said.read_text()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", said
    finally:
        process.terminate()
        process.wait(20)


def test_the_first_start_prints_a_link_and_later_ones_do_not(tmp_path: Path) -> None:
    with served(tmp_path) as (address, said):
        link = re.search(rf"{address}/setup/\S{{40,}}", said.read_text())
        assert link is not None
        form = b"name=Anna&password=three+quiet+green+boats"
        with urllib.request.urlopen(link[0], data=form, timeout=20) as answer:
            assert answer.url.startswith(f"{address}/sign-in")
    with served(tmp_path) as (_, said):
        assert "/setup/" not in said.read_text()
    listed = json.loads(ajour(tmp_path, "users", "list", "--json").stdout)
    assert listed == [{"name": "Anna", "role": "admin", "active": True, "password": True}]


def test_users_are_added_linked_and_stopped(tmp_path: Path) -> None:
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/setup/\S{40,}\n", ajour(tmp_path, "users", "add", "Boris", "--role", "researcher").stdout
    )
    assert ajour(tmp_path, "users", "add", "boris").returncode == 2
    assert "/setup/" in ajour(tmp_path, "users", "link", "Boris").stdout
    assert ajour(tmp_path, "users", "link", "Nobody").returncode == 2
    assert ajour(tmp_path, "users", "stop", "Boris").returncode == 0
    assert json.loads(ajour(tmp_path, "users", "list", "--json").stdout)[0]["active"] is False


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    """A data folder whose database holds three decisions."""
    engine = connect(f"sqlite:///{tmp_path / 'ajour.db'}")
    upgrade(engine)
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


def test_the_log_is_checked_from_the_command_line(decided: Path) -> None:
    whole = ajour(decided, "decisions", "verify")
    assert (whole.returncode, "3 decisions, the chain holds; head " in whole.stdout) == (0, True)
    head = whole.stdout.split()[-1]
    assert ajour(decided, "decisions", "verify", "--head", head).returncode == 0
    engine = connect(f"sqlite:///{decided / 'ajour.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decision_no_delete"))
    engine.dispose()
    raw = connect(f"sqlite:///{decided / 'ajour.db'}").raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("DELETE FROM decision WHERE id = 3")  # type: ignore[union-attr]
    raw.close()
    assert ajour(decided, "decisions", "verify").returncode == 0, "a log cut off at its end is whole in itself …"
    cut = ajour(decided, "decisions", "verify", "--head", head)
    assert (cut.returncode, "cut off" in cut.stderr) == (1, True), "… which the head written down finds out"


def test_decisions_are_exported_for_fitting(decided: Path) -> None:
    out = decided / "labels"
    assert "rep-2024: 3 items, 3 of them updates" in ajour(decided, "decisions", "export", "--out", str(out)).stdout
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
