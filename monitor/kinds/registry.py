"""Every kind of source, each as one record. Whatever depends on the kind asks its record; nothing else lists kinds.

To add a kind: write its module and one record here. The record names functions as "module:function", because this module is
read by commands that only list sources: it must not load the parsers. Order matters for `ajour sources add`: the first kind
that recognises an address wins.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Literal

from db.enums import NO_STREAM


@dataclass(frozen=True)
class Handle:
    """A name by which people know a source of this kind, such as @channel. `{name}` stands for the name in the templates."""

    pattern: re.Pattern[str]  # what people write; one of its groups is the name
    preview: str  # the address that is fetched
    host: str  # `host` of the row in sources.yml
    prefix: str  # of the row's id

    def name(self, address: str) -> str | None:
        """The name that `address` is or contains; None where it is no such name."""
        match = self.pattern.match(address.strip())
        return next((g for g in match.groups() if g), None) if match else None


@dataclass(frozen=True)
class SourceKind:
    """How the sources of one kind are described, fetched and cited."""

    name: str
    every: str  # default time between two fetches
    look: str | None  # "module:function" (Ask) → Yield, one fetch of a source; None where nothing is fetched
    needs: tuple[str, ...] = ("url",)  # fields of sources.yml that must be given
    takes: tuple[str, ...] = ()  # of the fields `select` and `law`: those that this kind reads
    find: str | None = None  # "module:function" (answer, client) → Found | None: whether an address is of this kind
    handle: Handle | None = None
    twin_hosts: tuple[str, ...] = ()  # hosts that serve the same pages: when one fails, the next is tried at once
    robots: bool = False  # pages made for people: robots.txt is read before each request. The others are offered to software
    articles: bool = False  # entries may come without text: the item's own page is read
    recalls: Literal["keys", "urls"] | None = None  # what a fetch is told of the source's newest items
    medium: str | None = None  # what citations call an item of this kind, where it is no web page
    is_feed: bool = False  # feed readers read it too: pages name it in their head, and OPML lists it by its address

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that the record names."""
        return tuple(filter(None, (self.look, self.find)))


# Default periods follow the notes on politeness: half an hour for feeds with validators, 10 to 15 minutes for Telegram.
KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        SourceKind(
            name="telegram",  # public preview pages, t.me/s/<channel>
            every="15m",
            look="monitor.kinds.telegram_channel:look",
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
            name="feed",  # RSS or Atom
            every="30m",
            look="monitor.kinds.feed:look",
            find="monitor.fetch.discover:find_feed",
            articles=True,
            recalls="urls",
            is_feed=True,
        ),
        SourceKind(
            name="gazette",  # the official publication portal's JSON API
            every="15m",
            look="monitor.kinds.gazette:look",
            recalls="keys",
        ),
        SourceKind(
            name="listing",  # an HTML list of links
            every="1h",
            look="monitor.kinds.listing:look",
            takes=("select",),
            find="monitor.fetch.discover:find_listing",
            robots=True,
            articles=True,
            recalls="urls",
        ),
        SourceKind(
            name="page",  # one page, compared with its last text
            every="6h",
            look="monitor.kinds.page:look",
            takes=("select", "law"),
            find="monitor.fetch.discover:find_page",
            robots=True,
        ),
        SourceKind(
            name=NO_STREAM,  # cited, but no stream: kept with the reason why
            every="1d",
            look=None,
            needs=("reason",),
        ),
    )
}


def function(name: str) -> Callable[..., Any]:
    """The function that a record names as "module:function". Loads its module."""
    found: Callable[..., Any] = resolve_name(name)
    return found


def watched_kinds() -> list[str]:
    """The names of the kinds that are fetched."""
    return [kind.name for kind in KINDS.values() if kind.look]
