"""Flags sent to a colleague with a comment; the list of what colleagues sent."""

from starlette.responses import Response

from db import flag_messages
from db.engine import reading, writing
from db.enums import Role
from db.flag_gists import english_gists
from db.models import FlagRow, UserRow
from review.routing import NotFound, Routes, Visit

pages = Routes()
LONGEST = 2_000  # characters of a comment


@pages.get("/for-you", Role.RESEARCHER)
def show_received(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        received = flag_messages.received(session, visit.me.id)
        gists = english_gists(session, [m.flag.id for m in received], visit.translated)
    return visit.page("for_you.html", title="For you", received=received, gists=gists, most=flag_messages.MOST)


@pages.post("/flags/{flag}/send", Role.RESEARCHER)
def send(visit: Visit) -> Response:
    """Send a flag to another user of the desk."""
    flag_id, to = visit.number("flag"), visit.form_number("to")
    text = visit.form.get("text", "").strip()[:LONGEST]
    with writing(visit.context.engine) as session:
        if session.get(FlagRow, flag_id) is None:
            raise NotFound(f"there is no flag {flag_id}")
        person = session.get(UserRow, to) if to is not None else None
        if person is None or not person.active:
            return visit.back(f"/flags/{flag_id}", "Not sent: choose a colleague.")
        flag_messages.send(session, flag_id, visit.me.id, person.id, text, visit.context.now())
        name = person.name
    return visit.back(f"/flags/{flag_id}", f"Sent to {name}, who finds it under “For you”.")
