"""Queries of digests: flags as they were at a moment with everything a digest shows of them, and
the digest runs.

A digest of a past period must be the same whenever it is made. So it is made from rows
that never change (assessments, decisions, events; see db.flag_history), not from the flag row,
which has the present state only.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.assessments import count_origins
from db.enums import SEVERITY_RANK, Severity
from db.flag_history import HistoricFlag, past_decision, reopenings, replay
from db.models import (
    AssessmentRow,
    ClaimRow,
    ClaimVersionRow,
    DecisionRow,
    DigestRow,
    FlagEventRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    OutboxRow,
    ReportRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
)
from db.reading_aid import AidNote, notes
from db.statements import chunks
from db.stories import Witness
from db.translations import NO_TRANSLATIONS, VersionTranslations, of_versions


@dataclass(frozen=True)
class ReportQuote:
    """Words of a report, exact."""

    text: str
    language: str  # ISO 639-1


@dataclass(frozen=True)
class DigestFlag:
    """A flag as it was at a moment, with all that a digest shows of it."""

    flag: FlagRow
    history: HistoricFlag
    story: StoryRow
    report: ReportRow
    assessment: AssessmentRow  # the strongest up to then
    claim_row: ClaimRow | None
    claim: ClaimVersionRow | None  # as it stood before this flag's own decision changed it
    renewed: ClaimVersionRow | None  # the version that this flag's decision made
    section: str
    topic: str
    decision: DecisionRow | None  # the decision in force
    witnesses: tuple[Witness, ...]
    origins: int
    aid: AidNote | None = None  # what the reading aid says of `assessment`
    quote: ReportQuote | None = None  # the report's own words for `claim`
    # other claims of the report that its decision holds for, as they stood before
    further: tuple[tuple[ClaimRow, ClaimVersionRow, ReportQuote | None], ...] = ()
    translations: VersionTranslations = NO_TRANSLATIONS  # of the strongest item

    @property
    def strongest(self) -> Witness:
        """The item that `assessment` is of; the first one where it was edited since."""
        return next((w for w in self.witnesses if w.assessment and w.assessment.id == self.assessment.id), self.witnesses[0])


def touched(session: Session, start: datetime, end: datetime) -> list[int]:
    """Ids of flags with an event within [start, end): raised, a new witness, an edit, a decision, a
    reopening.
    """
    queries = (
        select(FlagRow.id).where(FlagRow.raised_at >= start, FlagRow.raised_at < end),
        select(DecisionRow.flag_id).where(DecisionRow.made_at >= start, DecisionRow.made_at < end),
        select(FlagEventRow.flag_id).where(FlagEventRow.at >= start, FlagEventRow.at < end),
        select(FlagRow.id)
        .join(ItemRow, ItemRow.story_id == FlagRow.story_id)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .join(
            AssessmentRow,
            (AssessmentRow.item_version_id == ItemVersionRow.id)
            & (AssessmentRow.report_id == FlagRow.report_id)
            & (AssessmentRow.subject == FlagRow.subject),
        )
        # The first condition says nothing new (a flagged assessment moves its flag's changed_at),
        # but it has an index; made_at has none.
        .where(FlagRow.changed_at >= start, AssessmentRow.flagged, AssessmentRow.made_at >= start, AssessmentRow.made_at < end),
    )
    return sorted({i for q in queries for i in session.scalars(q)})


def of_high_severity(session: Session, flag_ids: Sequence[int]) -> list[int]:
    """Ids of those flags that have high severity now. A flag's severity never falls."""
    return [
        i
        for part in chunks(flag_ids)
        for i in session.scalars(select(FlagRow.id).where(FlagRow.id.in_(part), FlagRow.severity == Severity.HIGH.value))
    ]


def flags_at(session: Session, flag_ids: Sequence[int], at: datetime) -> list[DigestFlag]:
    """The flags as they stood just before `at`. Flags raised later are left out."""
    return [f for part in chunks(sorted(flag_ids)) for f in _flags_at(session, part, at)]


