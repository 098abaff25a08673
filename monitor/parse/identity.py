"""The identity of an item across fetches: which address or key means the same item.

The same article is linked with tracking parameters, with a session in its path, over http and
https, with and without "www." and a slash at the end, on the host that an outlet had before it
moved. `identity_key` gives one key for all of them.
Where a key changes all the same (random guids), `db.items` looks for the item by address, title and
date.
"""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from monitor.parse.moved_hosts import new_host

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|yclid|ysclid|dclid|msclkid|igshid|mc_[ce]id|_openstat|from|rss|ref|ref_src|referrer|amp|at_\w+|erid|roistat|cmpid|ncid|spm|share"
    r"|_ga|_gl|rec_?id|mtm_\w+|pk_\w+|wt[._]mc|icid|ocid|trk|xtor|phpsessid|jsessionid|aspsessionid\w*|sid|sessionid|session_id|cfid|cftoken|rnd|rand|nocache|_)$",
    re.I,
)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*|/\(S\([a-z0-9]{10,}\)\)", re.I)
_WEB = re.compile(r"https?://", re.I)
_CANONICAL = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/-]*")  # addresses that need no change
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.I)


def canonical_url(url: str) -> str:
    """The address of an item: no tracking parameters, no session, no fragment, sorted parameters;
    scheme and www as given.
    """
    if _CANONICAL.fullmatch(url):
        return url
    cleaned = _cleaned(url.strip())
    try:
        return canonicalize_url(cleaned, keep_fragments=False)
    except (ValueError, UnicodeError):
        return cleaned


def identity_key(key: str) -> str:
    """`key` as it stays in every fetch: an address in one form, anything else as it is."""
    key = key.strip()
    if not _WEB.match(key):
        return key
    try:
        parts = urlsplit(key if _CANONICAL.fullmatch(key) else canonicalize_url(_cleaned(key), keep_fragments=True))
    except (ValueError, UnicodeError):
        return key
    host = new_host(re.sub(r":(?:80|443)$", "", parts.netloc.lower()).removeprefix("www."))
    path = _INDEX.sub("/", parts.path).rstrip("/") or "/"
    return urlunsplit(("https", host, path, parts.query, parts.fragment))


def _cleaned(url: str) -> str:
    """`url` without tracking parameters and sessions."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = _SESSION_IN_PATH.sub("", parts.path)
    fields = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in fields if not _TRACKING.match(name)]
    query = parts.query if len(kept) == len(fields) else urlencode(kept)
    return urlunsplit(parts._replace(path=path, query=query))
