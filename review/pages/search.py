"""Search over items and claims, with filters; saved searches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from starlette.responses import Response

from db import saved_searches
from db import search as db_search
from db.engine import reading
from db.enums import Role, SavedPage
from db.flag_gists import story_gists
from db.models import SourceRow
from db.translations import titles
from review.routing import Routes, Visit
from review.view.days import read_day

pages = Routes()
PAGE = 30
LAST_PAGE = 9_999
LONGEST = 300  # characters of the words
FIELDS = ("q", "source", "lang", "since", "until", "flagged")


def search_query(visit: Visit) -> db_search.SearchQuery:
    """The search that the address names. Invalid dates are ignored."""
    q = visit.query
    flagged = q.get("flagged", "")
    return db_search.SearchQuery(
        q.get("q", "")[:LONGEST], q.get("source", "")[:64], q.get("lang", "")[:8], _day(q.get("since", "")), _day(q.get("until", ""), 1),
        flagged if flagged in ("yes", "no") else "",
    )  # fmt: skip


def _day(text: str, add: int = 0) -> datetime | None:
    day = read_day(text)
    if day is None or day.year >= 9999:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=add)


@pages.get("/search", Role.RESEARCHER)
def search(visit: Visit) -> Response:
    query = search_query(visit)
    page = min(visit.query_number("page") or 0, LAST_PAGE)
    given = {k: v for k, v in visit.query.items() if k in FIELDS and v}
    with reading(visit.context.engine) as session:
        subjects = db_search.subjects_named(session, query.words)
        query = replace(query, subjects=tuple(subjects))
        hits = db_search.find_items(session, query, PAGE, page * PAGE) if given else []
        total = db_search.count_items(session, query) if given else 0
        claims = db_search.find_claims(session, query.words) if page == 0 else []
        saved = saved_searches.saved(session, visit.me.id, SavedPage.SEARCH)
        sources = [(r.id, r.name) for r in session.execute(select(SourceRow.id, SourceRow.name).order_by(SourceRow.name))]
        gists = story_gists(session, [h.item.story_id for h in hits if h.item.story_id], visit.translated)
        translated = titles(session, [h.version.id for h in hits], visit.translated)
    hits_with_excerpts = [(h, db_search.excerpt(h.version.text or h.version.title, query.words)) for h in hits]
    return visit.page(
        "search.html", title="Search", hits=hits_with_excerpts, translated=translated, total=total, gists=gists, subjects=subjects, most=db_search.MOST_COUNTED, claims=claims, saved=saved, sources=sources, given=given,
        page=page, size=PAGE, excerpt=db_search.excerpt, words=query.words,
    )  # fmt: skip
