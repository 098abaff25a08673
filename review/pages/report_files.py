"""The living report as a file: DOCX and PDF, now or at the end of a past day."""

from starlette.responses import Response

from db.claim_status import claim_states
from db.engine import reading
from db.enums import Role
from db.flag_gists import english_gists
from db.models import ReportRow
from review.kept_states import present_states
from review.pages.reports import as_at
from review.routing import NotFound, Routes, Visit, attachment
from review.view.report_document import report_document

pages = Routes()
MEDIA_TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}


@pages.get("/exports/reports/{report}.{kind}", Role.RESEARCHER)
def export_report(visit: Visit) -> Response:
    kind = visit.request.path_params["kind"]
    if kind not in MEDIA_TYPES:
        raise NotFound("the living report comes as docx or pdf")
    now = visit.context.now()
    at = as_at(visit.query.get("at", ""), now)
    with reading(visit.context.engine) as session:
        report = session.get(ReportRow, visit.request.path_params["report"])
        if report is None:
            raise NotFound("there is no such report")
        states = claim_states(session, report.id, at) if at else present_states(session, report.id, visit.context.cache)
        gists = english_gists(session, {i for s in states for i in (*s.evidence, *s.touched)})
    document = report_document(report, states, gists, at or now, visit.address)
    if kind == "docx":
        from review.view.report_docx import as_docx as render
    else:
        from review.view.report_pdf import as_pdf as render
    name = f"{report.id}-{(at or now):%Y-%m-%d}.{kind}"
    return Response(render(document, now), media_type=MEDIA_TYPES[kind], headers=attachment(name))
