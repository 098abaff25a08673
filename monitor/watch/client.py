"""The one HTTP client. Nothing else in Ajour opens a connection (import-linter checks it).

- Only public addresses are dialled: the guard sits where the connection is made, on the resolved address, so neither a redirect nor a name that
  changes its address between check and use can lead inside (SSRF, DNS rebinding).
- Every request has a wall-clock limit that holds for finding the address and for each single read, so that a server which drips its headers cannot hold a worker; a cap on the
  body and a cap on what it inflates to. gzip is inflated here, in bounded steps: a cap on a stream does not stop a decompressor that yields a gigabyte
  in one chunk.
- Redirects are followed by hand, only to hosts that are the source's own.
- A source may need its own way: a proxy, a CA of its own, old ciphers (`Way`). It holds for that source alone and is written on its evidence.
- Hosts are treated with manners (polite.py, robots.py).

Errors: every failure is a CannotFetch with a Reason of the fixed set.
"""

import ipaddress
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from db.words import Reason
from monitor.watch.polite import Politeness, StayAway, retry_after
from monitor.watch.resolve import NotResolved, addresses_of
from monitor.watch.robots import Robots, Rules

MAX_REDIRECTS = 5
MAX_URL = 2048
PORTS = frozenset({80, 443})
RESOLVE = 10.0  # seconds to find a name's address; the system's own resolver takes half a minute and more to give up
LONGEST = 600.0  # seconds; where no request's deadline holds


@dataclass(frozen=True)
class Limits:
    """What one request may cost."""

    seconds: float = 60.0  # wall clock, the whole request
    connect: float = 10.0
    read: float = 20.0
    body: int = 10 * 1024 * 1024  # bytes after inflation
    ratio: int = 200  # inflated : received


@dataclass(frozen=True)
class Way:
    """How a source's host is reached, where that is not the ordinary way. For this source alone, and said on its evidence."""

    proxy: str | None = None  # http://…, socks5h://…: the proxy resolves the name, so the guard cannot see the address
    ca: str | None = None  # path of a CA bundle, e.g. one with the Russian Trusted Root CA
    tls: str = "default"  # legacy: ciphers of security level 1; insecure: nobody checks the certificate

    @property
    def says(self) -> str | None:
        """What is unusual about it, for the evidence; None for the ordinary way."""
        said = [
            f"through the proxy {self.proxy.rsplit('@', 1)[-1]}" if self.proxy else "",
            f"certificate checked against {self.ca} only" if self.ca and self.tls != "insecure" else "",
            {"legacy": "old ciphers allowed", "insecure": "certificate not checked: the transport is not authenticated"}.get(self.tls, ""),
        ]
        return "; ".join(filter(None, said)) or None


DIRECT = Way()


