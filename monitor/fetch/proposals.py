"""Proposes changes of the watch list for sources that do not read well, from what their addresses
answer.

A proposal is checked before it is made: the new address was fetched and reads as its kind.
Candidates, in this order: the new address that the outlet itself names (permanent redirect,
`new-feed-url`, list of moved hosts); a feed that the site's pages name, or one at a usual path; a
Telegram channel that the site links to, as fallback for a source without a second address.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.discover import feed_at, page_title
from monitor.fetch.fetch_session import SourceMemory, connection_profile, own_hosts
from monitor.fetch.fetch_source import FetchedSource, fetch_source
from monitor.fetch.http_client import PERMANENT, Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds.registry import KINDS
from monitor.kinds.telegram_preview import read_preview
from monitor.parse.decode import decode
from monitor.parse.moved_hosts import new_address
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source

_MOVED_TO = re.compile(r"^the feed has moved to (https?://\S+)$")
LEAST_NAME = 4  # characters of a word that two names of an outlet share
_COMMON = frozenset(
    ["news", "media", "online", "новости", "медиа", "info", "радио", "radio", "газета", "сайт", "russia", "россия", "official"]
)
# Reasons for which a feed at another address of the same site is looked for
_GONE = (
    FetchReason.HTTP_404,
    FetchReason.HTTP_410,
    FetchReason.NOT_A_FEED,
    FetchReason.OFFSITE_REDIRECT,
    FetchReason.SOFT_404,
    FetchReason.FRONT_PAGE,
    FetchReason.EMPTY,
)


@dataclass(frozen=True)
class Proposal:
    """A change of one source's row. `certain`: the new address names itself as the same outlet."""

    fields: Mapping[str, Any]  # field of sources.yml → its new value
    why: str
    certain: bool = True


@dataclass(frozen=True)
class SourceClient:
    """A client with the hosts and the connection profile of one source."""

    client: Client
    source: Source

    def get(self, url: str) -> HttpAnswer:
        """Fetch `url`. Raises CannotFetch."""
        return self.client.get(url, hosts=own_hosts(self.source), profile=connection_profile(self.source))


def fetch_all_addresses(source: Source, client: Client, parsers: Parsers) -> FetchedSource:
    """One fetch of a source with all its addresses: each is tried until one can be read."""
    return fetch_source(source, client, parsers, SourceMemory(failures=1))


def propose(fetched: FetchedSource, client: Client, parsers: Parsers) -> list[Proposal]:
    """What to change in the row of a source after `fetched`; empty if it reads well at its own
    address. Never raises for what a site answers.
    """
    source, http = fetched.source, SourceClient(client, fetched.source)
    if (moved := _moved(fetched, client, parsers)) is not None:
        return [moved]
    if fetched.result.good and not fetched.record.route:
        return []
    first = fetched if not fetched.result.good else fetch_all_addresses(_alone(source, source.url or ""), client, parsers)
    front = _front_page(http)
    feed = _feed(first, http, front, client, parsers)
    channel = _channel(source, client, front) if feed is None and not fetched.record.route else None
    return [p for p in (feed, channel) if p is not None]


def _alone(source: Source, url: str) -> Source:
    """The source with this one address."""
    return source.model_copy(update={"url": url, "mirrors": [], "fallback": None})


def _moved(fetched: FetchedSource, client: Client, parsers: Parsers) -> Proposal | None:
    """A new address that the outlet itself names and that reads well."""
    for url, why in _named_addresses(fetched):
        if url == fetched.source.url:
            continue
        new = fetch_all_addresses(_alone(fetched.source, url), client, parsers)
        if new.result.good and not new.record.route and (new.entries or new.result.parts):
            answers = [a for a in new.answers if a.url == new.record.url]
            certain = _same_outlet(fetched.source, url, page_title(answers[0]) if answers else "")
            return Proposal({"url": url}, why, certain)
    return None