def _flags_at(session: Session, ids: list[int], at: datetime) -> list[DigestFlag]:
    rows = session.execute(
        select(FlagRow, StoryRow, ReportRow).join(StoryRow, StoryRow.id == FlagRow.story_id).join(ReportRow, ReportRow.id == FlagRow.report_id).where(FlagRow.id.in_(ids)).order_by(FlagRow.id)
    ).all()  # fmt: skip
    stories = {s.id for _, s, _ in rows}
    items = _story_items(session, stories, at)
    assessments = _assessments(session, stories, at)
    decisions, reopened = _decisions(session, ids, at), reopenings(session, ids, at)
    strongest = {f.id: _strongest(assessments.get((s.id, f.report_id, f.subject), [])) for f, s, _ in rows}
    claim_ids = {i for ds in decisions.values() for d in ds for i in (d.claim_id, *d.facts.get("also", ())) if i}
    claim_ids |= {a.claims[0]["id"] for a in strongest.values() if a and a.claims}
    claims, versions = _claims(session, claim_ids, at)
    aid_notes = notes(session, [a.id for a in strongest.values() if a is not None], at)
    flags: list[DigestFlag] = []
    for flag, story, report in rows:
        best = strongest[flag.id]
        if best is None or story.id not in items:
            continue
        raised = HistoricFlag(flag.id, flag.claim_id, flag.severity, flag.raised_at)
        history = replay(raised, [past_decision(d) for d in decisions.get(flag.id, ())], reopened.get(flag.id, ()))
        decision = next((d for d in decisions.get(flag.id, ()) if d.id == history.decision_id), None)
        claim_id = (decision.claim_id if decision and decision.claim_id else None) or (best.claims[0]["id"] if best.claims else None)
        claim, renewed = _before_and_after(versions.get(claim_id or "", []), decision)
        newest = {a.item_version_id: a for a in assessments[(story.id, flag.report_id, flag.subject)]}
        witnesses = tuple(Witness(i, v, s, newest.get(v.id)) for i, v, s in items[story.id].newest)
        row = claims.get(claim_id or "")
        flags.append(
            DigestFlag(
                flag=flag,
                history=history,
                story=story,
                report=report,
                assessment=best,
                claim_row=row,
                claim=claim,
                renewed=renewed,
                section=row.section if row else "",
                topic=row.topic if row else "other",
                decision=decision,
                witnesses=witnesses,
                origins=count_origins(items[story.id].origins),
                aid=aid_notes.get(best.id),
                quote=_quote(claim, versions.get(claim_id or "", []), report),
                further=_further(claims, versions, decision, report),
            )
        )
    translated = of_versions(session, [f.strongest.version.id for f in flags], at)
    return [replace(f, translations=translated[i]) if (i := f.strongest.version.id) in translated else f for f in flags]


def _further(
    claims: dict[str, ClaimRow], versions: dict[str, list[ClaimVersionRow]], decision: DecisionRow | None, report: ReportRow
) -> tuple[tuple[ClaimRow, ClaimVersionRow, ReportQuote | None], ...]:
    ids = decision.facts.get("also", ()) if decision is not None else ()
    before = [(claims[i], _before_and_after(versions.get(i, []), decision)[0]) for i in ids if i in claims]
    return tuple((claim, v, _quote(v, versions[claim.id], report)) for claim, v in before if v is not None)


def _quote(version: ClaimVersionRow | None, versions: Sequence[ClaimVersionRow], report: ReportRow) -> ReportQuote | None:
    """The report's own words for a version; None where a person has reworded the claim since."""
    if version is None or all(v.statement != version.statement for v in versions if v.decision_id is None):
        return None
    quote = version.body.get("quote")
    return ReportQuote(quote, version.body.get("quote_language") or report.language) if quote else None


@dataclass
class _StoryItems:
    newest: list[tuple[ItemRow, ItemVersionRow, SourceRow]]
    origins: list[tuple[str | None, str, str]]


def _story_items(session: Session, stories: set[int], at: datetime) -> dict[int, _StoryItems]:
    """story id → its items in their newest version up to then, in order of time, and what their
    origins are counted from.
    """
    rows = session.execute(
        select(ItemRow, ItemVersionRow, SourceRow)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .where(ItemRow.story_id.in_(stories), ItemVersionRow.seen_at < at)
        .order_by(func.coalesce(ItemRow.published_at, ItemRow.first_seen_at), ItemRow.id, ItemVersionRow.number)
    )
    newest: dict[int, dict[int, tuple[ItemRow, ItemVersionRow, SourceRow]]] = defaultdict(dict)
    origins: dict[int, list[tuple[str | None, str, str]]] = defaultdict(list)
    for item, version, source in rows:
        assert item.story_id is not None
        newest[item.story_id][item.id] = (item, version, source)
        if version.number == 1:
            origins[item.story_id].append((version.origin, item.source_id, version.content_hash))
    return {story: _StoryItems(list(items.values()), origins[story]) for story, items in newest.items()}


def _assessments(session: Session, stories: set[int], at: datetime) -> dict[tuple[int, str, str], list[AssessmentRow]]:
    """(story id, report id, subject) → its flagged assessments up to then, oldest first."""
    rows = session.execute(
        select(ItemRow.story_id, AssessmentRow)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .join(AssessmentRow, AssessmentRow.item_version_id == ItemVersionRow.id)
        .where(ItemRow.story_id.in_(stories), AssessmentRow.flagged, AssessmentRow.made_at < at)
        .order_by(AssessmentRow.id)
    )
    by_flag: dict[tuple[int, str, str], list[AssessmentRow]] = defaultdict(list)
    for story, row in rows:
        assert story is not None
        by_flag[(story, row.report_id, row.subject)].append(row)
    return by_flag


def _strongest(rows: Sequence[AssessmentRow]) -> AssessmentRow | None:
    """The assessment with the highest severity, then the highest score, then the lowest id: the
    order in which db.assessments raises a flag.
    """
    return max(rows, key=lambda a: (SEVERITY_RANK[a.severity], a.score, -a.id), default=None)


