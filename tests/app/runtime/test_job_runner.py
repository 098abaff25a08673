"""When a job is due, what its row records, and how a monitor follows the files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from structlog.testing import capture_logs

from app.runtime.job_runner import Job, Stopping, WorkerContext, compare, run_if_due, watch
from app.runtime.settings import load_settings
from db import ops
from db.engine import reading
from db.models import JobRunRow
from monitor.strict_yaml import WrongFile
from tests import databases

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def nothing(_: WorkerContext) -> str:
    return ""


FREQUENT = Job("often", "watch", nothing, every=60)
DAILY = Job("daily", "schedule", nothing, hour=3)


def row(context: WorkerContext, name: str) -> JobRunRow | None:
    with reading(context.engine) as session:
        return ops.job_runs(session).get(name)


@pytest.mark.parametrize(
    ("started", "due"),
    [(None, True), (NOON - timedelta(seconds=53), False), (NOON - timedelta(seconds=54), True), (NOON + 5 * HOUR, True)],
    ids=["never", "53 s ago", "54 s ago", "in the future"],
)
def test_a_frequent_job_is_due_after_its_period(started: datetime | None, due: bool) -> None:
    assert FREQUENT.due(started, None, NOON) is due


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (3, 8), (5, 32), (99, 32)])
def test_a_job_that_asks_a_service_waits_longer_after_each_failure(failures: int, minutes: int) -> None:
    job = replace(FREQUENT, every=60.0, backs_off=True)
    assert job.due(NOON - timedelta(minutes=minutes), None, NOON, failures)
    assert not job.due(NOON - timedelta(minutes=minutes * 0.8), None, NOON, failures)
    assert FREQUENT.due(NOON - timedelta(minutes=1), None, NOON, failures)


@pytest.mark.parametrize(
    ("started", "good", "due"),
    [
        (None, None, True),
        (NOON - 9 * HOUR, NOON - 9 * HOUR, False),  # at three o'clock today
        (NOON - 10 * HOUR, NOON - 10 * HOUR, True),  # at two o'clock
        (NOON - HOUR, NOON - 24 * HOUR, True),  # failed an hour ago
        (NOON - timedelta(minutes=29), NOON - 24 * HOUR, False),  # failed half an hour ago
        (NOON + 24 * HOUR, NOON + 24 * HOUR, True),  # a clock that was ahead
    ],
)
def test_a_daily_job_is_due_once_after_its_hour(started: datetime | None, good: datetime | None, due: bool) -> None:
    assert DAILY.due(started, good, NOON) is due


def test_before_its_hour_yesterdays_run_counts() -> None:
    two = NOON.replace(hour=2)
    assert DAILY.due(two - 22 * HOUR, two - 22 * HOUR, two) is False
    assert DAILY.due(two - 24 * HOUR, two - 24 * HOUR, two) is True


def test_a_job_is_run_once_in_its_period_and_recorded(context: WorkerContext) -> None:
    observed: list[str] = []
    context.observe = lambda name, _seconds: observed.append(name)
    job = Job("often", "watch", lambda _: "3 done", every=60)
    with time_machine.travel(NOON, tick=False) as clock:
        assert run_if_due(job, context)
        assert not run_if_due(job, context)
        clock.shift(60)
        assert run_if_due(job, context)
    found = row(context, "often")
    assert found is not None
    assert (found.result, found.failures, found.good_at) == ("3 done", 0, NOON + timedelta(seconds=60))
    assert observed == ["often", "often"]


def test_a_job_that_fails_is_recorded_and_raises_nothing(context: WorkerContext) -> None:
    def fails(_: WorkerContext) -> str:
        raise ZeroDivisionError("a fault of ours")

    with capture_logs() as logged:
        assert run_if_due(Job("often", "watch", fails), context)
    found = row(context, "often")
    assert found is not None
    assert (found.result, found.failures, found.good_at) == ("ZeroDivisionError: a fault of ours", 1, None)
    assert [line["event"] for line in logged] == ["job_failed"]


def test_a_job_that_is_stopped_is_neither_good_nor_failed(context: WorkerContext) -> None:
    def stops(context: WorkerContext) -> str:
        context.stop.set()
        context.check_stop()
        return "never"

    assert not run_if_due(Job("often", "watch", stops), context)
    found = row(context, "often")
    assert found is not None
    assert (found.ended_at, found.failures, found.good_at) == (None, 0, None)


@pytest.mark.parametrize("work", [watch, compare])
def test_work_that_begins_while_stopping_does_not_begin(context: WorkerContext, work: Callable[[WorkerContext], str]) -> None:
    context.stop.set()
    with pytest.raises(Stopping):
        work(context)


def test_the_time_of_a_batch_is_shared_by_its_items(context: WorkerContext) -> None:
    observed: list[tuple[str, float]] = []
    context.observe = lambda name, seconds: observed.append((name, seconds))
    context.observe_compared(4, 2.0)
    context.observe_compared(0, 2.0)
    assert observed == [("comparing_item", 0.5)] * 4


def test_files_that_are_wrong_from_the_beginning_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sources.yml").write_text("sources: [", encoding="utf-8")
    context = WorkerContext(load_settings(data=tmp_path / "var", sources=tmp_path / "sources.yml"))
    context.container.opened = databases.sqlite(tmp_path / "var" / "ajour.db")
    with pytest.raises(WrongFile):
        context.monitor()
