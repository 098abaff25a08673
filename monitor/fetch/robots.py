"""robots.txt (RFC 9309), parsed by protego and cached for a day per site.

Read before pages made for people: listings, pages, article pages. Feeds, the gazette's API and
Telegram's public previews are offered to software; they are fetched at a feed reader's pace without
this check. `robots: ignore` in sources.yml exempts a source, with its reason in `notes`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

KEEP = 86_400.0  # RFC 9309 §2.4: not longer than a day
MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: read at least 500 KiB; the rest is ignored
AGENT = "Ajour"


@dataclass(frozen=True)
class RobotsRules:
    """A site's robots.txt. `parsed` None: everything is allowed; `closed`: nothing is allowed for
    now.

    `at`: when it was read, on the clock of `Robots`.
    """

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
    """Cache of robots.txt rules. `fetch(url)` returns (status, body); status 0 means no answer."""

    fetch: Callable[[str], tuple[int, bytes]]
    clock: Callable[[], float] = time.monotonic
    _cache: dict[str, RobotsRules] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rules(self, url: str) -> RobotsRules:
        """The rules of the site of `url`, fetched if unknown or a day old (an hour if it was
        closed).
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._cache.get(site)
        if known is None or self.clock() - known.at > (KEEP if not known.closed else KEEP / 24):
            known = self._read(site)
            with self._lock:
                self._cache[site] = known
        return known

    def _read(self, site: str) -> RobotsRules:
        """RFC 9309 §2.3.1: 4xx means no rules; a failing server means that nothing is allowed for
        now.
        """
        status, body = self.fetch(f"{site}/robots.txt")
        if 400 <= status < 500:
            return RobotsRules(None, False, self.clock())
        if status != 200:
            return RobotsRules(None, True, self.clock())
        if body.lstrip()[:1] == b"<":  # an HTML page in place of the file: no rules
            return RobotsRules(None, False, self.clock())
        return RobotsRules(Protego.parse(body[:MAX_BYTES].decode("utf-8", "replace")), False, self.clock())
