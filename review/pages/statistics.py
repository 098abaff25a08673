"""Statistics of reviewing: decisions, agreement, precision of the flags, feedback of readers."""

from datetime import timedelta

from starlette.responses import Response

from db.engine import reading
from db.enums import Role
from db.review_statistics import FEWEST, review_statistics
from review.pages.charts import PERIODS
from review.routing import Routes, Visit

pages = Routes()


@pages.get("/statistics", Role.REVIEWER)
def show_statistics(visit: Visit) -> Response:
    period = visit.query.get("days", "")
    days = int(period) if period in map(str, PERIODS) else PERIODS[1]
    with reading(visit.context.engine) as session:
        statistics = review_statistics(session, visit.context.now() - timedelta(days=days))
    return visit.page("statistics.html", title="Reviewing", s=statistics, days=days, periods=PERIODS, fewest=FEWEST)
