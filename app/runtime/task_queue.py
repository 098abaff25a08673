"""The queue of Procrastinate: enqueues tasks, creates its tables, takes tasks back from dead
workers.
"""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

import procrastinate
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.runtime.settings import Settings
from db import models
from db.assessments import urgent_of
from db.engine import address, writing
from db.fetches import StoredFetch
from monitor.compare.pipeline import BATCH

URGENT = 10  # priority of a task; others have 0
# Seconds without a heartbeat (one comes every ten) after which a worker counts as dead
SILENT = 60.0


class TaskQueue:
    """Enqueues tasks in the caller's transaction, so that a task exists exactly when the rows that
    it is for are stored.
    """

    def __init__(self, settings: Settings) -> None:
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo(settings)))

    def compare_stored(self, session: Session, stored: StoredFetch) -> None:
        """Enqueue the comparison of the versions that a fetch stored."""
        self.compare(session, [int(i) for i in stored.version_ids])

    def compare(self, session: Session, version_ids: Sequence[int]) -> None:
        """Enqueue the comparison of these versions, one task a batch; those that look urgent get
        tasks of their own, which workers take first.
        """
        urgent = urgent_of(session, version_ids)
        for priority, ids in ((URGENT, [i for i in version_ids if i in urgent]), (0, [i for i in version_ids if i not in urgent])):
            for at in range(0, len(ids), BATCH):
                self._defer(session, "compare", {"versions": ids[at : at + BATCH]}, priority=priority)

    def watch(self, session: Session, source: models.SourceRow) -> None:
        """Enqueue a fetch of the source: one at a time per host, one waiting per source."""
        self._defer(session, "watch", {"source": source.id}, f"host:{urlsplit(source.url).hostname or source.id}", f"source:{source.id}")

    def _defer(
        self,
        session: Session,
        task: str,
        arguments: dict[str, Any],
        lock: str | None = None,
        queueing_lock: str | None = None,
        priority: int = 0,
    ) -> None:
        connection: Any = session.connection().connection.driver_connection
        job = self._app.configure_task(task, queue=task, lock=lock, queueing_lock=queueing_lock, connection=connection, priority=priority)
        job.defer(**arguments)


def conninfo(settings: Settings) -> str:
    return address(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


# Not to_regclass(): a session that asked before it waited for the lock would answer from its cache
# that the table is missing.
_QUEUE_TABLES = text("SELECT count(*) FROM pg_tables WHERE tablename = 'procrastinate_jobs' AND schemaname = ANY(current_schemas(false))")


def make_tables(settings: Settings, engine: Engine) -> None:
    """Create the tables of the queue where they are missing. Several processes may call this at
    once.
    """
    with engine.connect() as connection:
        if connection.scalar(_QUEUE_TABLES):
            return
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo(settings)))
    with app.open(), writing(engine, "queue tables") as session:
        if not session.scalar(_QUEUE_TABLES):
            app.schema_manager.apply_schema()


# An abandoned task: its worker was removed, or has sent no heartbeat for SILENT seconds; or this
# worker does not run it although the table says so, because the answer to its fetch or its result
# was lost with the connection.
_ABANDONED = """
    status = 'doing' AND (
        worker_id IS NULL
        OR worker_id IN (SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :silent))
        OR id = ANY(CAST(:lost AS bigint[]))
    )"""
_DELETE_DUPLICATES = text(f"""
    DELETE FROM procrastinate_jobs j WHERE {_ABANDONED} AND queueing_lock IS NOT NULL AND EXISTS (
        SELECT 1 FROM procrastinate_jobs w
        WHERE w.queueing_lock = j.queueing_lock AND w.status = 'todo')""")  # noqa: S608 - no foreign text
_REQUEUE = text(f"""
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL
    WHERE {_ABANDONED} RETURNING id""")  # noqa: S608 - no foreign text


def rescue_tasks(engine: Engine, lost: Collection[int] = ()) -> list[int]:
    """Enqueue the tasks of dead workers again, and the tasks `lost` of this one. Returns their ids.

    A task whose queueing lock is waiting already is deleted: the waiting one does the same. Tasks
    may be repeated: what is stored is not stored twice.
    """
    values = {"silent": SILENT, "lost": list(lost)}
    with writing(engine, "rescue tasks") as session:
        session.execute(_DELETE_DUPLICATES, values)
        return list(session.scalars(_REQUEUE, values))


def tasks_of(engine: Engine, worker_id: int) -> set[int]:
    """Ids of the tasks that the worker runs, according to the table."""
    query = text("SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = :id")
    with engine.connect() as connection:
        return set(connection.scalars(query, {"id": worker_id}))


def delete_finished(engine: Engine) -> None:
    """Delete tasks that succeeded more than a day ago."""
    query = text(
        "DELETE FROM procrastinate_jobs WHERE status = 'succeeded' AND id IN (SELECT job_id FROM procrastinate_events WHERE type = 'succeeded' AND at < now() - interval '1 day' LIMIT 50000)"
    )
    with writing(engine, "rescue tasks") as session:
        session.execute(query)
