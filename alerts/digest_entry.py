"""A digest entry: one flagged story as a language-neutral value, and how it differs from the last
notification.

Text from outlets is cleaned here, once (alerts.mail.sanitize); the other modules of the room get
clean text only.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from alerts.i18n import RELATION, STAGE, TIER, catalogue, gist_text
from alerts.mail import sanitize
from db import passages
from db.digests import DigestFlag, ReportQuote
from db.enums import SEVERITY_RANK, FlagState, Relation, Severity, Urgency
from db.gist import Gist, gist_of_flag
from db.models import ClaimVersionRow
from db.reason_codes import Reason, stored_reasons
from db.stories import Witness

ESTABLISHED = 2  # highest tier of outlets whose reports count as urgent before review
CHANGING = (Relation.UPDATES.value, Relation.CONTRADICTS.value, Relation.ANSWERS.value)


@dataclass(frozen=True)
class EntrySource:
    """One item of the story with its outlet."""

    outlet: str
    tier: int
    title: str
    url: str | None
    published: datetime | None
    seen: datetime
    lang: str | None
    item_id: int
    simulated: bool = False  # an outlet that the demo simulates

    @property
    def tier_words(self) -> str:
        return TIER[self.tier]


@dataclass(frozen=True)
class EntryChange:
    """One aspect in which an entry differs from the last notification."""

    aspect: str  # "state", "severity", "stage", "value", "claim", "tier"
    old: str
    new: str


@dataclass(frozen=True)
class ClaimText:
    """A claim in the words that a reader gets: the English statement, and the report's own
    words.
    """

    statement: str  # English
    quote: str = ""  # exact; empty where a person has reworded the claim since
    quote_language: str = ""

    def in_language(self, language: str) -> tuple[str, str]:
        """(text, its language). A reader of the report's language gets the report's own words, in
        quotation marks; every other reader gets the statement.
        """
        if self.quote and language == self.quote_language and language != "en":
            return catalogue(language).gettext("“%(quote)s”") % {"quote": self.quote}, language
        return self.statement, "en"


@dataclass(frozen=True)
class EntryTranslation:
    """What a machine translated of an entry; "" where a part is missing. It is always shown with
    `engine`, beside the original.
    """

    language: str
    title: str
    title_engine: str  # with its version
    quote: str
    quote_engine: str


@dataclass(frozen=True)
class FurtherClaim:
    """One more claim of the report that a decision holds for."""

    claim_id: str
    section: str
    topic: str
    text: ClaimText


@dataclass(frozen=True)
class DigestEntry:
    """One flagged story. Stages, relations and choices are words of db.enums; the templates say
    them in the reader's language.
    """

    flag_id: int
    story_id: int
    gist: Gist | None  # what changed; None only for a flag without a claim
    value: str  # "old → new" where a value differs, else ""
    report_id: str
    report: str
    claim_id: str
    section: str
    topic: str
    claim_text: ClaimText  # the claim, as it stood before
    renewed: str  # the new wording of the claim by a person, else ""
    severity: str
    score: float
    relation: str
    stage: str | None
    state: FlagState
    choice: str | None
    decided_at: datetime | None
    quote: str
    quote_lang: str | None
    sources: tuple[EntrySource, ...]  # the strongest first, then the better tiers
    origins: int
    reasons: tuple[Reason, ...]
    raised_at: datetime
    assessed_at: datetime  # when its strongest item was compared
    aid: tuple[str, str] | None = None  # (model, English sentence) of the reading aid
    further: tuple[FurtherClaim, ...] = ()  # other claims with the same decision
    notified_at: datetime | None = None  # when the reader was last notified of it
    since: tuple[EntryChange, ...] = ()  # the differences from then
    translations: tuple[EntryTranslation, ...] = ()  # one for each language that there is
    # Title or lead of the strongest item is about a subject that is reported before review
    # (Urgency.TOLD)
    at_once: bool = False
    # Entries of the same story for other reports, shown with this one
    also: tuple["DigestEntry", ...] = ()

    @property
    def title(self) -> str:
        """The headline of its strongest item, in the outlet's language."""
        return self.sources[0].title

    def headline(self, language: str) -> tuple[str, str | None]:
        """(what changed, its language) in one line: the gist in the reader's language, or the
        outlet's headline where there is no gist.
        """
        if self.gist is None:
            return self.title, self.sources[0].lang
        return _gist_line(self.gist, language), language

    def translation(self, language: str) -> EntryTranslation | None:
        """The translation for a reader: into their language, else into English; none of a text in
        their own language.
        """
        if self.sources[0].lang in (language, "en"):
            return None
        by_language = {t.language: t for t in self.translations}
        return by_language.get(language) or by_language.get("en")

    @property
    def simulated(self) -> bool:
        """Whether an outlet of the demo says so."""
        return any(v.simulated for v in self.sources)

    @property
    def topics(self) -> set[str]:
        """Of all claims it is about."""
        return {self.topic, *(f.topic for f in self.further)}

    @property
    def tier(self) -> int:
        """The best tier of its sources."""
        return min(v.tier for v in self.sources)

    @property
    def primary(self) -> bool:
        """Whether a primary text reports it."""
        return self.tier == 1

    @property
    def urgent(self) -> bool:
        """Whether it is sent at once; the only place with this rule. Its severity is high, and a
        person has confirmed it, or it is an open change of a claim that is in a primary text or
        that cannot wait for a reviewer (Urgency.TOLD): an outage of the law portal must not delay
        the report of a new mobilisation.
        """
        reliable = self.primary or (self.at_once and self.tier <= ESTABLISHED)
        established = self.state is FlagState.CONFIRMED or (self.state is FlagState.OPEN and reliable and self.relation in CHANGING)
        return self.severity == Severity.HIGH and established

    @property
    def relation_words(self) -> str:
        return RELATION[self.relation]

    @property
    def stage_words(self) -> str | None:
        return STAGE.get(self.stage or "")


