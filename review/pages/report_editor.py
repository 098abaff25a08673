"""Reports of the desk: begin one, upload its file, retire it."""

from typing import Any

from starlette.responses import Response

from db import claim_editing, drafts
from db.claim_editing import EditConflict
from db.engine import reading, writing
from db.enums import Role
from db.models import ReportRow
from db.reports import head_of
from review.context import ReportAdmin
from review.routing import NotFound, Routes, Visit

pages = Routes()
HEAD = ("id", "title", "publisher", "published", "research_closed", "language", "url")
NEW = "new"  # /reports/new is the form, so no report can have this id
NO_ADMIN = "This desk runs without the monitor; use `ajour baseline import` on the machine of the monitor."


def admin_of(visit: Visit) -> ReportAdmin:
    """The service that edits reports. Raises NotFound on a desk without it."""
    if visit.context.reports is None:
        raise NotFound(NO_ADMIN)
    return visit.context.reports


def find_report(visit: Visit) -> dict[str, Any]:
    """The head of the report of the address. Raises NotFound."""
    with reading(visit.context.engine) as session:
        row = session.get(ReportRow, visit.request.path_params["report"])
        if row is None:
            raise NotFound("there is no such report")
        return {**head_of(row), "version": row.version, "origin": row.origin, "listed": row.listed}


@pages.get("/reports/new", Role.EDITOR)
def new_report(visit: Visit) -> Response:
    return _form(visit, {}, [])


def _form(visit: Visit, head: dict[str, Any], problems: list[str], status: int = 200) -> Response:
    return visit.page("report_new.html", status, title="New report", head=head, problems=problems, packs=admin_of(visit).packs())


@pages.upload("/reports", Role.EDITOR)
def create_report(visit: Visit) -> Response:
    """Begin a report, with or without its file."""
    admin = admin_of(visit)
    head = {name: visit.form.get(name, "").strip() for name in HEAD if visit.form.get(name, "").strip()}
    fields = {**head, "packs": list(visit.lists.get("packs", ()))}
    fields.setdefault("published", fields.get("research_closed", ""))
    with reading(visit.context.engine) as session:
        taken = "id" in head and session.get(ReportRow, head["id"]) is not None
    problems = [f"id: there is a report {head['id']} already"] if taken else []
    problems += [f"id: {NEW} is the address of this form; choose another one"] if head.get("id") == NEW else []
    problems += admin.head_problems(fields if visit.upload is None or "title" in fields else {**fields, "title": "-"})
    if problems:
        return _form(visit, fields, problems, 422)
    if visit.upload is not None:
        return _import(visit, fields)
    with writing(visit.context.engine) as session:
        claim_editing.save_report(session, fields, visit.me.id, visit.context.now())
    return visit.back(f"/reports/{fields['id']}/drafts", "The report is here. Upload its file, or write claims by hand.")


@pages.upload("/reports/{report}/uploads", Role.EDITOR)
def upload(visit: Visit) -> Response:
    """Import a file of a report: its first one, or a later edition."""
    head = find_report(visit)
    if visit.upload is None:
        return visit.back(f"/reports/{head['id']}/drafts", "Choose a file first.")
    return _import(visit, {"id": head["id"]})


def _import(visit: Visit, head: dict[str, Any]) -> Response:
    assert visit.upload is not None, "checked by the caller"
    name, body = visit.upload
    try:
        done = admin_of(visit).import_file(body, name, head, visit.me.id)
    except ValueError as error:
        if "publisher" in head:
            return _form(visit, head, [str(error)], 422)
        return visit.back(f"/reports/{head['id']}/drafts", str(error))
    return visit.back(f"/reports/{head['id']}/drafts", f"{name}: {done.drafts} drafts wait. {done.changes}".strip())


@pages.get("/reports/{report}/drafts", Role.EDITOR)
def show_drafts(visit: Visit) -> Response:
    """The uploads of a report with the state of their drafts."""
    head = find_report(visit)
    with reading(visit.context.engine) as session:
        uploads = drafts.uploads(session, head["id"])
        counts = drafts.draft_counts(session, [u.id for u in uploads])
        first = {u.id: drafts.next_waiting(session, u.id) for u in uploads}
        changes = claim_editing.changes_of(session, [head["id"]], 20)
    warning = admin_of(visit).uncovered(head["id"])
    return visit.page(
        "drafts.html",
        title=f"Drafts of {head['title']}",
        report=head,
        uploads=uploads,
        counts=counts,
        first=first,
        changes=changes,
        warning=warning,
    )


@pages.post("/reports/{report}/retire", Role.EDITOR)
def retire(visit: Visit) -> Response:
    """Take a report off the list. Nothing of it is deleted."""
    head = find_report(visit)
    if visit.form.get("sure") != "on":
        return visit.back(f"/reports/{head['id']}/drafts", "Tick that you are sure: no item is compared with a retired report.")
    try:
        with writing(visit.context.engine) as session:
            claim_editing.retire_report(session, head["id"], visit.me.id, visit.context.now())
    except EditConflict as error:
        return visit.back(f"/reports/{head['id']}/drafts", str(error))
    return visit.back("/reports", f"{head['title']} was retired.")
