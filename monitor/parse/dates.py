"""Dates in the forms that outlets use: RFC 822, ISO 8601, Russian ("Вт, 24 ноя 2026 10:05 МСК").

Never guesses: a text without a full day gives None (dateparser would turn "ноябрь 2026" into today's
day of November).
"""

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")  # what a Russian outlet means when it names no zone
_SETTINGS = {
    "DATE_ORDER": "DMY",
    "REQUIRE_PARTS": ["day", "month", "year"],
    "RETURN_AS_TIMEZONE_AWARE": False,
    "PARSERS": ["absolute-time"],  # not "yesterday" and "5 minutes ago": they name no day
}
_TWELVE_HOURS = re.compile(r"\d\s*[ap]\.?\s?m\b", re.I)  # RFC 822 knows no afternoon: "10:05 PM" would be the morning
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def read_date(text: str, zone: tzinfo = MOSCOW) -> datetime | None:
    """An aware moment in UTC, or None where `text` is no full date. A date before 1995 is a mistake, not a date. `zone`: what is meant where none is named.

    A day without an hour stays that day (midnight UTC): as Moscow midnight it would turn into the day before.
    """
    text = text.strip()[:100]
    if not re.search(r"\d", text):
        return None
    when = _seconds(text) or _iso(text) or _rfc822(text) or _russian(text)
    if when is None:
        return None
    try:
        when = (when if when.tzinfo else when.replace(tzinfo=zone if when.hour or when.minute or ":" in text else UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return when if when >= EARLIEST else None


def day_of(text: str) -> datetime | None:
    """Midnight of a zone east or west of UTC ("Tue, 04 Aug 2026 00:00:00 +0300") is a day, not a moment: that day in UTC. None for all else.

    Turned into UTC it would be the day before, which is wrong by a day for a law's publication.
    """
    text = text.strip()[:100]
    if "00:00:00" not in text:
        return None
    when = _iso(text) or _rfc822(text)
    if when is None or not when.tzinfo or not when.utcoffset() or (when.hour, when.minute, when.second) != (0, 0, 0):
        return None
    return when.replace(tzinfo=UTC)


def _seconds(text: str) -> datetime | None:
    """Seconds, or thousandths of them, since 1970."""
    return datetime.fromtimestamp(int(text[:10]), UTC) if re.fullmatch(r"\d{10}(\d{3})?", text) else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    if _TWELVE_HOURS.search(text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _russian(text: str) -> datetime | None:
    text = re.sub(r"\(?\b(мск|msk)\b\)?", "", text, flags=re.IGNORECASE)
    text = re.sub(
        r"^\s*(пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)[,.]?\s+", "", text, flags=re.IGNORECASE
    )
    import dateparser  # loaded for the few dates in words

    found = dateparser.parse(text, languages=["ru", "uk", "en"], settings=_SETTINGS)
    return found if isinstance(found, datetime) else None
