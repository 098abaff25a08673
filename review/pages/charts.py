"""The desk over time in pictures: items, flags, decisions, lag, the health of sources. Drawn by whoever opened the desk (`Office.plots`)."""

from datetime import timedelta

from starlette.responses import Response

from db.engine import reading
from db.enums import Role
from review.routing import NotFound, Routes, Visit

pages = Routes()
PERIODS = (30, 90, 365)  # days
KEPT = timedelta(minutes=10)  # a year of a large desk takes seconds to count; the past does not change, today may wait


@pages.get("/figures", Role.RESEARCHER)
def show_figures(visit: Visit) -> Response:
    office, now = visit.office, visit.office.now()
    if office.plots is None:
        raise NotFound("this desk draws no figures")
    asked = visit.query.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
    made, drawn = office.cache.get(("figures", days), (None, ""))
    if made is None or now - made > KEPT:
        with reading(office.engine) as session:
            made, drawn = now, office.plots(session, days, now)
        office.cache["figures", days] = made, drawn
    return visit.page("figures.html", title="Figures", plots=drawn, days=days, periods=PERIODS, made=made)
