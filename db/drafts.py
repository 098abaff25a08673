"""Uploads of reports and their draft claims. Nothing of a draft is compared before a person accepts
it: then it becomes a claim (`db.claim_editing`).
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.claim_editing import EditConflict, NoSuchClaim, add_claim, edit_claim, log_change, newest_version
from db.enums import ChangeAction, DraftState
from db.models import ClaimDraftRow, ClaimRow, ReportRow, ReportUploadRow


@dataclass(frozen=True)
class NewDraft:
    """A proposed claim: the place of its sentence in the upload, and its entry."""

    sentence: int
    body: dict[str, Any]


def save_upload(
    session: Session,
    report_id: str,
    name: str,
    body: bytes,
    content: dict[str, Any],
    proposed: Sequence[NewDraft],
    user_id: int | None,
    now: datetime,
) -> ReportUploadRow:
    """Store a file of a report with its content and drafts. For a file that was uploaded before,
    returns that upload; its drafts stay as they are.
    """
    digest = hashlib.sha256(body).hexdigest()
    known = session.scalar(select(ReportUploadRow).where(ReportUploadRow.report_id == report_id, ReportUploadRow.sha256 == digest))
    if known is not None:
        return known
    row = ReportUploadRow(
        report_id=report_id,
        name=name[:200],
        sha256=digest,
        deflated=zlib.compress(body, 6),
        size=len(body),
        content=content,
        user_id=user_id,
        at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        ClaimDraftRow(upload_id=row.id, position=n, sentence=d.sentence, body=d.body, state=DraftState.WAITING.value)
        for n, d in enumerate(proposed)
    )
    session.flush()
    log_change(session, ChangeAction.UPLOAD, report_id, f"{row.name}, {len(proposed)} drafts", user_id, now)
    return row


def uploads(session: Session, report_id: str) -> list[ReportUploadRow]:
    """The uploads of a report, newest first."""
    return list(session.scalars(select(ReportUploadRow).where(ReportUploadRow.report_id == report_id).order_by(ReportUploadRow.id.desc())))


def draft_counts(session: Session, upload_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Upload → state → number of drafts."""
    rows = session.execute(
        select(ClaimDraftRow.upload_id, ClaimDraftRow.state, func.count())
        .where(ClaimDraftRow.upload_id.in_(upload_ids))
        .group_by(ClaimDraftRow.upload_id, ClaimDraftRow.state)
    )
    counts: dict[int, dict[str, int]] = {i: {} for i in upload_ids}
    for upload_id, state, count in rows:
        counts[upload_id][state] = count
    return counts


def waiting_by_report(session: Session) -> dict[str, int]:
    """Report → number of drafts that wait for a decision."""
    rows = session.execute(
        select(ReportUploadRow.report_id, func.count())
        .join(ClaimDraftRow, ClaimDraftRow.upload_id == ReportUploadRow.id)
        .where(ClaimDraftRow.state == DraftState.WAITING.value)
        .group_by(ReportUploadRow.report_id)
    )
    return {report_id: int(count) for report_id, count in rows}


def drafts_of(session: Session, upload_id: int) -> list[ClaimDraftRow]:
    """The drafts of an upload, in the order of the report."""
    return list(session.scalars(select(ClaimDraftRow).where(ClaimDraftRow.upload_id == upload_id).order_by(ClaimDraftRow.position)))


def next_waiting(session: Session, upload_id: int, after: int = -1) -> ClaimDraftRow | None:
    """The next undecided draft after a position, else the first one before it."""
    waiting = select(ClaimDraftRow).where(ClaimDraftRow.upload_id == upload_id, ClaimDraftRow.state == DraftState.WAITING.value)
    ordered = waiting.order_by(ClaimDraftRow.position)
    return session.scalar(ordered.where(ClaimDraftRow.position > after).limit(1)) or session.scalar(ordered.limit(1))


def accept(session: Session, draft_id: int, body: dict[str, Any], seen: int, user_id: int | None, now: datetime) -> ClaimRow:
    """Make a draft a claim of its report. `body`: the entry as the person edited it. Raises
    NoSuchClaim, EditConflict.
    """
    draft, upload = _waiting(session, draft_id, seen)
    claim = add_claim(session, upload.report_id, body, user_id, now, f"from {upload.name}: {body['statement']}")
    _set_state(draft, DraftState.ACCEPTED, claim.id, user_id, now)
    return claim


def merge(session: Session, draft_id: int, claim_id: str, seen: int, user_id: int | None, now: datetime) -> None:
    """Add the quote and the sources of a draft to an existing claim of the report. Raises
    NoSuchClaim, EditConflict.
    """
    draft, upload = _waiting(session, draft_id, seen)
    claim = session.get(ClaimRow, claim_id)
    if claim is None or claim.report_id != upload.report_id:
        raise NoSuchClaim(f"{claim_id} is no claim of {upload.report_id}")
    newest = newest_version(session, claim_id)
    body = dict(newest.body)
    if draft.body["quote"] not in body["quote"]:
        body["quote"] = f"{body['quote']} {draft.body['quote']}"
    body["sources"] = [*body.get("sources", ()), *(s for s in draft.body.get("sources", ()) if s not in body.get("sources", ()))]
    edit_claim(session, claim_id, body, newest.number, user_id, now)
    _set_state(draft, DraftState.MERGED, claim_id, user_id, now)


def drop(session: Session, draft_id: int, seen: int, user_id: int | None, now: datetime) -> None:
    """Decide that a draft becomes no claim. Raises NoSuchClaim, EditConflict."""
    draft, upload = _waiting(session, draft_id, seen)
    _set_state(draft, DraftState.DROPPED, None, user_id, now)
    log_change(session, ChangeAction.DRAFT_DROPPED, upload.report_id, draft.body["quote"], user_id, now)


def take_back(session: Session, draft_id: int, seen: int) -> ClaimDraftRow:
    """Put a dropped draft back. Raises NoSuchClaim, EditConflict."""
    draft = session.get(ClaimDraftRow, draft_id)
    if draft is None or draft.state != DraftState.DROPPED:
        raise NoSuchClaim(f"draft {draft_id} was not dropped")
    if draft.version != seen:
        raise EditConflict("another person decided about this draft meanwhile")
    draft.state, draft.user_id, draft.decided_at, draft.version = DraftState.WAITING.value, None, None, draft.version + 1
    session.flush()
    return draft


def _waiting(session: Session, draft_id: int, seen: int) -> tuple[ClaimDraftRow, ReportUploadRow]:
    draft = session.get(ClaimDraftRow, draft_id)
    if draft is None:
        raise NoSuchClaim(f"there is no draft {draft_id}")
    if draft.version != seen or draft.state != DraftState.WAITING:
        raise EditConflict("another person decided about this draft meanwhile")
    return draft, session.get_one(ReportUploadRow, draft.upload_id)


def _set_state(draft: ClaimDraftRow, state: DraftState, claim_id: str | None, user_id: int | None, now: datetime) -> None:
    draft.state, draft.claim_id, draft.user_id, draft.decided_at, draft.version = state.value, claim_id, user_id, now, draft.version + 1


def report_of(session: Session, upload_id: int) -> tuple[ReportUploadRow, ReportRow]:
    """An upload with its report. Raises NoSuchClaim."""
    upload = session.get(ReportUploadRow, upload_id)
    if upload is None:
        raise NoSuchClaim(f"there is no upload {upload_id}")
    return upload, session.get_one(ReportRow, upload.report_id)
