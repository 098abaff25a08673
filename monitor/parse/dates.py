"""Dates in the forms that outlets use: RFC 822, ISO 8601, words ("Вт, 24 ноя 2026 10:05 МСК").

Words are read in Russian, Ukrainian, Belarusian, English, German, Danish, Dutch and French. Never
guesses: a text without a full day gives None (dateparser would turn "ноябрь 2026" into today's day
of November), and so does a zone that cannot be right. The zone is read before the date, because the
libraries read "+03" as three minutes and drop zones that are written as names.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOSCOW = ZoneInfo("Europe/Moscow")  # what a Russian outlet means when it names no zone
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_LANGUAGES = ["ru", "uk", "be", "en", "de", "da", "nl", "fr"]
_SETTINGS = {
    "DATE_ORDER": "DMY",
    "REQUIRE_PARTS": ["day", "month", "year"],
    "RETURN_AS_TIMEZONE_AWARE": False,
    "PARSERS": ["absolute-time"],  # not "yesterday" and "5 minutes ago": they name no day
}
# RFC 822 has no afternoon: "10:05 PM" would be the morning
_TWELVE_HOURS = re.compile(r"\d\s*[ap]\.?\s?m\b", re.I)

# Hours east of UTC. Abbreviations with several meanings have the one that feeds use.
_ZONE_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "IST": 5.5, "JST": 9, "AEST": 10, "AEDT": 11, "IDT": 3, "TRT": 3, "GET": 4, "AZT": 4, "UZT": 5, "KGT": 6,
    "MSK": 3, "МСК": 3, "MSD": 4, "SAMT": 4, "YEKT": 5, "OMST": 6, "KRAT": 7, "NOVT": 7, "IRKT": 8, "YAKT": 9, "VLAT": 10, "MAGT": 11, "PETT": 12,
}  # fmt: skip
_ZONE_WORDS = (
    (re.compile(r",?\s*\(?\b(?:по\s+)?(?:московск\w+\s+врем\w+|врем\w+\s+московск\w+|москв[еыа]|moscow(?:\s+time)?)\b\)?", re.I), MOSCOW),
    (
        re.compile(r",?\s*\(?\b(?:(?:по|за)\s+)?(?:киевск\w+\s+времен\w+|київськ\w+\s+час\w*|києв\w+|ky?iv\s+time)\b\)?", re.I),
        ZoneInfo("Europe/Kyiv"),
    ),
)
_PLACE = re.compile(
    r"\s*[\[(]?\b((?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[A-Za-z_+\-0-9]+(?:/[A-Za-z_]+)?)[\])]?"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?|T\d{4}(?:\d{2}(?:[.,]\d+)?)?"
_OFFSET = re.compile(rf"({_CLOCK})\s*\(?(?:(?:UTC|GMT)\s*)?([+\-−])(\d{{1,2}})(?::?(\d{{2}}))?\b\)?", re.I)
_NAMED_OFFSET = re.compile(r"\(?\b(UTC|GMT|MSK|МСК)\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?\b\)?", re.I)
_ABBREVIATION = re.compile(
    rf"(?<![A-Za-zА-яё+\-])[(\[]?({'|'.join(n for n in _ZONE_HOURS if n != 'Z')}|(?<=\d)Z|(?<=\d )Z)[)\]]?(?![\w/])", re.I
)
_DOT_CLOCK = re.compile(
    r"\b(?:kl|klokken|um|om|à|в|о|об)\b\.?\s*(\d{1,2})[.:h](\d{2})\b|\b(\d{1,2})[.:](\d{2})(?=\s*(?:uhr|uur)\b)|\b(\d{1,2})[uh](\d{2})\b|\b(\d{1,2})\s*ч(?:ас\w*)?\.?\s*(\d{2})\s*м(?:ин\w*)?\b\.?",
    re.I,
)
_FULL_HOUR = re.compile(r"\b(?:(?:um|om|kl|klokken)\b\.?\s*)?(?<![\d:.])(\d{1,2})\s*(?:uhr|uur)\b", re.I)
_FILLERS = re.compile(r"\b(?:uhr|uur|kl|klokken)\b\.?", re.I)
_LABEL = re.compile(
    r"^(?:\W*(?:опубликован\w*|последн\w+|senest|sidst|zuletzt|laatst|last|обновлен\w*|обновлён\w*|дата(?: публикации)?|оновлено|published|updated|posted|on|veröffentlicht|aktualisiert|stand|vom|am"
    r"|gepubliceerd|bijgewerkt|geplaatst|op|offentliggjort|udgivet|opdateret|publiceret|d|den|publié|le)\b[\s.:]*)+",
    re.I,
)
_WEEKDAY = re.compile(
    r"^\W*(?:пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|понеділок|вівторок|середа|четвер|п.ятниця|субота|неділя"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag"
    r"|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|(?:mon|tue|tues|wed|wednes|thu|thurs|fri|sat|satur|sun)(?:day)?|mo|di|mi|do|fr|sa|so|ma|wo|vr|za|zo|ti|on|to|lø|sø)\b[.,]*\s*(?:(?:den|d|de|le|der|dem)\b\.?\s*)?",
    re.I,
)
# Placeholders of software for "no date": 0000-00-00, 01 Jan 0001
_NO_YEAR = re.compile(r"(?<![+\-−\d:])000\d(?![\d:])")
_MIDNIGHT_24 = re.compile(r"(?<![\d:])24:00(?::00)?(?![\d:])")


@lru_cache(maxsize=4096)
def read_date(text: str, zone: tzinfo = MOSCOW) -> datetime | None:
    """A moment in UTC, or None if `text` is not a full date or lies before `EARLIEST`.

    `zone`: the zone of dates that name none. A day without an hour stays that day (midnight UTC):
    as Moscow midnight it would become the day before.
    """
    text = " ".join(text.split())[:100]
    if not re.search(r"\d", text) or _NO_YEAR.search(text):
        return None
    if (seconds := _seconds(text)) is not None:
        return seconds if seconds >= EARLIEST else None
    try:
        text, named_zone = _split_zone(text)
    except ValueError:
        return None
    text, next_day = _MIDNIGHT_24.subn("00:00", text, count=1)
    naive = _iso(text) or _rfc822(text) or _words(text)
    if naive is None:
        return None
    has_hour = naive.hour or naive.minute or ":" in text
    try:
        moment = naive.replace(tzinfo=named_zone or (zone if has_hour else UTC)) + timedelta(days=next_day)
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment.replace(microsecond=0) if moment >= EARLIEST else None


def day_of(text: str) -> datetime | None:
    """The day (midnight UTC) of a date that is midnight of a zone other than UTC; None for all
    others.

    "Tue, 04 Aug 2026 00:00:00 +0300" is a day, not a moment. Converted to UTC it would be the day
    before, which is wrong by a day for a law's publication.
    """
    text = text.strip()[:100]
    if "00:00:00" not in text:
        return None
    try:
        rest, named_zone = _split_zone(text)
    except ValueError:
        return None
    naive = _iso(rest) or _rfc822(rest)
    if naive is None or named_zone is None or (naive.hour, naive.minute, naive.second) != (0, 0, 0):
        return None
    return naive.replace(tzinfo=UTC) if named_zone.utcoffset(naive) else None


def _split_zone(text: str) -> tuple[str, tzinfo | None]:
    """(`text` without its zone, the zone or None). Raises ValueError for an offset that no zone
    has.
    """
    zones = list[tzinfo]()
    if match := _OFFSET.search(text):
        zones.append(_fixed(match[2], match[3], match[4]))
        text = f"{text[: match.end(1)]}{text[match.end() :]}"
    if match := _NAMED_OFFSET.search(text):
        base = _ZONE_HOURS[match[1].upper()]  # "МСК+2" is how Russian regions write UTC+5
        zones.append(_fixed(match[2], match[3], match[4], base))
        text = f"{text[: match.start()]}{text[match.end() :]}"
    if match := _PLACE.search(text):
        try:
            zones.append(ZoneInfo(match[1]))
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{match[1]} is not a zone") from error
        text = f"{text[: match.start()]}{text[match.end() :]}"
    for pattern, named in _ZONE_WORDS:
        if pattern.search(text):
            zones.append(named)
            text = pattern.sub("", text)
    if match := _ABBREVIATION.search(text):
        zones.append(timezone(timedelta(hours=_ZONE_HOURS[match[1].upper()])))
        text = f"{text[: match.start()]}{text[match.end() :]}"
    return text.replace("()", "").strip(), next(iter(zones), None)


def _fixed(sign: str, hours: str, minutes: str | None, base: float = 0) -> timezone:
    """The zone of an offset. Raises ValueError beyond 14 hours."""
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1) + timedelta(hours=base)
    if abs(offset) > timedelta(hours=14) or int(minutes or 0) > 59:
        raise ValueError(f"{sign}{hours}{minutes or ''} is not an offset of a zone")
    return timezone(offset)


def _seconds(text: str) -> datetime | None:
    """Seconds, or thousandths of them, since 1970."""
    return datetime.fromtimestamp(int(text[:10]), UTC) if re.fullmatch(r"\d{10}(\d{3})?", text) else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    if _TWELVE_HOURS.search(text):
        return None
    try:
        return parsedate_to_datetime(text).replace(tzinfo=None)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words(text: str) -> datetime | None:
    """A date in words or in day.month.year, by dateparser, without labels, weekdays and clock
    words.
    """
    text = _WEEKDAY.sub("", _LABEL.sub("", text))
    text = _DOT_CLOCK.sub(lambda m: " {}:{}".format(*[g for g in m.groups() if g]), text)
    text = _FILLERS.sub("", _FULL_HOUR.sub(r" \1:00", text))
    import dateparser  # imported on use: only few dates are in words

    parsed = dateparser.parse(text, languages=_LANGUAGES, settings=_SETTINGS)
    return parsed if isinstance(parsed, datetime) else None
