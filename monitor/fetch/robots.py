"""robots.txt (RFC 9309), read by protego, kept for a day per site.

Asked before pages made for people: listings, pages, article pages. Feeds, the gazette's API and Telegram's public previews are offered to be read by
software; they are asked at a feed reader's pace and not looked up here. A source may be exempted in sources.yml (`robots: ignore`) with its reason.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

KEEP = 86_400.0  # RFC 9309 §2.4: not longer than a day
MOST = 500 * 1024  # RFC 9309 §2.5: read at least 500 KiB; what comes after is ignored
AGENT = "Ajour"


@dataclass(frozen=True)
class RobotsRules:
    """A site's robots.txt. `parsed` None: everything is allowed; `closed`: nothing is, for now."""

    parsed: Protego | None
    closed: bool
    at: float

    def allow(self, url: str) -> bool:
        return not self.closed and (self.parsed is None or bool(self.parsed.can_fetch(url, AGENT)))

    @property
    def delay(self) -> float | None:
        return self.parsed.crawl_delay(AGENT) if self.parsed else None


@dataclass
class Robots:
    """What sites ask of us. `fetch(url)` gives (status, body) and status 0 where no answer came."""

    fetch: Callable[[str], tuple[int, bytes]]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, RobotsRules] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rules(self, url: str) -> RobotsRules:
        """The rules of the site of `url`, fetched when unknown or a day old."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._known.get(site)
        if known is None or self.clock() - known.at > (KEEP if not known.closed else KEEP / 24):
            known = self._read(site)
            with self._lock:
                self._known[site] = known
        return known

    def _read(self, site: str) -> RobotsRules:
        """RFC 9309 §2.3.1: 4xx means no rules; a server that fails means stay away for now."""
        status, body = self.fetch(f"{site}/robots.txt")
        if 400 <= status < 500:
            return RobotsRules(None, False, self.clock())
        if status != 200:
            return RobotsRules(None, True, self.clock())
        if body.lstrip()[:1] == b"<":  # a page in place of the file: no rules were given
            return RobotsRules(None, False, self.clock())
        return RobotsRules(Protego.parse(body[:MOST].decode("utf-8", "replace")), False, self.clock())
