"""Finding out what an address is: a feed, a channel, a page that names its feed, a listing, a page. For `ajour sources add` and `check --live`."""

import re
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from db.enums import FetchReason
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds.feed import read_feed
from monitor.kinds.listing import read_listing
from monitor.kinds.registry import KINDS, function
from monitor.kinds.results import LookResult
from monitor.kinds.telegram_preview import read_preview
from monitor.parse.clean_entry import language
from monitor.parse.decode import decode

_FEED_TYPES = re.compile(r"application/(rss|atom)\+xml|application/feed\+json", re.I)
GUESSES = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/export/rss.xml")  # where outlets keep a feed that no page names
LEAST_LINKS = 5  # links from which a page is a list worth watching


@dataclass(frozen=True)
class DiscoveredFeed:
    """What an address turned out to be."""

    kind: str
    url: str
    title: str
    entries: int
    language: str | None
    name: str | None = None  # the name in the address, for kinds that have one (a channel's)


class NothingFound(Exception):
    """The address gives nothing that can be watched; the message says what it gave."""


def find_out(address: str, client: Client) -> DiscoveredFeed:
    """The best way to watch what is at `address`: the first kind of the registry that recognises it. Raises NothingFound."""
    finders = {k: function(k.find) for k in KINDS.values() if k.find}
    for kind, find in finders.items():
        if kind.handle and (name := kind.handle.name(address)):
            found: DiscoveredFeed | None = find(_get(kind.handle.preview.format(name=name), client), client)
            if found is None:
                raise NothingFound(f"{address}: no source of kind {kind.name}")
            return replace(found, name=name, title=found.title or name)
    answer = _get(address if "://" in address else f"https://{address}", client)
    for kind, find in finders.items():
        if kind.handle is None and (found := find(answer, client)) is not None:
            return cast(DiscoveredFeed, found)
    raise NothingFound(f"{answer.url}: nothing that can be watched")


def find_channel(answer: HttpAnswer, _client: Client) -> DiscoveredFeed:
    """A channel's preview. Raises NothingFound where the page shows none."""
    found = read_preview(answer)
    if not found.good:
        raise NothingFound(f"{_asked(answer)}: {found.detail}")
    return DiscoveredFeed("telegram", _asked(answer), str(found.facts["title"] or ""), len(found.entries), _language(found))


def find_feed(answer: HttpAnswer, client: Client) -> DiscoveredFeed | None:
    """The answer itself, a feed that the page names, or one at an address where outlets keep feeds."""
    if (as_feed := read_feed(answer)).good:
        return _found("feed", answer.url, as_feed, answer)
    for feed in (*feeds_on(answer), *(urljoin(answer.url, guess) for guess in GUESSES)):
        try:
            there = client.get(feed)
        except CannotFetch:
            continue
        if (found := read_feed(there)).good:
            return _found("feed", there.url, found, there)
    return None


def find_listing(answer: HttpAnswer, _client: Client) -> DiscoveredFeed | None:
    """A list of at least five links. Raises NothingFound for a page that stands in place of the real one."""
    url = _asked(answer)
    listed = read_listing(answer, url)
    if listed.good and len(listed.entries) >= LEAST_LINKS:
        return _found("listing", url, listed, answer)
    if listed.reason in (FetchReason.CHALLENGE, FetchReason.BLOCK_PAGE, FetchReason.SOFT_404, FetchReason.FRONT_PAGE):
        raise NothingFound(f"{url}: {listed.detail}")
    return None


def find_page(answer: HttpAnswer, _client: Client) -> DiscoveredFeed:
    """Any page can be compared with its last text."""
    title = _title(answer)
    return DiscoveredFeed("page", _asked(answer), title, 0, language(title))


def _asked(answer: HttpAnswer) -> str:
    """The address that was requested, before redirects."""
    return answer.redirects[0] if answer.redirects else answer.url


def _get(url: str, client: Client) -> HttpAnswer:
    try:
        return client.get(url)
    except CannotFetch as error:
        raise NothingFound(f"{url}: {error.detail}") from error


def _found(kind: str, url: str, found: LookResult, answer: HttpAnswer) -> DiscoveredFeed:
    return DiscoveredFeed(kind, url, _title(answer), len(found.entries), _language(found))


def _language(found: LookResult) -> str | None:
    return language(" ".join(f"{e.title} {re.sub('<[^>]*>', ' ', e.html)[:300]}" for e in found.entries[:10]))


def _title(answer: HttpAnswer) -> str:
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:200_000], "lxml")
    return " ".join(soup.title.get_text(" ").split())[:120] if soup.title else urlsplit(answer.url).hostname or ""


def feeds_on(answer: HttpAnswer) -> list[str]:
    """Feeds that a page names in its head, comments' feeds last."""
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:500_000], "lxml")
    named = [
        urljoin(answer.url, str(x["href"]))
        for x in soup.select("link[rel~=alternate][href]")
        if _FEED_TYPES.search(str(x.get("type") or ""))
    ]
    return sorted(dict.fromkeys(named), key=lambda u: "comment" in u)[:5]
