"""Every recurring job goes on after the clock has jumped, ahead and back."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.runtime import jobs
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from db import ops
from db.engine import reading

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
# The others fetch, encode or copy; here only when they run matters
LIGHT = ("clock", "digests", "send", "operators", "clean_up")


def counted(job: Job, runs: Counter[str]) -> Job:
    def do(context: WorkerContext) -> str:
        runs[job.name] += 1
        return job.do(context) if job.name in LIGHT else ""

    return replace(job, do=do)


@pytest.mark.slow
@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(hours=2), timedelta(days=-3), timedelta(days=400)])
def test_no_job_stands_still_after_the_clock_has_jumped_and_was_put_right(context: WorkerContext, jump: timedelta) -> None:
    runs = Counter[str]()
    every = [counted(job, runs) for job in jobs.all_jobs(context.settings)]
    assert {*LIGHT, "watch", "canary", "backup"} <= {job.name for job in every}

    def an_hour(start: datetime) -> None:
        for minute in range(0, 60, 5):
            with time_machine.travel(start + timedelta(minutes=minute), tick=False):
                for job in every:
                    run_if_due(job, context)

    an_hour(START)
    assert set(runs) == {job.name for job in every}
    an_hour(START + timedelta(hours=1) + jump)
    runs.clear()
    an_hour(START + timedelta(hours=2))
    assert {job.name for job in every if job.hour is None} <= set(runs), "frequent jobs run within the hour"
    an_hour(START + timedelta(days=1, hours=2))
    assert set(runs) == {job.name for job in every}, "daily jobs run within a day"
    with reading(context.engine) as session:
        rows = ops.job_runs(session)
        assert {name for name, row in rows.items() if row.failures} == set()
        result = rows.get(ops.CLOCK_REPAIR)
    assert result is not None
    assert "put back" in result.result


def test_a_database_server_with_another_clock_is_reported_and_nothing_is_repaired(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.clock.server_ahead", lambda _session, _now: timedelta(days=3))
    with pytest.raises(jobs.ClockDiffers, match="3 days"):
        jobs.check_clock(context.engine)
