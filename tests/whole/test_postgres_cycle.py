"""The whole way of an item on PostgreSQL gives what it gives on SQLite."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.demo.run import _watch_list
from app.demo.server import playing
from app.desk import Desk
from app.settings import load_settings
from db.backup import import_tables, write_tables
from db.engine import connect, reading
from db.models import Assessment, Flag, Item, ItemVersion, Story
from tests import postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as uri:
        yield uri


def cycle(folder: Path, address: str, database: str | None) -> Desk:
    desk = Desk(load_settings(data=folder, database=database, sources=_watch_list(folder, address), allow_loopback=True))
    monitor = desk.monitor()
    monitor.register()
    monitor.cycle()
    assert monitor.cycle().new == 0
    monitor.close()
    return desk


def told(desk: Desk) -> tuple[set[Any], set[Any], set[Any]]:
    """(items, assessments, flags) by what they say, without the numbers a database gives."""
    with reading(desk.engine) as session:
        items: set[Any] = set(session.execute(select(Item.source_id, Item.key, ItemVersion.content_hash).join(ItemVersion)).tuples())
        made = session.execute(
            select(Item.key, Assessment.report_id, Assessment.score, Assessment.relation, Assessment.stage)
            .join(ItemVersion, ItemVersion.id == Assessment.item_version_id)
            .join(Item, Item.id == ItemVersion.item_id)
        )
        flags = session.execute(
            select(Story.title, Flag.report_id, Flag.claim_id, Flag.severity, Flag.score).join(Story, Story.id == Flag.story_id)
        )
        return items, set(made.tuples()), set(flags.tuples())


@pytest.mark.timeout(240)
def test_the_same_outlets_give_the_same_items_assessments_and_flags(server: str, tmp_path: Path) -> None:
    with playing() as address:
        lite = cycle(tmp_path / "lite", address, None)
        post = cycle(tmp_path / "post", address, postgres.new_database(server))
    assert told(lite) == told(post)
    assert len(told(lite)[2]) > 20
    write_tables(lite.engine, tmp_path / "desk.zip")
    moved = postgres.new_database(server)
    import_tables(tmp_path / "desk.zip", connect(moved))
    there = Desk(load_settings(data=tmp_path / "lite", database=moved))
    assert told(there) == told(lite)
    for desk in (lite, post, there):
        desk.engine.dispose()
