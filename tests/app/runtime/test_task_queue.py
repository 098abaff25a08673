"""Tasks exist exactly when the rows that they are for are stored, and those of dead workers come
back.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
from app.runtime.settings import Settings, load_settings
from app.runtime.task_queue import TaskQueue, delete_finished, make_tables, rescue_tasks, tasks_of
from db import fetches, sources
from db.engine import writing
from db.enums import FetchOutcome, FetchReason, Urgency
from db.fetches import FetchRecord
from db.items import NewVersion
from db.models import SourceRow
from monitor.compare.pipeline import BATCH

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def settings(postgres_engine: Engine) -> Settings:
    result = load_settings(database=postgres_engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    make_tables(result, postgres_engine)
    return result


@pytest.fixture
def queue(settings: Settings) -> TaskQueue:
    return TaskQueue(settings)


def jobs(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [
            tuple(r)
            for r in connection.execute(text("SELECT task_name, lock, queueing_lock, status, args FROM procrastinate_jobs ORDER BY id"))
        ]


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


SOURCE = SourceRow(id="outlet", name="Outlet", kind="feed", url="https://news.example.org/rss", tier=2, config={})


def test_a_fetch_has_the_lock_of_its_host_and_one_waits_per_source(postgres_engine: Engine, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        queue.watch(session, SOURCE)
    assert jobs(postgres_engine) == [("watch", "host:news.example.org", "source:outlet", "todo", {"source": "outlet"})]


def test_comparisons_are_queued_in_batches(postgres_engine: Engine, queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runtime.task_queue.BATCH", 2)
    with writing(postgres_engine) as session:
        queue.compare(session, [5, 6, 7])
        queue.compare(session, [])
    assert [j[4] for j in jobs(postgres_engine)] == [{"versions": [5, 6]}, {"versions": [7]}]


def test_versions_that_look_urgent_are_taken_first(postgres_engine: Engine, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        sources.register_sources(session, [{"id": "a", "name": "A", "kind": "feed", "url": "https://example.org/feed", "tier": 2}], NOW)
        record = FetchRecord("a", NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://example.org/feed")
        entries = [NewVersion(str(n), f"https://example.org/{n}", "", "", "ru", NOW, None, None, f"{n:064}") for n in range(BATCH + 3)]
        stored = fetches.store_fetch(session, record, entries, 1800, lambda e: Urgency.TOLD if e.key == "7" else Urgency.NONE)
        queue.compare_stored(session, stored)
    taken: list[list[int]] = []
    with postgres_engine.begin() as connection:
        urgent = connection.scalar(text("SELECT id FROM item_version WHERE urgency > 0"))
        fetch = text("SELECT args FROM procrastinate_fetch_job_v2(ARRAY['compare'], NULL)")
        while args := connection.scalar(fetch):
            taken.append(args["versions"])
    assert taken[0] == [urgent]
    assert [len(ids) for ids in taken] == [1, BATCH, 2]
    assert sorted(i for ids in taken for i in ids) == sorted(stored.version_ids)


def test_a_transaction_that_fails_leaves_no_task(postgres_engine: Engine, queue: TaskQueue) -> None:
    def fail() -> None:
        with writing(postgres_engine) as session:
            queue.compare(session, [1])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert jobs(postgres_engine) == []


def test_the_tables_are_made_once(postgres_engine: Engine, settings: Settings, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        queue.compare(session, [1])
    make_tables(settings, postgres_engine)
    assert len(jobs(postgres_engine)) == 1


def test_tasks_of_dead_workers_and_lost_ones_are_queued_again(postgres_engine: Engine, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        for number in range(4):
            queue.compare(session, [number])
    run(
        postgres_engine,
        "INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (1, now()), (2, now() - interval '5 minutes')",
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = CASE id WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN NULL ELSE 1 END",
    )
    assert tasks_of(postgres_engine, 1) == {1, 4}
    assert sorted(rescue_tasks(postgres_engine, lost=[4])) == [2, 3, 4]
    assert [j[3] for j in jobs(postgres_engine)] == ["doing", "todo", "todo", "todo"]
    assert rescue_tasks(postgres_engine) == []


def test_a_lost_task_whose_like_waits_already_is_deleted(postgres_engine: Engine, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        queue.watch(session, SOURCE)
    run(postgres_engine, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    with writing(postgres_engine) as session:
        queue.watch(session, SOURCE)
    assert rescue_tasks(postgres_engine) == []
    assert [j[3] for j in jobs(postgres_engine)] == ["todo"]


def test_finished_tasks_are_deleted_after_a_day(postgres_engine: Engine, queue: TaskQueue) -> None:
    with writing(postgres_engine) as session:
        for number in range(3):
            queue.compare(session, [number])
    run(
        postgres_engine,
        "UPDATE procrastinate_jobs SET status = 'doing'",
        "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id < 3",
        "UPDATE procrastinate_events SET at = now() - interval '2 days' WHERE job_id = 1",
    )
    delete_finished(postgres_engine)
    assert [j[4] for j in jobs(postgres_engine)] == [{"versions": [1]}, {"versions": [2]}]
