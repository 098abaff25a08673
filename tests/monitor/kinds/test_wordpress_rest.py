"""Posts of WordPress' REST interface, recognised by the kind feed."""

import json
from datetime import UTC, datetime

from monitor.kinds.feed import read_feed
from tests.monitor.conftest import answer

POST = {
    "id": 5, "date": "2026-11-27T10:00:00", "date_gmt": "2026-11-27T07:00:00", "link": "https://example.org/5",
    "title": {"rendered": "Указ &laquo;О призыве&raquo;"}, "excerpt": {"rendered": "<p>Анонс</p>"},
}  # fmt: skip


def test_its_posts_are_entries_with_the_time_in_utc() -> None:
    [entry] = read_feed(answer(json.dumps([POST]).encode())).entries
    assert (entry.url, entry.title, entry.html) == ("https://example.org/5", "Указ &laquo;О призыве&raquo;", "<p>Анонс</p>")
    assert entry.published == datetime(2026, 11, 27, 7, tzinfo=UTC)


def test_a_list_of_something_else_is_no_feed() -> None:
    assert not read_feed(answer(b'[{"id": 1}]')).good
