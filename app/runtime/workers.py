"""Many workers on PostgreSQL, by Procrastinate: which jobs there are, what they exclude, and what happens when a worker dies.

- A look at a source is a job with the lock of its host (one request at a time per host, whatever the number of workers) and the queueing lock of its
  source (no pile-up: one job at most waits). A look that is no longer due when its turn comes does nothing.
- Comparing is a job deferred in the transaction that stores the look, so a stored item always has its job. How workers share the comparing itself is
  the matter of monitor.compare.pipeline.
- Duties (app.runtime.jobs) are periodic jobs: Procrastinate defers each once a period however many processes ask, and the duty's own row decides.
- A killed worker's jobs are found by its silent heartbeat and given back. Jobs are safe to repeat: what is stored is not stored twice.

The queue is never the truth. Lose its tables, and the next plan and sweep make every job again from the rows that say what is due.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import procrastinate
import structlog
from procrastinate.jobs import Status
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.runtime.health import Pulse, Serving, create_health
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from app.runtime.jobs import all_duties
from app.runtime.metrics import Metrics
from app.runtime.settings import Settings
from db import models, ops, sources
from db.engine import CannotOpen, address, reading, writing
from db.fetches import StoredFetch
from monitor.compare.pipeline import BATCH
from monitor.kinds.registry import watched_kinds

log = structlog.get_logger(__name__)
QUEUES = ("schedule", "watch", "compare", "send")
STOP_SECONDS = 18.0
SILENT = 60.0  # seconds without a heartbeat (one comes every ten) after which a worker counts as dead
LOST = timedelta(minutes=15)  # a version that waits longer has lost its job
RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4)


class Jobs:
    """Enqueues jobs in the caller's transaction, so that they exist exactly when what they are for is stored."""

    def __init__(self, settings: Settings) -> None:
        # Within our own transactions it needs no connection of the queue's.
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=_conninfo(settings)))

    def compare_stored(self, session: Session, stored: StoredFetch) -> None:
        """Enqueue comparing what a fetch has brought."""
        self.compare(session, [int(i) for i in stored.version_ids])

    def compare(self, session: Session, version_ids: Sequence[int]) -> None:
        """Enqueue comparing these versions, a batch a job."""
        for at in range(0, len(version_ids), BATCH):
            self._defer(session, "compare", {"versions": list(version_ids[at : at + BATCH])})

    def watch(self, session: Session, source: models.SourceRow) -> None:
        """Enqueue a look at the source: one at a time per host, one waiting per source."""
        self._defer(session, "watch", {"source": source.id}, f"host:{urlsplit(source.url).hostname or source.id}", f"source:{source.id}")

    def _defer(
        self, session: Session, task: str, arguments: dict[str, Any], lock: str | None = None, queueing_lock: str | None = None
    ) -> None:
        connection: Any = session.connection().connection.driver_connection
        job = self._app.configure_task(task, queue=task, lock=lock, queueing_lock=queueing_lock, connection=connection)
        job.defer(**arguments)


