"""`ajour run`: scheduler, review desk and mail sender in one process.

The ticker holds no state; the database holds the schedule, so a crash loses nothing (see
app.runtime.job_runner). On SIGTERM or Ctrl-C no new work begins, current work ends at its next safe
point, servers finish their open requests, and the process ends within STOP_SECONDS. Work that does
not end in time is abandoned: every fetch, comparison and mail is stored whole or not at all, so it
is still due at the next start.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.runtime import jobs
from app.runtime.db_alarm import DatabaseAlarm
from app.runtime.health import Pulse, Serving, check_free, create_health
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from app.runtime.lock import AlreadyRunning, ServerLock, sole, sole_on_server
from app.runtime.metrics import Metrics
from app.runtime.settings import Settings
from app.runtime.ticker import Ticker
from db import ops
from db.engine import CannotOpen

log = structlog.get_logger(__name__)
STOP_SECONDS = 20.0
CHECK_SECONDS = 15.0  # between two checks whether a job is due


def run(settings: Settings, *, watch: bool = True, desk: bool = True, ready: Callable[[dict[str, str]], None] = lambda _: None) -> None:
    """Run until a signal comes. `ready` gets the addresses (name → URL) once everything runs.
    Raises CannotOpen, WrongFile, WrongSettings.
    """
    check_free(settings.health, settings.listen if desk else "")
    folder = Path(settings.data)
    context, alarm = WorkerContext(settings), DatabaseAlarm(settings)
    try:
        server_lock = None
        with ExitStack() as locks:
            if watch:  # several processes may serve the desk alone
                locks.enter_context(sole(folder))
                server_lock = locks.enter_context(sole_on_server(context.engine))
            _run(context, folder, desk, ready, alarm, server_lock)
    except (CannotOpen, SQLAlchemyError):
        if watch and (why := _database_fault(context)):
            alarm.failed("start", why)
        raise


def _database_fault(context: WorkerContext) -> str | None:
    """Why the database cannot be used; None when it can, and something else failed."""
    try:
        return ops.can_write(context.engine)
    except (CannotOpen, SQLAlchemyError) as error:
        return str(error)


def _run(
    context: WorkerContext,
    folder: Path,
    desk: bool,
    ready: Callable[[dict[str, str]], None],
    alarm: DatabaseAlarm,
    server_lock: ServerLock | None,
) -> None:
    """`server_lock`: None where only the desk is served."""
    metrics, pulse = Metrics(context.engine, folder), Pulse()
    context.observe = metrics.observe
    if server_lock:
        context.monitor()  # wrong files are reported now, not in a log some minutes later
    servers = _servers(context, folder, pulse, metrics, desk)
    ticker = make_ticker(context, pulse, jobs.all_jobs(context.settings) if server_lock else (), alarm)
    lock_check = LockCheck(server_lock, context)
    ticker.add("lock", CHECK_SECONDS, lock_check.check)
    stop_signal = StopSignal()
    try:
        for server in servers.values():
            server.start()
        ticker.start()
        addresses = {name: f"http://{s.host}:{s.port}" for name, s in servers.items()}
        ready(addresses | _setup(context, addresses))
        log.info("running", data=str(folder.resolve()), database=context.engine.url.render_as_string(hide_password=True))
        stop_signal.wait(context.stop)
    finally:
        context.stop.set()
        _shut_down(context, ticker, list(servers.values()), stop_signal)
    if lock_check.lost:
        raise lock_check.lost


def _setup(context: WorkerContext, addresses: Mapping[str, str]) -> dict[str, str]:
    """The one-time address where the first user is created, while there is none."""
    from app.runtime.web import setup_link

    link = setup_link(context.engine, context.settings.public_url.rstrip("/") or addresses["desk"]) if "desk" in addresses else None
    return {"no user exists yet; create the first one here (works once, within two days)": link} if link else {}


def _servers(context: WorkerContext, folder: Path, pulse: Pulse, metrics: Metrics, desk: bool) -> dict[str, Serving]:
    servers = {}
    if context.settings.health:
        servers["health"] = Serving(create_health(context.engine, folder, pulse, metrics), context.settings.health, "health")
    if desk:
        servers["desk"] = Serving(jobs.desk_app(context), context.settings.listen, "desk")
    return servers


def make_ticker(context: WorkerContext, pulse: Pulse, work: Sequence[Job], alarm: DatabaseAlarm) -> Ticker:
    """The ticker of `work`: each call only checks whether its job is due."""
    ticker = Ticker()
    ticker.add("pulse", 5.0, pulse.beat)
    for job in work:
        every = min(CHECK_SECONDS if job.hour is None else 300.0, job.every)
        ticker.add(job.name, every, partial(_tick, job, context, alarm))
    return ticker


class LockCheck:
    """Takes the lock on the PostgreSQL server again after a restart, and stops the process if
    another one has it.
    """

    def __init__(self, lock: ServerLock | None, context: WorkerContext) -> None:
        self._lock, self._context = lock, context
        self.lost: AlreadyRunning | None = None

    def check(self) -> None:
        try:
            if self._lock:
                self._lock.hold()
        except AlreadyRunning as error:
            log.error("lock_lost", error=str(error))  # noqa: TRY400 - no traceback is needed
            self.lost = error
            self._context.stop.set()
        except SQLAlchemyError as error:
            log.warning("lock_not_checked", error=str(error).splitlines()[0])


def _tick(job: Job, context: WorkerContext, alarm: DatabaseAlarm) -> None:
    if context.stop.is_set():
        return
    try:
        if run_if_due(job, context):
            alarm.worked(job.name)
    except Exception as error:  # the log, /ready and the alarm report it
        log.exception("job_not_recorded", job=job.name)
        alarm.failed(job.name, str(error))


class StopSignal:
    """Whether a signal has asked the process to stop; a second signal ends it at once.

    The handler only stores the number: it runs between any two instructions of the main thread,
    which may hold the lock that logging or an Event needs.
    """

    def __init__(self) -> None:
        self.number = 0
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            os._exit(130)
        self.number = number

    def wait(self, stop: threading.Event) -> None:
        """Return when a signal came or `stop` is set."""
        while not self.number and not stop.is_set():
            time.sleep(0.2)
        if self.number:
            log.info("stopping", signal=signal.Signals(self.number).name)


def _shut_down(context: WorkerContext, ticker: Ticker, servers: Sequence[Serving], stop_signal: StopSignal) -> None:
    """Wait for current work, STOP_SECONDS at most."""
    began = time.monotonic()
    done = threading.Event()

    def close() -> None:
        ticker.stop()
        for server in servers:
            server.stop()
        done.set()

    threading.Thread(target=close, name="stop", daemon=True).start()
    if done.wait(STOP_SECONDS - 1):
        context.close()
        log.info("stopped", seconds=round(time.monotonic() - began, 1))
        return
    log.warning("stopped_with_unfinished_work", now="it was not stored and is still due; the next start does it")
    if stop_signal.number:
        # Threads that wait for the network cannot be interrupted; nothing half done is stored
        os._exit(0)
