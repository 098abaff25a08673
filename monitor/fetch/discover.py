"""Recognise what an address is: a feed, a channel, a page that names its feed, a listing, or a
page.

Used by `ajour sources add` and `ajour sources check --all`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, cast
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from db.enums import FetchReason
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds.feed import read_feed
from monitor.kinds.listing import read_listing
from monitor.kinds.registry import KINDS, function
from monitor.kinds.results import ReadResult
from monitor.kinds.telegram_preview import read_preview
from monitor.parse.clean_entry import language
from monitor.parse.decode import decode

_FEED_TYPES = re.compile(r"application/(rss|atom|rdf)\+xml|application/feed\+json|(text|application)/xml", re.I)
# Of an address that is a feed by its name
_FEED_PATH = re.compile(r"(^|[/._-])(rss|atom|feed)s?([/._-]|$)|\.rdf$", re.I)
# Usual paths of feeds that no page names
GUESSES = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/export/rss.xml")
LEAST_LINKS = 5  # a page with fewer links is not watched as a listing


class Getter(Protocol):
    """What fetches an address: the client, or the client of one source."""

    def get(self, url: str) -> HttpAnswer: ...


@dataclass(frozen=True)
class DiscoveredFeed:
    """How an address can be watched."""

    kind: str
    url: str
    title: str
    entries: int
    language: str | None
    name: str | None = None  # the channel's name, for kinds whose address contains one


class NothingFound(Exception):
    """The address gives nothing that can be watched; the message says what came instead."""


def discover_source(address: str, client: Client) -> DiscoveredFeed:
    """The first kind of the registry that recognises `address`. Raises NothingFound."""
    finders = {k: function(k.find) for k in KINDS.values() if k.find}
    for kind, find in finders.items():
        if kind.handle and (name := kind.handle.name(address)):
            discovered: DiscoveredFeed | None = find(_get(kind.handle.preview.format(name=name), client), client)
            if discovered is None:
                raise NothingFound(f"{address}: no source of kind {kind.name}")
            return replace(discovered, name=name, title=discovered.title or name)
    answer = _get(address if "://" in address else f"https://{address}", client)
    for kind, find in finders.items():
        if kind.handle is None and (discovered := find(answer, client)) is not None:
            return cast(DiscoveredFeed, discovered)
    raise NothingFound(f"{answer.url}: nothing that can be watched")


def find_channel(answer: HttpAnswer, _client: Client) -> DiscoveredFeed:
    """A channel's preview. Raises NothingFound if the page shows none."""
    preview = read_preview(answer)
    url = _requested_url(answer)
    if not preview.good:
        raise NothingFound(f"{url}: {preview.detail}")
    return DiscoveredFeed("telegram", url, str(preview.facts["title"] or ""), len(preview.entries), _language(preview))


def find_feed(answer: HttpAnswer, client: Getter) -> DiscoveredFeed | None:
    """The answer itself if it is a feed; else a feed that the page names; else a feed at one of
    `GUESSES`.
    """
    if (as_feed := read_feed(answer)).good:
        return _discovered("feed", answer.url, as_feed, answer)
    live = next(_live_feeds(answer, client), None)
    return _discovered("feed", live[0].url, live[1], live[0]) if live else None


def feed_at(page: HttpAnswer, client: Getter) -> str | None:
    """The first feed that answers, of those that a page names and those at `GUESSES`."""
    return next((answer.url for answer, _ in _live_feeds(page, client)), None)


def _live_feeds(page: HttpAnswer, client: Getter) -> Iterator[tuple[HttpAnswer, ReadResult]]:
    for feed in (*feeds_on(page), *(urljoin(page.url, guess) for guess in GUESSES)):
        try:
            answer = client.get(feed)
        except CannotFetch:
            continue
        if (result := read_feed(answer)).good:
            yield answer, result


def find_listing(answer: HttpAnswer, _client: Client) -> DiscoveredFeed | None:
    """A list of at least `LEAST_LINKS` links. Raises NothingFound for a challenge, block or error
    page.
    """
    url = _requested_url(answer)
    listed = read_listing(answer, url)
    if listed.good and len(listed.entries) >= LEAST_LINKS:
        return _discovered("listing", url, listed, answer)
    if listed.reason in (FetchReason.CHALLENGE, FetchReason.BLOCK_PAGE, FetchReason.SOFT_404, FetchReason.FRONT_PAGE):
        raise NothingFound(f"{url}: {listed.detail}")
    return None


def find_page(answer: HttpAnswer, _client: Client) -> DiscoveredFeed:
    """Any page can be compared with its last text."""
    title = page_title(answer)
    return DiscoveredFeed("page", _requested_url(answer), title, 0, language(title))


def _requested_url(answer: HttpAnswer) -> str:
    """The address that was requested, before redirects."""
    return answer.redirects[0] if answer.redirects else answer.url


def _get(url: str, client: Client) -> HttpAnswer:
    try:
        return client.get(url)
    except CannotFetch as error:
        raise NothingFound(error.detail if url in error.detail else f"{url}: {error.detail}") from error


def _discovered(kind: str, url: str, result: ReadResult, answer: HttpAnswer) -> DiscoveredFeed:
    return DiscoveredFeed(kind, url, page_title(answer), len(result.entries), _language(result))


def _language(result: ReadResult) -> str | None:
    return language(" ".join(f"{e.title} {re.sub('<[^>]*>', ' ', e.html)[:300]}" for e in result.entries[:10]))


def page_title(answer: HttpAnswer) -> str:
    """The title of a page or a feed; the host where it has none."""
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:200_000], "lxml")
    return " ".join(soup.title.get_text(" ").split())[:120] if soup.title else urlsplit(answer.url).hostname or ""


def feeds_on(answer: HttpAnswer) -> list[str]:
    """Feeds that a page names in its head, else those that it links to under the name of a feed.
    Feeds of comments come last.
    """
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:500_000], "lxml")
    base = soup.select_one("base[href]")
    root = urljoin(answer.url, str(base["href"])) if base else answer.url
    named = [_feed_address(x, root) for x in soup.select("link[href]") if _names_feed(x)]
    if not named:
        named = [_feed_address(x, root) for x in soup.select("a[href]") if _FEED_PATH.search(urlsplit(str(x["href"])).path)]
    return sorted(dict.fromkeys(filter(None, named)), key=lambda u: "comment" in u)[:5]


def _names_feed(link: Tag) -> bool:
    """Whether a <link> names a feed: by its type, by rel=feed, or as JSON that calls itself one."""
    rel = {str(r).lower() for r in link.get("rel") or []}
    kind = str(link.get("type") or "")
    if "feed" in rel:
        return True
    if "alternate" not in rel:
        return False
    is_json_feed = kind.lower() == "application/json" and "feed" in f"{link.get('title') or ''} {link['href']}".lower()
    return bool(_FEED_TYPES.search(kind)) or is_json_feed


def _feed_address(link: Tag, base: str) -> str:
    """The address that a link names; empty if it is no web address."""
    href = re.sub(
        r"^feed:(?://(?!//)|(?=https?:))", lambda m: "" if m.group() == "feed:" else "https://", str(link["href"]).strip(), flags=re.I
    )
    try:
        address = urljoin(base, href)
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""
