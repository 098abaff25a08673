"""The form of a subscription: its values, and how they are read."""

from dataclasses import dataclass, field

from pydantic import ValidationError
from starlette.datastructures import FormData

from alerts import subscriptions
from alerts.i18n import catalogue
from alerts.preferences import Preferences, preferences_of
from alerts.time_zones import find_zone
from db.field_problems import field_problems
from db.models import SubscriptionRow

ZONE = "Europe/Brussels"


@dataclass(frozen=True)
class PreferencesForm:
    """The values of a form."""

    language: str
    preferences: Preferences = field(default_factory=Preferences)
    zone: str = ZONE


def read_form(form: FormData, before: PreferencesForm) -> PreferencesForm:
    """What a reader filled in. Raises ValidationError."""
    language, zone = text_field(form, "language", before.language), text_field(form, "zone", before.zone)
    return PreferencesForm(language, _preferences_in(form, before.preferences), find_zone(zone, before.language) or zone)


def preferences_or_default(row: SubscriptionRow) -> Preferences:
    """The preferences of a subscription, or the usual ones where they cannot be followed any
    more.
    """
    try:
        return preferences_of(row)
    except ValidationError:
        return Preferences()


def _preferences_in(form: FormData, before: Preferences) -> Preferences:
    """Preferences from the form. Raises ValidationError."""
    return Preferences.model_validate(
        {
            "reports": form.getlist("reports"), "topics": form.getlist("topics"), "severity": form.get("severity", before.severity),
            "rhythm": form.get("rhythm", before.rhythm), "hour": form.get("hour", before.hour), "weekday": form.get("weekday", before.weekday),
            "days": form.getlist("days") or before.days,
            "unreviewed": form.get("unreviewed") == "yes", "urgent": form.get("urgent") == "yes", "urgent_a_day": before.urgent_a_day,
            "links": form.get("links", before.links), "translations": form.get("translations") == "yes",
        }
    )  # fmt: skip


def text_field(form: FormData, name: str, default: str) -> str:
    value = form.get(name, default)
    return value[:300] if isinstance(value, str) else default


def error_text(error: subscriptions.CannotSubscribe | ValidationError, language: str) -> str:
    if isinstance(error, subscriptions.CannotSubscribe):
        return error.text(language)
    # Only a form that is not ours gets here
    what = "; ".join(field_problems(error)[:3])
    return catalogue(language).gettext("This cannot be saved: %(what)s") % {"what": what}
