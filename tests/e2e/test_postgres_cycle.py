"""The whole way of an item on PostgreSQL gives what it gives on SQLite."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app.runtime.container import Container
from app.runtime.settings import Settings, load_settings
from app.tools.demo.run import write_watch_list
from app.tools.demo.server import simulated_outlets
from db import assessments
from db.backup import import_tables, write_tables
from db.engine import connect, reading
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, StoryRow
from tests import postgres
from tests.baselines import small_baseline
from tests.fake_encoder import BagOfWords


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)


def settings_of(folder: Path, address: str, database: str | None) -> Settings:
    """The outlets of the demo, compared with a handful of claims."""
    return load_settings(
        data=folder, database=database, sources=write_watch_list(folder, address), baseline=small_baseline(), allow_loopback=True, parsers=1
    )


def cycle(folder: Path, address: str, database: str | None) -> Container:
    desk = Container(settings_of(folder, address, database))
    monitor = desk.monitor()
    monitor.register()
    monitor.cycle()
    assert monitor.cycle().new == 0
    monitor.close()
    return desk


def told(desk: Container) -> tuple[set[Any], set[Any], set[Any]]:
    """(items, assessments, flags) by what they say, without the numbers a database gives."""
    with reading(desk.engine) as session:
        items = list(
            session.execute(select(ItemRow.source_id, ItemRow.key, ItemVersionRow.content_hash, ItemRow.story_id).join(ItemVersionRow))
        )
        # Names a story on any database
        first = {story: min(key for _, key, _, s in items if s == story) for *_, story in items}
        made = session.execute(
            select(ItemRow.key, AssessmentRow.report_id, AssessmentRow.score, AssessmentRow.relation, AssessmentRow.stage)
            .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
            .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        )
        flags = session.execute(
            select(StoryRow.title, FlagRow.report_id, FlagRow.claim_id, FlagRow.severity, FlagRow.score).join(
                StoryRow, StoryRow.id == FlagRow.story_id
            )
        )
        return {(*item, first[story]) for *item, story in items}, set(map(tuple, made)), set(map(tuple, flags))


def in_a_crowd(folder: Path, address: str, database: str, comparers: int) -> Container:
    """Watched by one, compared as `comparers` workers do it: jobs of some versions each, taken by
    whoever is free.
    """
    desk = Container(settings_of(folder, address, database))
    monitor = desk.monitor()
    monitor.register()
    for _ in monitor.watcher.round():
        pass
    crew = [desk.monitor().pipeline for _ in range(comparers)]
    with reading(desk.engine) as session:
        waiting = [w.version.id for w in assessments.waiting(session, crew[0].report_ids, 1000)]
    jobs = [waiting[i : i + 10] for i in range(0, len(waiting), 10)]

    def done(n: int) -> int:
        return sum(result.compared for result in crew[n % comparers].compare_versions(jobs[n]))

    with ThreadPoolExecutor(comparers) as pool:
        assert sum(pool.map(done, range(len(jobs)))) == len(waiting)
    monitor.close()
    return desk


@pytest.mark.timeout(900)
def test_workers_side_by_side_store_each_item_once_in_stories_that_add_up(postgres_server: str, tmp_path: Path) -> None:
    with simulated_outlets() as address:
        desk = in_a_crowd(tmp_path, address, postgres.migrated_database(postgres_server), 3)
    with desk.engine.connect() as connection:
        for query in (
            "SELECT count(*) FROM item WHERE story_id IS NULL",
            "SELECT count(*) FROM (SELECT 1 FROM assessment GROUP BY item_version_id, report_id HAVING count(*) > 1) x",
            "SELECT count(*) FROM story s WHERE s.items <> (SELECT count(*) FROM item i WHERE i.story_id = s.id)",
        ):
            assert connection.scalar(text(query)) == 0, query
    assert len(told(desk)[2]) > 20
    desk.engine.dispose()


@pytest.mark.timeout(900)
def test_the_same_outlets_give_the_same_items_assessments_and_flags(postgres_server: str, tmp_path: Path) -> None:
    with simulated_outlets() as address:
        lite = cycle(tmp_path / "lite", address, None)
        post = cycle(tmp_path / "post", address, postgres.migrated_database(postgres_server))
        worker = in_a_crowd(tmp_path / "post", address, postgres.migrated_database(postgres_server), 1)
    assert told(lite) == told(post) == told(worker)
    assert len(told(lite)[2]) > 20
    write_tables(lite.engine, tmp_path / "desk.zip")
    moved = postgres.new_database(postgres_server)
    import_tables(tmp_path / "desk.zip", connect(moved))
    there = Container(load_settings(data=tmp_path / "lite", database=moved))
    assert told(there) == told(lite)
    for desk in (lite, post, worker, there):
        desk.engine.dispose()