def _named_addresses(fetched: FetchedSource) -> Iterator[tuple[str, str]]:
    """(address, why) for each place that the answers name as the new one."""
    for answer in fetched.answers:
        if answer.moved and answer.redirects and answer.redirects[0] == fetched.source.url:
            yield answer.url, f"moved permanently to {answer.url}"
        if answer.status in PERMANENT and "location" in answer.headers:
            target = urljoin(answer.url, answer.headers["location"])
            yield target, f"moved permanently to {target}"
    for doubt in fetched.record.doubts:
        if match := _MOVED_TO.match(doubt):
            yield match[1], f"the feed names {match[1]} as its new address"
    if moved := new_address(fetched.source.url or ""):
        yield moved, f"the outlet has moved to {_host(moved)}"


def _same_outlet(source: Source, url: str, title: str) -> bool:
    """Whether an address belongs to the outlet, by its host or by the title of the page. Domains
    are sold, so the address alone proves nothing.
    """
    hosts = own_hosts(source)
    if _host(url) in {h.removeprefix("www.") for h in hosts} or _label(_host(url)) in {_label(h) for h in hosts}:
        return True
    names = {w for w in re.findall(r"\w+", f"{source.name} {source.native or ''}".lower()) if len(w) >= LEAST_NAME} - _COMMON
    return bool(names & set(re.findall(r"\w+", title.lower())))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _label(host: str) -> str:
    """The name in a host: "outlet" of www.outlet.media."""
    return host.split(".")[-2] if "." in host else host


def _front_page(http: SourceClient) -> HttpAnswer | None:
    parts = urlsplit(http.source.url or "")
    try:
        return http.get(f"{parts.scheme}://{parts.netloc}/")
    except CannotFetch:
        return None


def _feed(first: FetchedSource, http: SourceClient, front: HttpAnswer | None, client: Client, parsers: Parsers) -> Proposal | None:
    """A feed of the same site, where the configured feed or list is gone."""
    source = first.source
    is_feed = KINDS[source.kind].is_feed
    listing = source.kind == "listing" and not any(source.select.model_dump().values())
    if front is None or first.record.reason not in _GONE or not (is_feed or listing):
        return None
    url = feed_at(front, http)
    if url is None or url == source.url:
        return None
    new = fetch_all_addresses(_alone(source, url).model_copy(update={"kind": "feed"}), client, parsers)
    if not new.result.good or not new.entries:
        return None
    return Proposal(
        {"url": url} if is_feed else {"kind": "feed", "url": url}, f"the site names the feed {url}", _same_outlet(source, url, "")
    )


def _channel(source: Source, client: Client, front: HttpAnswer | None) -> Proposal | None:
    """A Telegram channel that the front page links to, for a source without a second address."""
    handle = KINDS["telegram"].handle
    if front is None or handle is None or source.mirrors or source.fallback or source.kind == "telegram":
        return None
    soup = BeautifulSoup(decode(front.body, front.headers.get("content-type", "")).text[:500_000], "lxml")
    names = dict.fromkeys(name for a in soup.select("a[href]") if (name := handle.name(str(a["href"]))))
    for name in list(names)[:3]:
        url = handle.preview.format(name=name)
        try:
            preview = read_preview(client.get(url, profile=connection_profile(source)))
        except CannotFetch:
            continue
        if preview.outcome is not FetchOutcome.BROKEN and preview.entries:
            title = str(preview.facts.get("title") or "")
            certain = _same_outlet(source, source.url or "", title) and bool(_shared(source, f"{title} {name}"))
            return Proposal({"fallback": {"kind": "telegram", "url": url}}, f"the site links to the channel {url}", certain)
    return None


def _shared(source: Source, text: str) -> set[str]:
    """Parts of the outlet's name and host that occur in `text`."""
    names = {*re.findall(r"\w+", f"{source.name} {source.native or ''}".lower()), _label(_host(source.url or "")).lower()}
    return {n for n in names if len(n) >= LEAST_NAME and n not in _COMMON and n in text.lower()}
