"""Many workers on PostgreSQL, by Procrastinate: which jobs there are, what they exclude, and what happens when a worker dies.

- A look at a source is a job with the lock of its host (one request at a time per host, whatever the number of workers) and the queueing lock of its
  source (no pile-up: one job at most waits). A look that is no longer due when its turn comes does nothing.
- Comparing is a job deferred in the very transaction that stores the look, so a stored item always has its job. Reading and assessing run side by
  side in all workers. Stories build upon each other, so what can join one is stored one at a time (lock "stories"), but set against the stories before.
- Duties (app.duties) are periodic jobs: Procrastinate defers each once a period however many processes ask, and the duty's own row decides.
- A killed worker's jobs are found by its silent heartbeat and given back. Jobs are safe to repeat: what is stored is not stored twice.

The queue is never the truth. Lose its tables, and the next plan and sweep make every job again from the rows that say what is due.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import procrastinate
import structlog
from procrastinate.jobs import Status
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.duties import all_duties
from app.health import Pulse, Serving, create_health
from app.metrics import Metrics
from app.settings import Settings
from app.work import Duty, House, perform
from db import comparing, models, operating, sources
from db.engine import CannotOpen, address, alone, reading, writing
from db.fetches import Stored
from monitor.compare.assess import CannotCompare, compare_documents
from monitor.compare.story import WINDOW, StoryBook, Trace, own_story, unpack
from monitor.cycle import Monitor, document_of, row_of, trace_row
from monitor.watch.kinds import watched_kinds

log = structlog.get_logger(__name__)
QUEUES = ("schedule", "watch", "compare", "send")
STOP_SECONDS = 18.0
SILENT = 60.0  # seconds without a heartbeat (one comes every ten) after which a worker counts as dead
LOST = timedelta(minutes=15)  # a version that waits longer has lost its job
BATCH = 64
RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4)


class Crew:
    """A worker's tasks, on one desk."""

    def __init__(self, house: House) -> None:
        self.house = house
        conninfo = address(house.settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))
        # Deferring within our own transactions needs no connection of the queue's.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo))
        self._comparer: Comparer | None = None
        self._lock = threading.Lock()
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

    def _register_duty(self, duty: Duty) -> None:
        def does() -> None:
            perform(duty, self.house)

        task = self.app.task(name=f"duty_{duty.name}", queue=duty.queue, queueing_lock=duty.name, lock=duty.name)(_periodic(does))
        self.app.periodic(cron="* * * * * */30" if duty.every < 60 else "* * * * *")(task)

    def monitor(self) -> Monitor:
        monitor = self.house.monitor()
        monitor.watcher.and_then = self._then_compare
        return monitor

    def _then_compare(self, session: Session, stored: Stored) -> None:
        ids = [int(i) for i in stored.version_ids]
        self._defer(session, "compare", [({"versions": ids[i : i + BATCH]}, None, None) for i in range(0, len(ids), BATCH)])

    def _defer(self, session: Session, task: str, jobs: Sequence[tuple[dict[str, Any], str | None, str | None]]) -> None:
        """Enqueue in the caller's transaction. `jobs`: (arguments, lock, queueing lock)."""
        connection: Any = session.connection().connection.driver_connection
        queue = "watch" if task == "watch" else "compare"
        for arguments, lock, queueing in jobs:
            self._deferring.configure_task(task, queue=queue, lock=lock, queueing_lock=queueing, connection=connection).defer(**arguments)

    def plan(self) -> None:
        """Enqueue a look at every source that is due and has none waiting."""
        operating.begin_duty(self.house.engine, "plan", datetime.now(UTC))
        with writing(self.house.engine, "plan") as session:
            waiting = set(
                session.scalars(
                    text("SELECT queueing_lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock IS NOT NULL")
                )
            )
            due = [s for s in sources.due_sources(session, datetime.now(UTC), watched_kinds()) if f"source:{s.id}" not in waiting]
            self._defer(session, "watch", [({"source": s.id}, f"host:{urlsplit(s.url).hostname or s.id}", f"source:{s.id}") for s in due])
        operating.end_duty(self.house.engine, "plan", datetime.now(UTC), f"{len(due)} looks enqueued", failed=False)

    def watch(self, source: str) -> None:
        """One look, if it is still due."""
        self.house.go_on()
        monitor = self.monitor()
        with reading(self.house.engine) as session:
            row = session.get(models.Source, source)
            due = row is not None and row.listed and (row.next_due_at is None or row.next_due_at <= datetime.now(UTC))
        if due and source in {s.id for s in monitor.sources}:
            monitor.watcher.look_at(source)

    def articles(self) -> None:
        """Read the pages of items whose source gives a title only."""
        for _ in self.monitor().watcher.read_articles():
            self.house.go_on()

    def compare(self, versions: list[int]) -> None:
        """Compare those of `versions` that nobody has compared yet."""
        with self._lock:
            monitor = self.house.monitor()
            if self._comparer is None or self._comparer.monitor is not monitor:
                self._comparer = Comparer(monitor)
            self._comparer.compare(versions, self.house)

    def sweep(self) -> None:
        """Find what a lost job left behind, and what came before there were jobs."""
        with writing(self.house.engine, "plan") as session:
            ids = operating.waiting_since(session, datetime.now(UTC) - LOST, 20 * BATCH)
            self._defer(session, "compare", [({"versions": ids[i : i + BATCH]}, None, None) for i in range(0, len(ids), BATCH)])
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


