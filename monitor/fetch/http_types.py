"""Values of the HTTP client: limits of a request, connection profile, answer, and the error."""

from collections.abc import Mapping
from dataclasses import dataclass

from db.enums import FetchReason


@dataclass(frozen=True)
class Limits:
    """Limits of one request."""

    seconds: float = 60.0  # wall clock, the whole request
    connect: float = 10.0  # seconds
    read: float = 20.0  # seconds, each read
    body: int = 10 * 1024 * 1024  # bytes after inflation
    ratio: int = 200  # inflated : received


@dataclass(frozen=True)
class ConnectionProfile:
    """Connection settings of one source that differ from the default; recorded with its
    evidence.
    """

    # http://…, socks5h://…: the proxy resolves the name, so the guard cannot see the address
    proxy: str | None = None
    ca: str | None = None  # path of a CA bundle, e.g. one with the Russian Trusted Root CA
    # legacy: ciphers of security level 1; insecure: the certificate is not checked
    tls: str = "default"

    @property
    def description(self) -> str | None:
        """What differs from the default, for the evidence; None for the default."""
        parts = [
            f"through the proxy {self.proxy.rsplit('@', 1)[-1]}" if self.proxy else "",
            f"certificate checked against {self.ca} only" if self.ca and self.tls != "insecure" else "",
            {"legacy": "old ciphers allowed", "insecure": "certificate not checked: the transport is not authenticated"}.get(self.tls, ""),
        ]
        return "; ".join(filter(None, parts)) or None


DIRECT = ConnectionProfile()


@dataclass(frozen=True)
class HttpAnswer:
    """An HTTP answer: body (content coding removed), address, status and headers."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str | None
    redirects: tuple[str, ...] = ()  # the addresses that led here, in order
    transport: str | None = None  # ConnectionProfile.description
    moved: bool = False  # it was redirected, and every redirect was permanent (301, 308)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class CannotFetch(Exception):
    """No usable answer.

    `reason`: of the fixed set; `detail`: for people; `answer`: the unusable answer, if one came;
    `wait`: seconds for which the host asked not to be requested.
    """

    def __init__(self, reason: FetchReason, detail: str, answer: HttpAnswer | None = None, wait: float = 0.0) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail, self.answer, self.wait = reason, detail, answer, wait
