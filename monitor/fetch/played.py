"""Fetching from files instead of the network: a client whose only answer is the bytes of one file.

Everything above the transport is the real code: redirects, statuses, body limits, the kinds, the
watch. `ajour read` plays captured answers with it, and `ajour sources test --keep` writes files in
the form that is read here.
"""

import time
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from monitor.fetch.http_client import Client
from monitor.fetch.http_transport import PlayedTransport
from monitor.fetch.http_types import DIRECT, HttpAnswer, Limits
from monitor.fetch.rate_limit import RateLimiter

# Suffix of a file that holds a whole raw answer: status line, headers, blank line, body
RAW = ".http"
# Headers that describe how the body travelled. The kept body is inflated and whole, so they would
# be wrong.
_OF_THE_TRANSFER = ("content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie")
_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xml": "application/xml",
    ".csv": "text/csv",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
}


@dataclass
class PlayedClient(Client):
    """A client that reaches nothing but one file: the answer to the first request of a fetch."""

    file: Path = Path()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rate_limiter = RateLimiter(spacing=0)
        self.single_answer = True
        if self.file != Path():
            self._transport = PlayedTransport(_raw(self.file), self.limits)


def answer_of(file: Path, url: str) -> HttpAnswer:
    """The answer that `file` holds, whatever its status. Raises CannotFetch."""
    limits = Limits()
    return PlayedTransport(_raw(file), limits).get(url, {}, time.monotonic() + limits.seconds, DIRECT)


def _raw(file: Path) -> bytes:
    body = file.read_bytes()
    return body if file.suffix == RAW else raw_bytes(HttpAnswer("", 200, {"content-type": media_type(file)}, body, None))


def media_type(file: Path) -> str:
    """The media type of a file by its suffix, without a charset; empty where the suffix is
    unknown.
    """
    return _TYPES.get(file.suffix.lower()) or guess_type(file.name)[0] or ""


def raw_bytes(answer: HttpAnswer) -> bytes:
    """`answer` as the bytes of a RAW file."""
    kept = {k: v for k, v in answer.headers.items() if k not in _OF_THE_TRANSFER and v}
    head = [f"HTTP/1.1 {answer.status} ", *(f"{name}: {value}" for name, value in kept.items())]
    return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + answer.body
