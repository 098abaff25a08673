"""Sends single HTTP requests, without redirects, over guarded connections.

No other module may open HTTP connections (checked by import-linter).

- Only public addresses are dialled. The guard checks the resolved address that is dialled, so
  neither a redirect nor DNS rebinding can reach an internal host (SSRF).
- Every request has a wall-clock limit. It includes the DNS lookup and each single read, so a server
  that sends its headers byte by byte cannot hold a worker.
- Each `ConnectionProfile` (proxy, CA, ciphers) has its own connection pool.

Errors: every failure is a CannotFetch with a FetchReason.
"""

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from db.enums import FetchReason
from monitor.fetch.dns import NotResolved, addresses_of
from monitor.fetch.http_body import ACCEPTED, read_body
from monitor.fetch.http_types import CannotFetch, ConnectionProfile, HttpAnswer, Limits

DNS_SECONDS = 10.0  # the system's resolver gives up after half a minute or more
MAX_SECONDS = 600.0  # limit of an operation outside a request with a deadline


class ForbiddenAddress(httpcore.ConnectError):
    """The guard refused to dial an address."""


_CURRENT = threading.local()  # .deadline: of this thread's request, on the monotonic clock


def _left(timeout: float | None, late: type[Exception]) -> float:
    """`timeout` in seconds, cut at the deadline of this thread's request. Raises `late` after
    it.
    """
    deadline: float | None = getattr(_CURRENT, "deadline", None)
    left = deadline - time.monotonic() if deadline is not None else MAX_SECONDS
    if left <= 0:
        raise late("the request's wall-clock limit was reached")
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
    """Resolves, refuses addresses that are not public, and dials a checked one. Host and SNI keep
    the name.

    `own`: (host, port) of the proxy that sources.yml names; it may be on this machine.
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
        """The checked addresses of `host`, IPv4 first. One forbidden address refuses them all."""
        try:
            resolved = addresses_of(host, port, _left(DNS_SECONDS, httpcore.ConnectTimeout))
        except NotResolved as error:
            raise httpcore.ConnectError(f"no address for {host}: {error}") from error
        addresses = sorted(resolved, key=lambda a: (":" in a, a))
        bad = [a for a in addresses if (host, port) != self.own and not self.permitted(a)]
        if bad or not addresses:
            raise ForbiddenAddress(f"{host} has an address that is not public: {', '.join(bad)}")
        return addresses

    def permitted(self, address: str) -> bool:
        """True for global unicast. IPv4-mapped, 6to4 and Teredo addresses are judged by the inner
        address.
        """
        ip = ipaddress.ip_address(address.split("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
            if inner is not None:
                return self.permitted(str(inner))
        if ip.is_loopback:
            return self.allow_loopback
        # fec0::/10: deprecated, but private (RFC 3879)
        site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
        return ip.is_global and not ip.is_multicast and not ip.is_reserved and not site_local


class PoolTransport(httpx.BaseTransport):
    """httpx over a connection pool of httpcore."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

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


class GuardedTransport(PoolTransport):
    """A pool that dials through the guard (httpcore's public `network_backend`)."""

    def __init__(self, profile: ConnectionProfile, allow_loopback: bool, own: tuple[str, int] | None = None) -> None:
        proxy = urlsplit(profile.proxy) if profile.proxy else None
        if proxy is not None:
            own = (proxy.hostname or "", proxy.port or {"http": 80, "https": 443}.get(proxy.scheme, 1080))
        backend = GuardedBackend(allow_loopback, own)
        context = _context(profile)
        limits: dict[str, Any] = {"max_connections": 32, "max_keepalive_connections": 8, "keepalive_expiry": 15}
        if proxy is None:
            super().__init__(httpcore.ConnectionPool(ssl_context=context, network_backend=backend, **limits))
            return
        login = (proxy.username.encode(), (proxy.password or "").encode()) if proxy.username else None
        kind = httpcore.SOCKSProxy if proxy.scheme.startswith("socks5") else httpcore.HTTPProxy
        pool = kind(
            f"{'socks5' if kind is httpcore.SOCKSProxy else proxy.scheme}://{own[0]}:{own[1]}" if own else "",
            proxy_auth=login, ssl_context=context, network_backend=backend, **limits,
        )  # fmt: skip
        super().__init__(pool)


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Any:
        yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


