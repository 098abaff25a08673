"""Workers on PostgreSQL, by Procrastinate: the tasks, their locks, and what happens when a worker
dies.

- A fetch of a source is a task with the lock of its host (one request at a time per host, with any
  number of workers) and the queueing lock of its source (at most one task waits). A fetch that is
  no longer due when it starts does nothing.
- A comparison is enqueued in the transaction that stores the fetch, so a stored item always has its
  task. How workers share the comparison itself is in monitor.compare.pipeline.
- Recurring jobs (app.runtime.jobs) are periodic tasks: Procrastinate defers each once a period with
  any number of processes, and the row of the job decides whether it is due.
- The tasks of a killed worker, and tasks whose result was lost with a broken connection, are
  enqueued again (app.runtime.supervisor). Tasks may be repeated: what is stored is not stored
  twice.

The queue is only a hint. If its tables are lost, the next plan and sweep make every task again from
the rows that say what is due.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import procrastinate
import structlog
from sqlalchemy import text

from app.runtime.health import Pulse, Serving, check_free, create_health
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from app.runtime.jobs import all_jobs
from app.runtime.metrics import Metrics
from app.runtime.settings import Settings
from app.runtime.supervisor import Supervisor
from app.runtime.task_queue import TaskQueue, conninfo, make_tables
from db import models, ops, sources
from db.engine import CannotOpen, address, reading, writing
from monitor.compare.pipeline import BATCH
from monitor.kinds.registry import watched_kinds

log = structlog.get_logger(__name__)
QUEUES = ("schedule", "watch", "compare", "send", "translate")
LOST = timedelta(minutes=15)  # a version that waits longer has lost its task
ENVIRONMENT_ERROR = 3  # exit code, as for CannotOpen
# Wait for a connection to the queue; a worker notices that late that its database has restarted
CONNECT_SECONDS = 10.0
# Jobs of `ajour run` that are a task for each source or batch here
TASKS = frozenset({"watch", "compare"})
RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4)


class Combined:
    """Runs the comparisons of one process one at a time; those that wait meanwhile are joined to
    one batch.

    A fetch brings few items, and a large batch costs less per item.
    """

    def __init__(self, work: Callable[[Sequence[int]], None]) -> None:
        self._work = work
        self._turn, self._changing = threading.Lock(), threading.Lock()
        self._waiting: list[tuple[Sequence[int], Future[None]]] = []

    def run(self, ids: Sequence[int]) -> None:
        """Return when `ids` are done, by this call or by another. Raises what `work` raised for
        them.
        """
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
        except BaseException as error:  # noqa: BLE001 - every task of the batch raises it
            for _, job in taken:
                job.set_exception(error)
        else:
            for _, job in taken:
                job.set_result(None)


class Worker:
    """The tasks of a worker. `queue` must be the one with which the context's fetches enqueue
    comparisons.
    """

    def __init__(self, context: WorkerContext, queue: TaskQueue) -> None:
        self.context, self.queue = context, queue
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo(context.settings), timeout=CONNECT_SECONDS))
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
        for job in all_jobs(self.context.settings):
            if job.name not in TASKS:
                self._register_job(job)

    def _register_job(self, job: Job) -> None:
        def does() -> None:
            run_if_due(job, self.context)

        task = self.app.task(name=f"job_{job.name}", queue=job.queue, queueing_lock=job.name, lock=job.name)(_periodic(does))
        self.app.periodic(cron=f"* * * * * */{job.every:.0f}" if job.every < 60 else "* * * * *")(task)

    def plan(self) -> None:
        """Enqueue a fetch of every source that is due and has none waiting."""
        ops.begin_job(self.context.engine, "plan", datetime.now(UTC))
        with writing(self.context.engine, "plan") as session:
            waiting = set(
                session.scalars(
                    text("SELECT queueing_lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock IS NOT NULL")
                )
            )
            due = [s for s in sources.due_sources(session, datetime.now(UTC), watched_kinds()) if f"source:{s.id}" not in waiting]
            for source in due:
                self.queue.watch(session, source)
        ops.end_job(self.context.engine, "plan", datetime.now(UTC), f"{len(due)} fetches enqueued", failed=False)

    def watch(self, source: str) -> None:
        """Fetch the source, if it is still due."""
        self.context.check_stop()
        monitor = self.context.monitor()
        with reading(self.context.engine) as session:
            row = session.get(models.SourceRow, source)
            due = row is not None and row.listed and (row.next_due_at is None or row.next_due_at <= datetime.now(UTC))
        if due and source in {s.id for s in monitor.sources}:
            monitor.watcher.fetch_one(source)

    def articles(self) -> None:
        """Fetch the pages of items whose source gives a title only."""
        for _ in self.context.monitor().watcher.read_articles():
            self.context.check_stop()

    def compare(self, versions: list[int]) -> None:
        """Compare those of `versions` that are not compared yet."""
        self._comparing.run(versions)

    def _compare(self, versions: Sequence[int]) -> None:
        for _ in self.context.monitor().pipeline.compare_versions(versions):
            self.context.check_stop()

    def sweep(self) -> None:
        """Enqueue versions whose task was lost, or that were stored before there were workers."""
        with writing(self.context.engine, "plan") as session:
            ids = ops.waiting_since(session, datetime.now(UTC) - LOST, 20 * BATCH, datetime.now(UTC))
            self.queue.compare(session, ids)
        if ids:
            log.warning("versions_without_task", count=len(ids), now="enqueued")


def _periodic(does: Callable[[], None]) -> Callable[[int], None]:
    def run(timestamp: int) -> None:  # noqa: ARG001 - periodic tasks get the time
        does()

    return run


def work(settings: Settings, queues: Sequence[str], at_once: int | None, ready: Callable[[dict[str, str]], None]) -> None:
    """Run a worker until a signal comes. Raises CannotOpen when the database is not PostgreSQL, or
    was away for too long.
    """
    if address(settings.database_url).get_backend_name() != "postgresql":
        raise CannotOpen("workers need PostgreSQL (AJOUR_DATABASE=postgresql://…); on SQLite `ajour run` does all the work")
    check_free(settings.health)
    queue = TaskQueue(settings)
    context = WorkerContext(settings, after_store=queue.compare_stored)
    make_tables(settings, context.engine)
    metrics, pulse = Metrics(context.engine, Path(settings.data)), Pulse()
    context.observe = metrics.observe
    context.monitor()
    worker = Worker(context, queue)
    server = (
        Serving(create_health(context.engine, Path(settings.data), pulse, metrics), settings.health, "health") if settings.health else None
    )
    if server:
        server.start()
    ready({"health": f"http://{server.host}:{server.port}"} if server else {})
    concurrency = at_once or (settings.workers if "watch" in queues else 2 if "send" in queues else 1)
    why = asyncio.run(Supervisor(worker.app, context.engine, queues, concurrency, context.stop, pulse).run())
    context.close()
    if why:
        log.error("worker_gives_up", error=why)
    # Threads that wait for the network cannot be interrupted; nothing half done is stored
    os._exit(ENVIRONMENT_ERROR if why else 0)


__all__ = ["QUEUES", "Worker", "work"]
