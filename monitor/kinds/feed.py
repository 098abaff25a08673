"""`feed`: RSS and Atom of any quality, read by feedparser from bytes.

feedparser never gets an address or a path (it would open it), nor the encoding that the server
names: the encoding is decided on the bytes (`decode`), because both the header and the XML
declaration of Russian feeds are often wrong. Dates in Russian ("Вт, 24 ноя 2026"), which feedparser
does not know, are read by dateparser.
"""

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

import feedparser

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.json_feed import is_json_feed, json_feed_entries
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.kinds.rss_fast import read_rss
from monitor.kinds.sitemap import is_sitemap, sitemap_entries
from monitor.kinds.wordpress_rest import is_wordpress, wordpress_entries
from monitor.parse.dates import MOSCOW, day_of, read_date
from monitor.parse.decode import decode, without_impossible_references
from monitor.parse.nesting_guard import MAX_DEPTH, too_deep
from monitor.parse.page_checks import is_challenge, is_refused

MAX_ENTRIES = 3000  # entries read of one feed: the newest by date
# Characters of text that an entry without title and address needs: RSS requires a title or a text
LEAST_TEXT = 40
# Markup is cleaned in monitor.parse, once
_PLAIN = {"sanitize_html": False, "resolve_relative_uris": False}
# feedparser's names for <yandex:full-text> and <turbo:content>
_FULL_TEXTS = ("yandex_full-text", "turbo_content")
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_CYRILLIC_WORD = re.compile("[а-яёіїєґў]{2,}", re.I)
_LATIN_WORD = re.compile("[a-z]{2,}", re.I)
_NAMES_ZONE = re.compile(r"(?:\d|\s)(?:[+-]\d\d:?\d\d|Z|GMT)$")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.S)


def fetch(session: FetchSession) -> ReadResult:
    """One fetch of a feed: one request, conditional."""
    answer = session.get(session.url, conditional=True)
    floor = session.memory.watch_state.get("floor")
    known = session.unchanged(answer)
    return known or session.not_shrunk(session.read(read_feed, answer, datetime.fromisoformat(floor) if floor else None))


def read_feed(answer: HttpAnswer, floor: datetime | None = None) -> ReadResult:
    """The entries of a feed's answer, or why there are none. Never raises for what a feed contains.

    `floor`: of a very long feed, see `_newest`.
    """
    body = without_impossible_references(answer.body.lstrip())
    if not body:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "200 with an empty body")
    if too_deep(body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    if (other := _other_format(body, answer)) is not None:
        return _newest(other, floor) if other.good else other
    parsed, doubts = _parse(body, answer)
    if not parsed.version and not parsed.entries:
        return _no_feed(body, answer, parsed)
    if not parsed.entries:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"a valid {parsed.version} feed without entries")
    entries = _with_distinct_keys([e for raw in parsed.entries if (e := _entry(raw, parsed.feed, answer.url))])
    if not entries:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"{len(parsed.entries)} entries, none with an address or a title")
    graded = _graded(entries, parsed)
    return _newest(replace(graded, doubts=(*doubts, *graded.doubts)), floor)


def _other_format(body: bytes, answer: HttpAnswer) -> ReadResult | None:
    """The entries of a JSON Feed, of WordPress' REST interface or of a sitemap, recognised by the
    bytes; None for other formats.
    """
    decoded = decode(body, answer.headers.get("content-type", "")) if body.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"[") else None
    if decoded is not None:
        try:
            tree = json.loads(decoded.text)
        except (ValueError, RecursionError):
            return None
        if not (is_json_feed(tree) or is_wordpress(tree)):
            return None
        name, entries = (
            ("JSON Feed", json_feed_entries(tree, answer.url)) if is_json_feed(tree) else ("list of posts", wordpress_entries(tree))
        )
    elif is_sitemap(body):
        name, entries = "sitemap", sitemap_entries(body)
    else:
        return None
    if not entries:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"a valid {name} without entries")
    undated = sum(e.published is None for e in entries)
    return ok_result(_with_distinct_keys(entries), doubts=(f"{undated} of {len(entries)} entries without a date",) if undated else ())


