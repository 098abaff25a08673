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
    """What a gist says, the most informative first."""

    VALUE = "value"  # a number or date of a claim is certain to have changed
    STAGE = "stage"  # what the item speaks of is certain; it says at which stage that is
    NUMBER = "number"  # the item gives a number of what it speaks of; no claim's stands against it
    REPORTED = "reported"  # nothing is certain: the subject of the nearest claim, and who reports


PLAIN = "%(what)s: %(change)s"
DETAILS = "%(sentence)s (%(details)s)"
REPORTED_STAGE = "Reported by %(outlet)s: %(what)s – %(stage)s"
REPORTED = "Reported by %(outlet)s: %(what)s"
NEWLY_REPORTED = "newly reported"
AT_LEAST, UP_TO, ABOUT = "at least %(value)s", "up to %(value)s", "about %(value)s"
# What is said of it where the text gives no number: codes of `Gist.change`.
CHANGES: Mapping[str, str] = {"raised": "raised", "lowered": "lowered", "planned": "planned or expected"}
ACTS: Mapping[str, str] = {
    "law": "law",
    "bill": "bill",
    "decree": "decree",
    "government": "government decree",
    "order": "ministerial order",
    "court": "court ruling",
    "draft": "draft decree or order",
}
OF_DAY = "%(act)s of %(date)s"
FROM_DAY = "from %(date)s"
FIRST_TIME = "for the first time"
TEMPLATES = (
    PLAIN, DETAILS, REPORTED_STAGE, REPORTED, NEWLY_REPORTED, AT_LEAST, UP_TO, ABOUT, *CHANGES.values(), *ACTS.values(), OF_DAY, FROM_DAY, FIRST_TIME,
)  # fmt: skip
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
class GistAct:
    """The act that an item tells of: a key of ACTS, its number ("412-FZ") and day (ISO), where they
    are known.
    """

    kind: str
    number: str | None = None
    day: str | None = None

    def text(self, wording: Wording) -> str:
        """ "law 412-FZ of 4 November 2025"."""
        act = " ".join(filter(None, (wording.one(ACTS.get(self.kind, self.kind)), self.number)))
        return wording.one(OF_DAY) % {"act": act, "date": _date_text(self.day, wording.locale)} if self.day else act


@dataclass(frozen=True)
class GistDetails:
    """What the text itself says besides: whom it concerns and where (names by language), since
    when, in which act.

    `start`: "2026", "2026-03", "2026-03-01", or "--03-01" where the text gives no year.
    """

    persons: tuple[Mapping[str, str], ...] = ()
    places: tuple[Mapping[str, str], ...] = ()
    act: GistAct | None = None
    start: str | None = None
    first: bool = False

    def __hash__(self) -> int:
        return hash((*(p.get("en") for p in (*self.persons, *self.places)), self.act, self.start, self.first))

    def stored(self) -> dict[str, Any]:
        """The JSON object."""
        act = {"kind": self.act.kind, "number": self.act.number, "day": self.act.day} if self.act else None
        return {
            "persons": [dict(p) for p in self.persons], "places": [dict(p) for p in self.places], "act": act, "start": self.start, "first": self.first,
        }  # fmt: skip

    def texts(self, wording: Wording) -> list[str]:
        """One text for each thing that is known."""
        out = [self.act.text(wording)] if self.act else []
        out += [wording.one(FROM_DAY) % {"date": _date_text(self.start, wording.locale)}] if self.start else []
        out += [wording.one(FIRST_TIME)] if self.first else []
        return out + [p.get(wording.language) or p["en"] for p in (*self.persons, *self.places)]


NO_DETAILS = GistDetails()


@dataclass(frozen=True)
class Gist:
    """What the sentence is made of.

    `subject`, `aspect`: names in the pack; `phrase`: language → noun phrase of the aspect, or of
    the subject where no aspect is certain. `claim`: id of the claim that it is about. `above`,
    `up_to`, `about`: the item says "at least" or "more than", "up to", "about" `new`. `stage`: a
    db.enums.Stage. `outlet`: the name of the outlet. `change`: a key of CHANGES.
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
    up_to: bool = False
    about: bool = False
    change: str | None = None
    details: GistDetails = NO_DETAILS

    def __hash__(self) -> int:  # `phrase` follows from the other fields
        return hash((self.code, self.subject, self.claim, self.outlet, self.aspect, self.old, self.new, self.stage, self.details))

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
            "up_to": self.up_to,
            "about": self.about,
            "change": self.change,
            "details": self.details.stored(),
        }

    def text(self, wording: Wording) -> str:
        """The sentence, without a full stop."""
        what = self._what(wording)
        stage = wording.one(STAGES[self.stage]) if self.stage and self.stage in STAGES else ""
        details = self.details.texts(wording)
        if self.code is GistCode.REPORTED:
            sentence = wording.one(REPORTED_STAGE if stage else REPORTED) % {"outlet": self.outlet, "what": what, "stage": stage}
        else:
            change = self._change(wording)
            details = [stage, *details] if change and stage else details
            change = change or stage or wording.one(NEWLY_REPORTED)
            sentence = wording.one(PLAIN) % {"what": what[:1].upper() + what[1:], "change": change}
        return wording.one(DETAILS) % {"sentence": sentence, "details": ", ".join(details)} if details else sentence

    def _change(self, wording: Wording) -> str:
        """ "7 days → 3 days", "raised"; "" where the text gives neither."""
        if self.new is None:
            return wording.one(CHANGES[self.change]) if self.change is not None and self.change in CHANGES else ""
        new = self.new.text(wording)
        limit = AT_LEAST if self.above else UP_TO if self.up_to else ABOUT if self.about else None
        new = wording.one(limit) % {"value": new} if limit else new
        return f"{self.old.text(wording)} → {new}" if self.old else new

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
        up_to=row.get("up_to", False),
        about=row.get("about", False),
        change=row.get("change"),
        details=_stored_details(row.get("details") or {}),
    )


def _stored_details(row: Mapping[str, Any]) -> GistDetails:
    act = row.get("act")
    return GistDetails(
        tuple(row.get("persons", ())),
        tuple(row.get("places", ())),
        GistAct(act["kind"], act["number"], act["day"]) if act else None,
        row.get("start"),
        row.get("first", False),
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
    if text.startswith("--"):
        return _first(str(format_skeleton("MMMMd", date(2024, int(text[2:4]), int(text[5:])), locale=locale)), locale)
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    day = date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
    if len(parts) == 2:
        return str(format_skeleton("yMMMM", day, locale=locale))
    return _first(str(format_date(day, "long", locale=locale)), locale)


def _first(day: str, locale: Locale) -> str:
    """French writes the first of a month as an ordinal, which the CLDR forms do not."""
    return f"1er {day[2:]}" if locale.language == "fr" and day.startswith("1 ") else day
