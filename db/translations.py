"""Machine translations of what flags show of their items: which are missing, and those of a text.

A translation belongs to an item version and goes when a name is erased from it. It is found by the
hash of the passage that it is of, so that it never stands beside another text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from db.enums import SEVERITY_RANK, FlagState, PassagePart
from db.models import AssessmentRow, FlagRow, ItemVersionRow, ReportRow, SubscriberRow, SubscriptionRow, TranslationRow
from db.passages import desk_quote, first_change, headline, mail_quote, passage_sha256
from db.reason_codes import stored_reasons
from db.statements import chunks

# What people decided is no update is not translated
SHOWN_STATES = (FlagState.OPEN.value, FlagState.CONFIRMED.value, FlagState.LATER.value)


@dataclass(frozen=True)
class Direction:
    """One language into another, by one edition of an engine."""

    source: str  # ISO 639-1
    target: str
    engine: str  # "LibreTranslate"
    version: str  # "1.6.4"


@dataclass(frozen=True)
class Passage:
    """A passage of an item to translate."""

    part: PassagePart
    text: str


@dataclass(frozen=True)
class UntranslatedVersion:
    """An item version and its passages without a translation; () where all were translated for
    another version.
    """

    version_id: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Translated:
    """A translation, for people; it is always shown with `mark`."""

    text: str
    language: str
    engine: str
    version: str

    @property
    def mark(self) -> str:
        """Engine and version, as they stand beside the text."""
        return f"{self.engine} {self.version}".strip()


@dataclass(frozen=True)
class VersionTranslations:
    """The translations of one item version into several languages, the newest first."""

    rows: tuple[tuple[str, str, Translated], ...] = ()  # (part, hash of the passage, translation)

    @property
    def languages(self) -> list[str]:
        return sorted({t.language for _, _, t in self.rows})

    def of(self, text: str, language: str) -> Translated | None:
        """The translation of a passage into a language."""
        sha = passage_sha256(text)
        return next((t for _, key, t in self.rows if key == sha and t.language == language), None)

    def for_reader(self, text: str, language: str) -> Translated | None:
        """The translation of a passage for a person: into their language, else into English; none
        where it is "" (they want none).
        """
        return (self.of(text, language) or self.of(text, "en")) if language else None

    def part(self, part: PassagePart, language: str) -> Translated | None:
        """The translation of a part, chosen as by `for_reader`."""
        for wanted in (language, "en") if language else ():
            if found := next((t for kind, _, t in self.rows if kind == part.value and t.language == wanted), None):
                return found
        return None


NO_TRANSLATIONS = VersionTranslations()


@dataclass(frozen=True)
class TranslationCounts:
    """How many translations an engine made into a language."""

    engine: str
    version: str
    target: str
    kept: int
    dropped: int
    newest: datetime


def passages_of(version: ItemVersionRow, assessment: AssessmentRow, claim_ids: Iterable[str | None]) -> list[Passage]:
    """What a flag shows of its item: title, first sentences, and the quotes of mails and of the
    desk for each claim that it may be shown with. Each text once.
    """
    title, text = version.title, version.text
    found = {headline(title, text): PassagePart.TITLE}
    found.setdefault(mail_quote(title, text), PassagePart.LEAD)
    for claim_id in dict.fromkeys(claim_ids):
        change = first_change(assessment.changes, claim_id)
        own = [c for c in assessment.changes if c["claim"] == claim_id]
        found.setdefault(mail_quote(title, text, str(change["new"]) if change else ""), PassagePart.EVIDENCE)
        found.setdefault(desk_quote(text or title, own, stored_reasons(assessment.reasons)), PassagePart.EVIDENCE)
    return [Passage(part, passage) for passage, part in found.items() if passage.strip()]


def _claims_shown(flag: FlagRow, assessment: AssessmentRow) -> list[str | None]:
    """Digests begin with the nearest claim, the desk with the claim of the gist; both follow a
    decision.
    """
    return [flag.claim_id, *(c["id"] for c in assessment.claims[:1]), (assessment.gist or {}).get("claim")]


def _lacking(columns: "Select[Any]", direction: Direction) -> "Select[Any]":
    """`columns` of flags whose item is in the direction's source language and was not looked at
    since the flag changed.
    """
    looked = exists().where(
        TranslationRow.item_version_id == ItemVersionRow.id, _by(direction), TranslationRow.looked_at >= FlagRow.changed_at
    )
    return (
        columns.select_from(FlagRow)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .where(FlagRow.state.in_(SHOWN_STATES), ItemVersionRow.lang == direction.source, ItemVersionRow.erasure_id.is_(None))
        .where(or_(ItemVersionRow.title != "", ItemVersionRow.text != ""), ~looked)
    )


def waiting(session: Session, direction: Direction, most: int) -> list[UntranslatedVersion]:
    """Item versions of flags that lack a translation: of open flags first, then the gravest, then
    the newest.
    """
    severity = case(SEVERITY_RANK, value=FlagRow.severity, else_=0)
    order = (case((FlagRow.state == FlagState.OPEN.value, 0), else_=1), severity.desc(), FlagRow.raised_at.desc(), FlagRow.id)
    ids = list(dict.fromkeys(session.scalars(_lacking(select(ItemVersionRow.id), direction).order_by(*order).limit(most * 4))))[:most]
    rows = session.execute(
        select(ItemVersionRow, AssessmentRow, FlagRow)
        .join(AssessmentRow, AssessmentRow.item_version_id == ItemVersionRow.id)
        .join(FlagRow, FlagRow.assessment_id == AssessmentRow.id)
        .where(ItemVersionRow.id.in_(ids))
    )
    found: dict[int, dict[str, Passage]] = {i: {} for i in ids}
    for version, assessment, flag in rows:
        for passage in passages_of(version, assessment, _claims_shown(flag, assessment)):
            found[version.id].setdefault(passage.text, passage)
    there = set(session.execute(_rows_of(ids, direction).with_only_columns(TranslationRow.item_version_id, TranslationRow.source_sha256)))
    return [UntranslatedVersion(i, tuple(p for p in found[i].values() if (i, passage_sha256(p.text)) not in there)) for i in ids]


def _by(direction: Direction) -> "ColumnElement[bool]":
    """Rows that the direction's edition of the engine made into its language."""
    return and_(
        TranslationRow.target_language == direction.target,
        TranslationRow.engine == direction.engine,
        TranslationRow.version == direction.version,
    )


