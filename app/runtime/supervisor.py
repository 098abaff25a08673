"""Keeps a worker running while its database restarts.

Procrastinate's worker ends without an error when its connection breaks. The supervisor waits until
the database answers and starts it again; after GIVE_UP seconds it ends the process with an exit
code other than 0, so that the container is restarted.

It also takes back tasks that no worker runs. This is not a task itself: the task of a dead worker
would hold its lock, and no worker could run it again.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import procrastinate
import structlog
from procrastinate.worker import Worker as QueueWorker
from sqlalchemy import Engine

from app.runtime.health import Pulse
from app.runtime.task_queue import SILENT, delete_finished, rescue_tasks, tasks_of
from db import ops

log = structlog.get_logger(__name__)
STOP_SECONDS = 18.0
GIVE_UP = 600.0  # seconds without a database
RESCUE_SECONDS = 20.0  # between two checks for tasks that no worker runs
_HOUR = 3600.0


class Supervisor:
    """Runs the tasks of `queues` until a signal comes. `stop` is set for tasks that are running
    then.
    """

    def __init__(
        self, app: procrastinate.App, engine: Engine, queues: Sequence[str], concurrency: int, stop: threading.Event, pulse: Pulse
    ) -> None:
        self._app, self._engine, self._queues, self._concurrency = app, engine, list(queues), concurrency
        self._stop, self._pulse = stop, pulse
        self._signalled = asyncio.Event()
        self._running: set[int] = set()  # ids of the tasks that this process runs
        # Task of ours that we do not run → when that was seen first
        self._unknown: dict[int, float] = {}
        self._worker: QueueWorker | None = None

    async def run(self) -> str | None:
        """None after a signal; else why the worker gives up."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled.set)
        side = [asyncio.create_task(self._beat()), asyncio.create_task(self._rescue())]
        why = None
        with suppress(procrastinate.exceptions.ConnectorException):  # closing without a database
            async with self._app.open_async():
                log.info("working", queues=self._queues, process=os.getpid())
                while why is None and not self._signalled.is_set():
                    error = await self._run_once()
                    if not self._signalled.is_set():
                        log.error("worker_interrupted", error=error, now="waits for the database, then continues")
                        why = await self._wait_for_database()
        for task in side:
            task.cancel()
        log.info("stopped")
        return why

    async def _run_once(self) -> str:
        """Run tasks until a signal comes or the connection breaks. Returns the error, if there is
        one.
        """
        self._worker = QueueWorker(
            app=self._app,
            queues=self._queues,
            concurrency=self._concurrency,
            name=f"{'+'.join(self._queues)}:{os.getpid()}",
            install_signal_handlers=False,
            shutdown_graceful_timeout=STOP_SECONDS,
            stalled_worker_timeout=SILENT,
            fetch_job_polling_interval=1.0,
            worker_middleware=[self._track],
        )
        running = asyncio.create_task(self._worker.run())  # type: ignore[no-untyped-call]
        stopping = asyncio.create_task(self._signalled.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if self._signalled.is_set():
            log.info("stopping")
            self._stop.set()  # current work ends at its next safe point and is enqueued again
            self._worker.stop()  # type: ignore[no-untyped-call]
        stopping.cancel()
        try:
            await running
        except Exception as error:  # noqa: BLE001 - it is started again after any error
            return f"{type(error).__name__}: {error}"
        return "the connection to the queue was lost"

    async def _track(self, call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, _worker: QueueWorker) -> Any:
        number = int(context.job.id or 0)
        self._running.add(number)
        try:
            return await call_next()
        finally:
            self._running.discard(number)

    async def _wait_for_database(self) -> str | None:
        """Return None when a transaction can be written again (or a signal came); else the last
        error.
        """
        began, pause = time.monotonic(), 0.5
        while not self._signalled.is_set():
            why = await asyncio.to_thread(ops.can_write, self._engine)
            if why is None:
                log.info("database_back", seconds=round(time.monotonic() - began, 1))
                return None
            if time.monotonic() - began > GIVE_UP:
                return why
            with suppress(TimeoutError):
                await asyncio.wait_for(self._signalled.wait(), pause)
            pause = min(10.0, pause * 2)
        return None

    async def _beat(self) -> None:
        while True:
            self._pulse.beat()
            await asyncio.sleep(5)

    async def _rescue(self) -> None:
        cleaned = 0.0
        while True:
            await asyncio.sleep(RESCUE_SECONDS)
            try:
                taken = await asyncio.to_thread(self._rescue_now)
                if taken:
                    log.warning("tasks_rescued", tasks=taken)
                if time.monotonic() - cleaned > _HOUR:
                    await asyncio.to_thread(delete_finished, self._engine)
                    cleaned = time.monotonic()
            except Exception as error:  # noqa: BLE001 - reported elsewhere
                log.warning("rescue_failed", error=str(error).splitlines()[0])

    def _rescue_now(self) -> list[int]:
        """A task counts as lost when the table shows twice in a row that we run it, and we do
        not.
        """
        number = self._worker.worker_id if self._worker else None
        unaccounted = tasks_of(self._engine, number) - self._running if number is not None else set()
        now = time.monotonic()
        self._unknown = {task: self._unknown.get(task, now) for task in unaccounted}
        lost = [task for task, since in self._unknown.items() if now - since >= RESCUE_SECONDS * 0.9]
        return rescue_tasks(self._engine, lost)
