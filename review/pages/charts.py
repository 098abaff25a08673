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
CACHED_FOR = timedelta(minutes=10)  # counting a year of a large database takes seconds


@pages.get("/figures", Role.RESEARCHER)
def show_figures(visit: Visit) -> Response:
    context, now = visit.context, visit.context.now()
    if context.plots is None:
        raise NotFound("this desk has no charts")
    period = visit.query.get("days", "")
    days = int(period) if period in map(str, PERIODS) else PERIODS[0]
    drawn_at, html = context.cache.get(("figures", days), (None, ""))
    if drawn_at is None or now - drawn_at > CACHED_FOR:
        with reading(context.engine) as session:
            drawn_at, html = now, context.plots(session, days, now)
        context.cache["figures", days] = drawn_at, html
    return visit.page("figures.html", title="Figures", plots=html, days=days, periods=PERIODS, made=drawn_at)
