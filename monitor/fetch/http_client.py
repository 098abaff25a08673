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

from db.enums import FetchReason
from monitor.fetch.http_transport import Transport
from monitor.fetch.http_types import DIRECT, CannotFetch, ConnectionProfile, HttpAnswer, Limits
from monitor.fetch.rate_limit import HostPaused, RateLimiter, retry_after
from monitor.fetch.robots import Robots, RobotsRules

MAX_REDIRECTS = 5
MAX_URL = 2048
PORTS = frozenset({80, 443})


@dataclass
class Client:
    """`get` is all there is. Thread-safe; one for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only
    manners: RateLimiter = field(default_factory=RateLimiter)

    def __post_init__(self) -> None:
        self._transport = Transport(self.user_agent, self.limits, self.allow_loopback)
        self._lock = threading.Lock()
        self._robots: dict[ConnectionProfile, Robots] = {}

    def close(self) -> None:
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        hosts: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        way: ConnectionProfile = DIRECT,
        robots: bool = False,
    ) -> HttpAnswer:
        """Fetch `url`. `hosts`: where redirects may lead besides the host of `url`. `robots`: ask robots.txt first. Raises CannotFetch."""
        self._check(url)
        allowed = {_bare(urlsplit(url).hostname or ""), *map(_bare, hosts)}
        deadline = time.monotonic() + self.limits.seconds
        passed: list[str] = []
        while True:
            self._check(url)
            if url in passed or len(passed) > MAX_REDIRECTS:
                raise CannotFetch(FetchReason.BAD_ANSWER, f"redirects go in a circle or on and on: {url}")
            if robots and not self.robots(url, way).allow(url):
                raise CannotFetch(FetchReason.ROBOTS, f"the site's robots.txt asks machines to stay away from {url}, or cannot be read")
            answer = replace(self._in_turn(url, headers or {}, deadline, way), redirects=tuple(passed), transport=way.says)
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return self._judged(answer, bool(headers))
            target = _joined(url, answer)
            if _bare(urlsplit(target).hostname or "") not in allowed:
                raise CannotFetch(FetchReason.OFFSITE_REDIRECT, f"{url} leads to {target}, which is not one of the source's hosts", answer)
            passed.append(url)
            url = target

    def robots(self, url: str, way: ConnectionProfile = DIRECT) -> RobotsRules:
        """What the site of `url` asks of machines."""
        with self._lock:
            known = self._robots.setdefault(way, Robots(lambda address: self._robots_file(address, way)))
        rules = known.rules(url)
        if rules.delay:
            self.manners.slow_down(urlsplit(url).hostname or "", rules.delay)
        return rules

    def _robots_file(self, url: str, way: ConnectionProfile) -> tuple[int, bytes]:
        """(status, body); redirects on the same site are followed, status 0 where no answer came."""
        try:
            answer = self.get(url, way=way)
        except CannotFetch as error:
            if error.reason is FetchReason.OFFSITE_REDIRECT:
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
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"not an address: {url[:200]!r}: {error}") from error
        if bad or parts.scheme not in ("http", "https"):
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"not an address that may be read: {url[:200]!r}")
        if port not in PORTS and not self.allow_loopback:
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"port {port} is not allowed: {url}")

    def _in_turn(self, url: str, headers: Mapping[str, str], deadline: float, way: ConnectionProfile) -> HttpAnswer:
        host = urlsplit(url).hostname or ""
        if self.allow_loopback and host in ("127.0.0.1", "localhost", "::1"):
            return self._transport.get(url, headers, deadline, way)  # a test's thousand sources live on one host
        try:
            with self.manners.turn(host):
                return self._transport.get(url, headers, max(deadline, time.monotonic() + self.limits.connect), way)
        except HostPaused as error:
            raise CannotFetch(FetchReason.RETRY_LATER, str(error), wait=error.seconds) from error

    def _judged(self, answer: HttpAnswer, conditional: bool) -> HttpAnswer:
        """The answer, if its status is one to read; else CannotFetch with the status as reason."""
        if answer.status == 200 or (answer.status == 304 and conditional):
            return answer
        if answer.status == 304:
            raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} says 304 to an unconditional request", answer)
        named = {403: FetchReason.HTTP_403, 404: FetchReason.HTTP_404, 410: FetchReason.HTTP_410, 429: FetchReason.HTTP_429}
        reason = named.get(answer.status, FetchReason.HTTP_5XX if answer.status >= 500 else FetchReason.HTTP_4XX)
        wait = retry_after(answer.headers.get("retry-after")) if answer.status in (429, 503) else 0.0
        if wait:
            self.manners.stay_away(urlsplit(answer.url).hostname or "", wait)
        raise CannotFetch(reason, f"{answer.url} answered {answer.status}", answer, wait)


def _joined(url: str, answer: HttpAnswer) -> str:
    """Where a redirect leads. Raises CannotFetch where that is no address."""
    try:
        target = urljoin(url, answer.headers["location"])
        urlsplit(target).port  # noqa: B018  # raises where the port is no number
    except ValueError as error:
        raise CannotFetch(
            FetchReason.BAD_ANSWER, f"{url} leads to {answer.headers['location'][:200]!r}, which is no address", answer
        ) from error
    return target


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
