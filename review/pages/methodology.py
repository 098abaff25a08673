"""Public description of the method, generated from the settings: sources, tiers, thresholds, model,
scores, limits.
"""

from collections import Counter

from sqlalchemy import func, select
from starlette.responses import Response

from db import review_queue
from db.engine import reading
from db.enums import NO_STREAM, FetchOutcome, Role
from db.models import AssessmentRow, ClaimRow, DecisionRow, FlagRow, ItemRow, SourceRow
from review.routing import Routes, Visit
from review.view import labels

pages = Routes()


@pages.get("/methodology", Role.RESEARCHER)
def show_methodology(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        sources = list(session.scalars(select(SourceRow).where(SourceRow.listed)))
        reports = [
            (r, session.scalar(select(func.count()).select_from(ClaimRow).where(ClaimRow.report_id == r.id, ClaimRow.listed)) or 0)
            for r in review_queue.reports(session)
        ]
        counts = {
            "items": session.scalar(select(func.max(ItemRow.id))) or 0,
            "comparisons": session.scalar(select(func.max(AssessmentRow.id))) or 0,
            "flags": session.scalar(select(func.count()).select_from(FlagRow)) or 0,
            "decisions": session.scalar(select(func.count()).select_from(DecisionRow)) or 0,
        }
        states = review_queue.count_by_state(session)
    watched = [s for s in sources if s.kind != NO_STREAM]
    closed = states.get("confirmed", 0) + states.get("dismissed", 0)
    return visit.page(
        "methodology.html", title="Methodology", facts=visit.context.methodology(), reports=reports, counts=counts, states=states,
        tiers=sorted(Counter(s.tier for s in watched).items()), kinds=sorted(Counter(s.kind for s in watched).items()), watched=len(watched),
        unwatched=[s for s in sources if s.kind == NO_STREAM], precision=states.get("confirmed", 0) / closed if closed else None, closed=closed,
        failed=[s for s in watched if s.last_outcome in (FetchOutcome.BROKEN.value, FetchOutcome.SUSPICIOUS.value)], stages=labels.STAGES,
    )  # fmt: skip


@pages.get("/help", Role.RESEARCHER)
def show_help(visit: Visit) -> Response:
    return visit.page("help.html", title="Keys and terms")