def _newest(result: ReadResult, floor: datetime | None) -> ReadResult:
    """The entries of a feed, at most MAX_ENTRIES: of a very long feed the newest by date.

    `floor`: date of the oldest entry that an earlier fetch read. Older entries stay left out, so
    that none of them counts as new when an entry is removed from the feed.
    """
    count = len(result.entries)
    if count <= MAX_ENTRIES and (floor is None or count <= MAX_ENTRIES // 2):
        return replace(result, watch_state={**result.watch_state, "floor": None})
    dated = [(e.published, -place) for place, e in enumerate(result.entries) if e.published and (floor is None or e.published >= floor)]
    undated = [place for place, e in enumerate(result.entries) if e.published is None]
    # The order of undated entries is unknown, so both ends are read
    if len(undated) > MAX_ENTRIES // 2:
        undated = [*undated[: MAX_ENTRIES // 4], *undated[-(MAX_ENTRIES // 4) :]] if dated else _ends(undated)
    dated.sort(reverse=True)
    room = MAX_ENTRIES - len(undated)
    read = sorted([*undated, *(-place for _, place in dated[:room])])
    floor = dated[room - 1][0] if len(dated) > room else floor
    doubt = f"{count} entries, the newest {len(read)} read" if count > len(read) else ""
    return replace(
        result,
        entries=tuple(result.entries[place] for place in read),
        doubts=(*result.doubts, *filter(None, (doubt,))),
        watch_state={**result.watch_state, "floor": floor.isoformat() if floor else None},
    )


def _ends(places: list[int]) -> list[int]:
    """Half of MAX_ENTRIES from each end of `places`; all of them where there are not more."""
    half = MAX_ENTRIES // 2
    return [*places[:half], *places[half:][-half:]]


def _with_distinct_keys(entries: list[ListedEntry]) -> list[ListedEntry]:
    """Entries with distinct keys. A guid that entries of different addresses share (always "0")
    gives way to the address; an address that entries without a guid share, to address, title and
    date.
    """
    addresses = Counter(key for key, _ in {(e.key, e.url) for e in entries})
    entries = [replace(e, key=e.url) if addresses[e.key] > 1 else e for e in entries]
    titles = Counter(key for key, _, _ in {(e.key, e.title, e.published) for e in entries if e.key == e.url})
    return [
        replace(e, key=f"{e.url}#{_digest(f'{e.title} {e.published}')}") if titles[e.key] > 1 and e.key == e.url else e for e in entries
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _parse(body: bytes, answer: HttpAnswer) -> tuple[Any, tuple[str, ...]]:
    """feedparser on text whose encoding was decided on the bytes (on the bytes themselves where
    that gave nothing readable); doubts about the encoding.
    """
    content_type = answer.headers.get("content-type", "")
    decoded = decode(body, content_type)
    if any(d.startswith("unreadable") for d in decoded.doubts):
        parsed = feedparser.parse(body, response_headers={"content-type": content_type, "content-location": answer.url}, **_PLAIN)
        return parsed, ()  # titles that it cannot read either are counted below
    text = _PROLOG.sub("", decoded.text, count=1)
    # No feed needs its own entities; attacks use them to exhaust the parser or to read files
    if "<!ENTITY" in text[:20_000]:
        text = _DOCTYPE.sub("", text, count=1)
    plain = b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8", "replace")
    if parsed_fast := read_rss(plain):
        return feedparser.FeedParserDict(parsed_fast), decoded.doubts
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": answer.url}
    return feedparser.parse(plain, response_headers=headers, **_PLAIN), decoded.doubts


def _no_feed(body: bytes, answer: HttpAnswer, parsed: Any) -> ReadResult:
    if is_challenge(body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.CHALLENGE, "200, but a robot check in place of the feed")
    if is_refused(body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.BLOCK_PAGE, "200, but a page says that access is refused")
    return failed_result(
        FetchOutcome.BROKEN, FetchReason.NOT_A_FEED, f"200 with {answer.media_type or 'no type'}, but no feed: {_why(parsed)}"
    )


def _graded(entries: list[ListedEntry], parsed: Any) -> ReadResult:
    """The entries, with doubts about them."""
    missing = len(parsed.entries) - len(entries)
    broken = bool(parsed.bozo) and not isinstance(
        parsed.bozo_exception, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    )
    undated = sum(e.published is None for e in entries)
    unreadable = sum("�" in e.title for e in entries)
    moved = str(parsed.feed.get("newlocation") or parsed.feed.get("itunes_new-feed-url") or "").strip()
    doubts = [
        f"the feed has moved to {moved}" if _is_web(moved) else "",
        f"{missing} entries without address and title" if missing else "",
        f"ill-formed: {_why(parsed)}" if broken else "",
        f"{undated} of {len(entries)} entries without a date" if undated else "",
        f"{unreadable} titles with unreadable characters" if unreadable else "",
    ]
    named = tuple(filter(None, doubts))
    return ok_result(
        entries, "; ".join(named[: 1 + bool(broken)]) if missing or broken else None, partly=bool(missing or broken), doubts=named
    )


def _why(parsed: Any) -> str:
    return (str(parsed.get("bozo_exception", "unknown format")).splitlines() or ["unknown"])[0][:200]


def _entry(raw: Any, feed: Any, base: str) -> ListedEntry | None:
    link = str(raw.get("link") or next((x.get("href", "") for x in raw.get("links", [])), "")).strip()
    title = str(raw.get("title") or "").strip()
    key = str(raw.get("id") or link).strip()
    if not _is_web(link):
        link = key if _is_web(key) else ""
    link = str(raw.get("feedburner_origlink") or "") or link
    html = _content(raw)
    if not link and not title and len(html) < LEAST_TEXT:
        return None
    published, edited = (_date(raw, name, lambda: _zone(feed, f"{title} {html[:1000]}")) for name in ("published", "updated"))
    notes = [] if published or edited else ["no date in the feed"]
    return ListedEntry(
        key=key or link or title or f"text {_digest(html)}",
        url=link or base,
        title=title,
        html=html,
        published=published or edited,
        edited=edited if edited and published and edited > published else None,
        lang=str(raw.get("language") or feed.get("language") or "")[:2].lower() or None,
        notes=tuple(notes),
    )


def _zone(feed: Any, text: str) -> tzinfo:
    """Zone of a date that names none: Moscow for Cyrillic text, else by the language of the feed.

    The text decides, because "en-US" is the default of much software.
    """
    language = str(feed.get("language") or "")[:2].lower()
    cyrillic = len(_CYRILLIC_WORD.findall(text)) > len(_LATIN_WORD.findall(re.sub(r"<[^>]*>|https?://\S+", " ", text)))
    return MOSCOW if cyrillic or language in ("", "ru", "uk", "be", "kk", "tt", "ce") else UTC


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _content(raw: Any) -> str:
    """The longest of content and summary: full articles are in content:encoded or in the fields for
    Yandex, leads in description.
    """
    texts = [str(c.get("value") or "") for c in raw.get("content", [])]
    texts += [str(raw.get(name) or "") for name in _FULL_TEXTS]
    return max([*texts, str(raw.get("summary") or "")], key=len)


def _date(raw: Any, name: str, zone: Callable[[], tzinfo]) -> datetime | None:
    """A moment. Midnight in a time zone (as the publication portal writes it) means a day, and the
    day is kept.

    feedparser's own reading of dates is not used: it takes "24-11-2026" for 2024, "2026/11/24" for
    the first of November and MSK for UTC.
    """
    # dict.get: that of feedparser returns "published" for "updated"
    written = str(dict.get(raw, name) or "")
    if not written:
        return None
    return day_of(written) or read_date(written, UTC if _NAMES_ZONE.search(written) else zone())
