"""One decision, or an assignment, for several flags of the queue at once."""

import secrets
from dataclasses import replace

from sqlalchemy.orm import Session
from starlette.responses import Response

from db import decisions
from db.engine import writing
from db.enums import Choice, NotAbout, Role
from db.models import DecisionRow, FlagRow, UserRow
from review.routing import Routes, Visit, local, whole_number
from review.view import labels
from review.view.decision_form import PickedFlag, later_of, picked_flags

pages = Routes()
MOST_AT_ONCE = 100  # flags in one bulk decision
CHOICES = (Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.NOT_SURE, Choice.LATER, Choice.DUPLICATE)


@pages.post("/queue/bulk", Role.REVIEWER)
def decide_many(visit: Visit) -> Response:
    """One choice for several flags. Each flag is named with the version on the screen; all are
    decided or none.
    """
    to = local(visit.form.get("back", "/queue"))
    picked = picked_flags(visit.lists.get("pick", []))
    if not picked:
        return visit.back(to, "Nothing is selected: tick the flags first.")
    if len(picked) > MOST_AT_ONCE:
        return visit.back(to, f"None was decided: {len(picked)} are selected, at most {MOST_AT_ONCE} are allowed.")
    if visit.form.get("choice") == "assign":
        return _assign(visit, picked, to)
    choice, _, detail_of = visit.form.get("choice", "").partition(":")
    if choice not in CHOICES:
        return visit.back(to, "This decision cannot be made for several flags.")
    try:
        with writing(visit.context.engine) as session:
            decided = _decide(session, visit, picked, Choice(choice), detail_of)
            last = decided[-1].id
    except decisions.Refused as refused:
        return visit.back(to, f"None of the {len(picked)} was decided: {refused}")
    return visit.back(to, f"{len(decided)} decided: {labels.CHOICES[Choice(choice)].lower()}.", undo=last)


def _decide(session: Session, visit: Visit, picked: list[PickedFlag], choice: Choice, detail_of: str) -> list[DecisionRow]:
    """Decide about all flags in one batch. Raises Refused. As duplicates, all are merged into the
    flag whose number is given, which may be one of them.
    """
    now = visit.context.now()
    until, condition = later_of(visit.form.get("until", ""), detail_of, now) if choice is Choice.LATER else (None, None)
    into = whole_number(visit.form.get("into", "").strip().lstrip("#")) if choice is Choice.DUPLICATE else None
    request = decisions.DecisionRequest(
        0, visit.me.id, choice, 0, reason=NotAbout(detail_of) if detail_of in set(NotAbout) else None, until=until,
        condition=condition, into=into, batch=secrets.token_hex(8),
    )  # fmt: skip
    merged = [p for p in picked if p.flag_id != into]
    if not merged:
        raise decisions.Refused("only the flag that stays is selected")
    return [decisions.decide(session, replace(request, flag_id=p.flag_id, version=p.version), now) for p in merged]


def _assign(visit: Visit, picked: list[PickedFlag], to: str) -> Response:
    user_id = visit.form_number("to")
    with writing(visit.context.engine) as session:
        person = session.get(UserRow, user_id) if user_id is not None else None
        known = [p for p in picked if session.get(FlagRow, p.flag_id) is not None]
        for p in known:
            decisions.assign(session, p.flag_id, visit.me.id, person.id if person else None, visit.context.now())
        name = person.name if person else "nobody"
    return visit.back(to, f"{len(known)} assigned to {name}.")
