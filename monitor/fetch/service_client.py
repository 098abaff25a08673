"""Speaks JSON to a service that the operator runs and names: the one address that may be private.

The guard of `http_transport` allows this host and port and no other that is not public. Redirects
are not followed, so the service cannot lead elsewhere.
"""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from db.enums import FetchReason
from monitor.fetch.http_transport import Transport
from monitor.fetch.http_types import DIRECT, CannotFetch, HttpAnswer, Limits

MOST_BYTES = 1_000_000  # of an answer


class ServiceClient:
    """A service at `address` (http or https). `key`: sent as bearer token, where it is not empty.
    Thread-safe.
    """

    def __init__(self, address: str, key: str = "", seconds: float = 60.0) -> None:
        parts = urlsplit(address)
        self.address, self.seconds = address.rstrip("/"), seconds
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        own = (parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0))
        limits = Limits(seconds=seconds, read=seconds, body=MOST_BYTES)
        self._transport = Transport("Ajour", limits, allow_loopback=False, own=own)

    def close(self) -> None:
        self._transport.close()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON of the answer to a POST of `body`. Raises CannotFetch for no answer, a status
        other than 200, or an answer that is no JSON.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        return _json(self._transport.post(self._url(path), content, self._headers, self._deadline(), DIRECT))

    def get(self, path: str) -> Any:
        """The JSON of the answer to a GET. Raises CannotFetch, as `post` does."""
        return _json(self._transport.get(self._url(path), self._headers, self._deadline(), DIRECT))

    def _url(self, path: str) -> str:
        return f"{self.address}/{path.lstrip('/')}"

    def _deadline(self) -> float:
        return time.monotonic() + self.seconds


def _json(answer: HttpAnswer) -> Any:
    if answer.status != 200:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} answered {answer.status}: {answer.body[:200]!r}", answer)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:  # RecursionError: "[[[[…"
        raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} answered with something else than JSON", answer) from error
