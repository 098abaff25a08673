"""The editor of a claim: a new version, with a preview of what it would have flagged; retire,
split, merge.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from db import claim_editing
from db.claim_editing import EditConflict, NoSuchClaim
from db.engine import reading, writing
from db.enums import Role
from db.models import ClaimRow, ClaimVersionRow, ReportRow
from review.context import PreviewHit
from review.pages.report_editor import admin_of, find_report
from review.routing import NotFound, Routes, Visit
from review.view.claim_form import CHANGES, STATUSES, WrongField, as_typed, body_of, form_of

pages = Routes()
PREVIEW = timedelta(days=90)
MOST_PARTS = 6  # claims that one can be split into


@dataclass(frozen=True)
class Preview:
    """What was compared so far, over all parts of a preview."""

    hits: Sequence[PreviewHit]
    compared: int
    matching: int
    left: int
    below: int | None

    def kept(self) -> str:
        """What the next part needs of this one, for a hidden field."""
        return json.dumps({**asdict(self), "hits": [asdict(h) for h in self.hits]})


def _preview(visit: Visit, report_id: str, body: Mapping[str, Any]) -> Preview:
    """The first part of a preview, or the next one with what those before it found."""
    before = _kept(visit.form.get("preview", "")) if visit.form.get("do") == "more" else None
    part = admin_of(visit).preview(report_id, body, visit.context.now() - PREVIEW, before.below if before else None)
    if before is None:
        return Preview(part.hits, part.compared, part.matching, part.left, part.below)
    hits = {h.item_id: h for h in (*before.hits, *part.hits)}
    ranked = sorted(hits.values(), key=lambda h: (-h.score, h.item_id))
    return Preview(ranked, before.compared + part.compared, before.matching, part.left, part.below)


def _kept(text: str) -> Preview | None:
    """The preview that the page kept; None where it cannot be read."""
    try:
        kept = json.loads(text)
        hits = [PreviewHit(int(h["item_id"]), str(h["title"]), str(h["outlet"]), str(h["day"]), float(h["score"])) for h in kept["hits"]]
        return Preview(hits, int(kept["compared"]), int(kept["matching"]), int(kept["left"]), int(kept["below"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _key(claim_id: str) -> str:
    """The short name of a claim that was not named in a file."""
    return f"c{claim_id.rpartition('-')[2]}"


def _current(session: Session, visit: Visit) -> tuple[ClaimRow, ReportRow, ClaimVersionRow]:
    claim = session.get(ClaimRow, visit.request.path_params["claim"])
    if claim is None:
        raise NotFound("there is no such claim")
    return claim, session.get_one(ReportRow, claim.report_id), claim_editing.newest_version(session, claim.id)


@pages.get("/claims/{claim}/edit", Role.EDITOR)
def edit(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        claim, report, newest = _current(session, visit)
        changes = claim_editing.changes_of(session, [claim.id], 20)
    return _form(visit, claim, report, newest.number, form_of(newest.body), changes=changes)


def _form(
    visit: Visit,
    claim: ClaimRow | None,
    report: ReportRow,
    number: int,
    form: dict[str, Any],
    *,
    problems: Sequence[str] = (),
    preview: Preview | None = None,
    changes: Sequence[Any] = (),
    claim_id: str = "",
    status: int = 200,
) -> Response:
    pack = next((p for p in admin_of(visit).packs() if report.packs and p.name == report.packs[0]), None)
    return visit.page(
        "claim_edit.html", status, title=f"Edit {claim.id}" if claim else "New claim", claim=claim, report=report, number=number, form=form, problems=problems,
        preview=preview, days=PREVIEW.days, pack=pack, statuses=STATUSES, changes=CHANGES, log=changes, claim_id=claim_id,
    )  # fmt: skip


@pages.post("/claims/{claim}/edit", Role.EDITOR)
def save(visit: Visit) -> Response:
    """Write a new version, or show what it would have flagged."""
    with reading(visit.context.engine) as session:
        claim, report, newest = _current(session, visit)
    seen = visit.form_number("version") or 0
    try:
        body = body_of(visit.form, visit.lists, {"key": _key(claim.id), **newest.body})
    except WrongField as error:
        return _form(visit, claim, report, seen, as_typed(visit.form, visit.lists), problems=[str(error)], status=422)
    if problems := admin_of(visit).problems(body, report.packs):
        return _form(visit, claim, report, seen, as_typed(visit.form, visit.lists), problems=problems, status=422)
    if visit.form.get("do") in ("preview", "more"):
        return _form(visit, claim, report, seen, as_typed(visit.form, visit.lists), preview=_preview(visit, report.id, body))
    try:
        with writing(visit.context.engine) as session:
            claim_editing.edit_claim(session, claim.id, body, seen, visit.me.id, visit.context.now())
    except EditConflict as error:
        return _form(visit, claim, report, newest.number, as_typed(visit.form, visit.lists), problems=[str(error)], status=409)
    return visit.back(f"/claims/{claim.id}", "Saved. Items are compared with the new version from the next cycle on.")


@pages.get("/reports/{report}/claims/new", Role.EDITOR)
def new_claim(visit: Visit) -> Response:
    head = find_report(visit)
    with reading(visit.context.engine) as session:
        report = session.get_one(ReportRow, head["id"])
        claim_id = claim_editing.next_claim_id(session, report.id)
    return _form(visit, None, report, 0, form_of({"as_of": report.research_closed}), claim_id=claim_id)


@pages.post("/reports/{report}/claims/new", Role.EDITOR)
def create_claim(visit: Visit) -> Response:
    """Add a claim to a report, or show what it would have flagged."""
    head = find_report(visit)
    with reading(visit.context.engine) as session:
        report = session.get_one(ReportRow, head["id"])
        claim_id = visit.form.get("claim_id", "").strip().upper() or claim_editing.next_claim_id(session, report.id)
    before = {"id": claim_id, "key": _key(claim_id)}
    try:
        body = body_of(visit.form, visit.lists, before)
    except WrongField as error:
        return _form(visit, None, report, 0, as_typed(visit.form, visit.lists), problems=[str(error)], claim_id=claim_id, status=422)
    if problems := admin_of(visit).problems(body, report.packs):
        return _form(visit, None, report, 0, as_typed(visit.form, visit.lists), problems=problems, claim_id=claim_id, status=422)
    if visit.form.get("do") in ("preview", "more"):
        return _form(visit, None, report, 0, as_typed(visit.form, visit.lists), preview=_preview(visit, report.id, body), claim_id=claim_id)
    try:
        with writing(visit.context.engine) as session:
            claim_editing.add_claim(session, report.id, body, visit.me.id, visit.context.now())
    except EditConflict as error:
        return _form(visit, None, report, 0, as_typed(visit.form, visit.lists), problems=[str(error)], claim_id=claim_id, status=409)
    return visit.back(f"/claims/{claim_id}", f"{claim_id} is a claim of the report now.")


def _changed(visit: Visit, done: str, change: Any) -> Response:
    """Do `change(session, claim, newest)` and go back to the claim with a message."""
    claim_id = visit.request.path_params["claim"]
    try:
        with writing(visit.context.engine) as session:
            claim, _, newest = _current(session, visit)
            change(session, claim, newest)
    except (EditConflict, NoSuchClaim, ValueError) as error:
        return visit.back(f"/claims/{claim_id}/edit", str(error))
    return visit.back(f"/claims/{claim_id}", done)


@pages.post("/claims/{claim}/retire", Role.EDITOR)
def retire(visit: Visit) -> Response:
    """Take a claim off its report, with the reason."""
    why, seen = visit.form.get("why", "").strip(), visit.form_number("version") or 0

    def change(session: Session, claim: ClaimRow, _: ClaimVersionRow) -> None:
        if not why:
            raise ValueError("Say why the claim is retired.")
        claim_editing.retire_claim(session, claim.id, seen, why, visit.me.id, visit.context.now())

    return _changed(visit, "Retired: nothing is compared with it any more.", change)


@pages.post("/claims/{claim}/split", Role.EDITOR)
def split(visit: Visit) -> Response:
    """Replace a claim by one for each line: copies that differ in their statement."""
    statements = [line.strip() for line in visit.form.get("statements", "").splitlines() if line.strip()]
    seen = visit.form_number("version") or 0

    def change(session: Session, claim: ClaimRow, newest: ClaimVersionRow) -> None:
        if not 2 <= len(statements) <= MOST_PARTS:
            raise ValueError(f"Write one statement a line, 2 to {MOST_PARTS} of them.")
        first = claim_editing.next_claim_id(session, claim.report_id)
        prefix, _, number = first.rpartition("-")
        bodies = [
            {**{k: v for k, v in newest.body.items() if k != "update"}, "id": f"{prefix}-{int(number) + n:03d}", "key": _key(f"{prefix}-{int(number) + n:03d}"), "statement": s}
            for n, s in enumerate(statements)
        ]  # fmt: skip
        claim_editing.split_claim(session, claim.id, bodies, seen, visit.me.id, visit.context.now())

    return _changed(visit, f"Split into {len(statements)} claims: edit their values and phrases.", change)


@pages.post("/claims/{claim}/merge", Role.EDITOR)
def merge(visit: Visit) -> Response:
    """Take other claims of the report into this one: their quotes and sources are added."""
    others = [c.strip().upper() for c in visit.form.get("others", "").replace(",", " ").split() if c.strip()]
    seen = visit.form_number("version") or 0

    def change(session: Session, claim: ClaimRow, newest: ClaimVersionRow) -> None:
        if not others or claim.id in others:
            raise ValueError("Name the other claims, e.g. DRC-012 DRC-013.")
        versions = {c: claim_editing.newest_version(session, c) for c in others}
        if any(session.get_one(ClaimRow, c).report_id != claim.report_id for c in others):
            raise ValueError("Only claims of one report can be merged.")
        bodies = [newest.body, *(v.body for v in versions.values())]
        sources = [s for n, b in enumerate(bodies) for s in b.get("sources", ()) if not any(s in e.get("sources", ()) for e in bodies[:n])]
        body = {**newest.body, "quote": " […] ".join(dict.fromkeys(b["quote"] for b in bodies)), "sources": sources}
        numbers = {c: v.number for c, v in versions.items()}
        claim_editing.merge_claims(session, claim.id, numbers, body, seen, visit.me.id, visit.context.now())

    return _changed(visit, f"{', '.join(others)} merged into this claim.", change)


@pages.post("/claims/{claim}/take-file", Role.EDITOR)
def take_file(visit: Visit) -> Response:
    """Give up the desk's version for the newer edition of the file."""
    seen = visit.form_number("version") or 0
    return _changed(
        visit,
        "The edition of the file is in use.",
        lambda session, claim, _: claim_editing.take_file(session, claim.id, seen, visit.me.id, visit.context.now()),
    )
