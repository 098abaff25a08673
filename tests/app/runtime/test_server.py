"""`ajour run` inside one process: what it starts, and how it ends. tests/e2e/test_run.py runs it as
a process.
"""

import os
import signal
import threading
import urllib.request
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.runtime import server
from app.runtime.db_alarm import DatabaseAlarm
from app.runtime.health import Pulse
from app.runtime.job_runner import Job, WorkerContext
from app.runtime.lock import AlreadyRunning
from app.runtime.settings import Settings, load_settings
from db.engine import CannotOpen
from tests import databases


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    databases.sqlite(tmp_path / "ajour.db").dispose()
    return load_settings(data=tmp_path, health="127.0.0.1:0", listen="127.0.0.1:0")


@pytest.fixture(autouse=True)
def handlers() -> object:
    """The handlers of signals that the test found."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_serves_until_a_signal_comes_and_prints_the_first_users_address(settings: Settings) -> None:
    addresses: dict[str, str] = {}
    statuses: list[int] = []

    def ready(given: dict[str, str]) -> None:
        addresses.update(given)
        for path in ("health", "desk"):
            with urllib.request.urlopen(given[path] + {"health": "/live", "desk": "/sign-in"}[path], timeout=30) as answer:
                statuses.append(answer.status)
        os.kill(os.getpid(), signal.SIGTERM)

    server.run(settings, watch=False, ready=ready)
    assert statuses == [200, 200]
    assert any(address.startswith(addresses["desk"] + "/setup/") for address in addresses.values())
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(addresses["health"] + "/live", timeout=30)


def test_without_the_desk_only_health_is_served(settings: Settings) -> None:
    addresses: dict[str, str] = {}

    def ready(given: dict[str, str]) -> None:
        addresses.update(given)
        os.kill(os.getpid(), signal.SIGTERM)

    server.run(settings, watch=False, desk=False, ready=ready)
    assert set(addresses) == {"health"}


def test_a_taken_port_is_refused_before_anything_starts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: str) -> None:
        raise CannotOpen("cannot listen on 127.0.0.1:1")

    monkeypatch.setattr(server, "check_free", taken)
    with pytest.raises(CannotOpen, match="cannot listen"):
        server.run(settings)


@pytest.mark.parametrize("fails", [False, True])
def test_a_tick_tells_the_alarm_whether_the_database_could_be_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    told: list[tuple[str, ...]] = []

    class Alarm(DatabaseAlarm):
        def worked(self, job: str) -> None:
            told.append(("worked", job))

        def failed(self, job: str, why: str) -> None:
            told.append(("failed", job, why))

    def run_if_due(*_: object) -> bool:
        if fails:
            raise OSError("the disk is full")
        return True

    monkeypatch.setattr(server, "run_if_due", run_if_due)
    context = WorkerContext(settings)
    with capture_logs() as logged:
        server._tick(Job("watch", "watch", lambda _: ""), context, Alarm(settings))
    assert told == ([("failed", "watch", "the disk is full")] if fails else [("worked", "watch")])
    assert [line["event"] for line in logged] == (["job_not_recorded"] if fails else [])


def test_no_job_begins_once_the_process_stops(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "run_if_due", lambda *_: pytest.fail("it began"))
    context = WorkerContext(settings)
    context.stop.set()
    server._tick(Job("watch", "watch", lambda _: ""), context, DatabaseAlarm(settings))


def test_a_lock_that_another_process_has_taken_stops_this_one(settings: Settings) -> None:
    class Lock:
        def hold(self) -> None:
            raise AlreadyRunning("another Ajour uses this database")

    context = WorkerContext(settings)
    check = server.LockCheck(Lock(), context)  # type: ignore[arg-type]
    with capture_logs() as logged:
        check.check()
    assert (context.stop.is_set(), str(check.lost)) == (True, "another Ajour uses this database")
    assert [line["event"] for line in logged] == ["lock_lost"]


def test_every_job_gets_a_tick_and_daily_ones_a_rarer_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    added: dict[str, float] = {}
    monkeypatch.setattr("app.runtime.ticker.Ticker.add", lambda _self, name, seconds, _call: added.update({name: seconds}))
    jobs = [
        Job("often", "watch", lambda _: "", every=5),
        Job("rarely", "send", lambda _: "", every=3600),
        Job("daily", "send", lambda _: "", hour=3),
    ]
    server.make_ticker(WorkerContext(settings), Pulse(), jobs, DatabaseAlarm(settings))
    assert added == {"pulse": 5.0, "often": 5, "rarely": 15.0, "daily": 60.0}


def test_a_signal_is_noted_and_ends_the_wait() -> None:
    signalled = server.StopSignal()
    os.kill(os.getpid(), signal.SIGINT)
    with capture_logs() as logged:
        signalled.wait(threading.Event())
    assert [(line["event"], line["signal"]) for line in logged] == [("stopping", "SIGINT")]
