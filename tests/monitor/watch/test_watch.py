"""A look as a whole: conditional requests, mirrors, fallbacks, states, rounds, pages of items worth it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import fetches, source_states, sources
from db.engine import reading, writing
from db.fetches import Stored
from db.models import Capture, Fetch, FetchPage, Item, ItemVersion, Source, SourceState, Unread
from db.words import Outcome, Reason, Watch
from monitor.watch.client import Client
from monitor.watch.http_types import CannotFetch
from monitor.watch.parsers import Parsers
from monitor.watch.rounds import Watcher
from monitor.watch.watch import watch_source
from tests.monitor.watch.conftest import preview, rss, source, text
from tests.monitor.watch.serving import Site, answer

FEED = rss(("a", "Первая новость"), ("b", "Вторая новость"))


def shift(engine: Engine, **columns: object) -> None:
    """Set columns of the source's row."""
    with writing(engine) as session:
        row = session.get_one(Source, "example")
        for name, value in columns.items():
            setattr(row, name, value)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


# ---- conditional requests


def test_validators_are_sent_back_and_a_304_is_verified_nothing_new(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED, ETag='W/"x y"', Last_Modified="Tue, 24 Nov 2026 07:00:00 GMT")
    watching_.look_at("example")
    site.say("/feed", b"", 304)
    look, stored = watching_.look_at("example")
    sent = site.asked[-1][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"x y"', "Tue, 24 Nov 2026 07:00:00 GMT")
    assert (stored.outcome, look.record.reason) == (Outcome.NOTHING_NEW, Reason.NOT_MODIFIED)


def test_a_server_that_says_304_for_ever_is_read_in_full_twice_a_day(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    def stubborn(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match"):
            answer(handler, b"", 304)
        else:
            answer(handler, rss(("c", "Изменилось")).encode(), 200, "text/xml", {"ETag": '"always"'})

    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED, ETag='"always"')
    watching_.look_at("example")
    site.pages["/feed"] = stubborn
    assert watching_.look_at("example")[1].new == 0
    shift(engine, full_read_at=ago(hours=13))
    assert watching_.look_at("example")[1].new == 1


def test_the_very_same_bytes_are_not_parsed_again_until_the_next_full_read(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED)
    watching_.look_at("example")
    assert watching_.look_at("example")[0].record.detail == "the same bytes as last time"
    shift(engine, full_read_at=ago(hours=13))
    assert watching_.look_at("example")[0].record.detail is None


# ---- mirrors and fallbacks


def test_a_mirror_is_read_when_the_first_address_fails_twice_and_left_when_it_recovers(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror")]))
    site.say("/feed", "no", 503)
    site.say("/mirror", FEED)
    assert watching_.look_at("example")[1].outcome is Outcome.BROKEN
    look, stored = watching_.look_at("example")
    assert (stored.outcome, look.record.url) == (Outcome.NEW_ITEMS, site.url("/mirror"))
    assert "http_5xx" in (look.record.detail or "")
    with reading(engine) as session:
        assert source_states.current(session)["example"].state == Watch.DEGRADED.value
    site.asked.clear()
    watching_.look_at("example")
    assert site.paths() == ["/mirror"]  # the first address was tried a moment ago
    shift(engine, probed_at=ago(hours=7))
    site.say("/feed", FEED)
    look, _ = watching_.look_at("example")
    assert look.record.url == site.url("/feed")
    with reading(engine) as session:
        assert session.get_one(Source, "example").route is None
        assert source_states.current(session)["example"].state == Watch.WELL.value


def test_a_fallback_of_another_kind_keeps_the_outlet_in_sight(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), fallback={"kind": "telegram", "url": site.url("/s/kanal")}))
    site.say("/s/kanal", preview("kanal", {7: text("Срочное сообщение")}))
    for _ in range(2):
        watching_.look_at("example")
    with reading(engine) as session:
        assert list(session.scalars(select(Item.key))) == ["kanal/7"]


def test_when_every_address_fails_the_first_ones_reason_is_told(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), mirrors=[site.url("/mirror")]))
    site.say("/feed", "no", 403)
    site.say("/mirror", "no", 500)
    for _ in range(2):
        look, _ = watching_.look_at("example")
    assert look.record.reason is Reason.HTTP_403


