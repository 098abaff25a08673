"""Very long feeds: the newest entries are read first, the rest at the next fetches; and entries
that cannot be text.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from db.engine import reading
from db.enums import FetchOutcome
from db.models import ItemRow
from monitor.fetch.watcher import Watcher
from monitor.kinds.feed import read_feed
from tests.monitor.conftest import answer, source
from tests.monitor.serving import Site

START = datetime(2026, 6, 1, tzinfo=UTC)


def long_feed(count: int) -> str:
    """A feed of `count` entries, the oldest first; entry n is n hours younger than entry 0."""
    items = "".join(
        f"<item><title>Новость номер {n}</title><link>https://example.org/{n}</link>"
        f"<pubDate>{START + timedelta(hours=n):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for n in range(count)
    )
    return f'<rss version="2.0"><channel><title>Пример</title>{items}</channel></rss>'


@pytest.fixture(autouse=True)
def at_most_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.kinds.feed.MAX_ENTRIES", 100)


def test_the_newest_are_read_first_wherever_they_stand() -> None:
    found = read_feed(answer(long_feed(300), kind="text/xml"))
    numbers = {int(e.url.rsplit("/", 1)[1]) for e in found.entries}
    assert numbers == set(range(200, 300))
    assert found.doubts == ("300 entries, 100 read; 200 are left for the next fetches",)


def test_a_feed_that_is_not_too_long_is_read_whole_in_its_own_order() -> None:
    found = read_feed(answer(long_feed(100), kind="text/xml"))
    assert [e.url for e in found.entries[:2]] == ["https://example.org/0", "https://example.org/1"]
    assert found.doubts == ()


def test_the_rest_is_read_at_the_next_fetches_though_the_bytes_are_the_same(
    site: Site, watcher: Callable[..., Watcher], engine: Engine
) -> None:
    site.say("/feed", long_feed(170), kind="application/rss+xml")
    watching = watcher(source(site.url("/feed"), expect=None))
    stored = []
    for _ in range(4):
        watching.fetch_one("example")
        with reading(engine) as session:
            stored.append(session.scalar(select(func.count()).select_from(ItemRow)))
    assert stored == [100, 150, 170, 170]


def test_half_characters_in_one_title_cost_that_character_only(site: Site, watcher: Callable[..., Watcher], engine: Engine) -> None:
    items = "".join(
        f"<item><title>Повестка {n}{'&#xD800;' if n == 1 else ''}</title><link>https://example.org/{n}</link></item>" for n in range(3)
    )
    site.say("/feed", f'<rss version="2.0"><channel><title>Пример</title>{items}</channel></rss>', kind="application/rss+xml")
    _, stored = watcher(source(site.url("/feed"))).fetch_one("example")
    assert (stored.outcome, stored.new) == (FetchOutcome.NEW_ITEMS, 3)
