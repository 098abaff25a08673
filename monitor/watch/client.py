"""The HTTP client of the watch: which requests are made at all, when, and where a redirect may lead. `http_transport` sends them.

- Addresses are checked by their text before each hop: scheme, port, user info, control characters.
- Redirects are followed by hand, only to hosts that are the source's own.
- robots.txt is read before a page made for people, and hosts get pauses between requests (robots.py, polite.py).

Errors: every failure is a CannotFetch with a Reason of the fixed set.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from db.words import Reason
from monitor.watch.http_transport import Transport
from monitor.watch.http_types import DIRECT, Answer, CannotFetch, Limits, Way
from monitor.watch.polite import Politeness, StayAway, retry_after
from monitor.watch.robots import Robots, Rules

MAX_REDIRECTS = 5
MAX_URL = 2048
PORTS = frozenset({80, 443})


@dataclass
class Client:
    """`get` is all there is. Thread-safe; one for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only
    manners: Politeness = field(default_factory=Politeness)

    def __post_init__(self) -> None:
        self._transport = Transport(self.user_agent, self.limits, self.allow_loopback)
        self._lock = threading.Lock()
        self._robots: dict[Way, Robots] = {}

    def close(self) -> None:
        self._transport.close()

    def get(
        self, url: str, *, hosts: Iterable[str] = (), headers: Mapping[str, str] | None = None, way: Way = DIRECT, robots: bool = False
    ) -> Answer:
        """Fetch `url`. `hosts`: where redirects may lead besides the host of `url`. `robots`: ask robots.txt first. Raises CannotFetch."""
        self._check(url)
        allowed = {_bare(urlsplit(url).hostname or ""), *map(_bare, hosts)}
        deadline = time.monotonic() + self.limits.seconds
        passed: list[str] = []
        while True:
            self._check(url)
            if url in passed or len(passed) > MAX_REDIRECTS:
                raise CannotFetch(Reason.BAD_ANSWER, f"redirects go in a circle or on and on: {url}")
            if robots and not self.robots(url, way).allow(url):
                raise CannotFetch(Reason.ROBOTS, f"the site's robots.txt asks machines to stay away from {url}, or cannot be read")
            answer = replace(self._in_turn(url, headers or {}, deadline, way), redirects=tuple(passed), transport=way.says)
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return self._judged(answer, bool(headers))
            target = _joined(url, answer)
            if _bare(urlsplit(target).hostname or "") not in allowed:
                raise CannotFetch(Reason.OFFSITE_REDIRECT, f"{url} leads to {target}, which is not one of the source's hosts", answer)
            passed.append(url)
            url = target

    def robots(self, url: str, way: Way = DIRECT) -> Rules:
        """What the site of `url` asks of machines."""
        with self._lock:
            known = self._robots.setdefault(way, Robots(lambda address: self._robots_file(address, way)))
        rules = known.rules(url)
        if rules.delay:
            self.manners.slow_down(urlsplit(url).hostname or "", rules.delay)
        return rules

    def _robots_file(self, url: str, way: Way) -> tuple[int, bytes]:
        """(status, body); redirects on the same site are followed, status 0 where no answer came."""
        try:
            answer = self.get(url, way=way)
        except CannotFetch as error:
            if error.reason is Reason.OFFSITE_REDIRECT:
                return 404, b""  # the site keeps no rules of its own
            return (error.answer.status, b"") if error.answer else (0, b"")
        return answer.status, answer.body

    def _check(self, url: str) -> None:
        """Refuse by its text what no source may be: other schemes, user info, odd ports, control characters, backslashes."""
        try:
            parts = urlsplit(url)
            bad = len(url) > MAX_URL or any(ord(c) <= 32 or c == "\\" for c in url) or parts.username is not None or not parts.hostname
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, f"not an address: {url[:200]!r}: {error}") from error
        if bad or parts.scheme not in ("http", "https"):
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, f"not an address that may be read: {url[:200]!r}")
        if port not in PORTS and not self.allow_loopback:
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, f"port {port} is not allowed: {url}")

    def _in_turn(self, url: str, headers: Mapping[str, str], deadline: float, way: Way) -> Answer:
        host = urlsplit(url).hostname or ""
        if self.allow_loopback and host in ("127.0.0.1", "localhost", "::1"):
            return self._transport.get(url, headers, deadline, way)  # a test's thousand sources live on one host
        try:
            with self.manners.turn(host):
                return self._transport.get(url, headers, max(deadline, time.monotonic() + self.limits.connect), way)
        except StayAway as error:
            raise CannotFetch(Reason.RETRY_LATER, str(error), wait=error.seconds) from error

    def _judged(self, answer: Answer, conditional: bool) -> Answer:
        """The answer, if its status is one to read; else CannotFetch with the status as reason."""
        if answer.status == 200 or (answer.status == 304 and conditional):
            return answer
        if answer.status == 304:
            raise CannotFetch(Reason.BAD_ANSWER, f"{answer.url} says 304 to an unconditional request", answer)
        named = {403: Reason.HTTP_403, 404: Reason.HTTP_404, 410: Reason.HTTP_410, 429: Reason.HTTP_429}
        reason = named.get(answer.status, Reason.HTTP_5XX if answer.status >= 500 else Reason.HTTP_4XX)
        wait = retry_after(answer.headers.get("retry-after")) if answer.status in (429, 503) else 0.0
        if wait:
            self.manners.stay_away(urlsplit(answer.url).hostname or "", wait)
        raise CannotFetch(reason, f"{answer.url} answered {answer.status}", answer, wait)


def _joined(url: str, answer: Answer) -> str:
    """Where a redirect leads. Raises CannotFetch where that is no address."""
    try:
        target = urljoin(url, answer.headers["location"])
        urlsplit(target).port  # noqa: B018  # raises where the port is no number
    except ValueError as error:
        raise CannotFetch(Reason.BAD_ANSWER, f"{url} leads to {answer.headers['location'][:200]!r}, which is no address", answer) from error
    return target


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
