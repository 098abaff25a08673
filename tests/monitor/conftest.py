"""What the tests of the watch share."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.sources import register_sources
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import HttpAnswer, Limits
from monitor.fetch.watcher import Watcher
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source
from tests.monitor.serving import Site, serving

# On a machine that others use an answer of this machine may take seconds
LIMITS = Limits(seconds=30.0, connect=20.0, read=20.0, body=300_000)
# For servers that do not answer in time
SHORT = Limits(seconds=1.0, connect=0.5, read=0.6, body=300_000)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def client() -> Iterator[Client]:
    """The real client, allowed to dial this machine."""
    result = Client("Ajour/test", LIMITS, allow_loopback=True)
    yield result
    result.close()


@pytest.fixture
def hasty_client() -> Iterator[Client]:
    """A client that waits a second at most."""
    result = Client("Ajour/test", SHORT, allow_loopback=True)
    yield result
    result.close()


@pytest.fixture
def parsers() -> Parsers:
    """Parsers in this process: the tests of parsers need no other."""
    return Parsers(processes=0)


def source(url: str, kind: str = "feed", **more: Any) -> Source:
    """A source of the watch list at `url`."""
    return Source(
        **{
            "id": "example", "name": "Пример", "kind": kind, "url": url, "host": "example.org", "languages": ["ru"], "type": "independent_media",
            "tier": 2, "cited_in": ["added"], "confidence": "high", **more,
        }
    )  # fmt: skip


def registered(engine: Engine, sources: Sequence[Source]) -> None:
    """Bring the sources into the database."""
    with writing(engine) as session:
        register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in sources], datetime.now(UTC))


@pytest.fixture
def watcher(engine: Engine, client: Client, parsers: Parsers) -> Callable[..., Watcher]:
    """A watcher of the given sources, registered in a fresh database."""

    def make(*sources: Source, **more: Any) -> Watcher:
        registered(engine, sources)
        return Watcher(engine, list(sources), client, parsers, workers=4, **more)

    return make


def rss(*items: tuple[str, str], host: str = "https://example.org", text: str = "") -> str:
    """An RSS feed of (slug, title) pairs."""
    rows = "".join(
        f"<item><title>{title}</title><link>{host}/{slug}</link><guid>{host}/{slug}</guid><pubDate>Tue, 24 Nov 2026 10:05:00 +0300</pubDate>"
        f"<description>{text}</description></item>"
        for slug, title in items
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Пример</title><link>{host}</link>{rows}</channel></rss>'
    )


def preview(channel: str, posts: dict[int, str], *, title: str = "Канал", older: bool = False) -> str:
    """A preview page of a channel: number → markup of the post's body (see `text`)."""
    cards = "".join(
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="{channel}/{n}">{body}'
        f'<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="https://t.me/{channel}/{n}">'
        f'<time datetime="2026-11-24T07:{n % 60:02d}:00+00:00">07:00</time></a></span></div></div>'
        for n, body in sorted(posts.items())
    )
    more = (
        f'<a class="tme_messages_more js-messages_more" data-before="{min(posts, default=0)}" href="/s/{channel}?before={min(posts, default=0)}"></a>'
        if older
        else ""
    )
    head = f'<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>{title}</span></div></div>'
    return f'<!DOCTYPE html><html><body><main class="tgme_main">{head}<section class="tgme_channel_history">{more}{cards}</section></main></body></html>'


def text(words: str) -> str:
    """The markup of a text post."""
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>'


def answer(body: str | bytes, url: str = "https://example.org/news/", kind: str = "text/html") -> HttpAnswer:
    """An answer with status 200."""
    return HttpAnswer(url, 200, {"content-type": kind}, body.encode() if isinstance(body, str) else body, None)


def listing(*articles: tuple[str, str], menu: str = "", tail: str = "") -> str:
    """A page that lists articles (slug, title)."""
    rows = "".join(
        f'<div class="card"><a href="/news/2026/{slug}"><img alt=""></a><h3><a href="/news/2026/{slug}">{title}</a></h3><time datetime="2026-11-2{n % 9}T10:00">x</time></div>'
        for n, (slug, title) in enumerate(articles)
    )
    return f"<html><head><title>Новости</title></head><body><header><nav>{menu}</nav></header><main>{rows}</main>{tail}</body></html>"


ARTICLES = [(f"novost-nomer-{n}", f"Военкомат сообщил о призыве, новость номер {n}") for n in range(6)]