class Comparer:
    """Compares in a crowd: the stories as this worker knows them, caught up with what others stored before anything is placed."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.reports = [p.baseline.report.id for p in monitor.prepared]
        self._book: StoryBook | None = None
        self._since, self._newest, self._upto = "", "", 0
        self._own: set[int] = set()  # items this worker has put into the book and not met again in the database

    def compare(self, versions: Sequence[int], house: House) -> int:
        """Number of versions compared. Raises Stopping between two of them; the rest is still uncompared then."""
        monitor = self.monitor
        monitor.keep_up()
        with reading(monitor.engine) as session:
            waiting = comparing.uncompared(session, versions, self.reports)
        documents = [document_of(w) for w in waiting]
        done = 0
        compared = compare_documents(documents, monitor.prepared, monitor.words, monitor.encoder)
        for one, found in zip(waiting, compared, strict=True):
            house.go_on()
            if isinstance(found, CannotCompare):  # it stays uncompared: `sweep` tries again, operators are told
                log.error("cannot_compare", item=one.item.id, version=one.version.id, exc_info=found.error)
                continue
            read, assessments = found
            trace = read.trace(c for a in assessments for c in a.nearest)
            done += self._store(one, read.document.day, trace, [row_of(a) for a in assessments])
        return done

    def _store(self, one: comparing.Waiting, day: str, trace: Trace, rows: Sequence[comparing.NewAssessment]) -> bool:
        """Find the story and store; False where somebody else has done so meanwhile.

        One at a time over all workers is only what others can join or has joined others, and of that only the storing and a look at what came since the
        item was set against all stories.
        """
        monitor = self.monitor
        if trace.subjects:
            with reading(monitor.engine) as session:
                scored, scores = (book := self._caught_up(session, day)), book.score(trace)
        try:
            with writing(monitor.engine, f"item:{one.item.id}") as session:
                if not (waiting := comparing.uncompared(session, [one.version.id], self.reports)):
                    return False
                if trace.subjects or waiting[0].item.story_id is not None:
                    alone(session, "stories")
                story = own_story(trace)
                if trace.subjects:
                    book = self._caught_up(session, day)
                    story = book.place(trace, scores if book is scored else None)
                    self._own.add(one.item.id)
                comparing.store_comparison(
                    session, waiting[0], story, trace_row(trace, monitor.encoder), rows, datetime.now(UTC), trace.bills
                )
        except BaseException:
            self._book = None  # it may hold an item that was not stored
            raise
        return True

    def _caught_up(self, session: Session, day: str) -> StoryBook:
        """The stories an item of `day` can join, with all that is stored by now."""
        since = (date.fromisoformat(day) - timedelta(days=WINDOW)).isoformat() if day else (self._since or "9999")
        gone_by = day and self._newest and date.fromisoformat(self._newest) - date.fromisoformat(day) > timedelta(days=2)
        if self._book is None or since < self._since or gone_by:  # a book forgets what is over for the newest item it has placed
            self._book, self._since, self._upto, self._newest = StoryBook(self.monitor.model), since, 0, ""
            self._own.clear()
        self._newest = max(self._newest, day)
        self._upto, fresh = operating.traces_after(session, self._upto, self._since, self.monitor.encoder.name)
        for key, item_id, packed in fresh:
            if item_id not in self._own:  # those are in the book already
                self._book.remember(key, unpack(str(item_id), packed))
        self._own -= {item_id for _, item_id, _ in fresh}
        return self._book


def make_tables(settings: Settings, engine: Engine) -> None:
    """The queue's own tables, where they are not there yet."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is not None:
            return
    conninfo = address(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo))
    with app.open(), writing(engine, "queue tables") as session:
        if session.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
            app.schema_manager.apply_schema()


def work(settings: Settings, queues: Sequence[str], at_once: int | None, ready: Callable[[dict[str, str]], None]) -> None:
    """Work until a signal comes. Raises CannotOpen when the database is not PostgreSQL."""
    house = House(settings)
    if address(settings.database_url).get_backend_name() != "postgresql":
        raise CannotOpen(
            "workers share a PostgreSQL database (AJOUR_DATABASE=postgresql://…); on SQLite `ajour run` does all the work alone"
        )
    make_tables(settings, house.engine)
    metrics, pulse = Metrics(house.engine, Path(settings.data)), Pulse()
    house.observe = metrics.observe
    house.monitor()
    crew = Crew(house)
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


async def _work(crew: Crew, pulse: Pulse, queues: Sequence[str], concurrency: int) -> None:
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


__all__ = ["QUEUES", "Comparer", "Crew", "make_tables", "work"]