@dataclass(frozen=True)
class Answer:
    """What came back: bytes as received (inflated), where from, and what the server said about them."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str | None
    redirects: tuple[str, ...] = ()  # the addresses that led here, in order
    transport: str | None = None  # Way.says

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class CannotFetch(Exception):
    """No usable answer. `reason` is of the fixed set, `detail` for people, `answer` what came all the same, `wait` seconds to stay away."""

    def __init__(self, reason: Reason, detail: str, answer: Answer | None = None, wait: float = 0.0) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail, self.answer, self.wait = reason, detail, answer, wait


class ForbiddenAddress(httpcore.ConnectError):
    """The guard refused to dial an address."""


_NOW = threading.local()  # .deadline: of the request this thread is making


def _left(timeout: float | None, late: type[Exception]) -> float:
    """`timeout`, but not beyond the deadline of this thread's request."""
    deadline: float | None = getattr(_NOW, "deadline", None)
    left = deadline - time.monotonic() if deadline is not None else LONGEST
    if left <= 0:
        raise late("the request's wall-clock limit is over")
    return min(left, timeout) if timeout is not None else left


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no single read or write outlasts the request's deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.SyncBackend):
    """Resolves, refuses every address that is not public, and dials one that was checked. Host and SNI keep the name.

    `own`: (host, port) of the proxy that the watch list names; it may be on this machine.
    """

    def __init__(self, allow_loopback: bool, own: tuple[str, int] | None = None) -> None:
        self.allow_loopback, self.own = allow_loopback, own

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for address in self._addresses(host, port)[:3]:
            try:
                left = _left(timeout, httpcore.ConnectTimeout)
                return _TimedStream(super().connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError(f"no address for {host}")

    def _addresses(self, host: str, port: int) -> list[str]:
        """The checked addresses of `host`, IPv4 first. One bad address condemns them all."""
        try:
            found = addresses_of(host, port, _left(RESOLVE, httpcore.ConnectTimeout))
        except NotResolved as error:
            raise httpcore.ConnectError(f"no address for {host}: {error}") from error
        addresses = sorted(found, key=lambda a: (":" in a, a))
        bad = [a for a in addresses if (host, port) != self.own and not self.permitted(a)]
        if bad or not addresses:
            raise ForbiddenAddress(f"{host} has an address that is not public: {', '.join(bad)}")
        return addresses

    def permitted(self, address: str) -> bool:
        """Global unicast only; addresses that wrap another (IPv4-mapped, 6to4, Teredo) are judged by what they wrap."""
        ip = ipaddress.ip_address(address.split("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
            if inner is not None:
                return self.permitted(str(inner))
        if ip.is_loopback:
            return self.allow_loopback
        return ip.is_global and not ip.is_multicast and not ip.is_reserved


class GuardedTransport(httpx.BaseTransport):
    """httpx over an httpcore pool that dials through the guard (httpcore's public `network_backend`)."""

    def __init__(self, way: Way, allow_loopback: bool) -> None:
        proxy = urlsplit(way.proxy) if way.proxy else None
        own = (proxy.hostname or "", proxy.port or {"http": 80, "https": 443}.get(proxy.scheme, 1080)) if proxy else None
        backend = GuardedBackend(allow_loopback, own)
        context = _context(way)
        limits: dict[str, Any] = {"max_connections": 32, "max_keepalive_connections": 8, "keepalive_expiry": 15}
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=backend, **limits)
            return
        login = (proxy.username.encode(), (proxy.password or "").encode()) if proxy.username else None
        kind = httpcore.SOCKSProxy if proxy.scheme.startswith("socks5") else httpcore.HTTPProxy
        self._pool = kind(
            f"{'socks5' if kind is httpcore.SOCKSProxy else proxy.scheme}://{own[0]}:{own[1]}" if own else "",
            proxy_auth=login, ssl_context=context, network_backend=backend, **limits,
        )  # fmt: skip

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer.stream), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Any:
        yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


def _context(way: Way) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=way.ca)
    if way.tls == "legacy":
        context.set_ciphers("DEFAULT@SECLEVEL=1")
    elif way.tls == "insecure":  # only where sources.yml says so for one source; every capture of it says so too
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@dataclass
class Client:
    """`get` is all there is. Thread-safe; one for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only
    manners: Politeness = field(default_factory=Politeness)

    def __post_init__(self) -> None:
        self._ways: dict[Way, httpx.Client] = {}
        self._lock = threading.Lock()
        self._robots: dict[Way, Robots] = {}

    def close(self) -> None:
        with self._lock:
            for http in self._ways.values():
                http.close()
            self._ways.clear()

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
            return self._once(url, headers, deadline, way)  # a test's thousand sources live on one host
        try:
            with self.manners.turn(host):
                return self._once(url, headers, max(deadline, time.monotonic() + self.limits.connect), way)
        except StayAway as error:
            raise CannotFetch(Reason.RETRY_LATER, str(error), wait=error.seconds) from error

    def _http(self, way: Way) -> httpx.Client:
        with self._lock:
            if way not in self._ways:
                try:
                    transport = GuardedTransport(way, self.allow_loopback)
                except (OSError, ssl.SSLError, ValueError) as error:
                    raise CannotFetch(Reason.TLS, f"the source's own way cannot be used ({way}): {error}") from error
                # trust_env=False: a proxy from the environment would go round the guard.
                self._ways[way] = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)
            return self._ways[way]

    def _once(self, url: str, headers: Mapping[str, str], deadline: float, way: Way) -> Answer:
        sent = {"User-Agent": self.user_agent, "Accept-Encoding": "gzip", "Accept": "*/*", "Accept-Language": "ru,en;q=0.7", **headers}
        left = max(0.1, deadline - time.monotonic())
        timeout = httpx.Timeout(min(self.limits.read, left), connect=min(self.limits.connect, left))
        http = self._http(way)
        _NOW.deadline = deadline
        try:
            with http.stream("GET", url, headers=sent, timeout=timeout) as response:
                address = response.extensions["network_stream"].get_extra_info("server_addr")
                body = self._body(response, deadline)
                plain = {k.lower(): v for k, v in response.headers.items()}
                return Answer(url, response.status_code, plain, body, str(address[0]) if address else None)
        except ForbiddenAddress as error:
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, str(error)) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise CannotFetch(Reason.TIMEOUT, f"no answer in time from {url}: {type(error).__name__}") from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise CannotFetch(_connect_reason(error), f"{url}: {error}") from error
        except (httpcore.ProxyError, httpx.ProxyError) as error:
            raise CannotFetch(Reason.CONNECT, f"the proxy did not let us through to {url}: {error}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise CannotFetch(Reason.BAD_ANSWER, f"{url}: {type(error).__name__}: {error}") from error
        finally:
            _NOW.deadline = None

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise CannotFetch(Reason.BAD_ANSWER, f"unasked content encoding {coding!r}")
        inflater = None if coding in ("", "identity") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        out, received = bytearray(), 0
        for chunk in response.iter_raw():
            received += len(chunk)
            if time.monotonic() > deadline:
                raise CannotFetch(Reason.TIMEOUT, f"still sending after {self.limits.seconds:.0f} s: {response.url}")
            out += self._inflate(inflater, chunk, len(out)) if inflater else chunk
            if max(len(out), received) > self.limits.body or (len(out) > 1 << 20 and len(out) > self.limits.ratio * received):
                raise CannotFetch(
                    Reason.TOO_LARGE, f"more than {self.limits.body:,} bytes, or inflates over {self.limits.ratio}-fold: {response.url}"
                )
        if inflater and received and not inflater.eof:
            raise CannotFetch(Reason.BAD_ANSWER, f"the compressed body breaks off: {response.url}")
        return bytes(out)

    def _inflate(self, inflater: Any, chunk: bytes, have: int) -> bytes:
        out, data = bytearray(), chunk
        try:
            while data and have + len(out) <= self.limits.body:
                out += inflater.decompress(data, 1 << 18)
                data = inflater.unconsumed_tail
        except zlib.error as error:
            raise CannotFetch(Reason.BAD_ANSWER, f"the compressed body is broken: {error}") from error
        return bytes(out)

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


def _connect_reason(error: Exception) -> Reason:
    text = str(error).lower()
    if "no address" in text:
        return Reason.DNS
    return Reason.TLS if "ssl" in text or "certificate" in text or "tls" in text else Reason.CONNECT
