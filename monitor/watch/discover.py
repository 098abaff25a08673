"""Finding out what an address is: a feed, a channel, a page that names its feed, a listing, a page. For `ajour sources add` and `check --live`."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from db.words import Kind, Reason
from monitor.read.decode import decode
from monitor.read.document import language
from monitor.watch.client import Client
from monitor.watch.entries import Yield
from monitor.watch.feed import read_feed
from monitor.watch.http_types import Answer, CannotFetch
from monitor.watch.listing import read_listing
from monitor.watch.telegram import read_preview

_FEED_TYPES = re.compile(r"application/(rss|atom)\+xml|application/feed\+json", re.I)
GUESSES = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/export/rss.xml")  # where outlets keep a feed that no page names
_CHANNEL = re.compile(r"^(?:https?://)?(?:t\.me|telegram\.me)/(?:s/)?@?([A-Za-z]\w{3,31})/?$|^@([A-Za-z]\w{3,31})$")


@dataclass(frozen=True)
class Found:
    """What an address turned out to be."""

    kind: Kind
    url: str
    title: str
    entries: int
    language: str | None


class NothingFound(Exception):
    """The address gives nothing that can be watched; the message says what it gave."""


def find_out(address: str, client: Client) -> Found:
    """The best way to watch what is at `address`: its feed before its list of links, a list before the bare page. Raises NothingFound."""
    channel = _CHANNEL.match(address.strip())
    if channel:
        return _channel(channel.group(1) or channel.group(2), client)
    url = address if "://" in address else f"https://{address}"
    answer = _get(url, client)
    if (as_feed := read_feed(answer)).good:
        return _found(Kind.FEED, answer.url, as_feed, answer)
    for feed in (*feeds_on(answer), *(urljoin(answer.url, guess) for guess in GUESSES)):
        try:
            there = client.get(feed)
        except CannotFetch:
            continue
        if (found := read_feed(there)).good:
            return _found(Kind.FEED, there.url, found, there)
    if (listed := read_listing(answer, url)).good and len(listed.entries) >= 5:
        return _found(Kind.LISTING, url, listed, answer)
    if listed.reason in (Reason.CHALLENGE, Reason.BLOCK_PAGE, Reason.SOFT_404, Reason.FRONT_PAGE):
        raise NothingFound(f"{url}: {listed.detail}")
    return Found(Kind.PAGE, url, _title(answer), 0, language(_title(answer)))


def _channel(name: str, client: Client) -> Found:
    answer = _get(f"https://t.me/s/{name}", client)
    found = read_preview(answer)
    if not found.good:
        raise NothingFound(f"https://t.me/s/{name}: {found.detail}")
    return Found(Kind.TELEGRAM, f"https://t.me/s/{name}", str(found.facts["title"] or name), len(found.entries), _language(found))


def _get(url: str, client: Client) -> Answer:
    try:
        return client.get(url)
    except CannotFetch as error:
        raise NothingFound(f"{url}: {error.detail}") from error


def _found(kind: Kind, url: str, found: Yield, answer: Answer) -> Found:
    return Found(kind, url, _title(answer), len(found.entries), _language(found))


def _language(found: Yield) -> str | None:
    return language(" ".join(f"{e.title} {re.sub('<[^>]*>', ' ', e.html)[:300]}" for e in found.entries[:10]))


def _title(answer: Answer) -> str:
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:200_000], "lxml")
    return " ".join(soup.title.get_text(" ").split())[:120] if soup.title else urlsplit(answer.url).hostname or ""


def feeds_on(answer: Answer) -> list[str]:
    """Feeds that a page names in its head, comments' feeds last."""
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text[:500_000], "lxml")
    named = [
        urljoin(answer.url, str(x["href"]))
        for x in soup.select("link[rel~=alternate][href]")
        if _FEED_TYPES.search(str(x.get("type") or ""))
    ]
    return sorted(dict.fromkeys(named), key=lambda u: "comment" in u)[:5]
