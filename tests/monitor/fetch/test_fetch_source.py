"""One fetch of a source as a whole: conditional requests, mirrors, fallbacks, evidence, states and
when it is due again.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import Engine, select

from app.tools.local_server import answer
from db import fetches, source_health
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason, SourceHealth
from db.models import CaptureRow, FetchPageRow, FetchRow, ItemRow, SourceRow, SourceStateRow
from monitor.fetch.fetch_source import addresses, fetch_source
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch
from monitor.fetch.watcher import Watcher
from monitor.parse.parser_pool import Parsers
from tests.monitor.conftest import preview, rss, source, text
from tests.monitor.serving import Site

FEED = rss(("a", "Первая новость"), ("b", "Вторая новость"))


def shift(engine: Engine, **columns: object) -> None:
    """Set columns of the source's row."""
    with writing(engine) as session:
        row = session.get_one(SourceRow, "example")
        for name, value in columns.items():
            setattr(row, name, value)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


# ---- conditional requests


def test_validators_are_sent_back_and_a_304_is_verified_nothing_new(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED, ETag='W/"x y"', Last_Modified="Tue, 24 Nov 2026 07:00:00 GMT")
    watching_.fetch_one("example")
    site.say("/feed", b"", 304)
    look, stored = watching_.fetch_one("example")
    sent = site.asked[-1][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"x y"', "Tue, 24 Nov 2026 07:00:00 GMT")
    assert (stored.outcome, look.record.reason) == (FetchOutcome.NOTHING_NEW, FetchReason.NOT_MODIFIED)


def test_a_server_that_says_304_for_ever_is_read_in_full_twice_a_day(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    def stubborn(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match"):
            answer(handler, b"", 304)
        else:
            answer(handler, rss(("c", "Изменилось")).encode(), 200, "text/xml", {"ETag": '"always"'})

    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED, ETag='"always"')
    watching_.fetch_one("example")
    site.pages["/feed"] = stubborn
    assert watching_.fetch_one("example")[1].new == 0
    shift(engine, full_read_at=ago(hours=13))
    assert watching_.fetch_one("example")[1].new == 1


def test_the_very_same_bytes_are_not_parsed_again_until_the_next_full_read(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED)
    watching_.fetch_one("example")
    assert watching_.fetch_one("example")[0].record.detail == "the same bytes as last time"
    shift(engine, full_read_at=ago(hours=13))
    assert watching_.fetch_one("example")[0].record.detail is None


# ---- mirrors and fallbacks


def test_a_mirror_is_read_at_once_where_the_first_address_does_not_answer(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror")]))
    site.say("/feed", "no", 503)
    site.say("/mirror", FEED)
    look, stored = watching_.fetch_one("example")
    assert (stored.outcome, look.record.url) == (FetchOutcome.NEW_ITEMS, site.url("/mirror"))
    assert "http_5xx" in (look.record.detail or "")
    assert states(engine) == ["well"]  # a single failure is no news
    site.asked.clear()
    watching_.fetch_one("example")
    assert site.paths() == ["/mirror"]  # the first address was tried a moment ago
    shift(engine, probed_at=ago(minutes=11))
    watching_.fetch_one("example")
    assert site.paths() == ["/mirror", "/feed", "/mirror"]
    assert states(engine) == ["well", "degraded"]
    shift(engine, probed_at=ago(minutes=11))
    watching_.fetch_one("example")
    assert site.paths()[3:] == ["/mirror"]  # the more probes failed, the rarer they are
    shift(engine, probed_at=ago(minutes=31))
    site.say("/feed", FEED)
    look, _ = watching_.fetch_one("example")
    assert look.record.url == site.url("/feed")
    with reading(engine) as session:
        assert session.get_one(SourceRow, "example").route is None
    assert states(engine) == ["well", "degraded", "well"]


def test_a_mirror_is_read_after_the_second_failure_where_the_first_address_refuses(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror")]))
    site.say("/feed", "no", 403)
    site.say("/mirror", FEED)
    assert watching_.fetch_one("example")[1].outcome is FetchOutcome.BROKEN
    assert site.paths() == ["/feed"]
    assert watching_.fetch_one("example")[0].record.url == site.url("/mirror")
    assert states(engine)[-1] == "degraded"
    site.asked.clear()
    shift(engine, probed_at=ago(hours=5))
    watching_.fetch_one("example")
    assert site.paths() == ["/mirror"]  # a refusal is probed every six hours
    shift(engine, probed_at=ago(hours=7))
    watching_.fetch_one("example")
    assert site.paths() == ["/mirror", "/feed", "/mirror"]


def test_each_address_is_tried_once_in_a_fetch(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror"), site.url("/other")]))
    site.say("/mirror", FEED)
    site.say("/feed", "no", 500)
    watching_.fetch_one("example")
    for path in ("/mirror", "/other"):
        site.say(path, "no", 500)
    site.asked.clear()
    shift(engine, probed_at=ago(hours=7))
    assert watching_.fetch_one("example")[1].outcome is FetchOutcome.BROKEN
    assert site.paths() == ["/feed", "/mirror", "/other"]


def test_an_outlet_that_has_moved_is_tried_at_its_new_host() -> None:
    assert [a.url for a in addresses(source("https://theins.ru/feed", mirrors=["https://mirror.example/feed"]))] == [
        "https://theins.ru/feed",
        "https://theins.press/feed",
        "https://mirror.example/feed",
    ]


def test_a_fallback_of_another_kind_keeps_the_outlet_in_sight(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), fallback={"kind": "telegram", "url": site.url("/s/kanal")}))
    site.say("/s/kanal", preview("kanal", {7: text("Срочное сообщение")}))
    for _ in range(2):
        watching_.fetch_one("example")
    with reading(engine) as session:
        assert list(session.scalars(select(ItemRow.key))) == ["kanal/7"]


def test_when_every_address_fails_the_reason_of_the_first_is_given(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror")]))
    site.say("/feed", "no", 403)
    site.say("/mirror", "no", 500)
    for _ in range(2):
        look, _ = watching_.fetch_one("example")
    assert look.record.reason is FetchReason.HTTP_403


def test_a_listing_asks_robots_txt_and_a_feed_does_not(site: Site, watcher: Callable[..., Watcher]) -> None:
    site.say("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    site.say("/news", FEED)
    assert watcher(source(site.url("/news"))).fetch_one("example")[1].outcome is FetchOutcome.NEW_ITEMS
    assert watcher(source(site.url("/news"), "listing")).fetch_one("example")[0].record.reason is FetchReason.ROBOTS
    assert (
        watcher(source(site.url("/news"), "listing", robots="ignore", notes="asked and allowed by mail"))
        .fetch_one("example")[0]
        .record.reason
        is not FetchReason.ROBOTS
    )


# ---- evidence


def test_what_was_fetched_for_an_item_is_kept_as_it_came_with_its_way(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    site.say("/old", "", 301, Location="/feed")
    site.say("/feed", FEED)
    watcher(source(site.url("/old"))).fetch_one("example")
    with reading(engine) as session:
        page = session.scalars(select(FetchPageRow)).one()
        capture = session.get_one(CaptureRow, page.capture_sha256)
    assert fetches.capture_body(capture) == FEED.encode()
    assert hashlib.sha256(FEED.encode()).hexdigest() == capture.sha256
    assert (page.url, page.redirects, page.address) == (site.url("/feed"), [site.url("/old")], "127.0.0.1")


def test_a_page_that_is_broken_in_the_same_way_for_days_is_kept_once_a_day(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    for n in range(5):
        site.say("/feed", f"<html>just a moment, ray {n}</html>")
        watching_.fetch_one("example")
    with reading(engine) as session:
        assert len(list(session.scalars(select(CaptureRow)))) == 1
        assert len(list(session.scalars(select(FetchRow)))) == 5


# ---- states: said once, and once more on recovery


def states(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [s.state for s in session.scalars(select(SourceStateRow).order_by(SourceStateRow.id))]


def test_a_source_goes_blind_once_and_recovers_once(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED)
    watching_.fetch_one("example")
    site.say("/feed", "no", 500)
    watching_.fetch_one("example")
    assert states(engine) == ["well"]  # a single bad look is no news
    watching_.fetch_one("example")
    watching_.fetch_one("example")
    assert states(engine) == ["well", "degraded"]
    shift(engine, last_good_at=ago(hours=7))
    for _ in range(3):
        watching_.fetch_one("example")
    assert states(engine) == ["well", "degraded", "blind"]
    site.say("/feed", FEED)
    _, stored = watching_.fetch_one("example")
    assert stored.state is not None
    assert stored.state.recovered
    watching_.fetch_one("example")
    assert states(engine) == ["well", "degraded", "blind", "well"]
    with reading(engine) as session:
        changes = source_health.changes(session, ago(hours=1), datetime.now(UTC) + timedelta(minutes=1))
    assert [s.state for _, s in changes] == ["degraded", "blind", "well"]  # a first "well" is no news


def test_an_acknowledged_outage_is_not_said_again_before_its_day_and_recovery_is(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "no", 500)
    for _ in range(2):
        watching_.fetch_one("example")
    with writing(engine) as session:
        source_health.acknowledge(session, "example", datetime.now(UTC) + timedelta(days=1), "anna", "maintenance", datetime.now(UTC))
    shift(engine, watch_state={"watched_since": ago(days=2).isoformat()})
    watching_.fetch_one("example")
    assert states(engine)[-1] == "acknowledged"
    site.say("/feed", FEED)
    watching_.fetch_one("example")
    assert states(engine)[-1] == "well"


def test_a_source_that_misses_its_expectation_is_degraded(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), expect={"items": 3, "within": "1d"}))
    site.say("/feed", FEED)
    watching_.fetch_one("example")
    assert states(engine) == ["well"]  # not watched for a day yet
    shift(engine, watch_state={"watched_since": ago(days=2).isoformat()})
    _, stored = watching_.fetch_one("example")
    assert stored.state == source_health.HealthChange(
        SourceHealth.DEGRADED, FetchReason.EXPECTATION, "2 items within 1d, at least 3 expected"
    )


# ---- when


def test_bad_looks_slow_a_source_down_and_never_disable_it(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "no", 500)
    waits = []
    for _ in range(6):
        watching_.fetch_one("example")
        with reading(engine) as session:
            row = session.get_one(SourceRow, "example")
            assert row.next_due_at is not None
            assert row.last_fetch_at is not None
            waits.append((row.next_due_at - row.last_fetch_at).total_seconds() / 1800)
    assert all(times <= wait <= 1.1 * times for wait, times in zip(waits, (2, 4, 8, 8, 8, 8), strict=True))


def test_retry_after_moves_the_next_look(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "", 429, Retry_After="40000")
    watching_.fetch_one("example")
    with reading(engine) as session:
        row = session.get_one(SourceRow, "example")
        assert row.next_due_at - row.last_fetch_at >= timedelta(seconds=40_000)  # type: ignore[operator]


def test_when_telegram_asks_us_to_wait_its_other_name_is_not_asked_either(
    client: Client, parsers: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def get(url: str, **_: object) -> None:
        asked.append(url)
        raise CannotFetch(reasons[len(asked) - 1], "no")

    monkeypatch.setattr(client, "get", get)
    reasons = [FetchReason.HTTP_429, FetchReason.TIMEOUT]
    assert fetch_source(source("https://t.me/s/kanal", "telegram"), client, parsers).record.reason is FetchReason.HTTP_429
    assert asked == ["https://t.me/s/kanal"]
    asked.clear()
    reasons = [FetchReason.CONNECT, FetchReason.TIMEOUT]
    fetch_source(source("https://t.me/s/kanal", "telegram"), client, parsers)
    assert asked == ["https://t.me/s/kanal", "https://telegram.me/s/kanal"]
