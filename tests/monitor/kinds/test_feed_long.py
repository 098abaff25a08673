"""Very long feeds: the newest entries are read, wherever they stand; and entries that cannot be
text.
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


def long_feed(end: int, start: int = 0) -> str:
    """A feed of the entries `start` to `end`, the oldest first; entry n is n hours younger than
    entry 0.
    """
    items = "".join(
        f"<item><title>Новость номер {n}</title><link>https://example.org/{n}</link>"
        f"<pubDate>{START + timedelta(hours=n):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for n in range(start, end)
    )
    return f'<rss version="2.0"><channel><title>Пример</title>{items}</channel></rss>'


@pytest.fixture(autouse=True)
def at_most_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.kinds.feed.MAX_ENTRIES", 100)


def test_the_newest_are_read_first_wherever_they_stand() -> None:
    found = read_feed(answer(long_feed(300), kind="text/xml"))
    numbers = {int(e.url.rsplit("/", 1)[1]) for e in found.entries}
    assert numbers == set(range(200, 300))
    assert found.doubts == ("300 entries, the newest 100 read",)


def test_a_feed_that_is_not_too_long_is_read_whole_in_its_own_order() -> None:
    found = read_feed(answer(long_feed(100), kind="text/xml"))
    assert [e.url for e in found.entries[:2]] == ["https://example.org/0", "https://example.org/1"]
    assert found.doubts == ()


@pytest.mark.parametrize("start", [0, 1], ids=["one added", "one added, the oldest removed"])
def test_an_entry_added_to_a_long_feed_is_the_only_new_one(site: Site, watcher: Callable[..., Watcher], start: int, engine: Engine) -> None:
    watching = watcher(source(site.url("/feed"), expect=None))
    site.say("/feed", long_feed(170), kind="application/rss+xml")
    _, first = watching.fetch_one("example")
    site.say("/feed", long_feed(171, start), kind="application/rss+xml")
    _, second = watching.fetch_one("example")
    _, third = watching.fetch_one("example")
    assert (first.new, second.new, third.new) == (100, 1, 0)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ItemRow)) == 101


def test_an_entry_removed_from_a_long_feed_makes_no_older_one_new(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching = watcher(source(site.url("/feed"), expect=None))
    site.say("/feed", long_feed(170), kind="application/rss+xml")
    watching.fetch_one("example")
    site.say("/feed", long_feed(165), kind="application/rss+xml")  # the five newest are gone
    _, second = watching.fetch_one("example")
    site.say("/feed", long_feed(95, 70), kind="application/rss+xml")
    _, third = watching.fetch_one("example")
    assert (second.new, third.new) == (0, 0)


@pytest.mark.parametrize("first", [True, False], ids=["added first", "added last"])
def test_a_long_feed_without_dates_is_read_from_both_ends(site: Site, watcher: Callable[..., Watcher], first: bool) -> None:
    def undated(numbers: list[int]) -> str:
        items = "".join(f"<item><title>Новость {n}</title><link>https://example.org/{n}</link></item>" for n in numbers)
        return f'<rss version="2.0"><channel><title>Пример</title>{items}</channel></rss>'

    watching = watcher(source(site.url("/feed"), expect=None))
    site.say("/feed", undated(list(range(300))), kind="application/rss+xml")
    watching.fetch_one("example")
    site.say("/feed", undated([999, *range(300)] if first else [*range(300), 999]), kind="application/rss+xml")
    _, second = watching.fetch_one("example")
    assert second.new == 1


def test_half_characters_in_one_title_cost_that_character_only(site: Site, watcher: Callable[..., Watcher], engine: Engine) -> None:
    items = "".join(
        f"<item><title>Повестка {n}{'&#xD800;' if n == 1 else ''}</title><link>https://example.org/{n}</link></item>" for n in range(3)
    )
    site.say("/feed", f'<rss version="2.0"><channel><title>Пример</title>{items}</channel></rss>', kind="application/rss+xml")
    _, stored = watcher(source(site.url("/feed"))).fetch_one("example")
    assert (stored.outcome, stored.new) == (FetchOutcome.NEW_ITEMS, 3)