def test_a_listing_asks_robots_txt_and_a_feed_does_not(site: Site, watcher: Callable[..., Watcher]) -> None:
    site.say("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    site.say("/news", FEED)
    assert watcher(source(site.url("/news"))).look_at("example")[1].outcome is Outcome.NEW_ITEMS
    assert watcher(source(site.url("/news"), "listing")).look_at("example")[0].record.reason is Reason.ROBOTS
    assert (
        watcher(source(site.url("/news"), "listing", robots="ignore", notes="asked and allowed by mail"))
        .look_at("example")[0]
        .record.reason
        is not Reason.ROBOTS
    )


# ---- evidence


def test_what_was_fetched_for_an_item_is_kept_as_it_came_with_its_way(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    site.say("/old", "", 301, Location="/feed")
    site.say("/feed", FEED)
    watcher(source(site.url("/old"))).look_at("example")
    with reading(engine) as session:
        page = session.scalars(select(FetchPage)).one()
        capture = session.get_one(Capture, page.capture_sha256)
    assert fetches.capture_body(capture) == FEED.encode()
    assert hashlib.sha256(FEED.encode()).hexdigest() == capture.sha256
    assert (page.url, page.redirects, page.address) == (site.url("/feed"), [site.url("/old")], "127.0.0.1")


def test_a_page_that_is_broken_in_the_same_way_for_days_is_kept_once_a_day(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    for n in range(5):
        site.say("/feed", f"<html>just a moment, ray {n}</html>")
        watching_.look_at("example")
    with reading(engine) as session:
        assert len(list(session.scalars(select(Capture)))) == 1
        assert len(list(session.scalars(select(Fetch)))) == 5


# ---- states: said once, and once more on recovery


def states(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [s.state for s in session.scalars(select(SourceState).order_by(SourceState.id))]


def test_a_source_goes_blind_once_and_recovers_once(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", FEED)
    watching_.look_at("example")
    site.say("/feed", "no", 500)
    watching_.look_at("example")
    assert states(engine) == ["well"]  # a single bad look is no news
    watching_.look_at("example")
    watching_.look_at("example")
    assert states(engine) == ["well", "degraded"]
    shift(engine, last_good_at=ago(hours=7))
    for _ in range(3):
        watching_.look_at("example")
    assert states(engine) == ["well", "degraded", "blind"]
    site.say("/feed", FEED)
    _, stored = watching_.look_at("example")
    assert stored.state is not None
    assert stored.state.recovered
    watching_.look_at("example")
    assert states(engine) == ["well", "degraded", "blind", "well"]
    with reading(engine) as session:
        said = source_states.changes(session, ago(hours=1), datetime.now(UTC) + timedelta(minutes=1))
    assert [s.state for _, s in said] == ["degraded", "blind", "well"]  # a first "well" is no news


def test_an_acknowledged_outage_is_not_said_again_before_its_day_and_recovery_is(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "no", 500)
    for _ in range(2):
        watching_.look_at("example")
    with writing(engine) as session:
        source_states.acknowledge(session, "example", datetime.now(UTC) + timedelta(days=1), "anna", "maintenance", datetime.now(UTC))
    shift(engine, memo={"watched_since": ago(days=2).isoformat()})
    watching_.look_at("example")
    assert states(engine)[-1] == "acknowledged"
    site.say("/feed", FEED)
    watching_.look_at("example")
    assert states(engine)[-1] == "well"


def test_a_source_that_misses_its_expectation_is_degraded(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed"), expect={"items": 3, "within": "1d"}))
    site.say("/feed", FEED)
    watching_.look_at("example")
    assert states(engine) == ["well"]  # not watched for a day yet
    shift(engine, memo={"watched_since": ago(days=2).isoformat()})
    _, stored = watching_.look_at("example")
    assert stored.state == source_states.Judgement(Watch.DEGRADED, Reason.EXPECTATION, "2 items within 1d, at least 3 expected")


# ---- when


def test_bad_looks_slow_a_source_down_and_never_disable_it(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "no", 500)
    waits = []
    for _ in range(6):
        watching_.look_at("example")
        with reading(engine) as session:
            row = session.get_one(Source, "example")
            assert row.next_due_at is not None
            assert row.last_fetch_at is not None
            waits.append((row.next_due_at - row.last_fetch_at).total_seconds() / 1800)
    assert all(times <= wait <= 1.1 * times for wait, times in zip(waits, (2, 4, 8, 8, 8, 8), strict=True))


def test_retry_after_moves_the_next_look(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> None:
    watching_ = watcher(source(site.url("/feed")))
    site.say("/feed", "", 429, Retry_After="40000")
    watching_.look_at("example")
    with reading(engine) as session:
        row = session.get_one(Source, "example")
        assert row.next_due_at - row.last_fetch_at >= timedelta(seconds=40_000)  # type: ignore[operator]


# ---- rounds


def test_a_round_looks_at_each_due_source_once_and_one_fault_of_ours_stops_nobody(
    site: Site, engine: Engine, watcher: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.say("/feed", FEED)
    watching_ = watcher(*(source(site.url("/feed"), id=f"s{n}") for n in range(30)))
    real = watching_.parsers.run

    def faulty(function: Callable[..., Any], *args: object) -> object:
        if len(site.asked) == 7:
            raise RuntimeError("a fault of ours")
        return real(function, *args)

    monkeypatch.setattr(watching_.parsers, "run", faulty)
    outcomes = [stored.outcome for _, stored in watching_.round()]
    assert len(outcomes) == 30
    assert list(watching_.round()) == []  # nothing is due any more
    with reading(engine) as session:
        assert session.scalars(select(Source.leased_until).where(Source.leased_until.is_not(None))).all() == []


def test_two_processes_never_look_at_one_source_at_the_same_time(engine: Engine, watcher: Callable[..., Watcher]) -> None:

    watcher(*(source("https://example.org/", id=f"s{n}") for n in range(10)))
    now = datetime.now(UTC)
    with writing(engine) as session:
        first = {s.id for s in sources.claim_due(session, now, ["feed"], "host/1/a", 6)}
    with writing(engine) as session:
        second = {s.id for s in sources.claim_due(session, now, ["feed"], "host/2/b", 6)}
    assert (len(first), len(second), first & second) == (6, 4, set())


def test_the_leases_of_a_process_that_is_no_more_are_free_at_the_next_start(engine: Engine, watcher: Callable[..., Watcher]) -> None:

    watcher(*(source("https://example.org/", id=f"s{n}") for n in range(3)))
    me = sources.this_process()
    host = me.split("/")[0]
    now = datetime.now(UTC)
    for owner in (f"{host}/999999999/dead", "elsewhere/1/alive", f"{host}/1/alive"):
        with writing(engine) as session:
            sources.claim_due(session, now, ["feed"], owner, 1)
    with writing(engine) as session:
        assert sources.free_leases(session, me) == 1


# ---- pages of items worth it


def article(words: str) -> str:
    body = "".join(
        f"<p>{words} Абзац {n} рассказывает подробности о сроках, порядке и последствиях для граждан, которых это касается.</p>"
        for n in range(6)
    )
    return f"<html><head><title>Повестки придут по почте</title></head><body><article><h1>Повестки придут по почте</h1>{body}</article></body></html>"


@pytest.fixture
def with_articles(site: Site, client: Client, watcher: Callable[..., Watcher]) -> Watcher:
    site.say("/robots.txt", "User-agent: *\nDisallow: /closed/", kind="text/plain")
    return watcher(source(site.url("/feed")), worth=lambda v: "овестк" in v.title)


def test_the_page_of_a_title_only_item_is_read_when_it_is_worth_it_and_is_no_edit(
    site: Site, engine: Engine, with_articles: Watcher
) -> None:
    site.say("/feed", rss(("a", "Повестки придут по почте"), ("b", "Прогноз погоды"), host=site.address))
    site.say("/a", article("Военкоматы начнут слать письма."))
    with_articles.look_at("example")
    assert list(with_articles.read_articles()) == [Reason.OK]
    assert "/b" not in site.paths()
    with reading(engine) as session:
        versions = list(session.scalars(select(ItemVersion).join(Item).where(Item.key == f"{site.address}/a").order_by(ItemVersion.number)))
    assert [bool(v.text) for v in versions] == [False, True]
    assert "Военкоматы начнут слать письма" in versions[1].text
    shift(engine, full_read_at=None, body_sha256=None)
    assert with_articles.look_at("example")[1].edited == 0  # the feed says what it said before


def test_a_page_that_cannot_be_read_leaves_the_title_and_is_tried_again_then_given_up_with_its_reason(
    site: Site, engine: Engine, with_articles: Watcher
) -> None:
    site.say("/feed", rss(("a", "Повестки придут по почте"), ("closed/b", "Повестки закрыты"), host=site.address))
    site.say("/a", "no", 500)
    with_articles.look_at("example")
    assert set(with_articles.read_articles()) == {Reason.HTTP_5XX, Reason.ROBOTS}
    for _ in range(4):
        with writing(engine) as session:
            for row in session.scalars(select(Unread).where(Unread.due_at < fetches.NEVER)):
                row.due_at = ago(minutes=1)
        list(with_articles.read_articles())
    with reading(engine) as session:
        rows = {u.reason: (u.attempts, u.due_at == fetches.NEVER) for u in session.scalars(select(Unread))}
        assert len(list(session.scalars(select(ItemVersion)))) == 2
    assert rows == {"http_5xx": (4, True), "robots_txt": (1, True)}


def test_a_page_that_carries_another_title_is_not_taken_for_the_items_text(site: Site, engine: Engine, with_articles: Watcher) -> None:
    site.say("/feed", rss(("a", "Повестки вручат осенью всем резервистам"), host=site.address))
    site.say("/a", article("Совсем другое.").replace("Повестки придут по почте", "Курс валют"))
    with_articles.look_at("example")
    assert list(with_articles.read_articles()) == [Reason.IDENTITY]


def test_when_telegram_asks_us_to_wait_its_other_name_is_not_asked_either(
    client: Client, parsers: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def get(url: str, **_: object) -> None:
        asked.append(url)
        raise CannotFetch(reasons[len(asked) - 1], "no")

    monkeypatch.setattr(client, "get", get)
    reasons = [Reason.HTTP_429, Reason.TIMEOUT]
    assert watch_source(source("https://t.me/s/kanal", "telegram"), client, parsers).record.reason is Reason.HTTP_429
    assert asked == ["https://t.me/s/kanal"]
    asked.clear()
    reasons = [Reason.CONNECT, Reason.TIMEOUT]
    watch_source(source("https://t.me/s/kanal", "telegram"), client, parsers)
    assert asked == ["https://t.me/s/kanal", "https://telegram.me/s/kanal"]


def test_looks_that_end_together_are_stored_together_and_one_that_cannot_be_stored_harms_no_other(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    names = ["a", "b", "c"]
    for name in names:
        site.say(f"/{name}", rss((name, f"Новость {name}")))
    watching = watcher(*(source(site.url(f"/{n}"), id=n) for n in names))
    looks = [watch_source(s, watching.client, watching.parsers) for s in watching.sources]
    assert [s.new for s in watching.store_all(looks)] == [1, 1, 1]

    def refuse(_session: Session, stored: Stored) -> None:
        if stored.item_ids.keys() & {"https://example.org/a2"}:
            raise ValueError("refused")

    watching.and_then = refuse
    for name in names:
        site.say(f"/{name}", rss((f"{name}2", f"Вторая {name}")))
    with pytest.raises(ValueError, match="refused"):
        watching.store_all([watch_source(s, watching.client, watching.parsers) for s in watching.sources])
    with reading(engine) as session:
        assert sorted(session.scalars(select(Item.key).where(Item.key.endswith("2")))) == [
            "https://example.org/b2",
            "https://example.org/c2",
        ]
