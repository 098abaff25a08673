"""Recall audit: judge a weekly sample of items that were not flagged, one key press each."""

from starlette.responses import Response

from db import recall_audit, reports
from db.engine import reading, writing
from db.enums import AuditVerdict, Role
from review.routing import NotFound, Routes, Visit

pages = Routes()


@pages.get("/audit", Role.RESEARCHER)
def show_audit(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        waiting = recall_audit.waiting(session, visit.context.now())
        shown = recall_audit.audit_item(session, waiting[0]) if waiting else None
        nearest = [c["id"] for c in shown.assessment.claims[:3]] if shown else []
        claims = reports.current_claims(session, nearest)
        results = recall_audit.results(session)
    return visit.page(
        "audit.html", title="Recall audit", shown=shown, waiting=len(waiting), claims=[claims[i] for i in nearest if i in claims], results=results,
        per_report=recall_audit.NEAR + recall_audit.RANDOM,
    )  # fmt: skip


@pages.post("/audit/{item}", Role.REVIEWER)
def judge_item(visit: Visit) -> Response:
    verdict = visit.form.get("verdict", "")
    if verdict not in set(AuditVerdict):
        return visit.back("/audit", "Not stored: choose one of the three answers.")
    try:
        with writing(visit.context.engine) as session:
            flag = recall_audit.judge(session, visit.number("item"), AuditVerdict(verdict), visit.me.id, visit.context.now())
            flag_id = flag.id if flag else None
    except KeyError as missing:
        raise NotFound("there is no such item in an audit") from missing
    return visit.back("/audit", f"Stored. Flag {flag_id} is in the queue." if flag_id else "Stored.")
