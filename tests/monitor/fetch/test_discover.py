"""What an address is: its feed before its list, a list before the bare page, and nothing where an
error page answers.
"""

import pytest

from db.enums import FetchReason
from monitor.fetch.discover import NothingFound, discover_source, feeds_on
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from tests.monitor.conftest import ARTICLES, answer, listing, preview, rss, text
from tests.monitor.serving import Site

PAGE = f"<title>О призыве</title><p>{'Порядок призыва граждан на военную службу. ' * 20}</p>"


def test_a_feed_is_taken_as_it_is(site: Site, client: Client) -> None:
    site.say("/rss", rss(("a", "Призыв начнётся позже"), ("b", "Вторая")), kind="text/xml")
    found = discover_source(site.url("/rss"), client)
    assert (found.kind, found.url, found.entries, found.language) == ("feed", site.url("/rss"), 2, "ru")


def test_the_feed_that_a_page_names_is_taken_and_a_dead_one_is_not(site: Site, client: Client) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{p}">' for p in ("/comments/feed", "/dead", "/live"))
    site.say("/", f"<head>{links}</head>{listing(*ARTICLES)}")
    site.say("/live", rss(("a", "Призыв")), kind="text/xml")
    assert discover_source(site.url("/"), client).url == site.url("/live")


def test_a_feed_that_no_page_names_is_found_where_outlets_keep_it(site: Site, client: Client) -> None:
    site.say("/news", listing(*ARTICLES))
    site.say("/feed", rss(("a", "Призыв")), kind="text/xml")
    assert (discover_source(site.url("/news"), client).kind, discover_source(site.url("/news"), client).url) == ("feed", site.url("/feed"))


def test_a_page_of_links_is_a_listing_and_one_without_is_a_page(site: Site, client: Client) -> None:
    site.say("/news", listing(*ARTICLES))
    site.say("/law", PAGE)
    found = discover_source(site.url("/news"), client)
    assert (found.kind, found.url, found.entries) == ("listing", site.url("/news"), len(ARTICLES))
    found = discover_source(site.url("/law"), client)
    assert (found.kind, found.title, found.language) == ("page", "О призыве", "ru")


def test_a_page_that_stands_in_place_of_the_real_one_is_nothing(site: Site, client: Client) -> None:
    site.say("/news", "<title>Just a moment...</title><p>Verify you are human</p>")
    with pytest.raises(NothingFound, match="robot check"):
        discover_source(site.url("/news"), client)


def test_an_address_that_does_not_answer_is_nothing_with_its_reason(site: Site, client: Client) -> None:
    with pytest.raises(NothingFound, match="answered 404") as refused:
        discover_source(site.url("/gone"), client)
    assert str(refused.value).count(site.url("/gone")) == 1


def test_a_channel_is_found_by_its_name_and_read_at_its_preview(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def get(url: str, **_: object) -> HttpAnswer:
        asked.append(url)
        return answer(preview("Net_Prizyvu", {1: text("Призыв начнётся в октябре")}, title="Нет призыву"), url)

    monkeypatch.setattr(client, "get", get)
    found = discover_source("@Net_Prizyvu", client)
    assert asked == ["https://t.me/s/Net_Prizyvu"]
    assert (found.kind, found.url, found.title, found.name, found.entries) == ("telegram", asked[0], "Нет призыву", "Net_Prizyvu", 1)


def test_a_channel_that_is_not_there_is_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "get", lambda url, **_: answer("<html><body>no channel</body></html>", url))
    with pytest.raises(NothingFound, match=r"https://t\.me/s/nobody_here"):
        discover_source("t.me/nobody_here", client)

    def fails(*_: object, **_more: object) -> HttpAnswer:
        raise CannotFetch(FetchReason.TIMEOUT, "no answer in time")

    monkeypatch.setattr(client, "get", fails)
    with pytest.raises(NothingFound, match="no answer in time"):
        discover_source("t.me/nobody_here", client)


def test_feeds_of_comments_come_last_and_at_most_five_are_named() -> None:
    names = ("/comments/feed", "/a", "/b", "/b", "/c", "/d", "/e", "/f")
    html = "".join(f'<link rel="alternate" type="application/atom+xml" href="{n}">' for n in names)
    html += '<link rel="alternate" type="text/html" href="/en"><link rel="stylesheet" href="/x.css">'
    assert feeds_on(answer(html)) == [f"https://example.org/{n}" for n in "abcde"]


@pytest.mark.parametrize(
    ("html", "feed"),
    [
        ('<link rel="feed" href="/feed.xml">', "https://example.org/feed.xml"),
        ('<LINK REL="Alternate" TYPE="Text/XML" HREF="/rss.xml">', "https://example.org/rss.xml"),
        ('<link rel="alternate" type="application/rdf+xml" href="/index.rdf">', "https://example.org/index.rdf"),
        ('<link rel="alternate" type="application/json" title="JSON Feed" href="/f.json">', "https://example.org/f.json"),
        (
            '<base href="https://example.org/blog/"><link rel="alternate" type="application/atom+xml" href="atom.xml">',
            "https://example.org/blog/atom.xml",
        ),
        ('<link rel="alternate" type="application/rss+xml" href="feed://example.org/rss">', "https://example.org/rss"),
        ('<link rel="alternate" type="application/rss+xml" href="feed:https://example.org/rss">', "https://example.org/rss"),
        ('<a href="/about">О нас</a><a href="/rss.xml">RSS</a>', "https://example.org/rss.xml"),
    ],
)
def test_a_feed_is_named_in_many_forms(html: str, feed: str) -> None:
    assert feeds_on(answer(html)) == [feed]


def test_other_alternates_and_words_that_contain_rss_are_no_feeds() -> None:
    api = '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2"><link rel="alternate" type="application/json+oembed" href="/oembed">'
    assert feeds_on(answer(f'{api}<link rel="alternate" hreflang="en" href="/en/"><a href="/press/feedback">Отзывы</a>')) == []