def _rows_of(version_ids: Sequence[int], direction: Direction) -> "Select[TranslationRow]":
    return select(TranslationRow).where(TranslationRow.item_version_id.in_(version_ids), _by(direction))


def count_waiting(session: Session, direction: Direction) -> int:
    """Item versions that lack a translation."""
    return session.scalar(_lacking(select(func.count(ItemVersionRow.id.distinct())), direction)) or 0


def made_before(session: Session, text: str, direction: Direction) -> tuple[str, str] | None:
    """(translation, check that it failed) of the same passage of another item; None where there is
    none.
    """
    row = session.scalars(
        select(TranslationRow)
        .where(TranslationRow.source_sha256 == passage_sha256(text), TranslationRow.source_language == direction.source, _by(direction))
        .limit(1)
    ).first()
    return (row.text, row.dropped) if row is not None else None


def store(session: Session, version_id: int, passage: Passage, direction: Direction, text: str, dropped: str, now: datetime) -> None:
    """Keep a translation, or the reason why it was dropped (then without its text). One that is
    there already stays.
    """
    sha = passage_sha256(passage.text)
    if session.scalar(_rows_of([version_id], direction).where(TranslationRow.source_sha256 == sha)) is not None:
        return
    session.add(
        TranslationRow(
            item_version_id=version_id, part=passage.part.value, source_sha256=sha, source_language=direction.source, target_language=direction.target,
            engine=direction.engine, version=direction.version, text="" if dropped else text, dropped=dropped, made_at=now,
        )
    )  # fmt: skip


def mark_looked(session: Session, version_id: int, direction: Direction, now: datetime) -> None:
    """Note that all passages of the version's flags have been translated up to now."""
    ids = _rows_of([version_id], direction).with_only_columns(TranslationRow.id)
    session.execute(update(TranslationRow).where(TranslationRow.id.in_(ids)).values(looked_at=now))


def of_versions(session: Session, version_ids: Iterable[int], before: datetime | None = None) -> dict[int, VersionTranslations]:
    """Item version → its translations (made before a moment, where one is given); versions without
    any are left out.
    """
    found: dict[int, list[tuple[str, str, Translated]]] = {}
    for part in chunks(set(version_ids)):
        query = select(TranslationRow).where(TranslationRow.item_version_id.in_(part), TranslationRow.dropped == "")
        if before is not None:
            query = query.where(TranslationRow.made_at < before)
        for r in session.scalars(query.order_by(TranslationRow.id.desc())):
            translated = Translated(r.text, r.target_language, r.engine, r.version)
            found.setdefault(r.item_version_id, []).append((r.part, r.source_sha256, translated))
    return {i: VersionTranslations(tuple(rows)) for i, rows in found.items()}


def titles(session: Session, version_ids: Iterable[int], language: str) -> dict[int, Translated]:
    """Item version → its translated title for a person, chosen as by
    `VersionTranslations.for_reader`.
    """
    if not language:
        return {}
    found = {i: t.part(PassagePart.TITLE, language) for i, t in of_versions(session, version_ids).items()}
    return {i: t for i, t in found.items() if t is not None}


def counts(session: Session) -> list[TranslationCounts]:
    """What was stored, by engine, version and language."""
    keys = (TranslationRow.engine, TranslationRow.version, TranslationRow.target_language)
    dropped = func.sum(case((TranslationRow.dropped != "", 1), else_=0))
    rows = session.execute(select(*keys, func.count(), dropped, func.max(TranslationRow.made_at)).group_by(*keys).order_by(*keys))
    return [TranslationCounts(e, v, t, n - bad, bad, newest) for e, v, t, n, bad, newest in rows]


def languages_needed(session: Session) -> list[str]:
    """English, and the languages of watched reports and of readers who want translations."""
    active = and_(
        SubscriptionRow.confirmed_at.is_not(None), SubscriptionRow.ended_at.is_(None),
        SubscriberRow.confirmed_at.is_not(None), SubscriberRow.ended_at.is_(None),
    )  # fmt: skip
    readers = session.execute(
        select(SubscriptionRow.language, SubscriptionRow.preferences)
        .join(SubscriberRow, SubscriberRow.id == SubscriptionRow.subscriber_id)
        .where(active)
    )
    wanted = {language for language, preferences in readers if preferences.get("translations", True)}
    wanted |= set(session.scalars(select(ReportRow.language).where(ReportRow.listed)))
    return ["en", *sorted(wanted - {"en"})]
