"""Cleans foreign text for mails: removes characters that could forge a header, a line or the
reading direction, and nothing else.

Titles and quotes come from outlets that may be hostile. The templates escape HTML. This module
handles what escaping leaves: line breaks in a subject (header injection), characters that reverse
or hide text (Unicode bidi controls, UTS #39), and web addresses for a reader who must not be led to
the outlet. `line` and `headline` are those of `db.passages`, where the monitor finds them too.
"""

import re
from urllib.parse import urlsplit

from db.passages import CLEAN, WEB_ADDRESS, headline, line

__all__ = ["address", "headline", "line", "without_addresses"]

_NOT_IN_AN_ADDRESS = re.compile(r"[\s<>\"\\^`{|}]")


def address(url: str | None) -> str | None:
    """The URL if it can stand in a mail: http or https, with a host, without credentials or blanks;
    None otherwise.
    """
    if not url or len(url) > 2000 or url.translate(CLEAN) != url or _NOT_IN_AN_ADDRESS.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def without_addresses(text: str) -> str:
    """The text with "[…]" for every web address, for readers who chose no links: mail programs make
    links of bare addresses.
    """
    return WEB_ADDRESS.sub("[…]", text)
