"""The kinds of sources, one record each. All code that depends on the kind reads its record.

To add a kind, write its module and one record here. A record names functions as "module:function",
because commands that only list sources import this module and must not load the parsers. The order
matters for `ajour sources add`: the first kind that recognises an address wins.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Literal

from db.enums import NO_STREAM


@dataclass(frozen=True)
class Handle:
    """A short name for sources of this kind, such as @channel. `{name}` is its placeholder in the
    templates.
    """

    pattern: re.Pattern[str]  # matches what people write; one of its groups is the name
    preview: str  # the address to fetch
    host: str  # `host` of the row in sources.yml
    prefix: str  # of the row's id

    def name(self, address: str) -> str | None:
        """The name in `address`; None if there is none."""
        match = self.pattern.match(address.strip())
        return next((g for g in match.groups() if g), None) if match else None


@dataclass(frozen=True)
class SourceKind:
    """How sources of one kind are configured, fetched and cited."""

    name: str
    every: str  # default time between two fetches
    # "module:function": (FetchSession) → LookResult; None if the kind is not fetched
    fetch: str | None
    needs: tuple[str, ...] = ("url",)  # required fields of sources.yml
    takes: tuple[str, ...] = ()  # which of the fields `select` and `law` this kind reads
    # "module:function": (answer, client) → DiscoveredFeed | None if the address is of another kind
    find: str | None = None
    handle: Handle | None = None
    # Hosts that serve the same pages: if one fails, the next is tried in the same fetch
    twin_hosts: tuple[str, ...] = ()
    # Pages made for people: robots.txt is read before each request. Other kinds are made for
    # software
    robots: bool = False
    articles: bool = False  # entries may have no text: the item's own page is read
    recalls: Literal["keys", "urls"] | None = None  # which data of the newest items a fetch gets
    medium: str | None = None  # name of its items in citations, if they are not web pages
    is_feed: bool = False  # feed readers read it too: pages name it in <head>, and OPML lists it

    @property
    def functions(self) -> tuple[str, ...]:
        """Addresses of the functions that the record names."""
        return tuple(filter(None, (self.fetch, self.find)))


# Default periods: usual for polite readers are 30 minutes for feeds with validators, 10 to 15
# minutes for Telegram.
KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        SourceKind(
            name="telegram",  # public preview pages, t.me/s/<channel>
            every="15m",
            fetch="monitor.kinds.telegram_channel:fetch",
            find="monitor.fetch.discover:find_channel",
            handle=Handle(
                re.compile(r"^(?:https?://)?(?:t\.me|telegram\.me)/(?:s/)?@?([A-Za-z]\w{3,31})/?$|^@([A-Za-z]\w{3,31})$"),
                preview="https://t.me/s/{name}",
                host="t.me/{name}",
                prefix="tg-",
            ),
            twin_hosts=("t.me", "telegram.me"),
            recalls="keys",
            medium="Telegram post",
        ),
        SourceKind(
            # RSS, Atom, JSON Feed, WordPress REST or a news sitemap, recognised by the bytes
            name="feed",
            every="30m",
            fetch="monitor.kinds.feed:fetch",
            find="monitor.fetch.discover:find_feed",
            articles=True,
            recalls="urls",
            is_feed=True,
        ),
        SourceKind(
            name="gazette",  # the official publication portal's JSON API
            every="15m",
            fetch="monitor.kinds.gazette:fetch",
            recalls="keys",
        ),
        SourceKind(
            name="listing",  # an HTML list of links
            every="1h",
            fetch="monitor.kinds.listing:fetch",
            takes=("select",),
            find="monitor.fetch.discover:find_listing",
            robots=True,
            articles=True,
            recalls="urls",
        ),
        SourceKind(
            name="page",  # one page, compared with its last version
            every="6h",
            fetch="monitor.kinds.page:fetch",
            takes=("select", "law"),
            find="monitor.fetch.discover:find_page",
            robots=True,
        ),
        SourceKind(
            name=NO_STREAM,  # cited by a report, but nothing to fetch; `reason` says why
            every="1d",
            fetch=None,
            needs=("reason",),
        ),
    )
}


def function(name: str) -> Callable[..., Any]:
    """Import the function that a record names as "module:function"."""
    resolved: Callable[..., Any] = resolve_name(name)
    return resolved


def watched_kinds() -> list[str]:
    """Names of the kinds that are fetched."""
    return [kind.name for kind in KINDS.values() if kind.fetch]
