"""Feeds: read in any encoding and state of repair, and never "nothing new" where no feed is."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from db.engine import reading
from db.enums import FetchOutcome, FetchReason
from db.models import ItemRow, ItemVersionRow
from monitor.fetch.watcher import Watcher
from monitor.kinds.feed import read_feed
from monitor.parse.clean_entry import read_entry
from tests.monitor.conftest import answer, rss, source
from tests.monitor.serving import Site

NESTED = b"<div>" * 200_000


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8"])
@pytest.mark.parametrize("header", ["text/xml", "text/xml; charset=utf-8", "application/rss+xml; charset=windows-1251", ""])
def test_a_russian_feed_is_read_whatever_its_header_says(charset: str, header: str) -> None:
    body = rss(("a", "Осенний призыв закончился досрочно")).replace('encoding="utf-8"', f'encoding="{charset}"').encode(charset)
    assert read_feed(answer(body, kind=header)).entries[0].title == "Осенний призыв закончился досрочно"


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r"])
def test_a_feed_that_declares_the_wrong_encoding_is_read_all_the_same(charset: str) -> None:
    titles = [(str(n), f"Государственная дума приняла закон о воинской обязанности, часть {n}") for n in range(5)]
    body = rss(*titles).encode(charset)  # says utf-8, is not
    assert [e.title for e in read_feed(answer(body, kind="text/xml; charset=utf-8")).entries] == [t for _, t in titles]


def test_a_feed_cut_off_in_the_middle_of_a_character_keeps_its_whole_entries_and_says_so() -> None:
    body = rss(*[(str(n), f"Новость {n}") for n in range(5)]).encode()
    cut = body[: body.rfind("Новость 4".encode()) + 3]
    found = read_feed(answer(cut, kind="text/xml"))
    assert found.reason is FetchReason.SOME_UNREADABLE
    assert [e.title for e in found.entries][:4] == [f"Новость {n}" for n in range(4)]


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (b"", FetchOutcome.SUSPICIOUS, FetchReason.EMPTY),
        (rss().encode(), FetchOutcome.SUSPICIOUS, FetchReason.EMPTY),
        (b"<html><title>DDoS-Guard</title>Checking your browser before accessing</html>", FetchOutcome.BROKEN, FetchReason.CHALLENGE),
        ("<html><h1>Доступ ограничен</h1></html>".encode(), FetchOutcome.BROKEN, FetchReason.BLOCK_PAGE),
        (b"<html><h1>Welcome</h1></html>", FetchOutcome.BROKEN, FetchReason.NOT_A_FEED),
        (NESTED, FetchOutcome.BROKEN, FetchReason.TOO_DEEP),
        (b"\x00\x00\x00", FetchOutcome.BROKEN, FetchReason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_never_nothing_new(body: bytes, outcome: FetchOutcome, reason: FetchReason) -> None:
    found = read_feed(answer(body))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_entities_are_not_expanded() -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    found = read_feed(answer(rss(("a", "Тема &c; &e;")).replace('<?xml version="1.0" encoding="utf-8"?>', laughs), kind="text/xml"))
    result = " ".join(e.title + e.html for e in found.entries)
    assert "root:" not in result
    assert result.count("ha") < 10


def test_midnight_in_moscow_is_a_day_and_stays_that_day() -> None:
    body = rss(("a", "Указ")).replace("Tue, 24 Nov 2026 10:05:00 +0300", "Tue, 04 Aug 2026 00:00:00 +0300")
    assert read_feed(answer(body)).entries[0].published == datetime(2026, 8, 4, tzinfo=UTC)


def test_a_feed_far_shorter_than_last_time_is_stored_and_called_suspicious(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching = watcher(source(site.url("/feed")))
    site.say("/feed", rss(*[(str(n), f"Новость {n}") for n in range(20)]))
    assert watching.fetch_one("example")[1].outcome is FetchOutcome.NEW_ITEMS
    site.say("/feed", rss(("new", "Свежая новость")))
    look, stored = watching.fetch_one("example")
    assert (stored.outcome, look.record.reason, stored.new) == (FetchOutcome.SUSPICIOUS, FetchReason.SHRUNK, 1)


def test_a_domain_that_was_sold_is_reported_and_its_items_are_not_stored(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching = watcher(source(site.url("/feed")))
    site.say("/feed", rss(*[(str(n), f"Новость {n}") for n in range(12)]))
    watching.fetch_one("example")
    site.say("/feed", rss(*[(f"zaim-{n}", f"Микрозаём {n}") for n in range(12)], host="https://zaim.example"))
    look, _ = watching.fetch_one("example")
    assert (look.record.outcome, look.record.reason) == (FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY)
    with reading(engine) as session:
        assert len(list(session.scalars(select(ItemRow)))) == 12


def test_a_title_that_flaps_between_two_texts_does_not_fill_the_database(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    watching = watcher(source(site.url("/feed")))
    for n in range(12):
        site.say("/feed", rss(("same", f"Заголовок {'один' if n % 2 else 'два'}")))
        watching.fetch_one("example")
    with reading(engine) as session:
        assert len(list(session.scalars(select(ItemVersionRow)))) <= 4


def feed(*items: str, head: str = "") -> str:
    return f'<rss version="2.0" xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"><channel>{head}{"".join(f"<item>{i}</item>" for i in items)}</channel></rss>'


ENTRY = "<title>Призыв</title><link>https://e.org/1</link>"
ATOM = "2026-11-24T10:05:00+03:00"


@pytest.mark.parametrize(
    "body",
    [
        f'<rss version="0.91"><channel><item>{ENTRY}<pubDate>{ATOM}</pubDate></item></channel></rss>',
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel/><item>{ENTRY}<dc:date>{ATOM}</dc:date></item></rdf:RDF>',
        f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Призыв</title><link rel="alternate" href="https://e.org/1"/><issued>{ATOM}</issued></entry></feed>',
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">При<b>зыв</b></div></title><link href="https://e.org/1"/><id>1</id><updated>{ATOM}</updated></entry></feed>',
        f"<RSS><CHANNEL><ITEM><TITLE>Призыв</TITLE><LINK>https://e.org/1</LINK><PUBDATE>{ATOM}</PUBDATE></ITEM></CHANNEL></RSS>",
        f"<br/><b>Warning</b>: mysql<br/>{feed(f'{ENTRY}<pubDate>{ATOM}</pubDate>')}",
        f"{feed(f'{ENTRY}<pubDate>{ATOM}</pubDate>')}<script>x</script>",
        feed(f"{ENTRY}<pubDate>{ATOM}</pubDate>", "<title>Втор")[:-32],
    ],
)  # fmt: skip
def test_every_kind_of_feed_and_of_breakage_gives_its_entry(body: str) -> None:
    (entry,) = read_feed(answer(body, kind="text/xml")).entries
    version = read_entry(entry, ("ru",))
    assert (version.title, version.url, version.published_at) == ("Призыв", "https://e.org/1", datetime(2026, 11, 24, 7, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "said", ["24-11-2026 10:05", "2026/11/24 10:05", "Tue, 24 Nov 2026 10:05:00 MSK", "24.11.2026 10:05", "1795503900"]
)
def test_dates_that_feedparser_misreads_are_read(said: str) -> None:
    (entry,) = read_feed(answer(feed(f"{ENTRY}<pubDate>{said}</pubDate>"))).entries
    assert entry.published == datetime(2026, 11, 24, 7, 5, tzinfo=UTC)


def test_a_date_without_a_zone_is_moscows_unless_the_feed_is_written_elsewhere() -> None:
    date = "<pubDate>2026-11-24 10:05:00</pubDate>"
    danish_entry = "<title>Værnepligten ændres fra januar</title><link>https://e.org/1</link>"
    (russian,) = read_feed(answer(feed(f"{ENTRY}{date}"))).entries
    (labelled_english,) = read_feed(answer(feed(f"{ENTRY}{date}", head="<language>en-US</language>"))).entries
    (danish,) = read_feed(answer(feed(f"{danish_entry}{date}", head="<language>da-DK</language>"))).entries
    assert russian.published == labelled_english.published == datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
    assert danish.published == datetime(2026, 11, 24, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["yandex:full-text", "turbo:content"])
def test_the_whole_text_that_is_meant_for_yandex_is_taken(name: str) -> None:
    (entry,) = read_feed(
        answer(feed(f"{ENTRY}<description>Лид</description><{name}><![CDATA[<p>Весь текст статьи</p>]]></{name}>"))
    ).entries
    assert read_entry(entry, ("ru",)).text == "Весь текст статьи"


def test_entities_that_were_escaped_twice_are_read() -> None:
    (entry,) = read_feed(
        answer(feed("<title><![CDATA[&laquo;Призыв&raquo; &amp; служба]]></title><link>https://e.org/1</link><description>&amp;lt;p&amp;gt;Лид&amp;lt;/p&amp;gt;</description>"))
    ).entries  # fmt: skip
    version = read_entry(entry, ("ru",))
    assert (version.title, version.text) == ("«Призыв» & служба", "Лид")


def test_entries_that_share_one_guid_or_have_a_text_only_are_distinguished() -> None:
    same = "<title>{0}</title><guid>0</guid><link>https://e.org/{0}</link>"
    entries = read_feed(
        answer(feed(same.format(1), same.format(2), "<description>Сообщение без заголовка и без адреса, но с текстом</description>"))
    ).entries
    assert len({e.key for e in entries}) == 3


def test_an_encoding_that_was_declared_wrongly_is_a_doubt() -> None:
    body = feed(ENTRY).encode()
    found = read_feed(answer(b'<?xml version="1.0" encoding="windows-1251"?>' + body))
    assert "declared as cp1251, is utf-8" in found.doubts


def test_a_feed_that_names_its_new_address_says_so() -> None:
    head = "<itunes:new-feed-url>https://example.org/new.xml</itunes:new-feed-url>"
    in_order = rss(("a", "Призыв")).replace("<item>", f"{head}<item>", 1)
    in_order = in_order.replace("<rss ", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ', 1)
    # The second one is for feedparser
    for body in (in_order, in_order.replace("Призыв", "Призыв & указ")):
        assert "the feed has moved to https://example.org/new.xml" in read_feed(answer(body, kind="text/xml")).doubts
