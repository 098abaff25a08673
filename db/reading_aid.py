"""Answers of the reading aid: which flags have none yet, and those of a flag.

An answer stores no text of the item: its quote is a position in the item version, so that an
erasure of the text removes the quote too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.enums import ReportOrigin
from db.models import AssessmentRow, ClaimVersionRow, FlagRow, ItemRow, ItemVersionRow, ReadingAidRow, ReportRow, SourceRow


@dataclass(frozen=True)
class WaitingFlag:
    """What a question about a flag's strongest item needs."""

    assessment_id: int
    report_id: str
    origin: str  # of the report: a ReportOrigin
    outlet: str
    title: str
    text: str
    published: datetime | None
    claims: tuple[tuple[str, str], ...]  # (id, newest statement), the nearest first


@dataclass(frozen=True)
class AidResult:
    """An answer that passed the checks, or the reason why it was dropped."""

    assessment_id: int
    model: str
    made_at: datetime
    claim_id: str | None = None
    change: str = ""
    gist: str = ""
    quote_start: int = 0
    quote_end: int = 0
    dropped: str = ""


@dataclass(frozen=True)
class AidNote:
    """The reading aid's answer about a flag, as shown to people."""

    model: str
    claim_id: str | None
    change: str
    gist: str
    quote: str


def waiting(session: Session, most: int, allowed_uploads: Collection[str] = ()) -> list[WaitingFlag]:
    """Flags whose strongest assessment was not asked about, the newest first; of uploaded reports
    only those in `allowed_uploads`.
    """
    rows = session.execute(
        select(AssessmentRow, ItemVersionRow, ItemRow, SourceRow, ReportRow)
        .join(FlagRow, FlagRow.assessment_id == AssessmentRow.id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .join(ReportRow, ReportRow.id == AssessmentRow.report_id)
        .outerjoin(ReadingAidRow, ReadingAidRow.assessment_id == AssessmentRow.id)
        .where(ReadingAidRow.id.is_(None), ItemVersionRow.erasure_id.is_(None))
        .where(or_(ReportRow.origin == ReportOrigin.FILE.value, ReportRow.id.in_(allowed_uploads)))
        .order_by(FlagRow.id.desc())
        .limit(most)
    ).all()
    ids = {c["id"] for a, *_ in rows for c in a.claims[:5]}
    newest: dict[str, str] = {}
    for row in session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.claim_id.in_(ids)).order_by(ClaimVersionRow.number)):
        newest[row.claim_id] = row.statement
    return [
        WaitingFlag(
            a.id, a.report_id, report.origin, source.name, version.title, version.text, item.published_at,
            tuple((c["id"], newest[c["id"]]) for c in a.claims[:5] if c["id"] in newest),
        )
        for a, version, item, source, report in rows
    ]  # fmt: skip


def store(session: Session, result: AidResult) -> None:
    session.add(ReadingAidRow(**vars(result)))


def notes(session: Session, assessment_ids: Sequence[int], at: datetime | None = None) -> dict[int, AidNote]:
    """assessment id → the aid's answer about it (up to the moment `at`, if given). Answers that
    were dropped and answers about erased texts are left out.
    """
    rows = (
        select(ReadingAidRow, ItemVersionRow)
        .join(AssessmentRow, AssessmentRow.id == ReadingAidRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .where(ReadingAidRow.assessment_id.in_(assessment_ids), ReadingAidRow.dropped == "", ItemVersionRow.erasure_id.is_(None))
    )
    if at is not None:
        rows = rows.where(ReadingAidRow.made_at < at)
    notes_by_id = {}
    for row, version in session.execute(rows):
        quote = f"{version.title}\n\n{version.text}".strip()[row.quote_start : row.quote_end]
        notes_by_id[row.assessment_id] = AidNote(row.model, row.claim_id, row.change, row.gist, quote)
    return notes_by_id
