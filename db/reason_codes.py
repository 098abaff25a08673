"""Why an item was flagged or not, as data: the codes, their English texts, and the rendering.

A reason is a code of a fixed set and the values its sentence is made of. It is stored as one JSON
object in `assessment.reasons`: {"code": …, value: …}. The comparison writes reasons; the review
desk, `ajour why` and `ajour replay` render them in English, and messages to readers translate the
same texts by the catalogues of `alerts/locale/`. No program needs to parse the sentence.

Codes and value names are stored, so they are a contract with every database in use: add, never
rename or remove.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from db.enums import Stage


class ReasonCode(StrEnum):
    """What a reason says. The values of each code are the placeholders of its text in TEXTS."""

    VALUE_CHANGED = "value_changed"  # the item gives another value for what a claim measures
    WATCH_PHRASE = "watch_phrase"  # a sentence of the item matches a watch phrase of the claim
    LIKE_CHANGE = "like_change"  # the item reads like a development that would change the claim
    STAGE = "stage"  # the legal stage that the item states
    ENCODER_ONLY = "encoder_only"  # the item's language has no rules; only the encoder compared it
    SUBJECTS_ONLY = "subjects_only"  # rules know main subjects of the language, but no stages
    BEFORE_RESEARCH = "before_research"  # published before the report's research closed
    PENALTY = "penalty"  # a rule lowered the score
    SIGNAL_FOR = "signal_for"  # a signal raised the score
    SIGNAL_AGAINST = "signal_against"  # a signal lowered the score
    NOTHING_FOUND = "nothing_found"  # no signal is strong enough to be named
    NOT_COMPARED = "not_compared"  # an error stopped the comparison of this item


class Penalty(StrEnum):
    """The rules that lower a score (monitor.compare.decide.model)."""

    OTHER_COUNTRY = "other_country"  # the item is about another country and not about Russia
    NOT_NEWS = "not_news"  # the title shows a kind of text that is not news (the pack's `not_news`)
    KNOWN = "known"  # the title itself says that the item repeats what is known
    GENERAL = "general"  # nothing in the item tells of an event


# "words" are words of the item, quoted; it may be an empty list. "stage", "penalty" and "signal"
# are codes with a text of their own below. All other values are shown as they are.
TEXTS: Mapping[str, str] = {
    ReasonCode.VALUE_CHANGED: "%(measures)s: %(old)s → %(new)s (%(claim)s)",
    ReasonCode.WATCH_PHRASE: "words of %(claim)s: «%(phrase)s» in «%(sentence)s»",
    ReasonCode.LIKE_CHANGE: "reads like a change of %(claim)s: %(change)s",
    ReasonCode.STAGE: "stage: %(stage)s%(words)s",
    ReasonCode.ENCODER_ONLY: "language %(lang)s is compared by the encoder alone; its words, stages and values are not read by rule",
    ReasonCode.SUBJECTS_ONLY: "language %(lang)s: words of the main subjects and numbers are read by rule, legal stages are not",
    ReasonCode.BEFORE_RESEARCH: "published %(day)s, before the report's research closed (%(closed)s): known, not flagged",
    ReasonCode.PENALTY: "demoted: %(penalty)s",
    ReasonCode.SIGNAL_FOR: "for: %(signal)s%(words)s",
    ReasonCode.SIGNAL_AGAINST: "against: %(signal)s%(words)s",
    ReasonCode.NOTHING_FOUND: "nothing in it touches the report's claims",
    ReasonCode.NOT_COMPARED: "it could not be compared (%(error)s: %(message)s)",
}
# The sentences for a reader who is given one reason and reads none of the item's languages
PLAIN: Mapping[str, str] = {
    ReasonCode.WATCH_PHRASE: "it is worded like news that would change claim %(claim)s",
    ReasonCode.LIKE_CHANGE: "it reads like a development that would change claim %(claim)s: %(change)s",
}
LIKE_CHANGE_ALONE = "it reads like a development that would change claim %(claim)s"
# The signals about the statement itself; as the one reason they say more than a subject alone
_STATEMENT_SIGNALS = ("st_changed", "st_rule", "st_official", "st_aspect", "st_act")
# The words of stages, in reasons, mails and pages
STAGES: Mapping[str, str] = {
    Stage.RUMOUR: "rumour or forecast",
    Stage.PROPOSED: "proposed",
    Stage.INTRODUCED: "before the Duma",
    Stage.READING_1: "passed in first reading",
    Stage.READING_2: "passed in second reading",
    Stage.ADOPTED: "adopted by parliament",
    Stage.SIGNED: "signed or issued",
    Stage.PUBLISHED: "officially published",
    Stage.IN_FORCE: "in force or in practice",
    Stage.REPEALED: "repealed, suspended or postponed",
    Stage.COURT: "decided by a court",
    Stage.DENIED: "denied by an authority",
}
PENALTIES: Mapping[str, str] = {
    Penalty.OTHER_COUNTRY: "it is about another country alone",
    Penalty.NOT_NEWS: "its title shows a kind of text that is not news",
    Penalty.KNOWN: "its title says that it repeats what is known",
    Penalty.GENERAL: "it explains a rule: no verb of its title or lead tells of an event",
}
# Every signal of monitor.compare.signals.features. `ajour why` names all of them; reasons name
# those that a person can check in the item.
SIGNALS: Mapping[str, str] = {
    "pair_best": "it is close to a claim of the report",
    "pair_top3": "it is close to several claims",
    "meaning_watch": "it reads like the watch phrases",
    "meaning_changes": "it reads like a development that would change a claim",
    "meaning_states": "it says what the claim says",
    "wording": "it uses the watch phrases",
    "subject_mobilisation": "it speaks of mobilisation",
    "subject_demobilisation": "it speaks of demobilisation and discharge",
    "subject_conscription": "it speaks of conscription",
    "subject_summons": "it speaks of summonses",
    "subject_register": "it speaks of the military register",
    "subject_registration": "it speaks of military registration",
    "subject_office": "it speaks of military commissariats",
    "subject_restrictions": "it speaks of restrictions for those who do not appear",
    "subject_exit_ban": "it speaks of exit bans",
    "subject_contract": "it speaks of contract service",
    "subject_payouts": "it speaks of payments for signing up",
    "subject_recruitment": "it speaks of recruitment for the war",
    "subject_coercion": "it speaks of forced signing or forced service",
    "subject_conscripts_war": "it speaks of conscripts at the front or forced into contracts",
    "subject_reservists": "it speaks of reservists and training call-ups",
    "subject_evasion": "it speaks of draft evasion",
    "subject_desertion": "it speaks of desertion and refusal",
    "subject_penalties": "it speaks of penalties",
    "subject_alternative": "it speaks of alternative civilian service",
    "subject_deferral": "it speaks of deferments and exemptions",
    "subject_fitness": "it speaks of medical fitness",
    "subject_prisoners": "it speaks of prisoners and suspects sent to war",
    "subject_foreigners": "it speaks of foreigners and new citizens",
    "subject_occupied": "it speaks of occupied territories",
    "subject_losses": "it speaks of losses",
    "subject_troops": "it speaks of size of the army and recruitment figures",
    "subject_drones": "it speaks of drone forces",
    "subject_students": "it speaks of students",
    "subject_regions_pressure": "it speaks of quotas and pressure on institutions and firms",
    "subject_police": "it speaks of police and raids",
    "subject_abroad": "it speaks of Russians abroad, extradition, consulates",
    "subject_returnees": "it speaks of those who return to Russia",
    "subject_courts": "it speaks of challenging decisions in court",
    "covered": "a claim's words account for its title",
    "known_words": "the title is in the field's words",
    "one_person": "the title tells of one person",
    "many_people": "the title tells of many people",
    "few_people": "the title tells of a few people",
    "private_name": "the title names a private person",
    "first_person": "the title speaks in the first person",
    "scale": "the title speaks of scale",
    "tells_past": "the title tells what has happened",
    "tells_present": "the title speaks in the present",
    "tells_future": "the title says what will be",
    "infinitive": "the title advises",
    "asks": "the title asks or explains",
    "text_past": "the text tells what has happened",
    "text_present": "the text says how things are",
    "subjects_title": "the title names subjects of military service",
    "subjects_body": "the text names subjects of military service",
    "field_army": "it speaks of the army",
    "field_war": "it speaks of the war",
    "field_ministry": "it speaks of the defence ministry",
    "russia_title": "the title is about Russia",
    "russia_body": "the text is about Russia",
    "other_title": "the title is about another country",
    "other_body": "the text is about other countries",
    "other_only": "it is about another country, not Russia",
    "other_title_only": "the title is about another country, not Russia",
    "ukraine_title": "the title is about Ukraine's own service",
    "ukraine_body": "the text is about Ukraine's own service",
    "kind_explainer": "it explains or answers questions",
    "kind_reminder": "it repeats what is known",
    "kind_opinion": "it is opinion, comment or forecast",
    "kind_one_case": "it is one person's case",
    "kind_scam": "it is fraud or sabotage",
    "kind_memory": "it is anniversaries and history",
    "kind_culture": "it is culture, sport, show business",
    "kind_ceremony": "it is a ceremony or a send-off",
    "kind_digest": "it is a round-up of many things",
    "novelty_title": "the title says something is new",
    "novelty_body": "the text says something is new",
    "actor_president": "it names the president",
    "actor_duma": "it names the Duma",
    "actor_government": "it names the government",
    "actor_defence": "it names the defence ministry",
    "actor_court": "it names a court",
    "actor_region": "it names a region",
    "actor_media_count": "it names a journalists' count or investigation",
    "stage_rumour": "stage: rumour or forecast",
    "stage_proposed": "stage: proposed or before parliament",
    "stage_law": "stage: adopted, signed or published",
    "stage_in_force": "stage: in force or in practice",
    "stage_off": "stage: repealed, suspended or postponed",
    "stage_court": "stage: a court has decided",
    "stage_denied": "stage: an authority denies it",
    "denial": "it contains a denial",
    "value_changed": "it gives another value than the claim",
    "value_same": "it gives the same value as the claim",
    "large_count": "the title gives a large number of people",
    "counts": "it gives a count, sum or share",
    "has_text": "it brings a text, in which more is found",
    "st_value": "it gives another value for what the claim measures",
    "st_changed": "it surely gives a new value for a value of the report",
    "st_rule": "a rule on the same point as the claim has reached a new stage",
    "st_aspect": "it speaks of just what the claim says",
    "st_subject": "it speaks of the claim's subject",
    "st_act": "it names an act that the claim rests on",
    "st_official": "it is the title of an official act on the subject",
    "st_official_other": "it is the title of an official act on another matter",
    "st_foreign": "it is about another country's army",
    "news_anniversary": "it marks an anniversary",
    "news_retrospective": "it looks back on what is known",
    "news_how_to": "it gives instructions or explains",
    "news_denial": "it reassures or denies",
    "news_single_case": "it tells of one person's case",
    "news_ceremony": "it tells of a ceremony or an award",
    "news_culture": "it is about culture or sport",
    "news_scam": "it is about fraud",
    "news_opinion": "it is an opinion or an analysis",
    "news_front_report": "it reports from the front",
    "news_crime": "it is about a crime",
    "news_exchange": "it is about an exchange of prisoners of war",
    "news_agenda": "it uses the words in another sense",
    "news_unchanged": "it says that nothing changes",
    "news_debtors": "it is about exit bans for debtors",
    "news_court_summons": "it is about summonses to a court",
    "news_school": "it is about school musters or lessons",
    "news_other_service": "it is about another service than the army",
    "news_verdict": "it tells of the conviction or fine of one person",
    "news_veterans": "it is about benefits for veterans",
    "news_fallen": "it tells of funerals or of the search for the dead",
    "tells_news": "its title reports an event",
    "st_restated": "it gives a number that the report has",
    "only_known": "its numbers are those of the report, and nothing is said to have changed",
    "general": "it explains a rule: no verb of its title or lead tells of an event",
    "old_dates": "its dates lie before the end of the report's research",
}
_CODED: Mapping[str, Mapping[str, str]] = {"stage": STAGES, "penalty": PENALTIES, "signal": SIGNALS}
_QUOTED = ("phrase", "sentence", "words")  # values that hold words of the item or of a watch phrase


@dataclass(frozen=True)
class Reason:
    """One reason: its code (a ReasonCode, or one that a newer release has written) and its
    values.
    """

    code: str
    values: Mapping[str, str | list[str]]

    def __hash__(self) -> int:
        return hash((self.code, frozenset((n, v if isinstance(v, str) else tuple(v)) for n, v in self.values.items())))

    def stored(self) -> dict[str, Any]:
        """The JSON object for `assessment.reasons`."""
        return {"code": self.code, **self.values}

    def published(self) -> dict[str, Any]:
        """The JSON object for other programs: the stored one with the English sentence as
        `text`.
        """
        return {"code": self.code, "text": self.text(), **self.values}

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence. `translate`: an English text of this module → the text in another
        language.
        """
        template = TEXTS.get(self.code)
        if template is None:  # written by a newer release; a message must not fail because of it
            return self.code
        return translate(template) % {name: _shown(name, value, translate) for name, value in self.values.items()}

    def plain(self, translate: Callable[[str], str] = str, about: str | None = None) -> str:
        """The sentence without words of the item, for a reader who gets one reason for an entry.

        `about`: for readers of other languages than English, what the claim is about; it stands in
        place of the English description of a change or a value. "": not known.
        """
        if self.code == ReasonCode.SIGNAL_FOR:
            return _shown("signal", self.values.get("signal", ""), translate)
        if self.code == ReasonCode.LIKE_CHANGE and about is not None:
            return translate(PLAIN[self.code] if about else LIKE_CHANGE_ALONE) % {**self.values, "change": about}
        if self.code == ReasonCode.VALUE_CHANGED and about is not None:
            text = translate(SIGNALS["value_changed"])
            return f"{text} ({about})" if about else text
        template = PLAIN.get(self.code)
        return translate(template) % self.values if template else self.text(translate)

    def quoted(self) -> list[str]:
        """The words that the sentence quotes; a text that was cut ends with "…"."""
        quoted = [self.values[name] for name in _QUOTED if name in self.values]
        return [q for value in quoted for q in ([value] if isinstance(value, str) else value)]

    def cleaned(self, clean: Callable[[str], str]) -> "Reason":
        """The same reason with `clean` applied to each text among the values."""
        return Reason(self.code, {n: clean(v) if isinstance(v, str) else [clean(x) for x in v] for n, v in self.values.items()})


