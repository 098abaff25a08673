"""Charts of items, flags, decisions, delay and source health over time. `DeskContext.plots` draws
them.
"""

from datetime import timedelta

from starlette.responses import Response

from db.engine import reading
from db.enums import Role
from review.routing import NotFound, Routes, Visit

pages = Routes()
PERIODS = (30, 90, 365)  # days
KEPT = timedelta(minutes=10)  # counting a year of a large database takes seconds


@pages.get("/figures", Role.RESEARCHER)
def show_figures(visit: Visit) -> Response:
    context, now = visit.context, visit.context.now()
    if context.plots is None:
        raise NotFound("this desk has no charts")
    period = visit.query.get("days", "")
    days = int(period) if period in map(str, PERIODS) else PERIODS[0]
    made, drawn = context.cache.get(("figures", days), (None, ""))
    if made is None or now - made > KEPT:
        with reading(context.engine) as session:
            made, drawn = now, context.plots(session, days, now)
        context.cache["figures", days] = made, drawn
    return visit.page("figures.html", title="Figures", plots=drawn, days=days, periods=PERIODS, made=made)
