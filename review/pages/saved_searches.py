"""Searches and filters of the queue that a user keeps under a name."""

from dataclasses import dataclass

from starlette.responses import Response

from db import saved_searches
from db.engine import writing
from db.enums import Role, SavedPage
from review.pages import queue, search
from review.routing import NotFound, Routes, Visit
from review.view.templating import with_query

pages = Routes()


@dataclass(frozen=True)
class Saving:
    """What of a page's address is kept, and the messages."""

    fields: tuple[str, ...]
    refused: str
    saved: str


KINDS = {
    SavedPage.QUEUE: Saving(queue.FILTERS, "Choose a filter and give it a name.", "View saved as “{}”."),
    SavedPage.SEARCH: Saving(search.FIELDS, "Give the search a name.", "Search saved as “{}”."),
}


@pages.post("/searches/{page}", Role.RESEARCHER)
def save(visit: Visit) -> Response:
    """Keep the filled fields of a search or of a filter of the queue under a name."""
    page = visit.request.path_params["page"]
    if page not in set(SavedPage):
        raise NotFound("there is no such page")
    saving = KINDS[SavedPage(page)]
    name = " ".join(visit.form.get("name", "").split())[:80]
    query = {k: visit.form[k][: search.LONGEST] for k in saving.fields if visit.form.get(k)}
    back = f"/{page}?{with_query(query)}"
    if not name or not query:
        return visit.back(back, saving.refused)
    with writing(visit.context.engine) as session:
        saved_searches.save(session, visit.me.id, SavedPage(page), name, query, visit.context.now())
    return visit.back(back, saving.saved.format(name))


@pages.post("/searches/{search}/forget", Role.RESEARCHER)
def forget(visit: Visit) -> Response:
    with writing(visit.context.engine) as session:
        page = saved_searches.forget(session, visit.me.id, visit.number("search"))
    return visit.back(f"/{page or SavedPage.SEARCH}", "Deleted." if page else "There is no such saved search.")
