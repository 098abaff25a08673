"""Time zones to choose from: the likely ones first, each with its city in the reader's language."""

from functools import cache
from zoneinfo import available_timezones

from babel.dates import get_timezone_location

from alerts.i18n import LANGUAGES, locale

# Countries with COI desks on Russia, by their largest city
LIKELY = (
    "Europe/Brussels", "Europe/Copenhagen", "Europe/Amsterdam", "Europe/Berlin", "Europe/Paris", "Europe/Luxembourg", "Europe/Vienna",
    "Europe/Zurich", "Europe/Oslo", "Europe/Stockholm", "Europe/Helsinki", "Europe/Warsaw", "Europe/Dublin", "Europe/London", "UTC",
)  # fmt: skip
_CONTINENTS = ("Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/", "Indian/")


@cache
def zone_choices(language: str) -> tuple[tuple[str, str], ...]:
    """(zone, its city in the language), the likely zones first, the others by name."""
    others = sorted(z for z in available_timezones() if z.startswith(_CONTINENTS) and z not in LIKELY)
    return tuple((z, get_timezone_location(z, locale=locale(language), return_city=True)) for z in (*LIKELY, *others))


def known_zone(name: str) -> bool:
    """Whether the machine's zone database has it."""
    return name in available_timezones()


def find_zone(text: str, language: str) -> str | None:
    """The zone that a reader means: by name in any case ("europe/brussels"), or by its city in
    their language or in English ("København"). None where nothing or more than one zone matches.
    """
    typed = text.strip().casefold().replace(" ", "_")
    if not typed:
        return None
    by_name = {z.casefold(): z for z in available_timezones()}
    if typed in by_name:
        return by_name[typed]
    matches = {
        zone
        for each in dict.fromkeys((language, "en"))
        for zone, city in zone_choices(each if each in LANGUAGES else "en")
        if typed in (city.casefold().replace(" ", "_"), zone.rpartition("/")[2].casefold())
    }
    return matches.pop() if len(matches) == 1 else None
