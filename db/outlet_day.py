"""The calendar day on which an outlet published something, in the outlet's own time zone.

Times are stored in UTC. An article that appears in Moscow at 00:30 on 22 November is stored as
21:30 on 21 November; citations name 22 November, as the outlet itself does.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

# Language of the outlet → zone of its newsroom's calendar. Russian-language outlets in exile date
# their texts by Moscow time, whatever country they are registered in.
_BY_LANGUAGE = {"ru": "Europe/Moscow", "uk": "Europe/Kyiv"}
_BY_COUNTRY = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BY": "Europe/Minsk", "CA": "America/Toronto", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris",
    "GB": "Europe/London", "GE": "Asia/Tbilisi", "JP": "Asia/Tokyo", "KZ": "Asia/Almaty", "LT": "Europe/Vilnius", "LV": "Europe/Riga",
    "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "QA": "Asia/Qatar", "RU": "Europe/Moscow",
    "SE": "Europe/Stockholm", "TW": "Asia/Taipei", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip


def outlet_zone(profile: Mapping[str, Any]) -> ZoneInfo:
    """The zone of an outlet. `profile`: its row of sources.yml (`country`, `languages`)."""
    country = str(profile.get("country") or "")
    language = next(iter(profile.get("languages") or ()), "")
    if country in ("UA", "BY", "KZ") or language not in _BY_LANGUAGE:
        return ZoneInfo(_BY_COUNTRY.get(country, "UTC"))
    return ZoneInfo(_BY_LANGUAGE[language])


def outlet_day(published_at: datetime | None, profile: Mapping[str, Any]) -> date | None:
    """The outlet's own day of `published_at`; None if no date is known.

    Exactly midnight UTC means that the outlet gave a day without an hour: that day is kept.
    """
    if published_at is None:
        return None
    if (published_at.hour, published_at.minute, published_at.second, published_at.microsecond) == (0, 0, 0, 0):
        return published_at.date()
    return published_at.astimezone(outlet_zone(profile)).date()
