"""Languages of mails and readers' pages: message catalogues (gettext, English as the key) and dates
by locale.

The catalogues are the .po files themselves. They are compiled when first used, so no compiled copy
can be older than its text.
"""

import gettext
import io
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from db.enums import READER_LANGUAGES
from db.gist import TOPICS, Gist, Wording
from db.reason_codes import STAGES

_NAMES = {"en": "English", "da": "Dansk", "nl": "Nederlands", "de": "Deutsch", "fr": "Français"}
LANGUAGES = {code: _NAMES[code] for code in READER_LANGUAGES}
# Catalogues that no native speaker has read yet; lists of languages say so
UNCHECKED = frozenset({"de", "fr"})
LOCALES = {"en": "en_GB"}  # forms of dates, where a language alone would give another country's
CATALOGUES = files("alerts") / "locale"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Translations into a language; English (and an unknown language) returns the texts as in the
    code.
    """
    if language not in LANGUAGES or language == "en":
        return gettext.NullTranslations()
    source = CATALOGUES / language / "LC_MESSAGES" / "ajour.po"
    packed = io.BytesIO()
    write_mo(packed, read_po(io.BytesIO(source.read_bytes()), locale=language))
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def language_names() -> dict[str, str]:
    """Code → name of each language for a list to choose from, with a note where the catalogue is
    unchecked.
    """
    note = {code: catalogue(code).gettext(_("not yet checked by a native speaker")) for code in UNCHECKED}
    return {code: f"{name} ({note[code]})" if code in note else name for code, name in LANGUAGES.items()}


@cache
def locale(language: str) -> Locale:
    """The Babel locale of a language; British English for an unknown one."""
    known = language if language in LANGUAGES else "en"
    return Locale.parse(LOCALES.get(known, known))


def day(at: datetime | date | None, language: str, zone: str = "UTC") -> str:
    """“24 November 2026”, in the reader's language and zone."""
    if at is None:
        return catalogue(language).gettext("no date")
    return _date(at.astimezone(ZoneInfo(zone)) if isinstance(at, datetime) else at, "long", language)


def moment(at: datetime, language: str, zone: str = "UTC") -> str:
    """“24 Nov 2026, 06:00”."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{_date(there, 'medium', language)}, {format_time(there, 'short', locale=locale(language))}"


def _date(at: date, width: Literal["long", "medium"], language: str) -> str:
    text = format_date(at, width, locale=locale(language))
    # CLDR writes "1 mars"; French usage is "1er mars" (Lexique des règles typographiques, "date").
    return f"1er{text[1:]}" if language == "fr" and at.day == 1 else text


def weekdays(language: str) -> list[str]:
    """Names of the days, Monday first."""
    names = locale(language).days["stand-alone"]["wide"]
    return [names[i] for i in range(7)]


def gist_text(gist: Gist, language: str) -> str:
    """The sentence of a gist in the reader's language, without a full stop."""
    known = language if language in LANGUAGES else "en"
    words = catalogue(known)
    return gist.text(Wording(known, locale(known), words.gettext, words.ngettext))


def _(text: str) -> str:
    """Marks a text for the catalogues; translated where it is shown."""
    return text


TIER = {1: _("primary text or official body"), 2: _("named authorship"), 3: _("secondary source"), 4: _("weak or anonymous source")}
STAGE = STAGES
RELATION = {
    "updates": _("likely update"), "contradicts": _("contradicts the claim"), "answers_open_question": _("bears on what the report leaves open"),
    "adds_detail": _("adds to the claim"), "restates": _("restates the claim"), "new_topic": _("new topic"), "unrelated": _("unrelated"),
}  # fmt: skip
CHOICE = {
    "new_or_amended_law": _("new or amended law"), "value_or_date_changed": _("value or date changed"), "new_practice": _("new practice"),
    "court_or_interpretation": _("court or official interpretation"), "contradicts": _("contradicts the claim"), "still_valid": _("checked, still valid"),
    "not_about_this_claim": _("not about this claim"), "wrong_claim": _("about another claim"), "duplicate": _("already reported in another entry"),
    "later": _("put off"), "not_sure": _("a second reader is asked"),
}  # fmt: skip
TOPIC = TOPICS
SEVERITY = {"high": _("high"), "medium": _("medium"), "low": _("low"), "none": _("none")}
_REASONS = {
    _("no answer"): ("dns", "connect", "tls", "timeout", "retry_later"),
    _("access refused"): (
        "http_403", "http_429", "http_4xx", "robots_txt", "challenge_page", "block_page", "forbidden_address", "offsite_redirect", "restricted_channel",
    ),
    _("not found"): ("http_404", "http_410", "no_such_channel", "no_public_preview", "soft_404", "sent_to_front_page", "not_the_known_source"),
    _("server error"): ("http_5xx",),
    _("empty answer"): ("no_entries", "throttled_empty_page", "far_less_than_before", "fewer_than_expected", "quieter_than_usual"),
    _("not fetched"): ("never", "kind_not_supported_yet"),
}  # fmt: skip
_REASON = {code: text for text, codes in _REASONS.items() for code in codes}


def reason(code: str) -> str:
    """Why a source was not read, in words (English, a key of the catalogues); the exact reason is
    on the desk's sources page.
    """
    return _REASON.get(code, _("unreadable answer"))