@lru_cache(maxsize=4096)
def _gist_line(gist: Gist, language: str) -> str:
    """Cached, because it is needed once per reader and entry, and formatting numbers is slow."""
    return sanitize.line(gist_text(gist, language), 240)


def entry_of(f: DigestFlag) -> DigestEntry:
    """The entry of a flag as it stood."""
    strongest = f.strongest
    value, about = _value(f.assessment.changes, f.claim.claim_id if f.claim else None)
    others = sorted((w for w in f.witnesses if w is not strongest), key=lambda w: w.source.tier)
    return DigestEntry(
        flag_id=f.flag.id,
        story_id=f.story.id,
        gist=gist_of_flag(f.assessment, f.claim_row, sanitize.line(strongest.source.name, 80)),
        value=value,
        report_id=f.report.id,
        report=f.report.publisher,
        claim_id=f.claim.claim_id if f.claim else "",
        section=f.section,
        topic=f.topic,
        claim_text=_claim_text(f.claim, f.quote),
        renewed=sanitize.line(f.renewed.statement, 700) if f.renewed else "",
        severity=f.assessment.severity,
        score=f.assessment.score,
        relation=f.assessment.relation,
        stage=f.assessment.stage,
        state=FlagState(f.history.state),
        choice=f.decision.choice if f.decision and f.history.reopened_by is None else None,
        decided_at=f.decision.made_at if f.decision and f.history.reopened_by is None else None,
        quote=(quote := passages.mail_quote(strongest.version.title, strongest.version.text, about)),
        quote_lang=strongest.version.lang,
        sources=tuple(_source(w) for w in (strongest, *others)),
        origins=f.origins,
        reasons=tuple(r.cleaned(lambda value: sanitize.line(value, 400)) for r in stored_reasons(f.assessment.reasons)),
        raised_at=f.flag.raised_at,
        assessed_at=f.assessment.made_at,
        aid=(f.aid.model, sanitize.line(f.aid.gist, 240)) if f.aid else None,
        translations=_translations(f, passages.headline(strongest.version.title, strongest.version.text), quote),
        at_once=strongest.version.urgency >= Urgency.TOLD,
        further=tuple(FurtherClaim(c.id, c.section, c.topic, _claim_text(v, quote)) for c, v, quote in f.further)
        if f.history.reopened_by is None
        else (),
    )


