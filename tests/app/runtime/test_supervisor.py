"""The supervisor takes back tasks that no worker runs. That it survives a restart of the server is
in tests/e2e/test_postgres_restarts.py.
"""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.event_loop import run_async

pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
from app.runtime import supervisor as module
from app.runtime.health import Pulse
from app.runtime.supervisor import Supervisor


class Clock:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def made() -> Supervisor:
    return Supervisor(None, None, ["compare"], 1, threading.Event(), Pulse())  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    result = Clock()
    monkeypatch.setattr("time.monotonic", result)
    return result


def test_a_task_is_lost_when_the_table_says_twice_that_we_run_it_and_we_do_not(
    made: Supervisor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[int]] = []
    table = {1, 2}
    monkeypatch.setattr(module, "tasks_of", lambda _engine, _worker: set(table))

    def rescue(_engine: object, lost: list[int]) -> list[int]:
        given.append(sorted(lost))
        return sorted(lost)

    monkeypatch.setattr(module, "rescue_tasks", rescue)
    made._worker = SimpleNamespace(worker_id=7)  # type: ignore[assignment]
    made._running = {1}
    assert made._rescue_now() == [], "seen for the first time"
    clock.now += module.RESCUE_SECONDS
    assert made._rescue_now() == [2]
    table.clear()
    made._rescue_now()
    table.add(2)
    clock.now += module.RESCUE_SECONDS
    assert made._rescue_now() == [], "it was taken back in between"
    assert given == [[], [2], [], []]


def test_before_a_worker_has_a_number_only_dead_ones_are_looked_for(made: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "tasks_of", lambda *_: pytest.fail("it has no number yet"))
    monkeypatch.setattr(module, "rescue_tasks", lambda _engine, lost: [*lost, 9])
    assert made._rescue_now() == [9]


def waits(
    made: Supervisor, answers: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch, pause: Callable[[float], object]
) -> str | None:
    """What the wait for the database ends with; `pause` gets the seconds of each pause, which takes
    no time.
    """

    async def no_wait(waiting: Any, seconds: float) -> None:
        waiting.close()
        pause(seconds)
        raise TimeoutError

    monkeypatch.setattr("db.ops.can_write", lambda _engine: answers())
    monkeypatch.setattr("asyncio.wait_for", no_wait)
    return run_async(made._wait_for_database())


def test_it_waits_ever_longer_until_the_database_answers(made: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    replies = iter(["away"] * 7 + [None])
    pauses: list[float] = []
    assert waits(made, lambda: next(replies), monkeypatch, pauses.append) is None
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_task_counts_as_running_only_while_it_runs(made: Supervisor) -> None:
    seen: list[set[int]] = []

    async def call() -> str:
        seen.append(set(made._running))
        raise ZeroDivisionError

    context: Any = SimpleNamespace(job=SimpleNamespace(id=5))
    with pytest.raises(ZeroDivisionError):
        run_async(made._track(call, context, None))  # type: ignore[arg-type]
    assert (seen, made._running) == ([{5}], set())


def test_a_worker_gives_up_after_ten_minutes_without_its_database(made: Supervisor, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now
    assert waits(made, lambda: "connection refused", monkeypatch, clock.advance) == "connection refused"
    assert 600 < clock.now - began <= 620


def test_a_worker_continues_when_its_database_is_back_in_time(made: Supervisor, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now
    assert waits(made, lambda: None if clock.now > began + 500 else "connection refused", monkeypatch, clock.advance) is None


def test_a_worker_that_is_asked_to_stop_waits_no_longer(made: Supervisor, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        made._signalled.set()
        return "connection refused"

    assert waits(made, refuse, monkeypatch, clock.advance) is None
