"""JSON Feed, recognised by the kind feed."""

import json
from datetime import UTC, datetime

from db.enums import FetchReason
from monitor.kinds.feed import read_feed
from tests.monitor.conftest import answer


def feed(*items: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Пример", "items": items}).encode()


def test_its_items_are_entries() -> None:
    item = {
        "id": "5",
        "url": "https://example.org/5",
        "title": "Указ",
        "content_html": "<p>Текст</p>",
        "date_published": "2026-11-27T10:00:00+03:00",
    }
    [entry] = read_feed(answer(feed(item))).entries
    assert (entry.key, entry.url, entry.title, entry.html) == ("5", "https://example.org/5", "Указ", "<p>Текст</p>")
    assert entry.published == datetime(2026, 11, 27, 7, tzinfo=UTC)


def test_a_feed_without_items_is_empty_and_other_json_is_no_feed() -> None:
    assert read_feed(answer(feed())).reason is FetchReason.EMPTY
    assert read_feed(answer(b'{"items": [{"id": 1}]}')).reason is FetchReason.NOT_A_FEED


def test_a_byte_order_mark_and_relative_addresses_are_read() -> None:
    body = b"\xef\xbb\xbf" + feed({"id": 7, "url": "/news/7", "title": "Указ"})
    [entry] = read_feed(answer(body, "https://example.org/feed.json")).entries
    assert (entry.key, entry.url) == ("7", "https://example.org/news/7")
