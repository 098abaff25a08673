"""The gist of a flagged assessment: one sentence that says what changed, kept as data.

"Time after which a summons counts as received: 7 days → 3 days (adopted by parliament)". It is
stored as one JSON object in `assessment.gist`. Every language is made from the same object, so a
gist says the same in each. Templates and units are texts of the catalogues in `alerts/locale/`; the
phrase of a subject or aspect comes from the pack of subjects, in the languages that the pack has.

Codes and field names are stored, so they are a contract with every database in use: add, never
rename or remove.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from db.models import AssessmentRow, ClaimRow
from db.reason_codes import STAGES


class GistCode(StrEnum):
    """What a gist says."""

    VALUE = "value"  # a number or date of a claim is certain to have changed
    STAGE = "stage"  # what the item speaks of is certain; it says at which stage that is
    REPORTED = "reported"  # nothing is certain: the subject of the nearest claim, and who reports


VALUE_STAGE = "%(what)s: %(change)s (%(stage)s)"
PLAIN = "%(what)s: %(change)s"
REPORTED_STAGE = "Reported by %(outlet)s: %(what)s – %(stage)s"
REPORTED = "Reported by %(outlet)s: %(what)s"
NEWLY_REPORTED = "newly reported"
MORE_THAN = "more than %(value)s"
TEMPLATES = (VALUE_STAGE, PLAIN, REPORTED_STAGE, REPORTED, NEWLY_REPORTED, MORE_THAN)
# Unit of a value → (text of one, text of several).
UNITS: Mapping[str, tuple[str, str]] = {
    "hours": ("%(number)s hour", "%(number)s hours"),
    "days": ("%(number)s day", "%(number)s days"),
    "weeks": ("%(number)s week", "%(number)s weeks"),
    "months": ("%(number)s month", "%(number)s months"),
    "years": ("%(number)s year", "%(number)s years"),
    "RUB": ("%(number)s rouble", "%(number)s roubles"),
    "EUR": ("%(number)s euro", "%(number)s euros"),
    "USD": ("%(number)s US dollar", "%(number)s US dollars"),
    "percent": ("%(number)s per cent", "%(number)s per cent"),
    "times": ("%(number)s time", "%(number)s times"),
    "people": ("%(number)s person", "%(number)s people"),
    "men": ("%(number)s man", "%(number)s men"),
    "servicemen": ("%(number)s serviceman", "%(number)s servicemen"),
    "contract soldiers": ("%(number)s contract soldier", "%(number)s contract soldiers"),
    "children": ("%(number)s child", "%(number)s children"),
    "prisoners": ("%(number)s prisoner", "%(number)s prisoners"),
    "users": ("%(number)s user", "%(number)s users"),
    "casualties": ("%(number)s casualty", "%(number)s casualties"),
    "cases": ("%(number)s case", "%(number)s cases"),
    "convictions": ("%(number)s conviction", "%(number)s convictions"),
    "verdicts": ("%(number)s verdict", "%(number)s verdicts"),
    "decisions": ("%(number)s decision", "%(number)s decisions"),
    "rulings": ("%(number)s ruling", "%(number)s rulings"),
    "contracts": ("%(number)s contract", "%(number)s contracts"),
    "summonses": ("%(number)s summons", "%(number)s summonses"),
    "drafts": ("%(number)s draft campaign", "%(number)s draft campaigns"),
    "raids": ("%(number)s raid", "%(number)s raids"),
    "regions": ("%(number)s region", "%(number)s regions"),
    "ways": ("%(number)s way", "%(number)s ways"),
    "grounds": ("%(number)s ground", "%(number)s grounds"),
    "sources": ("%(number)s source", "%(number)s sources"),
    "armies": ("%(number)s army", "%(number)s armies"),
    "formations": ("%(number)s formation", "%(number)s formations"),
}
# Subjects of claims that name no subject of a pack: the topics of a report.
TOPICS: Mapping[str, str] = {
    "alternative_service": "alternative civilian service",
    "conscription": "conscription",
    "conscripts_in_war": "conscripts in the war",
    "consular_abroad": "consular services abroad",
    "contract_soldiers": "contract soldiers",
    "evasion_penalties": "evasion and penalties",
    "exit_ban": "exit bans",
    "foreigners_citizenship": "foreigners and citizenship",
    "medical_fitness": "medical fitness",
    "mobilisation": "mobilisation",
    "occupied_territories": "occupied territories",
    "other": "other",
    "prisoners": "prisoners",
    "recruitment_practice": "recruitment practice",
    "register_esummons": "register and e-summonses",
    "reservists": "reservists",
    "returnees": "returnees",
    "surveillance": "surveillance",
    "troop_numbers": "troop numbers",
}


@dataclass(frozen=True)
class Wording:
    """How a language says the texts of this module. `one`: English text → text; `many`: (text of
    one, text of several, number) → text. `locale`: form of numbers and dates.
    """

    language: str
    locale: Locale
    one: Callable[[str], str] = str
    many: Callable[[str, str, int], str] = lambda one, several, number: one if number == 1 else several


@dataclass(frozen=True)
class GistValue:
    """A value of a claim: `low`..`high` in `unit` (a key of UNITS, or another English word), or a
    date ("2027", "2027-03", "2027-03-01") without a number.
    """

    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    date: str | None = None

    def stored(self) -> dict[str, Any]:
        """The JSON object."""
        return {"date": self.date} if self.date else {"low": self.low, "high": self.high, "unit": self.unit}

    def text(self, wording: Wording) -> str:
        """ "10,000–30,000 roubles", "March 2027"."""
        if self.date:
            return _date_text(self.date, wording.locale)
        number = _number(self.high, wording.locale)
        if self.low != self.high:
            number = f"{_number(self.low, wording.locale)}–{number}"
        if self.unit not in UNITS:
            return f"{number} {self.unit}".strip()
        amount = int(self.high) if self.high == int(self.high) else 2
        return wording.many(*UNITS[self.unit], amount) % {"number": number}


@dataclass(frozen=True)
class Gist:
    """What the sentence is made of.

    `subject`, `aspect`: names in the pack; `phrase`: language → noun phrase of the aspect, or of
    the subject where no aspect is certain. `claim`: id of the claim that it is about. `above`: the
    item says "more than" `new`. `stage`: a db.enums.Stage. `outlet`: the name of the outlet.
    """

    code: GistCode
    subject: str
    claim: str
    outlet: str
    phrase: Mapping[str, str]
    aspect: str | None = None
    old: GistValue | None = None
    new: GistValue | None = None
    above: bool = False
    stage: str | None = None

    def __hash__(self) -> int:  # `phrase` follows from the other fields
        return hash((self.code, self.subject, self.claim, self.outlet, self.aspect, self.old, self.new, self.above, self.stage))

    @property
    def certain(self) -> bool:
        """Whether it says what changed, not only who reports about which subject."""
        return self.code is not GistCode.REPORTED

    def stored(self) -> dict[str, Any]:
        """The JSON object for `assessment.gist`."""
        return {
            "code": self.code.value,
            "subject": self.subject,
            "aspect": self.aspect,
            "claim": self.claim,
            "phrase": dict(self.phrase),
            "old": self.old.stored() if self.old else None,
            "new": self.new.stored() if self.new else None,
            "above": self.above,
            "stage": self.stage,
            "outlet": self.outlet,
        }

    def text(self, wording: Wording) -> str:
        """The sentence, without a full stop."""
        what = self._what(wording)
        stage = wording.one(STAGES[self.stage]) if self.stage and self.stage in STAGES else ""
        if self.code is GistCode.REPORTED:
            return wording.one(REPORTED_STAGE if stage else REPORTED) % {"outlet": self.outlet, "what": what, "stage": stage}
        what = what[:1].upper() + what[1:]
        if self.new is None:
            return wording.one(PLAIN) % {"what": what, "change": stage or wording.one(NEWLY_REPORTED)}
        new = self.new.text(wording)
        new = wording.one(MORE_THAN) % {"value": new} if self.above else new
        change = f"{self.old.text(wording)} → {new}" if self.old else new
        return wording.one(VALUE_STAGE if stage else PLAIN) % {"what": what, "change": change, "stage": stage}

    def _what(self, wording: Wording) -> str:
        topic = TOPICS.get(self.subject, self.subject.replace("_", " "))
        return self.phrase.get(wording.language) or self.phrase.get("en") or wording.one(topic)


def stored_gist(row: Mapping[str, Any] | None) -> Gist | None:
    """The gist of the JSON object of `assessment.gist`; None for none."""
    if row is None:
        return None
    return Gist(
        code=GistCode(row["code"]),
        subject=row["subject"],
        claim=row["claim"],
        outlet=row["outlet"],
        phrase=row["phrase"],
        aspect=row["aspect"],
        old=_stored_value(row["old"]),
        new=_stored_value(row["new"]),
        above=row["above"],
        stage=row["stage"],
    )


def _stored_value(row: Mapping[str, Any] | None) -> GistValue | None:
    return None if row is None else GistValue(row.get("low", 0.0), row.get("high", 0.0), row.get("unit", ""), row.get("date"))


def reported_gist(claim: ClaimRow, stage: str | None, outlet: str) -> Gist:
    """The gist that says no more than the subject of `claim`, the stage and who reports it."""
    return Gist(GistCode.REPORTED, claim.subject, claim.id, outlet, claim.phrase, stage=stage)


def gist_of_flag(assessment: AssessmentRow, claim: ClaimRow | None, outlet: str) -> Gist | None:
    """The gist of a flag about `claim`, made of its strongest assessment; `outlet`: that item's.

    What was certain of another claim is not said of one to which a person moved the flag. None only
    where the flag has no claim.
    """
    gist = stored_gist(assessment.gist)
    if claim is None:
        return gist
    nearest = assessment.claims[0]["id"] if assessment.claims else None
    if gist is not None and claim.id in (gist.claim, nearest):
        return gist
    return reported_gist(claim, assessment.stage, outlet)


BRITISH = Wording("en", Locale.parse("en_GB"))


def english(gist: Gist) -> str:
    """The sentence in English."""
    return gist.text(BRITISH)


def all_texts() -> tuple[str | tuple[str, str], ...]:
    """Every English text that a catalogue has to translate; (one, several) where a number
    decides.
    """
    return tuple(dict.fromkeys((*TEMPLATES, *STAGES.values(), *TOPICS.values(), *UNITS.values())))


def _number(number: float, locale: Locale) -> str:
    return str(format_decimal(round(number, 1), locale=locale))


@cache
def _date_text(text: str, locale: Locale) -> str:
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    day = date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
    return str(format_date(day, "long", locale=locale) if len(parts) > 2 else format_skeleton("yMMMM", day, locale=locale))
