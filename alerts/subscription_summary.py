"""A subscription in a few words, in its reader's language: what a person with several tells them apart by."""

from collections.abc import Sequence

from pydantic import ValidationError

from alerts.i18n import LANGUAGES, SEVERITY, TOPIC, catalogue, weekdays
from alerts.preferences import Preferences, wishes
from db.enums import LinkPolicy, Rhythm
from db.models import SubscriptionRow


def gist(row: SubscriptionRow, reports: Sequence[tuple[str, str]], language: str) -> list[str]:
    """Lines: when and in which language, of which reports, of which topics, what is left out. `reports`: (id, title) of all."""
    say = catalogue(language).gettext
    try:
        w = wishes(row)
    except ValidationError:
        return [say("Its preferences cannot be followed any more; please save them anew.")]
    titles = dict(reports)
    lines = [
        f"{_when(w, row.zone, language)}; {LANGUAGES.get(row.language, row.language)}",
        say("Reports:") + " " + ("; ".join(titles.get(r, r) for r in w.reports) or say("all")),
        topics_in(w.topics, language),
    ]
    limits = limits_in(w.severity, w.unreviewed, language)
    limits += [] if w.urgent or w.rhythm is Rhythm.IMMEDIATE else [say("nothing at once")]
    limits += (
        [{LinkPolicy.ARCHIVE: say("links to archived copies only"), LinkPolicy.NONE: say("no links")}[w.links]]
        if w.links is not LinkPolicy.DIRECT
        else []
    )
    return [*lines, sentence(limits)] if limits else lines


def topics_in(topics: Sequence[str], language: str) -> str:
    """ "Topics: …" """
    say = catalogue(language).gettext
    return say("Topics:") + " " + (", ".join(say(TOPIC.get(t, t)) for t in topics) or say("all"))


def limits_in(severity: str, unreviewed: bool, language: str) -> list[str]:
    """What is left out, where something is."""
    say = catalogue(language).gettext
    limits = [say("severity at least %(least)s") % {"least": say(SEVERITY[severity])}] if severity != "low" else []
    return limits if unreviewed else [*limits, say("confirmed changes only")]


def sentence(parts: Sequence[str]) -> str:
    """The parts as one line that begins with a capital."""
    line = ", ".join(parts)
    return line[:1].upper() + line[1:]


def _when(w: Preferences, zone: str, language: str) -> str:
    say = catalogue(language).gettext
    given = {"hour": f"{w.hour:02d}:00", "zone": zone, "day": weekdays(language)[w.weekday]}
    return {
        Rhythm.DAILY: say("Daily at %(hour)s (%(zone)s)"),
        Rhythm.WEEKLY: say("Weekly: %(day)s at %(hour)s (%(zone)s)"),
        Rhythm.IMMEDIATE: say("Only what is urgent, at once; a sign of life: %(day)s at %(hour)s (%(zone)s)"),
    }[w.rhythm] % given
