"""Feeds that are in order are read by a short way; whatever it takes, it takes exactly as
feedparser does.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.fetch.http_types import HttpAnswer
from monitor.kinds import feed
from monitor.kinds.results import ReadResult
from monitor.kinds.rss_fast import read_rss
from tests.monitor.conftest import rss

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "real"


def both(body: bytes) -> tuple[ReadResult, ReadResult, bool]:
    """What the short way and the long way give, and whether the short one was taken."""
    answer = HttpAnswer("https://example.org/rss", 200, {"content-type": "application/rss+xml"}, body, None)
    taken = []

    def spy(plain: bytes) -> dict[str, object] | None:
        taken.append(read_rss(plain))
        return taken[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "read_rss", spy)
        short = feed.read_feed(answer)
        patch.setattr(feed, "read_rss", lambda _: None)
        return short, feed.read_feed(answer), any(taken)


def test_an_ordinary_feed_goes_the_short_way_with_the_same_entries() -> None:
    short, long, taken = both(rss(("a", "Осенний призыв &amp; повестки"), ("b", "Реестр")).encode())
    assert taken
    assert short == long
    assert [e.title for e in short.entries] == ["Осенний призыв & повестки", "Реестр"]


PIECES = st.lists(
    st.sampled_from(
        [
            "<title>Призыв</title>", "<title>a &lt;b&gt;жирно&lt;/b&gt; &amp;amp; ж</title>", "<title><![CDATA[<b>Указ</b> № 5]]></title>", "<title/>",
            "<title>caf\u00c3\u00a9</title>", "<title>\u0091цитата\u0092</title>", '<title type="html">x</title>', "<title>a<!-- b -->c</title>",
            "<link>https://e.org/1</link>", "<link> https://e.org/a?b=1&amp;c=2 </link>", "<link>/1</link>", "<link>https://e.org/&amp;copy;x</link>",
            "<link/>", "<link>https://e.org</link>", '<link rel="self" href="https://e.org/2">x</link>', "<link>https://e.org/a#b</link>",
            "<guid>https://e.org/g</guid>", '<guid isPermaLink="false">17</guid>', '<guid isPermaLink="no">https://e.org/h</guid>', "<guid>17</guid>",
            "<pubDate>Tue, 24 Nov 2026 10:05:00 +0300</pubDate>", "<pubDate>Tue, 24 Nov 2026 00:00:00 +0300</pubDate>", "<pubDate>Вт, 24 ноя 2026</pubDate>",
            "<pubDate>Tue, 31 Nov 2026 10:05:00 GMT</pubDate>", "<pubDate>Mon, 24 Nov 2026 24:05:00 GMT</pubDate>", "<pubDate/>", "<pubDate>2026-11-24</pubDate>",
            "<description>Кратко</description>", "<description>&lt;p&gt;Длиннее&lt;/p&gt;</description>", "<description><p>x</p></description>", "<description/>",
            "<content:encoded><![CDATA[<p>Весь текст статьи</p>]]></content:encoded>", "<content:encoded/>", "<category>a</category>", "<author>x</author>",
            "<media:title>Чужое</media:title>", "<dc:date>2026-11-24T10:00:00Z</dc:date>", "<dc:creator>Автор</dc:creator>", "<source url='https://x.org/'>X</source>",
            '<enclosure url="https://e.org/i.jpg" type="image/jpeg" length="1"/>', "<yandex:full-text>Текст</yandex:full-text>", "<?pi x?>", "слова", "<image><url>u</url></image>",
            "<comments>https://e.org/c</comments>", '<media:content url="https://e.org/v.mp4"/>', "<unknown>x</unknown>",
        ]
    ),
    max_size=7,
)  # fmt: skip
HEAD = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:yandex="http://news.yandex.ru"%s><channel%s><title>К</title>%s'
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    items=st.lists(PIECES, min_size=1, max_size=3),
    about=st.sampled_from(["", "<language>ru</language>", "<language>ru-RU</language>", "<language> en_US </language>", "<language/>"]),
    attributes=st.sampled_from([("", ""), (' xml:base="https://b.org/"', ""), ("", ' xml:lang="uk"')]),
)
def test_feeds_made_at_random_read_the_same_both_ways(items: list[list[str]], about: str, attributes: tuple[str, str]) -> None:
    body = HEAD % (*attributes, about) + "".join(f"<item>{''.join(i)}</item>" for i in items) + "</channel></rss>"
    short, long, _ = both(body.encode())
    assert short == long


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="the captured feeds are not here")
def test_every_captured_feed_reads_the_same_both_ways_and_most_go_the_short_way() -> None:
    taken = 0
    for body in captured():
        short, long, short_way = both(body)
        assert short == long
        taken += short_way
    # Of the 292 feeds of outlets; the rest are feedparser's own tests, nearly all of them odd
    assert taken >= 250


def captured() -> Iterator[bytes]:
    for file in REAL.rglob("*.xml"):
        yield file.read_bytes()
    for archive in (REAL / "feed-robustness").rglob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.name.endswith(".xml") and (handle := tar.extractfile(member)):
                    yield handle.read()
