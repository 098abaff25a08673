"""The recurring work of a desk, as duties: the same ones whether one process does everything (`ajour run`) or many share it (`ajour worker`).

The database is the schedule. What is due is read from rows (sources, digests, outbox, duties), so a restart at any moment neither skips nor repeats
anything; the ticker that calls `run_if_due` only decides how soon somebody looks. A duty that fails is recorded in its row, told in the log, seen in
metrics and readiness, and tried again; it never stops the others.
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
from db.engine import reading
from monitor.fetch.watcher import AfterStore
from monitor.pipeline import Monitor
from monitor.strict_yaml import WrongFile

log = structlog.get_logger(__name__)
Observe = Callable[[str, float], None]
RETRY = timedelta(minutes=30)  # a daily duty that failed is tried again this much later, not the next day


class Stopping(Exception):
    """The process was asked to stop; the work in hand ends at the next safe point."""


@dataclass
class WorkerContext:
    """What duties work with: the desk's parts, the wish to stop, and somebody who counts."""

    settings: Settings
    stop: threading.Event = field(default_factory=threading.Event)
    observe: Observe = lambda _name, _value: None
    after_store: AfterStore | None = None  # done in the transaction that stores a fetch

    @cached_property
    def desk(self) -> Container:
        return Container(self.settings)

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    def __post_init__(self) -> None:
        self._made: tuple[object, Monitor] | None = None
        self._making = threading.Lock()

    def monitor(self) -> Monitor:
        """The monitor for the files as they are now: made anew when the watch list or a baseline has changed, kept when the new one is wrong.

        Raises WrongFile when the files are wrong and there is nothing to go on with.
        """
        with self._making:
            seen = _stamps(self.settings)
            if self._made is None or self._made[0] != seen:
                self._made = (seen, self._make())
            return self._made[1]

    def _make(self) -> Monitor:
        try:
            desk = Container(self.settings, self.engine)  # one connection pool for the process
            made = desk.monitor(self.after_store)
            made.register()
        except WrongFile as error:
            if self._made is None:
                raise
            log.error("files_changed_and_are_wrong", error=str(error), now="going on with the ones read before")  # noqa: TRY400 - the faults are the message
            return self._made[1]
        log.info("files_read", sources=len(made.sources), reports=len(made.baselines))
        return made

    def close(self) -> None:
        """End what the monitor keeps running: parsers, connections."""
        if self._made is not None:
            self._made[1].close()

    def observe_compared(self, items: int, seconds: float) -> None:
        """Record how long comparing a batch of items took, as the mean of each."""
        for _ in range(items):
            self.observe("comparing_item", seconds / items)

    def go_on(self) -> None:
        """Called at every safe point. Raises Stopping."""
        if self.stop.is_set():
            raise Stopping


def _stamps(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    paths = [Path(settings.sources), *sorted(Path(settings.baseline).glob("*.yml"))]
    return tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.exists())


@dataclass(frozen=True)
class Job:
    """`do` says in a line what it did. `every`: seconds between two starts; or `hour`: once a day, from this hour (UTC) on."""

    name: str
    queue: str  # watch, compare or send: which workers do it
    do: Callable[[WorkerContext], str]
    every: float = 60.0
    hour: int | None = None

    def due(self, started: datetime | None, good: datetime | None, now: datetime) -> bool:
        """The ONE place where it is coded when a duty is due. Times of its last start and of its last good end."""
        if self.hour is None:
            return started is None or now - started >= timedelta(seconds=self.every * 0.9)
        today = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        turn = today if now >= today else today - timedelta(days=1)
        failed_lately = started is not None and started > (good or turn) and now - started < RETRY
        return (good is None or good < turn) and not failed_lately


def run_if_due(duty: Job, house: WorkerContext) -> bool:
    """Do `duty` if it is due, and record how it went, well or not. False when it was not due or was broken off by a stop. Raises what the database raises."""
    now = datetime.now(UTC)
    with reading(house.engine) as session:
        row = ops.duties(session).get(duty.name)
    if not duty.due(row.started_at if row else None, row.good_at if row else None, now):
        return False
    ops.begin_duty(house.engine, duty.name, now)
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(duty=duty.name):
        try:
            told, failed = duty.do(house), False
        except Stopping:
            log.info("duty_broken_off", why="stopping; what was stored is safe, the rest is still due")
            return False
        except Exception as error:  # one duty's fault must not stop the others; it is a state that people see
            log.exception("duty_failed")
            told, failed = f"{type(error).__name__}: {error}", True
        house.observe(duty.name, time.monotonic() - began)
        ops.end_duty(house.engine, duty.name, datetime.now(UTC), told, failed)
        if told and not failed:
            log.info("duty_done", told=told, seconds=round(time.monotonic() - began, 3))
    return True


def cycle(house: WorkerContext) -> str:
    """Watch what is due and compare what waits."""
    monitor, last, compared = house.monitor(), time.monotonic(), 0

    def progress(name: str, at: int, _total: int) -> None:
        nonlocal last, compared
        now = time.monotonic()
        if name == "comparing":
            house.observe_compared(at - compared, now - last)
            compared = at
        last = now
        house.go_on()

    house.go_on()
    done = monitor.cycle(progress)
    if not done.looked and not done.compared:
        return ""
    outcomes = ", ".join(f"{n} {o.value}" for o, n in sorted(done.outcomes.items()))
    return f"{done.looked} sources ({outcomes}), {done.new} new, {done.edited} edited, {done.compared} compared, {len(done.flagged)} flags"
