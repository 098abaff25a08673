"""Items: texts that flap are no edits, and what is missing twice is taken down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db import items
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, StoredFetch, store_fetch
from db.items import NewVersion
from db.models import ItemRow, SourceRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
APART = timedelta(hours=12)


@pytest.fixture
def store(engine: Engine) -> Callable[..., StoredFetch]:
    """Store one fetch that lists item "k" with each of the given texts in turn."""
    with writing(engine) as session:
        session.add(SourceRow(id="s", name="s", kind="feed", url="https://example.org/feed", tier=2, config={"every": "30m"}))

    def once(text: str, key: str = "k") -> StoredFetch:
        entry = NewVersion(key, f"https://example.org/{key}", "t", text, "ru", NOW, None, None, f"hash of {text}")
        with writing(engine) as session:
            return store_fetch(
                session, FetchRecord("s", NOW, NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, "u", status=200), [entry], 1800
            )

    return once


def test_a_text_that_flaps_between_earlier_states_is_no_edit_after_a_while(store: Callable[..., StoredFetch]) -> None:
    assert [store(text).edited for text in ("a", "b", "a", "b", "a", "b", "c", "a")] == [0, 1, 1, 1, 0, 0, 1, 0]


def test_an_item_that_is_missing_twice_far_enough_apart_is_gone_and_comes_back(engine: Engine, store: Callable[..., StoredFetch]) -> None:
    store("a")
    for hours, gone in ((0, []), (11, []), (12, ["k"]), (13, [])):
        with writing(engine) as session:
            assert [i.key for i in items.mark_missing(session, "s", ["k"], NOW + timedelta(hours=hours), APART)] == gone
    store("a")
    with reading(engine) as session:
        (item,) = session.query(ItemRow)
        assert (item.missing_since, item.gone_at) == (None, None)


def test_the_newest_keys_and_addresses_come_first(engine: Engine, store: Callable[..., StoredFetch]) -> None:
    for key in ("k1", "k2", "k3"):
        store("a", key)
    with reading(engine) as session:
        assert items.newest_keys(session, "s", 2) == ["k3", "k2"]
        assert items.newest_urls(session, "s", 1) == ["https://example.org/k3"]
