"""Runs recurring jobs: the same ones in one process (`ajour run`) and in many (`ajour worker`).

The database is the schedule. What is due is read from rows (sources, digests, outbox, job runs), so
a restart neither skips nor repeats work; the ticker that calls `run_if_due` only sets how often due
work is looked for. A job that fails is recorded in its row, logged, shown by metrics and readiness,
and retried. It never stops the other jobs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import structlog
from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.settings import Settings
from db import ops
from db.clock import TOLERANCE
from db.engine import reading
from db.source_overrides import overrides_state
from monitor.fetch.watcher import AfterStore
from monitor.pipeline import CycleResult, Monitor
from monitor.strict_yaml import WrongFile

log = structlog.get_logger(__name__)
Observe = Callable[[str, float], None]
AGAIN = 512  # stored items compared again in one run of the job, when nothing new waits
RETRY = timedelta(minutes=30)  # until a daily job that failed is tried again, on the same day
MOST_DOUBLINGS = 5  # of the wait of a job that backs off: a job of every minute waits half an hour


class Stopping(Exception):
    """The process was asked to stop; the current work ends at its next safe point."""


@dataclass
class WorkerContext:
    """What jobs work with: settings, services, the stop event, the metrics callback."""

    settings: Settings
    stop: threading.Event = field(default_factory=threading.Event)
    observe: Observe = lambda _name, _value: None
    after_store: AfterStore | None = None  # called in the transaction that stores a fetch

    @cached_property
    def container(self) -> Container:
        return Container(self.settings)

    @property
    def engine(self) -> Engine:
        return self.container.engine

    def __post_init__(self) -> None:
        self._current: tuple[object, Monitor] | None = None
        self._lock = threading.Lock()

    def monitor(self) -> Monitor:
        """The monitor for the current files. A change of the watch list or a baseline makes a new
        one; a wrong file keeps the old one.

        Raises WrongFile when the files are wrong and there is no earlier monitor.
        """
        with self._lock:
            seen = (_stamps(self.settings), self._overrides())
            if self._current is None or self._current[0] != seen:
                self._current = (seen, self._new_monitor())
            return self._current[1]

    def _overrides(self) -> tuple[int, int]:
        """A cache key that changes when the desk changes the watch list."""
        with reading(self.engine) as session:
            return overrides_state(session)

    def _new_monitor(self) -> Monitor:
        try:
            container = Container(self.settings, self.engine)  # one connection pool for the process
            monitor = container.monitor(self.after_store)
            monitor.register()
        except WrongFile as error:
            if self._current is None:
                raise
            now = "the files read before stay in use"
            log.error("files_changed_and_are_wrong", error=str(error), now=now)  # noqa: TRY400 - lists the faults
            return self._current[1]
        log.info("files_read", sources=len(monitor.sources), reports=len(monitor.baselines))
        return monitor

    def close(self) -> None:
        """End the monitor's parser processes and connections."""
        if self._current is not None:
            self._current[1].close()

    def observe_compared(self, items: int, seconds: float) -> None:
        """Record the time to compare a batch: its mean, once for each item."""
        for _ in range(items):
            self.observe("comparing_item", seconds / items)

    def check_stop(self) -> None:
        """Raise Stopping if the process was asked to stop. Called at every safe point."""
        if self.stop.is_set():
            raise Stopping


def _stamps(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    paths = [Path(settings.sources), *(path for folder in settings.baselines for path in sorted(folder.glob("*.yml")))]
    return tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.exists())


@dataclass(frozen=True)
class Job:
    """A recurring job. `do` returns one line: what it did. `every`: seconds between two starts; or
    `hour`: once a day from this hour (UTC).
    """

    name: str
    queue: str  # schedule, watch, compare, send or translate: which workers run it
    do: Callable[[WorkerContext], str]
    every: float = 60.0
    hour: int | None = None
    # It asks a service of the operator: after each failure in a row it waits twice as long
    backs_off: bool = False

    def due(self, last_start: datetime | None, last_success: datetime | None, now: datetime, failures: int = 0) -> bool:
        """Whether the job is due; the only place with this rule. `last_start`: its last start;
        `last_success`: the end of its last success; `failures`: in a row.
        """
        # Times in the future mean that the clock was set back
        last_start, last_success = (t if t is None or t <= now + TOLERANCE else None for t in (last_start, last_success))
        if self.hour is None:
            wait = self.every * 0.9 * (2 ** min(failures, MOST_DOUBLINGS) if self.backs_off else 1)
            return last_start is None or now - last_start >= timedelta(seconds=wait)
        today = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        scheduled = today if now >= today else today - timedelta(days=1)
        failed_lately = last_start is not None and last_start > (last_success or scheduled) and now - last_start < RETRY
        return (last_success is None or last_success < scheduled) and not failed_lately


def run_if_due(job: Job, context: WorkerContext) -> bool:
    """Run `job` if it is due and record the result. False when it was not due or a stop interrupted
    it. Raises what the database raises.
    """
    now = datetime.now(UTC)
    with reading(context.engine) as session:
        row = ops.job_runs(session).get(job.name)
    if not job.due(row.started_at if row else None, row.good_at if row else None, now, row.failures if row else 0):
        return False
    ops.begin_job(context.engine, job.name, now)
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(job=job.name):
        try:
            result, failed = job.do(context), False
        except Stopping:
            log.info("job_interrupted", why="the process stops; what was stored is kept, the rest is still due")
            return False
        except Exception as error:  # recorded in its row; the other jobs go on
            log.exception("job_failed")
            result, failed = f"{type(error).__name__}: {error}", True
        context.observe(job.name, time.monotonic() - began)
        ops.end_job(context.engine, job.name, datetime.now(UTC), result, failed)
        if result and not failed:
            log.info("job_done", result=result, seconds=round(time.monotonic() - began, 3))
    return True


def watch(context: WorkerContext) -> str:
    """Fetch the sources that are due."""
    context.check_stop()
    done = context.monitor().watch(lambda *_: context.check_stop())
    if not done.fetched:
        return ""
    outcomes = ", ".join(f"{n} {o.value}" for o, n in sorted(done.outcomes.items()))
    return f"{done.fetched} sources ({outcomes}), {done.new} new, {done.edited} edited"


def compare(context: WorkerContext) -> str:
    """Compare what waits. A job of its own, so that a backlog does not hold up the next fetch."""
    context.check_stop()
    monitor, last, compared = context.monitor(), time.monotonic(), 0

    def progress(_name: str, at: int, _total: int) -> None:
        nonlocal last, compared
        now = time.monotonic()
        context.observe_compared(at - compared, now - last)
        last, compared = now, at
        context.check_stop()

    done = monitor.compare(CycleResult(), progress)
    again = 0 if done.compared else monitor.compare_again(AGAIN)  # new items come first
    parts = [f"{done.compared} compared, {len(done.flagged)} flags"] if done.compared else []
    return ", ".join([*parts, *([f"{again} compared again"] if again else [])])