def _conninfo(settings: Settings) -> str:
    return address(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


class Combined:
    """Runs the jobs of one process one at a time; those that wait meanwhile are run together.

    A fetch brings a few items, and a batch of many costs less an item.
    """

    def __init__(self, work: Callable[[Sequence[int]], None]) -> None:
        self._work = work
        self._turn, self._changing = threading.Lock(), threading.Lock()
        self._waiting: list[tuple[Sequence[int], Future[None]]] = []

    def run(self, ids: Sequence[int]) -> None:
        """Return when `ids` are done, by this call or by another. Raises what `work` raised for them."""
        mine = Future[None]()
        with self._changing:
            self._waiting.append((ids, mine))
        with self._turn:
            if not mine.done():
                with self._changing:
                    taken, self._waiting = self._waiting, []
                self._run_together(taken)
        mine.result()

    def _run_together(self, taken: Sequence[tuple[Sequence[int], Future[None]]]) -> None:
        try:
            self._work([i for ids, _ in taken for i in ids])
        except BaseException as error:  # noqa: BLE001 - every job of them raises it
            for _, job in taken:
                job.set_exception(error)
        else:
            for _, job in taken:
                job.set_result(None)


class Worker:
    """A worker's tasks, on one desk. `jobs` must be what the house's fetches enqueue their comparing with."""

    def __init__(self, house: WorkerContext, jobs: Jobs) -> None:
        self.house, self.jobs = house, jobs
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=_conninfo(house.settings)))
        self._comparing = Combined(self._compare)
        self._register()

    def _register(self) -> None:
        task = self.app.task
        task(name="watch", queue="watch", retry=RETRY)(self.watch)
        task(name="compare", queue="compare", retry=RETRY)(self.compare)
        for name, queue, cron, does in (
            ("plan", "schedule", "* * * * * */20", self.plan),
            ("sweep", "schedule", "*/5 * * * *", self.sweep),
            ("articles", "watch", "* * * * *", self.articles),
        ):
            self.app.periodic(cron=cron)(task(name=name, queue=queue, queueing_lock=name, lock=name)(_periodic(does)))
        self.app.periodic(cron="* * * * * */20")(
            task(name="rescue", queue="schedule", queueing_lock="rescue", lock="rescue", pass_context=True)(self.rescue)
        )
        for duty in all_duties(self.house.settings):
            if duty.name != "watch":
                self._register_duty(duty)

    def _register_duty(self, duty: Job) -> None:
        def does() -> None:
            run_if_due(duty, self.house)

        task = self.app.task(name=f"duty_{duty.name}", queue=duty.queue, queueing_lock=duty.name, lock=duty.name)(_periodic(does))
        self.app.periodic(cron="* * * * * */30" if duty.every < 60 else "* * * * *")(task)

    def plan(self) -> None:
        """Enqueue a look at every source that is due and has none waiting."""
        ops.begin_duty(self.house.engine, "plan", datetime.now(UTC))
        with writing(self.house.engine, "plan") as session:
            waiting = set(
                session.scalars(
                    text("SELECT queueing_lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock IS NOT NULL")
                )
            )
            due = [s for s in sources.due_sources(session, datetime.now(UTC), watched_kinds()) if f"source:{s.id}" not in waiting]
            for source in due:
                self.jobs.watch(session, source)
        ops.end_duty(self.house.engine, "plan", datetime.now(UTC), f"{len(due)} looks enqueued", failed=False)

    def watch(self, source: str) -> None:
        """One look, if it is still due."""
        self.house.go_on()
        monitor = self.house.monitor()
        with reading(self.house.engine) as session:
            row = session.get(models.SourceRow, source)
            due = row is not None and row.listed and (row.next_due_at is None or row.next_due_at <= datetime.now(UTC))
        if due and source in {s.id for s in monitor.sources}:
            monitor.watcher.fetch_one(source)

    def articles(self) -> None:
        """Read the pages of items whose source gives a title only."""
        for _ in self.house.monitor().watcher.read_articles():
            self.house.go_on()

    def compare(self, versions: list[int]) -> None:
        """Compare those of `versions` that nobody has compared yet."""
        self._comparing.run(versions)

    def _compare(self, versions: Sequence[int]) -> None:
        for _ in self.house.monitor().pipeline.compare_versions(versions):
            self.house.go_on()

    def sweep(self) -> None:
        """Find what a lost job left behind, and what came before there were jobs."""
        with writing(self.house.engine, "plan") as session:
            ids = ops.waiting_since(session, datetime.now(UTC) - LOST, 20 * BATCH)
            self.jobs.compare(session, ids)
        if ids:
            log.warning("versions_without_job", found=len(ids), now="enqueued")

    async def rescue(self, context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG002 - asked for by pass_context
        """Give the jobs of dead workers back to the queue, and forget finished ones."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
            log.warning("job_rescued", job=job.id, task=job.task_name)
            try:
                await manager.retry_job(job)
            except procrastinate.exceptions.ConnectorException:  # another of its queueing lock waits already and does the same
                await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        if timestamp % 300 < 20:  # every five minutes will do
            await manager.delete_old_jobs(nb_hours=24, include_failed=False)


def _periodic(does: Callable[[], None]) -> Callable[[int], None]:
    def run(timestamp: int) -> None:  # noqa: ARG001 - periodic tasks are told the time
        does()

    return run


# Not to_regclass(): a session that asked before it waited for the lock would be told from its cache that the table is not there.
_QUEUE_TABLES = text("SELECT count(*) FROM pg_tables WHERE tablename = 'procrastinate_jobs' AND schemaname = ANY(current_schemas(false))")


def make_tables(settings: Settings, engine: Engine) -> None:
    """Create the queue's own tables where they are missing. Several processes may ask at the same moment."""
    with engine.connect() as connection:
        if connection.scalar(_QUEUE_TABLES):
            return
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=_conninfo(settings)))
    with app.open(), writing(engine, "queue tables") as session:
        if not session.scalar(_QUEUE_TABLES):
            app.schema_manager.apply_schema()


def work(settings: Settings, queues: Sequence[str], at_once: int | None, ready: Callable[[dict[str, str]], None]) -> None:
    """Work until a signal comes. Raises CannotOpen when the database is not PostgreSQL."""
    if address(settings.database_url).get_backend_name() != "postgresql":
        raise CannotOpen(
            "workers share a PostgreSQL database (AJOUR_DATABASE=postgresql://…); on SQLite `ajour run` does all the work alone"
        )
    jobs = Jobs(settings)
    house = WorkerContext(settings, after_store=jobs.compare_stored)
    make_tables(settings, house.engine)
    metrics, pulse = Metrics(house.engine, Path(settings.data)), Pulse()
    house.observe = metrics.observe
    house.monitor()
    crew = Worker(house, jobs)
    server = (
        Serving(create_health(house.engine, Path(settings.data), pulse, metrics), settings.health, "health") if settings.health else None
    )
    if server:
        server.start()
    ready({"health": f"http://{server.host}:{server.port}"} if server else {})
    concurrency = at_once or (settings.workers if "watch" in queues else 2 if "send" in queues else 1)
    asyncio.run(_work(crew, pulse, queues, concurrency))
    house.close()
    os._exit(0)  # threads in the network cannot be interrupted; nothing half done is kept


async def _work(crew: Worker, pulse: Pulse, queues: Sequence[str], concurrency: int) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)

    async def beat() -> None:
        while True:
            pulse.beat()
            await asyncio.sleep(5)

    async with crew.app.open_async():
        log.info("working", queues=list(queues), process=os.getpid())
        beating, asking = asyncio.create_task(beat()), asyncio.create_task(asked.wait())
        worker = asyncio.create_task(
            crew.app.run_worker_async(
                queues=list(queues),
                concurrency=concurrency,
                name=f"{'+'.join(queues)}:{os.getpid()}",
                install_signal_handlers=False,
                shutdown_graceful_timeout=STOP_SECONDS,
                stalled_worker_timeout=SILENT,
                fetch_job_polling_interval=1.0,
            )
        )
        await asyncio.wait({worker, asking}, return_when=asyncio.FIRST_COMPLETED)
        if asked.is_set():
            log.info("stopping")
            crew.house.stop.set()  # work in hand ends at its next safe point and is given back
            worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
        beating.cancel()
        asking.cancel()
    log.info("stopped")


__all__ = ["QUEUES", "Jobs", "Worker", "make_tables", "work"]