def _translations(f: DigestFlag, title: str, quote: str) -> tuple[EntryTranslation, ...]:
    found = []
    for language in f.translations.languages:
        translated = f.translations.of(title, language), f.translations.of(quote, language)
        (title_text, title_engine), (quote_text, quote_engine) = (
            (sanitize.line(t.text, 1500), t.mark) if t else ("", "") for t in translated
        )
        if title_text or quote_text:
            found.append(EntryTranslation(language, title_text, title_engine, quote_text, quote_engine))
    return tuple(found)


def _claim_text(version: ClaimVersionRow | None, quote: ReportQuote | None) -> ClaimText:
    statement = sanitize.line(version.statement, 700) if version else ""
    return ClaimText(statement, sanitize.line(quote.text, 700), quote.language) if quote else ClaimText(statement)


def _value(changes: Sequence[dict[str, Any]], claim_id: str | None) -> tuple[str, str]:
    """("what: old → new", the new value) of the first change of this claim; ("", "") where there is
    none. A change of another claim is among the reasons.
    """
    first = passages.first_change(changes, claim_id)
    if first is None:
        return "", ""
    return sanitize.line(f"{first['what']}: {first['old']} → {first['new']}", 220), str(first["new"])


def _source(w: Witness) -> EntrySource:
    return EntrySource(
        outlet=sanitize.line(w.source.name, 80),
        tier=w.source.tier,
        title=sanitize.headline(w.version.title, w.version.text),
        url=sanitize.address(w.item.url),
        published=w.item.published_at,
        seen=w.item.first_seen_at,
        lang=w.version.lang,
        item_id=w.item.id,
        simulated=bool(w.source.config.get("simulated")),
    )


def facts(e: DigestEntry) -> dict[str, Any]:
    """The fields of an entry whose change makes it news again. More reposts do not, because repeats
    only cost readers time.
    """
    return {
        "state": e.state.value,
        "severity": e.severity,
        "stage": e.stage or "",
        "value": e.value,
        "claim": e.claim_id,
        "primary": e.primary,
        "choice": e.choice or "",
        "renewed": hashlib.sha256(e.renewed.encode()).hexdigest()[:16] if e.renewed else "",
        "further": " ".join(f.claim_id for f in e.further),
    }


def sent_facts(e: DigestEntry, language: str) -> dict[str, Any]:
    """`facts` with the headline as the reader got it: a correction repeats it."""
    return {**facts(e), "headline": e.headline(language)[0]}


def differences(old: Mapping[str, Any], e: DigestEntry) -> tuple[EntryChange, ...]:
    """What changed since the last notification; () where another one would be a repeat.

    A lower severity and another nearest claim of an open flag do not count as changes; every
    decision does.
    """
    new = facts(e)
    changes = [EntryChange(a, str(old.get(a, "")), str(new[a])) for a in ("state", "stage", "value") if old.get(a, "") != new[a]]
    if SEVERITY_RANK[new["severity"]] > SEVERITY_RANK.get(str(old.get("severity")), 0):
        changes.append(EntryChange("severity", str(old.get("severity", "")), new["severity"]))
    if new["primary"] and not old.get("primary"):
        changes.append(EntryChange("primary", "", ""))
    if e.state is FlagState.CONFIRMED:
        changes += [EntryChange(a, str(old.get(a, "")), str(new[a])) for a in ("claim", "renewed", "further") if old.get(a, "") != new[a]]
    return tuple(changes)


def with_differences(e: DigestEntry, notified_at: datetime, since: tuple[EntryChange, ...]) -> DigestEntry:
    return replace(e, notified_at=notified_at, since=since)


def by_story(entries: Iterable[DigestEntry]) -> list[DigestEntry]:
    """One entry per story: its entries for other reports are attached to the first (`also`)."""
    by_id: dict[int, DigestEntry] = {}
    for e in entries:
        first = by_id.get(e.story_id)
        by_id[e.story_id] = e if first is None else replace(first, also=(*first.also, e))
    return list(by_id.values())


def flags_of(entries: Iterable[DigestEntry]) -> list[DigestEntry]:
    """The entries and those attached to them: one per flag."""
    return [each for e in entries for each in (e, *e.also)]


def fingerprint(es: Sequence[DigestEntry]) -> str:
    """Twelve characters that identify a set of entries in their present state: the same news has
    the same fingerprint in every process.
    """
    packed = json.dumps(sorted((e.flag_id, sorted(facts(e).items())) for e in flags_of(es)), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()[:12]
