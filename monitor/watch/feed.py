"""`feed`: RSS and Atom of any quality, read by feedparser from bytes.

feedparser is never given an address or a path (it would open it). Encoding: its own rules on bytes are right for Russian feeds that lie in the header,
as measured in the notes; what it lacks is dates in Russian ("Вт, 24 ноя 2026"), which dateparser reads.
"""

import calendar
import re
from datetime import UTC, datetime
from typing import Any

import feedparser

from db.words import Outcome, Reason
from monitor.read.dates import read_date
from monitor.watch.client import Answer
from monitor.watch.entries import Entry, Yield, blind, well

MAX_ENTRIES = 1000
_CHALLENGE = re.compile(
    rb"just a moment|ddos-guard|checking your browser|qrator|captcha|cf-chl|enable javascript and cookies|\xd0\xbf\xd1\x80\xd0\xbe\xd0\xb2\xd0\xb5\xd1\x80\xd0\xba\xd0\xb0 \xd0\xb1\xd1\x80\xd0\xb0\xd1\x83\xd0\xb7\xd0\xb5\xd1\x80\xd0\xb0",
    re.I,
)


def read_feed(answer: Answer) -> Yield:
    """The entries of a feed's answer, or why there are none. Never raises for what a feed contains."""
    body = answer.body.lstrip()
    if not body:
        return blind(Outcome.SUSPICIOUS, Reason.EMPTY, "200 with an empty body")
    parsed = feedparser.parse(
        body, response_headers={"content-type": answer.headers.get("content-type", ""), "content-location": answer.url}
    )
    if not parsed.version and not parsed.entries:
        if is_challenge(body):
            return blind(Outcome.BROKEN, Reason.CHALLENGE, "200, but a robot check stands in place of the feed")
        return blind(Outcome.BROKEN, Reason.NOT_A_FEED, f"200 with {answer.media_type or 'no type'}, but no feed: {_why(parsed)}")
    if not parsed.entries:
        return blind(Outcome.SUSPICIOUS, Reason.EMPTY, f"a valid {parsed.version} feed without entries")
    entries = [e for raw in parsed.entries[:MAX_ENTRIES] if (e := _entry(raw, parsed.feed, answer.url))]
    missing = len(parsed.entries[:MAX_ENTRIES]) - len(entries)
    broken = bool(parsed.bozo) and not isinstance(
        parsed.bozo_exception, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    )
    if not entries:
        return blind(Outcome.SUSPICIOUS, Reason.EMPTY, f"{missing} entries, none with an address or a title")
    detail = "; ".join(
        filter(None, [f"{missing} entries without address and title" if missing else "", f"ill-formed: {_why(parsed)}" if broken else ""])
    )
    return well(entries, detail or None, partly=bool(missing or broken))


def is_challenge(body: bytes) -> bool:
    """A page of a guard (Cloudflare, DDoS-Guard, Qrator, a captcha) instead of the content."""
    return bool(_CHALLENGE.search(body[:20_000]))


def _why(parsed: Any) -> str:
    return str(parsed.get("bozo_exception", "unknown format")).splitlines()[0][:200]


def _entry(raw: Any, feed: Any, base: str) -> Entry | None:
    link = str(raw.get("link") or next((x.get("href", "") for x in raw.get("links", [])), "")).strip()
    title = str(raw.get("title") or "").strip()
    key = str(raw.get("id") or link).strip()
    if not link.startswith(("http://", "https://")):
        link = key if key.startswith(("http://", "https://")) else ""
    if not link and not title:
        return None
    published, edited = _date(raw, "published"), _date(raw, "updated")
    notes = [] if published or edited else ["no date in the feed"]
    return Entry(
        key=key or link or title,
        url=link or base,
        title=title,
        html=_content(raw),
        published=published or edited,
        edited=edited if edited and published and edited > published else None,
        lang=str(raw.get("language") or feed.get("language") or "")[:2].lower() or None,
        notes=tuple(notes),
    )


def _content(raw: Any) -> str:
    """The longest of content and summary: full articles stand in content:encoded, leads in description."""
    texts = [str(c.get("value") or "") for c in raw.get("content", [])]
    return max([*texts, str(raw.get("summary") or "")], key=len)


def _date(raw: Any, name: str) -> datetime | None:
    parsed = raw.get(f"{name}_parsed")
    if parsed:
        try:
            return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
        except (OverflowError, ValueError):
            return None
    return read_date(str(raw.get(name) or ""))
