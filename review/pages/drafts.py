"""Draft claims one by one, with the page of the report beside each: accept, edit, merge, drop."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import claim_editing, drafts
from db.claim_editing import EditConflict, NoSuchClaim
from db.engine import reading, writing
from db.enums import DraftState, Role
from db.models import ClaimDraftRow, ClaimRow
from db.reports import current_claims
from review.pages.report_editor import admin_of
from review.routing import NotFound, Routes, Visit
from review.view.claim_form import CHANGES, STATUSES, WrongField, as_typed, body_of, form_of

pages = Routes()
AROUND = 12  # sentences shown before and after that of a draft, where the report has no pages


def _draft(session: Session, visit: Visit) -> ClaimDraftRow:
    row = session.get(ClaimDraftRow, visit.number("draft"))
    if row is None:
        raise NotFound("there is no such draft")
    return row


@pages.get("/drafts/{draft}", Role.EDITOR)
def show_draft(visit: Visit) -> Response:
    return _page(visit, None, [])


def _page(visit: Visit, form: dict[str, Any] | None, problems: list[str], status: int = 200) -> Response:
    with reading(visit.context.engine) as session:
        draft = _draft(session, visit)
        upload, report = drafts.report_of(session, draft.upload_id)
        every = drafts.drafts_of(session, upload.id)
        claims = [(i, v.statement) for i, v in sorted(current_claims(session, _claim_ids(session, report.id)).items())]
        claim_id = draft.claim_id or claim_editing.next_claim_id(session, report.id)
    places = [d.id for d in every]
    at = places.index(draft.id)
    pack = next((p for p in admin_of(visit).packs() if p.name == report.packs[0]), None) if report.packs else None
    return visit.page(
        "draft.html", status, title=f"Draft {at + 1} of {len(every)}", draft=draft, report=report, upload=upload, at=at + 1, all=len(every),
        waiting=sum(d.state == DraftState.WAITING for d in every), before=places[at - 1] if at else None, after=places[at + 1] if at + 1 < len(places) else None,
        form=form or form_of(draft.body), problems=problems, pack=pack, statuses=STATUSES, changes=CHANGES, claims=claims, claim_id=claim_id,
        around=_around(upload.content, draft.sentence),
    )  # fmt: skip


def _claim_ids(session: Session, report_id: str) -> list[str]:
    return list(session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == report_id, ClaimRow.listed)))


def _around(content: dict[str, Any], place: int) -> list[tuple[bool, dict[str, Any]]]:
    """(whether it is that of the draft, sentence) of the page, or of the sentences around it."""
    sentences = content.get("sentences", [])
    if not 0 <= place < len(sentences):
        return []
    page = sentences[place]["page"]
    near = range(max(0, place - AROUND), min(len(sentences), place + AROUND + 1))
    shown = [i for i, s in enumerate(sentences) if s["page"] == page] if page else list(near)
    return [(i == place, sentences[i]) for i in shown if abs(i - place) <= 3 * AROUND]


@pages.post("/drafts/{draft}/accept", Role.EDITOR)
def accept(visit: Visit) -> Response:
    """Make a claim of the draft, with the values of the form."""
    with reading(visit.context.engine) as session:
        draft = _draft(session, visit)
        _, report = drafts.report_of(session, draft.upload_id)
        claim_id = visit.form.get("claim_id", "").strip() or claim_editing.next_claim_id(session, report.id)
    before = {**draft.body, "id": claim_id, "key": f"c{claim_id.rpartition('-')[2]}"}
    try:
        body = body_of(visit.form, visit.lists, before)
    except WrongField as error:
        return _page(visit, as_typed(visit.form, visit.lists), [str(error)], 422)
    if problems := admin_of(visit).problems(body, report.packs):
        return _page(visit, as_typed(visit.form, visit.lists), problems, 422)
    try:
        with writing(visit.context.engine) as session:
            claim = drafts.accept(session, draft.id, body, visit.form_number("version") or 0, visit.me.id, visit.context.now())
            return _next(session, visit, draft, f"{claim.id} accepted.")
    except (EditConflict, NoSuchClaim) as error:
        return visit.back(f"/drafts/{draft.id}", str(error))


@pages.post("/drafts/{draft}/drop", Role.EDITOR)
def drop(visit: Visit) -> Response:
    try:
        with writing(visit.context.engine) as session:
            draft = _draft(session, visit)
            drafts.drop(session, draft.id, visit.form_number("version") or 0, visit.me.id, visit.context.now())
            return _next(session, visit, draft, "Dropped.")
    except EditConflict as error:
        return visit.back(f"/drafts/{visit.number('draft')}", str(error))


@pages.post("/drafts/{draft}/merge", Role.EDITOR)
def merge(visit: Visit) -> Response:
    """Add the quote and the sources to an existing claim."""
    into = visit.form.get("into", "").strip().upper()
    try:
        with writing(visit.context.engine) as session:
            draft = _draft(session, visit)
            drafts.merge(session, draft.id, into, visit.form_number("version") or 0, visit.me.id, visit.context.now())
            return _next(session, visit, draft, f"Merged into {into}.")
    except (EditConflict, NoSuchClaim) as error:
        return visit.back(f"/drafts/{visit.number('draft')}", str(error))


@pages.post("/drafts/{draft}/back", Role.EDITOR)
def take_back(visit: Visit) -> Response:
    """Put a dropped draft back."""
    try:
        with writing(visit.context.engine) as session:
            drafts.take_back(session, visit.number("draft"), visit.form_number("version") or 0)
    except (EditConflict, NoSuchClaim) as error:
        return visit.back(f"/drafts/{visit.number('draft')}", str(error))
    return visit.back(f"/drafts/{visit.number('draft')}", "The draft waits again.")


def _next(session: Session, visit: Visit, draft: ClaimDraftRow, message: str) -> Response:
    following = drafts.next_waiting(session, draft.upload_id, draft.position)
    if following is not None:
        return visit.back(f"/drafts/{following.id}", message)
    _, report = drafts.report_of(session, draft.upload_id)
    return visit.back(f"/reports/{report.id}/drafts", f"{message} No draft waits any more.")
