"""The HTTP client: which requests are allowed, when they are sent, and where redirects may lead.

`http_transport` sends the requests.

- Addresses are checked by their text before each hop: scheme, port, user info, control characters.
- Redirects are followed one by one, only to hosts that are the source's own.
- robots.txt is read before a page made for people; `rate_limit` spaces the requests to a host.

Errors: every failure is a CannotFetch with a FetchReason.
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
    """Thread-safe; one instance for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    single_answer: bool = field(default=False, init=False)  # only one page of a source can be had: a kind asks for no more

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
        profile: ConnectionProfile = DIRECT,
        robots: bool = False,
    ) -> HttpAnswer:
        """Fetch `url`. Raises CannotFetch.

        `hosts`: allowed redirect targets besides the host of `url`; `robots`: read robots.txt first.
        """
        self._check(url)
        allowed = {_bare(urlsplit(url).hostname or ""), *map(_bare, hosts)}
        deadline = time.monotonic() + self.limits.seconds
        visited: list[str] = []
        while True:
            self._check(url)
            if url in visited or len(visited) > MAX_REDIRECTS:
                raise CannotFetch(FetchReason.BAD_ANSWER, f"redirect loop or too many redirects: {url}")
            if robots and not self.robots(url, profile).allow(url):
                raise CannotFetch(FetchReason.ROBOTS, f"robots.txt disallows {url}, or cannot be read")
            answer = replace(
                self._rate_limited(url, headers or {}, deadline, profile), redirects=tuple(visited), transport=profile.description
            )
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return self._check_status(answer, bool(headers))
            target = _redirect_target(url, answer)
            if _bare(urlsplit(target).hostname or "") not in allowed:
                raise CannotFetch(
                    FetchReason.OFFSITE_REDIRECT, f"{url} redirects to {target}, which is not one of the source's hosts", answer
                )
            visited.append(url)
            url = target

    def robots(self, url: str, profile: ConnectionProfile = DIRECT) -> RobotsRules:
        """The robots.txt rules of the site of `url`; applies its crawl delay."""
        with self._lock:
            known = self._robots.setdefault(profile, Robots(lambda address: self._robots_file(address, profile)))
        rules = known.rules(url)
        if rules.delay:
            self.rate_limiter.set_spacing(urlsplit(url).hostname or "", rules.delay)
        return rules

    def _robots_file(self, url: str, profile: ConnectionProfile) -> tuple[int, bytes]:
        """(status, body); redirects on the same site are followed, status 0 where no answer came."""
        try:
            answer = self.get(url, profile=profile)
        except CannotFetch as error:
            if error.reason is FetchReason.OFFSITE_REDIRECT:
                return 404, b""  # the site has no robots.txt of its own
            return (error.answer.status, b"") if error.answer else (0, b"")
        return answer.status, answer.body

    def _check(self, url: str) -> None:
        """Refuse other schemes, user info, ports, control characters and backslashes. Raises CannotFetch."""
        try:
            parts = urlsplit(url)
            bad = len(url) > MAX_URL or any(ord(c) <= 32 or c == "\\" for c in url) or parts.username is not None or not parts.hostname
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"not an address: {url[:200]!r}: {error}") from error
        if bad or parts.scheme not in ("http", "https"):
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"not an allowed address: {url[:200]!r}")
        if port not in PORTS and not self.allow_loopback:
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, f"port {port} is not allowed: {url}")

    def _rate_limited(self, url: str, headers: Mapping[str, str], deadline: float, profile: ConnectionProfile) -> HttpAnswer:
        host = urlsplit(url).hostname or ""
        if self.allow_loopback and host in ("127.0.0.1", "localhost", "::1"):
            return self._transport.get(url, headers, deadline, profile)  # tests serve a thousand sources from one host
        try:
            with self.rate_limiter.slot(host):
                return self._transport.get(url, headers, max(deadline, time.monotonic() + self.limits.connect), profile)
        except HostPaused as error:
            raise CannotFetch(FetchReason.RETRY_LATER, str(error), wait=error.seconds) from error

    def _check_status(self, answer: HttpAnswer, conditional: bool) -> HttpAnswer:
        """Return the answer if its status means that the body can be read. Raises CannotFetch."""
        if answer.status == 200 or (answer.status == 304 and conditional):
            return answer
        if answer.status == 304:
            raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} says 304 to an unconditional request", answer)
        reasons = {403: FetchReason.HTTP_403, 404: FetchReason.HTTP_404, 410: FetchReason.HTTP_410, 429: FetchReason.HTTP_429}
        reason = reasons.get(answer.status, FetchReason.HTTP_5XX if answer.status >= 500 else FetchReason.HTTP_4XX)
        wait = retry_after(answer.headers.get("retry-after")) if answer.status in (429, 503) else 0.0
        if wait:
            self.rate_limiter.pause(urlsplit(answer.url).hostname or "", wait)
        raise CannotFetch(reason, f"{answer.url} answered {answer.status}", answer, wait)


def _redirect_target(url: str, answer: HttpAnswer) -> str:
    """Target of a redirect. Raises CannotFetch if it is not a valid address."""
    try:
        target = urljoin(url, answer.headers["location"])
        urlsplit(target).port  # noqa: B018  # raises where the port is no number
    except ValueError as error:
        raise CannotFetch(
            FetchReason.BAD_ANSWER, f"{url} redirects to {answer.headers['location'][:200]!r}, which is not an address", answer
        ) from error
    return target


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
