"""`ajour run`: scheduler, desk and sender in one process. Start it and forget it.

The ticker is APScheduler with a memory store; nothing is remembered there, so nothing can be lost there (see app.runtime.job_runner). On SIGTERM or Ctrl-C no
new work begins, work in hand ends at its next safe point, servers answer what they have begun, and the process is gone within STOP_SECONDS. What
does not end in time is simply left: every fetch, comparison and mail is stored whole or not at all, so it is still due at the next start.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from app.runtime import jobs
from app.runtime.db_alarm import DatabaseAlarm
from app.runtime.health import Pulse, Serving, create_health
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from app.runtime.lock import sole, sole_on_server
from app.runtime.metrics import Metrics
from app.runtime.settings import Settings
from db import ops
from db.engine import CannotOpen

log = structlog.get_logger(__name__)
STOP_SECONDS = 20.0
LOOK = 15.0  # seconds between two looks at a duty that is due by its row


def run(settings: Settings, *, watch: bool = True, desk: bool = True, ready: Callable[[dict[str, str]], None] = lambda _: None) -> None:
    """Work until a signal comes. `ready` is told the addresses once everything runs. Raises CannotOpen, WrongFile, WrongSettings."""
    folder = Path(settings.data)
    house, alarm = WorkerContext(settings), DatabaseAlarm(settings)
    try:
        with ExitStack() as locks:
            if watch:  # the desk alone may be served by several processes
                locks.enter_context(sole(folder))
                locks.enter_context(sole_on_server(house.engine))
            _run(house, folder, watch, desk, ready, alarm)
    except (CannotOpen, SQLAlchemyError):
        if watch and (why := _database_fault(house)):
            alarm.failed("start", why)
        raise


def _database_fault(house: WorkerContext) -> str | None:
    """Why the database cannot be used; None when it can, and something else was in the way."""
    try:
        return ops.can_write(house.engine)
    except (CannotOpen, SQLAlchemyError) as error:
        return str(error)


def _run(
    house: WorkerContext, folder: Path, watch: bool, desk: bool, ready: Callable[[dict[str, str]], None], alarm: DatabaseAlarm
) -> None:
    metrics, pulse = Metrics(house.engine, folder), Pulse()
    house.observe = metrics.observe
    if watch:
        house.monitor()  # wrong files are told now, not in a log some minutes later
    servers = _servers(house, folder, pulse, metrics, desk)
    ticker = make_ticker(house, pulse, jobs.all_duties(house.settings) if watch else (), alarm)
    asked = StopSignal()
    try:
        for server in servers.values():
            server.start()
        ticker.start()
        addresses = {name: f"http://{s.host}:{s.port}" for name, s in servers.items()}
        ready(addresses | _setup(house, addresses))
        log.info("running", data=str(folder.resolve()), database=house.engine.url.render_as_string(hide_password=True))
        asked.wait(house.stop)
    finally:
        house.stop.set()
        _wind_up(house, ticker, list(servers.values()), asked)


def _setup(house: WorkerContext, addresses: Mapping[str, str]) -> dict[str, str]:
    """The one-time address that makes the first user, while there is none."""
    from app.runtime.web import setup_link

    link = setup_link(house.engine, house.settings.public_url.rstrip("/") or addresses["desk"]) if "desk" in addresses else None
    return {"nobody can sign in yet; make the first user here, once, within two days": link} if link else {}


def _servers(house: WorkerContext, folder: Path, pulse: Pulse, metrics: Metrics, desk: bool) -> dict[str, Serving]:
    servers = {}
    if house.settings.health:
        servers["health"] = Serving(create_health(house.engine, folder, pulse, metrics), house.settings.health, "health")
    if desk:
        servers["desk"] = Serving(jobs.desk_app(house), house.settings.listen, "desk")
    return servers


def make_ticker(house: WorkerContext, pulse: Pulse, work: Sequence[Job], alarm: DatabaseAlarm) -> BackgroundScheduler:
    """One job per duty. A late tick is one tick (coalesce), never dropped (misfire_grace_time None), never beside itself (max_instances 1)."""
    ticker = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(max(4, len(work) + 1))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    ticker.add_job(pulse.beat, "interval", seconds=5, next_run_time=datetime.now(UTC), id="pulse")
    for duty in work:
        every = LOOK if duty.hour is None else 300.0
        ticker.add_job(
            _tick, "interval", seconds=min(every, duty.every), args=(duty, house, alarm), next_run_time=datetime.now(UTC), id=duty.name
        )
    return ticker


def _tick(duty: Job, house: WorkerContext, alarm: DatabaseAlarm) -> None:
    if house.stop.is_set():
        return
    try:
        if run_if_due(duty, house):
            alarm.worked(duty.name)
    except Exception as error:  # the database itself failed: nothing could be recorded, so the log, /ready and the alarm say it
        log.exception("duty_not_recorded", duty=duty.name)
        alarm.failed(duty.name, str(error))


class StopSignal:
    """Whether a signal has asked the process to stop; a second one ends it at once.

    The handler does nothing but note the number: it runs between any two instructions of the main thread, which may be holding the very lock that
    logging or an Event would need.
    """

    def __init__(self) -> None:
        self.number = 0
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            os._exit(130)
        self.number = number

    def wait(self, stop: threading.Event) -> None:
        """Until a signal came or `stop` is set."""
        while not self.number and not stop.is_set():
            time.sleep(0.2)
        if self.number:
            log.info("stopping", signal=signal.Signals(self.number).name)


def _wind_up(house: WorkerContext, ticker: BackgroundScheduler, servers: Sequence[Serving], asked: StopSignal) -> None:
    """Let work end, for STOP_SECONDS at most."""
    began = time.monotonic()
    done = threading.Event()

    def close() -> None:
        if ticker.running:
            ticker.shutdown(wait=True)
        for server in servers:
            server.stop()
        done.set()

    threading.Thread(target=close, name="stop", daemon=True).start()
    if done.wait(STOP_SECONDS - 1):
        house.close()
        log.info("stopped", seconds=round(time.monotonic() - began, 1))
        return
    log.warning("stopped_with_work_in_hand", now="it was not stored and is still due; the next start does it")
    if asked.number:
        os._exit(0)  # threads in the network cannot be interrupted; nothing half done is kept
