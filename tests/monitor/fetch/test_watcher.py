"""Rounds over all due sources: leases, storing together, and the pages of items worth it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import fetches, sources
from db.engine import reading, writing
from db.enums import FetchReason
from db.fetches import StoredFetch
from db.models import ItemRow, ItemVersionRow, PendingArticleRow, SourceRow
from monitor.fetch.fetch_source import fetch_source
from monitor.fetch.http_client import Client
from monitor.fetch.watcher import Watcher
from tests.monitor.conftest import rss, source
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


def test_a_round_fetches_each_due_source_once_and_one_bug_does_not_stop_it(
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
        assert session.scalars(select(SourceRow.leased_until).where(SourceRow.leased_until.is_not(None))).all() == []


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


def article(words: str) -> str:
    body = "".join(
        f"<p>{words} Абзац {n} рассказывает подробности о сроках, порядке и последствиях для граждан, которых это касается.</p>"
        for n in range(6)
    )
    return f"<html><head><title>Повестки придут по почте</title></head><body><article><h1>Повестки придут по почте</h1>{body}</article></body></html>"


@pytest.fixture
def with_articles(site: Site, client: Client, watcher: Callable[..., Watcher]) -> Watcher:
    site.say("/robots.txt", "User-agent: *\nDisallow: /closed/", kind="text/plain")
    return watcher(source(site.url("/feed")), wants_article=lambda v: "овестк" in v.title)


def test_the_page_of_a_title_only_item_is_read_when_it_is_worth_it_and_is_no_edit(
    site: Site, engine: Engine, with_articles: Watcher
) -> None:
    site.say("/feed", rss(("a", "Повестки придут по почте"), ("b", "Прогноз погоды"), host=site.address))
    site.say("/a", article("Военкоматы начнут слать письма."))
    with_articles.fetch_one("example")
    assert list(with_articles.read_articles()) == [FetchReason.OK]
    assert "/b" not in site.paths()
    with reading(engine) as session:
        versions = list(
            session.scalars(select(ItemVersionRow).join(ItemRow).where(ItemRow.url == f"{site.address}/a").order_by(ItemVersionRow.number))
        )
    assert [bool(v.text) for v in versions] == [False, True]
    assert "Военкоматы начнут слать письма" in versions[1].text
    shift(engine, full_read_at=None, body_sha256=None)
    assert with_articles.fetch_one("example")[1].edited == 0  # the feed says what it said before


def test_a_page_that_cannot_be_read_leaves_the_title_and_is_tried_again_then_given_up_with_its_reason(
    site: Site, engine: Engine, with_articles: Watcher
) -> None:
    site.say("/feed", rss(("a", "Повестки придут по почте"), ("closed/b", "Повестки закрыты"), host=site.address))
    site.say("/a", "no", 500)
    with_articles.fetch_one("example")
    assert set(with_articles.read_articles()) == {FetchReason.HTTP_5XX, FetchReason.ROBOTS}
    for _ in range(4):
        with writing(engine) as session:
            for row in session.scalars(select(PendingArticleRow).where(PendingArticleRow.due_at < fetches.NEVER)):
                row.due_at = ago(minutes=1)
        list(with_articles.read_articles())
    with reading(engine) as session:
        rows = {u.reason: (u.attempts, u.due_at == fetches.NEVER) for u in session.scalars(select(PendingArticleRow))}
        assert len(list(session.scalars(select(ItemVersionRow)))) == 2
    assert rows == {"http_5xx": (4, True), "robots_txt": (1, True)}


def test_a_page_that_carries_another_title_is_not_taken_for_the_items_text(site: Site, engine: Engine, with_articles: Watcher) -> None:
    site.say("/feed", rss(("a", "Повестки вручат осенью всем резервистам"), host=site.address))
    site.say("/a", article("Совсем другое.").replace("Повестки придут по почте", "Курс валют"))
    with_articles.fetch_one("example")
    assert list(with_articles.read_articles()) == [FetchReason.IDENTITY]


def test_looks_that_end_together_are_stored_together_and_one_that_cannot_be_stored_harms_no_other(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    names = ["a", "b", "c"]
    for name in names:
        site.say(f"/{name}", rss((name, f"Новость {name}")))
    watching = watcher(*(source(site.url(f"/{n}"), id=n) for n in names))
    looks = [fetch_source(s, watching.client, watching.parsers) for s in watching.sources]
    assert [s.new for s in watching.store_all(looks)] == [1, 1, 1]

    def refuse(_session: Session, stored: StoredFetch) -> None:
        if stored.item_ids.keys() & {"https://example.org/a2"}:
            raise ValueError("refused")

    watching.after_store = refuse
    for name in names:
        site.say(f"/{name}", rss((f"{name}2", f"Вторая {name}")))
    with pytest.raises(ValueError, match="refused"):
        watching.store_all([fetch_source(s, watching.client, watching.parsers) for s in watching.sources])
    with reading(engine) as session:
        assert sorted(session.scalars(select(ItemRow.key).where(ItemRow.key.endswith("2")))) == [
            "https://example.org/b2",
            "https://example.org/c2",
        ]
