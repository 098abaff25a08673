"""Many workers on a real PostgreSQL: killed at any moment they lose nothing and repeat nothing;
duties run once however many processes ask.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.tools.demo.server import simulated_outlets
from db.engine import connect
from tests import postgres
from tests.e2e import simulated_desk
from tests.e2e.simulated_desk import ITEMS
from tests.processes import PATIENCE, Process, ajour

pytestmark = pytest.mark.slow


class Workers:
    """Workers of one desk, each a process."""

    def __init__(self, environment: dict[str, str], engine: Engine, log: Path) -> None:
        self.environment, self.engine, self.log = environment, engine, log
        self.running: list[Process] = []

    def start(self) -> None:
        self.running.append(ajour("worker", environment=self.environment, output=self.log))

    def kill(self) -> None:
        """One of them, without warning. Once the others have given a sign of life since, the minute
        after which the dead one counts as dead has passed.
        """
        victim = self.running.pop(random.randrange(len(self.running)))
        victim.kill()
        died = self.number("SELECT clock_timestamp()::text")
        self.wait_for(f"SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > '{died}'", len(self.running))
        self.run(f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes' WHERE last_heartbeat <= '{died}'")

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def number(self, query: str) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(text(query))

    def wait_for(self, query: str, value: object) -> None:
        self._wait(lambda: self.number(query) == value, f"{query}: not {value}")

    def wait_for_line(self, event: str, process: int) -> None:
        def said() -> bool:
            return any(f'"{event}"' in line and f'"process": {process}' in line for line in self.log.read_text().splitlines())

        self._wait(said, f"worker {process} never said {event}")

    def _wait(self, there: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + PATIENCE
        while not there():
            ended = [p.code for p in self.running if p.code is not None]
            if ended or time.monotonic() > end:
                with self.engine.connect() as connection:
                    jobs = connection.execute(text("SELECT task_name, status, count(*) FROM procrastinate_jobs GROUP BY 1, 2")).fetchall()
                pytest.fail(f"{otherwise}; workers that ended: {ended}\n{jobs}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> list[int]:
        """Asked to end; the exit codes."""
        for process in self.running:  # the interpreter's own start hears no signal
            self.wait_for_line("working", process.pid)
        for process in self.running:
            os.kill(process.pid, signal.SIGTERM)
        codes = [p.ended() for p in self.running]
        self.running.clear()
        return codes


@pytest.fixture
def workers(postgres_server: str, tmp_path: Path) -> Iterator[Workers]:
    pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
    url = postgres.migrated_database(postgres_server)
    with simulated_outlets() as address:
        engine = connect(url)
        simulated_desk.daily_jobs_done(engine)
        result = Workers(simulated_desk.environment(tmp_path, address, url), engine, tmp_path / "log")
        yield result
        for process in result.running:
            process.kill()
        engine.dispose()


COMPARED = "SELECT count(DISTINCT item_version_id) FROM assessment"


@pytest.mark.timeout(4 * PATIENCE)
def test_workers_that_are_killed_lose_nothing_and_repeat_nothing(workers: Workers) -> None:
    workers.start()
    workers.start()
    workers.wait_for("SELECT count(*) > 0 FROM item", True)
    time.sleep(random.uniform(0, 2))  # any moment
    workers.kill()
    workers.start()
    workers.wait_for(COMPARED, ITEMS)
    assert workers.number("SELECT count(*) FROM item") == ITEMS
    assert workers.number("SELECT count(DISTINCT (source_id, key)) FROM item") == ITEMS
    assert workers.number("SELECT count(*) FROM item_version WHERE number > 1") == 0
    assert workers.number("SELECT max(n) FROM (SELECT count(*) n FROM assessment GROUP BY item_version_id, report_id) x") == 1
    assert workers.number("SELECT max(n) FROM (SELECT count(*) n FROM flag GROUP BY story_id, report_id, subject) x") == 1
    assert workers.number("SELECT count(*) FROM flag") > 20
    assert workers.number("SELECT count(*) FROM item WHERE story_id IS NULL") == 0
    assert workers.number("SELECT bool_and(s.items = (SELECT count(*) FROM item i WHERE i.story_id = s.id)) FROM story s") is True
    assert workers.stop() == [0, 0]


@pytest.mark.timeout(4 * PATIENCE)
def test_what_must_happen_once_happens_once_however_many_workers_run(workers: Workers) -> None:
    for _ in range(3):
        workers.start()
    workers.wait_for(COMPARED, ITEMS)
    per_period = (
        "SELECT max(n) FROM (SELECT count(*) n FROM procrastinate_periodic_defers GROUP BY task_name, defer_timestamp, periodic_id) x"
    )
    assert workers.number(per_period) == 1
    again = 'SELECT count(*) FROM "fetch" a JOIN "fetch" b ON a.source_id = b.source_id AND a.id < b.id WHERE b.started_at < a.ended_at + interval \'5 minutes\''
    assert workers.number(again) == 0
    # All outlets live on one host: no two looks at it at the same time, by the looks' own clocks.
    at_once = 'SELECT count(*) FROM "fetch" a JOIN "fetch" b ON a.id < b.id WHERE a.started_at < b.ended_at AND b.started_at < a.ended_at'
    assert workers.number('SELECT count(*) FROM "fetch"') > 1
    assert workers.number(at_once) == 0
    assert workers.stop() == [0, 0, 0]


def test_workers_without_postgresql_point_to_run(tmp_path: Path) -> None:
    environment = {**os.environ, "AJOUR_DATA": str(tmp_path / "var"), "AJOUR_LOG": "json"}
    process = ajour("worker", environment=environment, output=tmp_path / "said")
    assert process.ended() == 3
    assert "ajour run" in process.said()