def _context(profile: ConnectionProfile) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=profile.ca)
    if profile.tls == "legacy":
        context.set_ciphers("DEFAULT@SECLEVEL=1")
    elif profile.tls == "insecure":  # per source in sources.yml; recorded with each capture
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Transport:
    """One httpx client per `ConnectionProfile`, created on first use. Thread-safe.

    `own`: (host, port) of a service that the operator names; it may be private.
    """

    def __init__(self, user_agent: str, limits: Limits, allow_loopback: bool, own: tuple[str, int] | None = None) -> None:
        self.user_agent, self.limits, self.allow_loopback, self.own = user_agent, limits, allow_loopback, own
        self._clients: dict[ConnectionProfile, httpx.Client] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            for http in self._clients.values():
                http.close()
            self._clients.clear()

    def get(self, url: str, headers: Mapping[str, str], deadline: float, profile: ConnectionProfile) -> HttpAnswer:
        """Answer of one GET request, of any status. `deadline`: on the monotonic clock. Raises
        CannotFetch.
        """
        return self._request("GET", url, None, {"Accept": "*/*", "Accept-Language": "ru,en;q=0.7", **headers}, deadline, profile)

    def post(self, url: str, content: bytes, headers: Mapping[str, str], deadline: float, profile: ConnectionProfile) -> HttpAnswer:
        """Answer of one POST request, of any status. Raises CannotFetch."""
        return self._request("POST", url, content, headers, deadline, profile)

    def _request(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], deadline: float, profile: ConnectionProfile
    ) -> HttpAnswer:
        sent = {"User-Agent": self.user_agent, "Accept-Encoding": ACCEPTED, **headers}
        left = max(0.1, deadline - time.monotonic())
        timeout = httpx.Timeout(min(self.limits.read, left), connect=min(self.limits.connect, left))
        http = self._http(profile)
        _CURRENT.deadline = deadline
        try:
            with http.stream(method, url, content=content, headers=sent, timeout=timeout) as response:
                address = response.extensions["network_stream"].get_extra_info("server_addr")
                body = read_body(response.iter_raw(), response.headers.get("content-encoding", ""), self.limits, deadline, url)
                received = {k.lower(): v for k, v in response.headers.items()}
                if "set-cookie" in received:  # the one header that cannot be joined by commas
                    received["set-cookie"] = "\n".join(response.headers.get_list("set-cookie"))
                return HttpAnswer(url, response.status_code, received, body, str(address[0]) if address else None)
        except ForbiddenAddress as error:
            raise CannotFetch(FetchReason.FORBIDDEN_ADDRESS, str(error)) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise CannotFetch(FetchReason.TIMEOUT, f"no answer in time from {url}: {type(error).__name__}") from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise CannotFetch(_connect_reason(error), f"{url}: {error}") from error
        except (httpcore.ProxyError, httpx.ProxyError) as error:
            raise CannotFetch(FetchReason.CONNECT, f"the proxy refused the connection to {url}: {error}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise CannotFetch(FetchReason.BAD_ANSWER, f"{url}: {type(error).__name__}: {error}") from error
        finally:
            _CURRENT.deadline = None

    def _http(self, profile: ConnectionProfile) -> httpx.Client:
        with self._lock:
            if profile not in self._clients:
                try:
                    transport = GuardedTransport(profile, self.allow_loopback, self.own)
                except (OSError, ssl.SSLError, ValueError) as error:
                    raise CannotFetch(FetchReason.TLS, f"the source's connection profile cannot be used ({profile}): {error}") from error
                # trust_env=False: a proxy from the environment would bypass the guard. Cookies are
                # kept by `Cookies` alone.
                self._clients[profile] = httpx.Client(
                    transport=transport, trust_env=False, follow_redirects=False, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[]))
                )
            return self._clients[profile]


class PlayedTransport(Transport):
    """Answers the first request, and each repetition of it, with `raw`, the bytes of a whole
    answer. Reaches no network.

    There is no robots.txt, and no other page can be had.
    """

    def __init__(self, raw: bytes, limits: Limits) -> None:
        super().__init__("played", limits, allow_loopback=False)
        self.raw, self._url = raw, ""

    def get(self, url: str, headers: Mapping[str, str], deadline: float, profile: ConnectionProfile) -> HttpAnswer:
        """As Transport.get; every address but the first cannot be fetched."""
        if urlsplit(url).path == "/robots.txt":
            return HttpAnswer(url, 404, {}, b"", None)
        self._url = self._url or url
        if url != self._url:
            raise CannotFetch(FetchReason.CONNECT, f"{url} is not among the played files")
        return super().get(url, headers, deadline, profile)

    def _http(self, _profile: ConnectionProfile) -> httpx.Client:
        """A client with one connection for each request."""
        pool = httpcore.ConnectionPool(network_backend=httpcore.MockBackend([self.raw]))
        return httpx.Client(transport=PoolTransport(pool), trust_env=False, follow_redirects=False)


def _connect_reason(error: Exception) -> FetchReason:
    text = str(error).lower()
    if "no address" in text:
        return FetchReason.DNS
    return FetchReason.TLS if "ssl" in text or "certificate" in text or "tls" in text else FetchReason.CONNECT
