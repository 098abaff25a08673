"""The one HTTP client. Nothing else in Ajour opens a connection (import-linter checks it).

- Only public addresses are dialled: the guard sits where the connection is made, on the resolved address, so neither a redirect nor a name that
  changes its address between check and use can lead inside (SSRF, DNS rebinding).
- Every request has a wall-clock limit, a cap on the body and a cap on what it inflates to; gzip is inflated here, in bounded steps, because a
  streaming cap does not stop a decompressor that yields a gigabyte in one chunk.
- Redirects are followed by hand, only to hosts that are the source's own.

Errors: every failure is a CannotFetch with a Reason of the fixed set.
"""

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from db.words import Reason

MAX_REDIRECTS = 5
MAX_URL = 2048
PORTS = frozenset({80, 443})


@dataclass(frozen=True)
class Limits:
    """What one request may cost."""

    seconds: float = 60.0  # wall clock, the whole request
    connect: float = 10.0
    read: float = 20.0
    body: int = 10 * 1024 * 1024  # bytes after inflation
    ratio: int = 200  # inflated : received


@dataclass(frozen=True)
class Answer:
    """What came back: bytes as received (inflated), where from, and what the server said about them."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str | None

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class CannotFetch(Exception):
    """No usable answer. `reason` is of the fixed set, `detail` for people, `answer` what came all the same."""

    def __init__(self, reason: Reason, detail: str, answer: Answer | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail, self.answer = reason, detail, answer


class ForbiddenAddress(httpcore.ConnectError):
    """The guard refused to dial an address."""


class GuardedBackend(httpcore.SyncBackend):
    """Resolves, refuses every address that is not public, and dials one that was checked. Host and SNI keep the name."""

    def __init__(self, allow_loopback: bool) -> None:
        self.allow_loopback = allow_loopback
        self.dialled: dict[tuple[str, int], str] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"no address for {host}: {error}") from error
        addresses = sorted(map(str, found))
        bad = [a for a in addresses if not self.permitted(a)]
        if bad or not addresses:
            raise ForbiddenAddress(f"{host} has an address that is not public: {', '.join(bad)}")
        self.dialled[host, port] = addresses[0]
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)

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

    def __init__(self, backend: GuardedBackend, context: ssl.SSLContext) -> None:
        self.backend = backend
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=32, max_keepalive_connections=8, keepalive_expiry=15, http1=True, network_backend=backend
        )

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


@dataclass
class Client:
    """`get` is all there is. Thread-safe; one for the whole process."""

    user_agent: str
    limits: Limits = field(default_factory=Limits)
    allow_loopback: bool = False  # for tests and the demo only

    def __post_init__(self) -> None:
        self._backend = GuardedBackend(self.allow_loopback)
        self._transport = GuardedTransport(self._backend, ssl.create_default_context())
        # trust_env=False: a proxy from the environment would go round the guard.
        self._http = httpx.Client(transport=self._transport, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def get(self, url: str, *, hosts: Iterable[str] = (), headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch `url`. `hosts`: where redirects may lead besides the host of `url`. Raises CannotFetch."""
        allowed = {_bare(urlsplit(url).hostname or ""), *map(_bare, hosts)}
        deadline = time.monotonic() + self.limits.seconds
        seen: set[str] = set()
        while True:
            self._check(url)
            if url in seen or len(seen) > MAX_REDIRECTS:
                raise CannotFetch(Reason.BAD_ANSWER, f"redirects go in a circle or on and on: {url}")
            seen.add(url)
            answer = self._once(url, headers or {}, deadline)
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return _judged(answer)
            target = urljoin(url, answer.headers["location"])
            if _bare(urlsplit(target).hostname or "") not in allowed:
                raise CannotFetch(Reason.OFFSITE_REDIRECT, f"{url} leads to {target}, which is not one of the source's hosts", answer)
            url = target

    def _check(self, url: str) -> None:
        """Refuse by its text what no source may be: other schemes, user info, odd ports, control characters, backslashes."""
        parts = urlsplit(url)
        bad = len(url) > MAX_URL or any(ord(c) <= 32 or c == "\\" for c in url) or parts.username is not None or not parts.hostname
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            port, bad = 0, True
        if bad or parts.scheme not in ("http", "https"):
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, f"not an address that may be read: {url[:200]!r}")
        if port not in PORTS and not self.allow_loopback:
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, f"port {port} is not allowed: {url}")

    def _once(self, url: str, headers: Mapping[str, str], deadline: float) -> Answer:
        sent = {"User-Agent": self.user_agent, "Accept-Encoding": "gzip", "Accept": "*/*", "Accept-Language": "ru,en;q=0.7", **headers}
        left = deadline - time.monotonic()
        timeout = httpx.Timeout(min(self.limits.read, max(0.1, left)), connect=min(self.limits.connect, max(0.1, left)))
        try:
            with self._http.stream("GET", url, headers=sent, timeout=timeout) as response:
                body = self._body(response, deadline)
                plain = {k.lower(): v for k, v in response.headers.items()}
                return Answer(url, response.status_code, plain, body, self._address(url))
        except ForbiddenAddress as error:
            raise CannotFetch(Reason.FORBIDDEN_ADDRESS, str(error)) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise CannotFetch(Reason.TIMEOUT, f"no answer in time from {url}: {type(error).__name__}") from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise CannotFetch(_connect_reason(error), f"{url}: {error}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise CannotFetch(Reason.BAD_ANSWER, f"{url}: {type(error).__name__}: {error}") from error

    def _address(self, url: str) -> str | None:
        parts = urlsplit(url)
        return self._backend.dialled.get((parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)))

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        gzip = response.headers.get("content-encoding", "").strip().lower()
        if gzip not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise CannotFetch(Reason.BAD_ANSWER, f"unasked content encoding {gzip!r}")
        inflater = None if gzip in ("", "identity") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32 if "gzip" in gzip else zlib.MAX_WBITS)
        out, received = bytearray(), 0
        for chunk in response.iter_raw():
            received += len(chunk)
            if time.monotonic() > deadline:
                raise CannotFetch(Reason.TIMEOUT, f"still sending after {self.limits.seconds:.0f} s: {response.url}")
            out += self._inflate(inflater, chunk, len(out)) if inflater else chunk
            if len(out) > self.limits.body or (len(out) > 1 << 20 and len(out) > self.limits.ratio * received):
                raise CannotFetch(
                    Reason.TOO_LARGE, f"more than {self.limits.body:,} bytes, or inflates over {self.limits.ratio}-fold: {response.url}"
                )
        if inflater and not inflater.eof:
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


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def _connect_reason(error: Exception) -> Reason:
    text = str(error).lower()
    if "no address" in text:
        return Reason.DNS
    return Reason.TLS if "ssl" in text or "certificate" in text or "tls" in text else Reason.CONNECT


def _judged(answer: Answer) -> Answer:
    """The answer, if its status is one to read; else CannotFetch with the status as reason."""
    if answer.status in (200, 304):
        return answer
    named = {403: Reason.HTTP_403, 404: Reason.HTTP_404, 410: Reason.HTTP_410, 429: Reason.HTTP_429}
    reason = named.get(answer.status, Reason.HTTP_5XX if answer.status >= 500 else Reason.HTTP_4XX)
    raise CannotFetch(reason, f"{answer.url} answered {answer.status}", answer)
