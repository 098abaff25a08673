"""How this desk works, generated from what it is set to: sources, tiers, thresholds, model, last scores, limits. Meant to be shown to anybody."""

from collections import Counter

from sqlalchemy import func, select
from starlette.responses import Response

from db import reviewing
from db.engine import reading
from db.models import Assessment, Claim, Decision, Flag, Item, Source
from db.words import NO_STREAM, Outcome, Role
from review import words
from review.web import Pages, Visit

pages = Pages()


@pages.get("/methodology", Role.RESEARCHER)
def show_methodology(visit: Visit) -> Response:
    with reading(visit.office.engine) as session:
        sources = list(session.scalars(select(Source).where(Source.listed)))
        reports = [
            (r, session.scalar(select(func.count()).select_from(Claim).where(Claim.report_id == r.id, Claim.listed)) or 0)
            for r in reviewing.reports(session)
        ]
        counts = {
            "items": session.scalar(select(func.max(Item.id))) or 0,
            "comparisons": session.scalar(select(func.max(Assessment.id))) or 0,
            "flags": session.scalar(select(func.count()).select_from(Flag)) or 0,
            "decisions": session.scalar(select(func.count()).select_from(Decision)) or 0,
        }
        states = reviewing.count_by_state(session)
    watched = [s for s in sources if s.kind != NO_STREAM]
    closed = states.get("confirmed", 0) + states.get("dismissed", 0)
    return visit.page(
        "methodology.html", title="Methodology", facts=visit.office.methodology(), reports=reports, counts=counts, states=states,
        tiers=sorted(Counter(s.tier for s in watched).items()), kinds=sorted(Counter(s.kind for s in watched).items()), watched=len(watched),
        unwatched=[s for s in sources if s.kind == NO_STREAM], precision=states.get("confirmed", 0) / closed if closed else None, closed=closed,
        blind=[s for s in watched if s.last_outcome in (Outcome.BROKEN.value, Outcome.SUSPICIOUS.value)], stages=words.STAGES,
    )  # fmt: skip


@pages.get("/help", Role.RESEARCHER)
def show_help(visit: Visit) -> Response:
    return visit.page("help.html", title="Keys and words")