def _shown(name: str, value: str | list[str], translate: Callable[[str], str]) -> str:
    if isinstance(value, list):
        return f" («{'», «'.join(value)}»)" if value else ""
    text = _CODED.get(name, {}).get(value)
    return value if text is None else translate(text)


def stored_reasons(rows: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """The reasons of an assessment, from the JSON objects of `assessment.reasons`."""
    return tuple(Reason(row["code"], {name: value for name, value in row.items() if name != "code"}) for row in rows)


def plainest(reasons: Iterable[Reason]) -> Reason | None:
    """The reason that tells a reader most about why an item was flagged; None where none does.

    A changed value comes first, then what would change the claim, then what is said of the claim's
    own statement, then a likeness of words, then a subject.
    """

    def rank(reason: Reason) -> int:
        signal = str(reason.values.get("signal", ""))
        order = (
            reason.code == ReasonCode.VALUE_CHANGED,
            reason.code == ReasonCode.LIKE_CHANGE,
            signal in _STATEMENT_SIGNALS,
            reason.code == ReasonCode.WATCH_PHRASE,
            signal.startswith("subject_"),
            reason.code == ReasonCode.SIGNAL_FOR,
        )
        return next((number for number, holds in enumerate(order) if holds), len(order))

    speaking = [r for r in reasons if r.code != ReasonCode.SIGNAL_AGAINST and rank(r) < 6]
    return min(speaking, key=rank, default=None)


def all_texts() -> tuple[str, ...]:
    """Every English text that a catalogue has to translate."""
    return tuple(
        dict.fromkeys((*TEXTS.values(), *PLAIN.values(), LIKE_CHANGE_ALONE, *STAGES.values(), *PENALTIES.values(), *SIGNALS.values()))
    )
