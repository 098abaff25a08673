"""`ajour run` as an operator meets it: a process that is started, asked how it is, stopped, killed
and started again.
"""

import json
import random
import re
import signal
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.runtime.job_runner import WorkerContext
from app.runtime.settings import load_settings
from app.tools.demo.server import simulated_outlets
from tests import databases
from tests.e2e import simulated_desk
from tests.e2e.simulated_desk import ITEMS
from tests.fake_encoder import BagOfWords
from tests.processes import PATIENCE, ajour

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * PATIENCE)]


class Running:
    """An `ajour run` in a process of its own, and what it says."""

    def __init__(self, environment: dict[str, str], output: Path, *options: str) -> None:
        self.process = ajour("run", *options, environment=environment, output=output)

    def wait_for(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ended = self.process.code is not None
            if found := re.search(pattern, self.process.said()):
                return found
            if ended:
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} not said; exit {self.process.code}:\n" + self.process.said()[-3000:])

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.process.said().splitlines() if line.startswith("{")]


Start = Callable[..., Running]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings of a desk that watches the outlets of the demo, played on this machine."""
    with simulated_outlets() as address:
        yield simulated_desk.environment(tmp_path, address)


@pytest.fixture
def daily_jobs_done(environment: dict[str, str]) -> None:
    """The database exists already, and no daily job is due."""
    engine = databases.sqlite(Path(environment["AJOUR_DATA"]) / "ajour.db")
    simulated_desk.daily_jobs_done(engine)
    engine.dispose()


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def one(*options: str) -> Running:
        started.append(Running(environment, tmp_path / f"said{len(started)}", *options))
        return started[-1]

    yield one
    for running in started:
        running.process.kill()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_until(there: Callable[[], bool], running: Running) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, running.process.said()[-2000:]
        time.sleep(0.2)


def rows(environment: dict[str, str], query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(Path(environment["AJOUR_DATA"]) / "ajour.db", timeout=PATIENCE)) as db:
        return db.execute(query).fetchall()


def test_it_watches_compares_answers_and_stops_when_asked(start: Start, environment: dict[str, str]) -> None:
    running = start()
    health = running.wait_for(r"health: (http://\S+)").group(1)
    running.wait_for(r'"result": "12 sources')
    wait_until(lambda: "ajour_compare_waiting 0.0" in get(f"{health}/metrics")[1], running)
    assert get(f"{health}/live")[0] == 200
    assert get(f"{health}/ready") == (200, '{"ready":true,"faults":[]}')
    metrics = get(f"{health}/metrics")[1]
    assert f"ajour_items_total {ITEMS}.0" in metrics
    assert re.search(r'ajour_fetches_total\{outcome="new_items",reason="\w+"\} 10\.0', metrics)
    assert running.process.stop() == 0
    assert [e for e in running.events() if str(e["event"]).startswith("stopped")]
    assert rows(environment, "SELECT count(*) FROM flag")[0][0] > 10
    assert rows(environment, "SELECT failures, good_at IS NOT NULL FROM job_run WHERE name IN ('watch', 'compare')") == [(0, 1)] * 2


@pytest.mark.usefixtures("daily_jobs_done")
def test_a_second_one_on_the_same_data_is_refused_and_disturbs_nothing(start: Start, environment: dict[str, str]) -> None:
    first = start()
    first.wait_for("health: ")
    second = start()
    assert second.process.ended() == 3
    assert "in use by another Ajour" in second.process.said()
    assert str(first.process.pid) in second.process.said()
    assert first.process.code is None


@pytest.mark.usefixtures("daily_jobs_done")
def test_killed_in_mid_work_it_goes_on_where_it_was(start: Start, environment: dict[str, str]) -> None:
    for moment in (r'"running"', r'"listening"'):
        running = start()
        running.wait_for(moment)
        time.sleep(random.uniform(0, 1.5))  # any moment of fetching or comparing
        running.process.stop(signal.SIGKILL)
        with closing(sqlite3.connect(Path(environment["AJOUR_DATA"]) / "ajour.db", timeout=PATIENCE, isolation_level=None)) as db:
            # As if the seconds until the next round had passed
            db.execute("UPDATE job_run SET started_at = '2026-01-01 00:00:00.000000'")
    running = start()
    running.wait_for("health: ")
    wait_until(lambda: rows(environment, "SELECT count(DISTINCT item_version_id) FROM assessment") == [(ITEMS,)], running)
    assert running.process.stop() == 0
    assert rows(environment, "SELECT count(*), count(DISTINCT source_id || key) FROM item") == [(ITEMS, ITEMS)]
    assert rows(environment, "SELECT count(*) FROM item_version WHERE number > 1") == [(0,)]
    assert rows(environment, "SELECT max(n) FROM (SELECT count(*) n FROM assessment GROUP BY item_version_id, report_id)") == [(1,)]


def test_a_wrong_watch_list_is_reported_at_once_not_in_a_log_later(start: Start, environment: dict[str, str]) -> None:
    Path(environment["AJOUR_SOURCES"]).write_text("sources:\n  - id: x\n")
    running = start()
    assert running.process.ended() == 2
    assert "sources.yml:2" in running.process.said()


def test_a_watch_list_that_goes_wrong_while_running_leaves_the_old_one_at_work(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round asks for the monitor, so this needs no process and no waiting for rounds."""
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    path = Path(environment["AJOUR_SOURCES"])
    context = WorkerContext(load_settings(data=environment["AJOUR_DATA"], sources=path, baseline=environment["AJOUR_BASELINE"]))
    first, good = context.monitor(), path.read_text(encoding="utf-8")
    assert context.monitor() is first
    path.write_text("sources: [", encoding="utf-8")
    with capture_logs() as said:
        assert context.monitor() is first
    assert "files_changed_and_are_wrong" in {line["event"] for line in said}
    path.write_text(good + "\n# touched\n", encoding="utf-8")
    assert context.monitor() is not first
    context.close()


@pytest.mark.usefixtures("daily_jobs_done")
@pytest.mark.parametrize(("command", "said"), [("run", '"running"'), ("serve", "Ctrl-C ends it")])
def test_ctrl_c_ends_it_quietly(environment: dict[str, str], tmp_path: Path, command: str, said: str) -> None:
    port = free_port()
    process = ajour(command, environment=environment | {"AJOUR_LISTEN": f"127.0.0.1:{port}"}, output=tmp_path / "said")
    end = time.monotonic() + PATIENCE
    while said not in process.said() and process.code is None and time.monotonic() < end:
        time.sleep(0.05)
    while time.monotonic() < end and process.code is None:  # the server listens a moment after it has said its address
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
            break
        time.sleep(0.05)
    assert process.stop(signal.SIGINT) == 0, process.said()[-2000:]
    assert "Traceback" not in process.said()
    assert "KeyboardInterrupt" not in process.said()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.usefixtures("daily_jobs_done")
def test_logs_are_lines_of_json_without_secrets(start: Start, environment: dict[str, str]) -> None:
    environment["AJOUR_SMTP_PASSWORD"] = "hunter2-very-secret"
    running = start()
    running.wait_for("health: ")
    running.process.stop()
    result = running.process.said()
    assert all({"event", "level", "timestamp"} <= set(e) for e in running.events())
    assert "hunter2" not in result


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1", "127.0.0.1:99999x"])
def test_a_wrong_address_is_refused_by_name(start: Start, environment: dict[str, str], address: str) -> None:
    environment["AJOUR_HEALTH"] = address
    running = start()
    assert running.process.ended() == 2
    assert "AJOUR_HEALTH" in running.process.said()
