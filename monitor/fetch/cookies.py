"""Cookies within one chain of redirects: some sites set one and redirect to the same address.

Kept for one request only, so that no visit is linked to the next. A cookie goes back to the host
that set it, over the same scheme; its other attributes are not needed for that.
"""

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from monitor.fetch.http_types import HttpAnswer

MAX_COOKIES = 30
MAX_LENGTH = 4096  # characters of one header line


@dataclass
class Cookies:
    """The cookies of one chain of redirects, by (scheme, host)."""

    _jars: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def store(self, url: str, answer: HttpAnswer) -> None:
        """Store the cookies that the `answer` to `url` sets. `set-cookie` has one cookie a line."""
        jar = self._jars.setdefault(_origin(url), {})
        for line in answer.headers.get("set-cookie", "").split("\n")[:MAX_COOKIES]:
            try:
                parsed = SimpleCookie(line[:MAX_LENGTH])
            except CookieError:
                continue
            jar.update({name: morsel.coded_value for name, morsel in parsed.items() if morsel.coded_value.isascii()})

    def header(self, url: str) -> str:
        """The value of the Cookie header for `url`; empty if there are none."""
        jar = self._jars.get(_origin(url), {})
        return "; ".join(f"{name}={value}" for name, value in list(jar.items())[:MAX_COOKIES])[:MAX_LENGTH]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removeprefix("www.")
