"""Languages of what readers get: message catalogues (gettext, English as the key) and dates by locale.

The catalogues are the .po files themselves, compiled when first used, so that no compiled copy can be older than its text.
"""

import gettext
import io
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "da": "Dansk", "nl": "Nederlands"}
_LOCALES = {"en": "en_GB", "da": "da_DK", "nl": "nl_NL"}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Translations into a language; English (and an unknown language) says everything as it is written in the code."""
    if language not in LANGUAGES or language == "en":
        return gettext.NullTranslations()
    source = files("alerts") / "locale" / language / "LC_MESSAGES" / "ajour.po"
    packed = io.BytesIO()
    write_mo(packed, read_po(io.BytesIO(source.read_bytes()), locale=language))
    packed.seek(0)
    return gettext.GNUTranslations(packed)


@cache
def locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, "en_GB"))


def day(at: datetime | date | None, language: str, zone: str = "UTC") -> str:
    """“24 November 2026”, in the reader's language and zone."""
    if at is None:
        return catalogue(language).gettext("no date")
    return format_date(at.astimezone(ZoneInfo(zone)) if isinstance(at, datetime) else at, "d MMMM y", locale=locale(language))


def moment(at: datetime, language: str, zone: str = "UTC", year: bool = True) -> str:
    """“24 Nov 2026, 06:00”."""
    return format_datetime(at, "d MMM y, HH:mm" if year else "d MMM, HH:mm", tzinfo=ZoneInfo(zone), locale=locale(language))


def _(text: str) -> str:
    """Marks a text for the catalogues; translated where it is shown."""
    return text


TIER = {1: _("primary text or official body"), 2: _("named authorship"), 3: _("secondary source"), 4: _("weak or anonymous source")}
STAGE = {
    "rumour": _("rumour or forecast"), "proposed": _("proposed"), "introduced": _("before the Duma"), "reading_1": _("first reading passed"),
    "reading_2": _("second reading passed"), "adopted": _("adopted by parliament"), "signed": _("signed or issued"), "published": _("officially published"),
    "in_force": _("in force or in practice"), "repealed": _("repealed, suspended or postponed"), "court": _("court decision"), "denied": _("denied by an authority"),
}  # fmt: skip
RELATION = {
    "updates": _("likely update"), "contradicts": _("contradicts the claim"), "answers_open_question": _("bears on what the report leaves open"),
    "adds_detail": _("adds to the claim"), "restates": _("restates the claim"), "new_topic": _("new topic"), "unrelated": _("unrelated"),
}  # fmt: skip
CHOICE = {
    "new_or_amended_law": _("new or amended law"), "value_or_date_changed": _("value or date changed"), "new_practice": _("new practice"),
    "court_or_interpretation": _("court or official interpretation"), "contradicts": _("contradicts the claim"), "still_valid": _("checked, still valid"),
    "not_about_this_claim": _("not about this claim"), "wrong_claim": _("about another claim"), "duplicate": _("told already in another entry"),
    "later": _("put off"), "not_sure": _("a second reader is asked"),
}  # fmt: skip
SEVERITY = {"high": _("high"), "medium": _("medium"), "low": _("low"), "none": _("none")}
TOPIC = {
    "alternative_service": _("alternative civilian service"), "conscription": _("conscription"), "conscripts_in_war": _("conscripts in the war"),
    "consular_abroad": _("consular services abroad"), "contract_soldiers": _("contract soldiers"), "evasion_penalties": _("evasion and penalties"),
    "exit_ban": _("exit bans"), "foreigners_citizenship": _("foreigners and citizenship"), "medical_fitness": _("medical fitness"),
    "mobilisation": _("mobilisation"), "occupied_territories": _("occupied territories"), "other": _("other"), "prisoners": _("prisoners"),
    "recruitment_practice": _("recruitment practice"), "register_esummons": _("register and e-summonses"), "reservists": _("reservists"),
    "returnees": _("returnees"), "surveillance": _("surveillance"), "troop_numbers": _("troop numbers"),
}  # fmt: skip
REASON = {"forbidden_address": _("address refused"), "timeout": _("no answer in time"), "never": _("never read yet")}
