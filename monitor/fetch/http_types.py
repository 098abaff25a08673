"""The values of the HTTP client: what a request may cost, how a host is reached, what came back, and why nothing did."""

from collections.abc import Mapping
from dataclasses import dataclass

from db.enums import FetchReason


@dataclass(frozen=True)
class Limits:
    """What one request may cost."""

    seconds: float = 60.0  # wall clock, the whole request
    connect: float = 10.0
    read: float = 20.0
    body: int = 10 * 1024 * 1024  # bytes after inflation
    ratio: int = 200  # inflated : received


@dataclass(frozen=True)
class ConnectionProfile:
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


DIRECT = ConnectionProfile()


@dataclass(frozen=True)
class HttpAnswer:
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

    def __init__(self, reason: FetchReason, detail: str, answer: HttpAnswer | None = None, wait: float = 0.0) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail, self.answer, self.wait = reason, detail, answer, wait
