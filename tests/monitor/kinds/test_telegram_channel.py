"""Telegram channels: absence is the hard part. Paging, bursts, edits, removals, gaps, throttling,
takeovers, failover of hosts.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import page_parts
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.models import ItemRow, ItemVersionRow, SourceRow
from monitor.fetch.fetch_source import addresses
from monitor.fetch.http_types import HttpAnswer
from monitor.fetch.watcher import Watcher
from monitor.kinds.telegram_preview import WITHHELD
from tests.monitor.conftest import preview, source, text
from tests.monitor.serving import Site

WITHHELD_POST = '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">Please open Telegram to view this post</div></div></div>'


def page(body: str) -> HttpAnswer:
    return HttpAnswer("https://t.me/s/kanal", 200, {}, body.encode(), None)


def posts(*numbers: int) -> dict[int, str]:
    return {n: text(f"Сообщение номер {n}") for n in numbers}


@pytest.fixture
def look(site: Site, watcher: Callable[..., Watcher]) -> Callable[[], tuple[FetchOutcome, FetchReason]]:
    """One stored look at the channel `kanal` of the local site."""
    watching = watcher(source(site.url("/s/kanal"), "telegram"))

    def once() -> tuple[FetchOutcome, FetchReason]:
        found, stored = watching.fetch_one("example")
        return stored.outcome, found.record.reason

    return once


def say(site: Site, *numbers: int, before: int | None = None, older: bool = False) -> None:
    site.say(f"/s/kanal{f'?before={before}' if before else ''}", preview("kanal", posts(*numbers), older=older))


def stored(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.scalars(select(ItemRow.key)))


def test_a_burst_between_two_looks_is_read_page_by_page_until_the_last_stored_post(
    site: Site, engine: Engine, look: Callable[..., Any]
) -> None:
    say(site, *range(1, 11))
    look()
    say(site, *range(46, 61), older=True)
    say(site, *range(26, 46), before=46, older=True)
    say(site, *range(8, 26), before=26, older=True)
    assert look() == (FetchOutcome.NEW_ITEMS, FetchReason.OK)
    assert stored(engine) == sorted(f"kanal/{n}" for n in range(1, 61))


def test_a_page_that_fails_on_the_way_back_leaves_a_gap_that_is_said_and_keeps_what_was_read(
    site: Site, engine: Engine, look: Callable[..., Any]
) -> None:
    say(site, *range(1, 11))
    look()
    say(site, *range(46, 61), older=True)
    site.say(
        "/s/kanal?before=46",
        preview("kanal", {}).replace("</section>", '<div class="tme_no_messages_found">No posts found</div></section>'),
    )
    assert look() == (FetchOutcome.SUSPICIOUS, FetchReason.INCOMPLETE)
    assert "kanal/60" in stored(engine)
    with reading(engine) as session:
        assert [(g.first, g.last) for g in page_parts.gaps(session, "example", "unknown")] == [(11, 45)]


def test_every_post_number_is_accounted_for(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    album = text("Альбом") + "".join(
        f'<a class="tgme_widget_message_photo_wrap" href="https://t.me/kanal/{n}?single"></a>' for n in (3, 4, 5)
    )
    body = preview("kanal", {1: text("раз"), 3: album, 6: text("служебное"), 9: text("девять")})
    body = body.replace(
        'class="tgme_widget_message js-widget_message" data-post="kanal/6"',
        'class="tgme_widget_message service_message" data-post="kanal/6"',
    )
    site.say("/s/kanal", body)
    look()
    assert stored(engine) == ["kanal/1", "kanal/3", "kanal/9"]
    with reading(engine) as session:
        assert [(g.first, g.last, g.why) for g in page_parts.gaps(session, "example")] == [
            (2, 2, "unknown"), (4, 4, "album"), (5, 5, "album"), (6, 6, "service"), (7, 8, "unknown"),
        ]  # fmt: skip


def test_an_edited_post_becomes_a_version_and_both_texts_stay(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    say(site, 1, 2)
    look()
    site.say("/s/kanal", preview("kanal", {1: text("Сообщение номер 1"), 2: text("Призыв отменён")}))
    assert look()[0] is FetchOutcome.NEW_ITEMS
    with reading(engine) as session:
        assert [v.text for v in session.scalars(select(ItemVersionRow).join(ItemRow).where(ItemRow.key == "kanal/2").order_by(ItemVersionRow.number))] == [
            "Сообщение номер 2", "Призыв отменён",
        ]  # fmt: skip


def test_a_post_counts_as_taken_down_only_after_two_looks_an_hour_apart(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    from datetime import UTC, datetime, timedelta

    def state() -> tuple[bool, bool]:
        with reading(engine) as session:
            item = session.scalars(select(ItemRow).where(ItemRow.key == "kanal/2")).one()
            return item.missing_since is not None, item.gone_at is not None

    say(site, 1, 2, 3)
    look()
    say(site, 1, 3)
    look()
    look()
    assert state() == (True, False)
    with writing(engine) as session:
        session.scalars(select(ItemRow).where(ItemRow.key == "kanal/2")).one().missing_since = datetime.now(UTC) - timedelta(hours=2)
    look()
    assert state() == (True, True)
    say(site, 1, 2, 3)
    look()
    assert state() == (False, False)  # it is there again


def test_a_throttled_empty_page_is_not_a_quiet_channel_and_deletes_nothing(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    say(site, 1, 2, 3)
    look()
    site.say(
        "/s/kanal",
        '<main class="tgme_main"><section class="tgme_channel_history"><div class="tme_no_messages_found">No posts found</div></section></main>',
    )
    assert look() == (FetchOutcome.SUSPICIOUS, FetchReason.THROTTLED)
    with reading(engine) as session:
        assert set(session.scalars(select(ItemRow.missing_since))) == {None}


def test_a_quiet_channel_is_verified_nothing_new(site: Site, look: Callable[..., Any]) -> None:
    say(site, 1, 2, 3)
    look()
    assert look() == (FetchOutcome.NOTHING_NEW, FetchReason.OK)


def test_a_name_taken_over_by_another_channel_is_reported_and_changes_no_item(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    say(site, 5001, 5002)
    look()
    say(site, 1, 2, 3)
    assert look() == (FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY)
    assert stored(engine) == ["kanal/5001", "kanal/5002"]


def test_withheld_text_is_an_item_that_says_so_and_its_own_page_is_tried(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/s/kanal", preview("kanal", {1: WITHHELD_POST, 2: WITHHELD_POST}))
    site.say("/kanal/1", preview("kanal", {1: text("Текст со страницы сообщения")}))
    look()
    with reading(engine) as session:
        versions = {i.key: v for v, i in session.execute(select(ItemVersionRow, ItemRow).join(ItemRow))}
    assert versions["kanal/1"].text == "Текст со страницы сообщения"
    assert WITHHELD in versions["kanal/2"].notes
    # The preview still withholds it: that is no edit
    assert look() == (FetchOutcome.NOTHING_NEW, FetchReason.OK)


def test_a_post_number_of_a_hundred_billion_costs_nothing(site: Site, look: Callable[..., Any]) -> None:
    say(site, 1, 99_999_999_999)
    assert look()[0] is FetchOutcome.NEW_ITEMS


def test_telegrams_other_host_is_the_next_address_at_once() -> None:
    found = addresses(source("https://t.me/s/kanal", "telegram", mirrors=["https://mirror.example/s/kanal"]))
    assert [(a.url, a.at_once) for a in found] == [
        ("https://t.me/s/kanal", False), ("https://telegram.me/s/kanal", True), ("https://mirror.example/s/kanal", False),
    ]  # fmt: skip


def test_recent_pages_are_read_again_twice_a_day(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    say(site, *range(46, 61), older=True)
    say(site, *range(26, 46), before=46, older=True)
    say(site, *range(6, 26), before=26, older=True)
    look()
    with writing(engine) as session:
        row = session.get_one(SourceRow, "example")
        row.watch_state = {**(row.watch_state or {}), "deep_read_at": "2020-01-01T00:00:00+00:00"}
    site.asked.clear()
    look()
    look()
    assert site.paths() == ["/s/kanal", "/s/kanal?before=46", "/s/kanal?before=26", "/s/kanal"]


def test_a_channels_own_number_tells_another_channel_under_the_same_name(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    import base64

    def numbered(channel: int, *numbers: int) -> None:
        view = base64.urlsafe_b64encode(json.dumps({"c": channel, "p": 1}).encode()).decode().rstrip("=")
        site.say("/s/kanal", preview("kanal", posts(*numbers)).replace('data-post="', f'data-view="{view}" data-post="'))

    numbered(-1001, 1, 2)
    look()
    numbered(-1001, 1, 2, 3)
    assert look()[0] is FetchOutcome.NEW_ITEMS
    numbered(-2002, 2, 3, 4)
    assert look() == (FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY)