def _decisions(session: Session, flags: list[int], at: datetime) -> dict[int, list[DecisionRow]]:
    by_flag: dict[int, list[DecisionRow]] = defaultdict(list)
    for row in session.scalars(
        select(DecisionRow).where(DecisionRow.flag_id.in_(flags), DecisionRow.made_at < at).order_by(DecisionRow.id)
    ):
        by_flag[row.flag_id].append(row)
    return by_flag


def _claims(session: Session, ids: set[str], at: datetime) -> tuple[dict[str, ClaimRow], dict[str, list[ClaimVersionRow]]]:
    claims = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.id.in_(ids)))}
    versions: dict[str, list[ClaimVersionRow]] = defaultdict(list)
    for row in session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.claim_id.in_(ids)).order_by(ClaimVersionRow.number)):
        # A claim registered after the period still has to be named
        if row.since < at or not versions[row.claim_id]:
            versions[row.claim_id].append(row)
    return claims, versions


def _before_and_after(
    versions: Sequence[ClaimVersionRow], decision: DecisionRow | None
) -> tuple[ClaimVersionRow | None, ClaimVersionRow | None]:
    renewed = next((v for v in versions if decision is not None and v.decision_id == decision.id), None)
    before = [v for v in versions if renewed is None or v.number < renewed.number]
    versions_before = before or list(versions)
    # changed, but its new wording is pending
    pending = renewed is not None and (renewed.body.get("update") or {}).get("pending")
    return (versions_before[-1] if versions_before else None), None if pending else renewed


def last_ends(session: Session, subscription_ids: Sequence[int]) -> dict[int, datetime]:
    """subscription id → end of the last period a digest was made for."""
    rows = session.execute(
        select(DigestRow.subscription_id, func.max(DigestRow.period_end))
        .where(DigestRow.subscription_id.in_(subscription_ids))
        .group_by(DigestRow.subscription_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def last_mailed(session: Session, subscription_ids: Sequence[int]) -> dict[int, datetime]:
    """subscription id → end of the last period whose digest was mailed."""
    rows = session.execute(
        select(DigestRow.subscription_id, func.max(DigestRow.period_end))
        .where(DigestRow.subscription_id.in_(subscription_ids), DigestRow.outbox_id.is_not(None))
        .group_by(DigestRow.subscription_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def last_period_end(session: Session, subscription_id: int, before: datetime) -> datetime | None:
    """End of the subscription's last digest period that ended before a moment."""
    return session.scalar(
        select(func.max(DigestRow.period_end)).where(DigestRow.subscription_id == subscription_id, DigestRow.period_end < before)
    )


def mail_of_digest(session: Session, digest_id: int) -> OutboxRow | None:
    """The message of a digest run; None where there is no such run, or it had nothing to send."""
    return session.scalar(select(OutboxRow).join(DigestRow, DigestRow.outbox_id == OutboxRow.id).where(DigestRow.id == digest_id))


def left_out(session: Session, subscription_ids: Sequence[int], before: datetime | None = None) -> dict[int, list[int]]:
    """subscription id → flags that did not fit in its newest digest (of a period that ended before
    a moment).
    """
    newest = (
        select(func.max(DigestRow.period_end)).where(DigestRow.subscription_id.in_(subscription_ids)).group_by(DigestRow.subscription_id)
    )
    query = select(DigestRow).where(DigestRow.subscription_id.in_(subscription_ids)).order_by(DigestRow.period_end)
    query = query.where(DigestRow.period_end.in_(newest)) if before is None else query.where(DigestRow.period_end < before)
    return {row.subscription_id: row.left_out for row in session.scalars(query)}


def digests_of_period(session: Session, subscriber_id: int, period_end: datetime, subscription_id: int | None = None) -> list[DigestRow]:
    """A reader's digests of a period that ended at a moment (of one subscription), in order of
    subscription.
    """
    query = select(DigestRow).where(DigestRow.subscriber_id == subscriber_id, DigestRow.period_end == period_end)
    if subscription_id is not None:
        query = query.where(DigestRow.subscription_id == subscription_id)
    return list(session.scalars(query.order_by(DigestRow.subscription_id)))


def digests(session: Session, limit: int = 50, subscriber_id: int | None = None) -> list[tuple[DigestRow, SubscriberRow, OutboxRow | None]]:
    """The newest digest runs with their reader and their message."""
    query = (
        select(DigestRow, SubscriberRow, OutboxRow)
        .join(SubscriberRow, SubscriberRow.id == DigestRow.subscriber_id)
        .outerjoin(OutboxRow, OutboxRow.id == DigestRow.outbox_id)
        .order_by(DigestRow.id.desc())
        .limit(limit)
    )
    if subscriber_id is not None:
        query = query.where(DigestRow.subscriber_id == subscriber_id)
    return [(d, s, o) for d, s, o in session.execute(query)]
