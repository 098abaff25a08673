"""The HTTP client: which requests are allowed, when they are sent, and where redirects may lead.

`http_transport` sends the requests.

- Addresses are checked by their text before each hop: scheme, port, user info, control characters.
- Redirects are followed one by one, only to hosts that are the source's own. Cookies are sent back
  within one chain of redirects and then forgotten.
- robots.txt is read before a page made for people; `rate_limit` spaces the requests to a host.

Errors: every failure is a CannotFetch with a FetchReason.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from db.enums import FetchReason
from monitor.fetch.cookies import Cookies
from monitor.fetch.http_status import check_status
from monitor.fetch.http_transport import Transport
from monitor.fetch.http_types import DIRECT, CannotFetch, ConnectionProfile, HttpAnswer, Limits
from monitor.fetch.rate_limit import HostPaused, RateLimiter
from monitor.fetch.robots import Robots, RobotsRules

MAX_REDIRECTS = 5
MAX_URL = 2048
PORTS = frozenset({80, 443})
PERMANENT = (301, 308)  # statuses of redirects


@dataclass
class Client:
    """Thread-safe; one instance for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    # True for a client with one page only: a kind does not request further pages
    single_answer: bool = field(default=False, init=False)

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

        `hosts`: allowed redirect targets besides the host of `url`; `robots`: read robots.txt
        first.
        """
        self._check(url)
        allowed = {_bare(urlsplit(url).hostname or ""), *map(_bare, hosts)}
        deadline = time.monotonic() + self.limits.seconds
        visited, seen, permanent = list[str](), set[tuple[str, str]](), True
        cookies = Cookies()
        while True:
            self._check(url)
            cookie = cookies.header(url)
            if (url, cookie) in seen or len(visited) > MAX_REDIRECTS:
                raise CannotFetch(FetchReason.BAD_ANSWER, f"redirect loop or too many redirects: {url}")
            if robots and not self.robots(url, profile).allow(url):
                raise CannotFetch(FetchReason.ROBOTS, f"robots.txt disallows {url}, or cannot be read")
            seen.add((url, cookie))
            sent = {**(headers or {}), **({"Cookie": cookie} if cookie else {})}
            answer = replace(
                self._rate_limited(url, sent, deadline, profile),
                redirects=tuple(visited),
                transport=profile.description,
                moved=bool(visited) and permanent,
            )
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return self._readable(answer, bool(headers))
            target = _redirect_target(url, answer)
            if _bare(urlsplit(target).hostname or "") not in allowed:
                raise CannotFetch(
                    FetchReason.OFFSITE_REDIRECT, f"{url} redirects to {target}, which is not one of the source's hosts", answer
                )
            visited.append(url)
            permanent = permanent and answer.status in PERMANENT
            cookies.store(url, answer)
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
        """(status, body); redirects on the same site are followed, status 0 where no answer
        came.
        """
        try:
            answer = self.get(url, profile=profile)
        except CannotFetch as error:
            if error.reason is FetchReason.OFFSITE_REDIRECT:
                return 404, b""  # the site has no robots.txt of its own
            return (error.answer.status, b"") if error.answer else (0, b"")
        return answer.status, answer.body

    def _check(self, url: str) -> None:
        """Refuse other schemes, user info, ports, control characters and backslashes. Raises
        CannotFetch.
        """
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
            # Tests serve a thousand sources from one host
            return self._transport.get(url, headers, deadline, profile)
        try:
            with self.rate_limiter.slot(host):
                return self._transport.get(url, headers, max(deadline, time.monotonic() + self.limits.connect), profile)
        except HostPaused as error:
            raise CannotFetch(FetchReason.RETRY_LATER, str(error), wait=error.seconds) from error

    def _readable(self, answer: HttpAnswer, conditional: bool) -> HttpAnswer:
        """`answer` if it can be read; pauses the host if it asks for that. Raises CannotFetch."""
        try:
            return check_status(answer, conditional)
        except CannotFetch as error:
            if error.wait:
                self.rate_limiter.pause(urlsplit(answer.url).hostname or "", error.wait)
            raise


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
