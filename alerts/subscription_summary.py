"""A subscription in a few lines, in its reader's language, so that a person can tell several
apart.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from alerts.i18n import LANGUAGES, SEVERITY, TOPIC, catalogue, weekdays
from alerts.preferences import EVERY_DAY, WORKING_DAYS, Preferences, preferences_of
from db.enums import LinkPolicy, Rhythm
from db.models import SubscriptionRow


def summary(row: SubscriptionRow, reports: Sequence[tuple[str, str]], language: str) -> list[str]:
    """Lines: when and in which language, of which reports, of which topics, what is left out.
    `reports`: (id, title) of all.
    """
    gettext = catalogue(language).gettext
    try:
        preferences = preferences_of(row)
    except ValidationError:
        return [gettext("Its preferences are no longer valid; please save them again.")]
    titles = dict(reports)
    lines = [
        f"{sentence([_when(preferences, row.zone, language)])}; {LANGUAGES.get(row.language, row.language)}",
        gettext("Reports:") + " " + ("; ".join(titles.get(r, r) for r in preferences.reports) or gettext("all")),
        topics_in(preferences.topics, language),
    ]
    limits = limits_in(preferences.severity, preferences.unreviewed, language)
    limits += [] if preferences.urgent or preferences.rhythm is Rhythm.IMMEDIATE else [gettext("nothing at once")]
    limits += (
        [{LinkPolicy.ARCHIVE: gettext("links to archived copies only"), LinkPolicy.NONE: gettext("no links")}[preferences.links]]
        if preferences.links is not LinkPolicy.DIRECT
        else []
    )
    limits += [] if preferences.translations else [gettext("no machine translations")]
    return [*lines, sentence(limits)] if limits else lines


def topics_in(topics: Sequence[str], language: str) -> str:
    """ "Topics: …" """
    gettext = catalogue(language).gettext
    return gettext("Topics:") + " " + (", ".join(gettext(TOPIC.get(t, t)) for t in topics) or gettext("all"))


def limits_in(severity: str, unreviewed: bool, language: str) -> list[str]:
    """What is left out, where something is."""
    gettext = catalogue(language).gettext
    limits = [gettext("severity at least %(least)s") % {"least": gettext(SEVERITY[severity])}] if severity != "low" else []
    return limits if unreviewed else [*limits, gettext("confirmed changes only")]


def sentence(parts: Sequence[str]) -> str:
    """The parts as one line that begins with a capital."""
    line = ", ".join(parts)
    return line[:1].upper() + line[1:]


def _when(preferences: Preferences, zone: str, language: str) -> str:
    gettext, names = catalogue(language).gettext, weekdays(language)
    values = {
        "hour": f"{preferences.hour:02d}:00",
        "zone": zone,
        "day": names[preferences.weekday],
        "days": ", ".join(names[d] for d in preferences.days),
    }
    match preferences.rhythm:
        case Rhythm.WEEKLY:
            template = gettext("Weekly: %(day)s at %(hour)s (%(zone)s)")
        case Rhythm.IMMEDIATE:
            template = gettext("Urgent changes only, at once; a weekly message: %(day)s at %(hour)s (%(zone)s)")
        case _ if preferences.days == EVERY_DAY:
            template = gettext("Daily at %(hour)s (%(zone)s)")
        case _ if preferences.days == WORKING_DAYS:
            template = gettext("Monday to Friday at %(hour)s (%(zone)s)")
        case _:
            template = gettext("%(days)s at %(hour)s (%(zone)s)")
    return template % values
