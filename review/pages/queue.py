"""The review queue: one card per flagged story, ordered by expected value; bulk decisions; undo."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session
from starlette.responses import Response

from db import decisions, review_queue
from db import reports as db_reports
from db import sources as db_sources
from db.engine import reading, writing
from db.enums import Choice, FlagState, NotAbout, Role, Severity
from db.models import DecisionRow
from review.routing import NotFound, Routes, Visit, whole_number
from review.view import labels
from review.view.flag_detail import detail
from review.view.headline import Headline, headline_of

pages = Routes()
OPENED = 8  # cards of a collapsed group that the page lists; a link shows all
MOST_AT_ONCE = 100  # flags in one bulk decision
FILTERS = ("state", "report", "topic", "severity", "claim", "source", "mine", "second")


def filter_of(query: Mapping[str, str], me: int) -> review_queue.QueueFilter:
    """The filter that the address names. Invalid values are ignored."""
    state, severity = query.get("state", ""), query.get("severity", "")
    return review_queue.QueueFilter(
        state=state if state in set(FlagState) else FlagState.OPEN.value,
        report=query.get("report", "")[:64],
        topic=query.get("topic", "")[:40],
        severity=severity if severity in set(Severity) else "",
        claim=query.get("claim", "")[:64],
        source=query.get("source", "")[:64],
        assigned_to=me if query.get("mine") else None,
        second_reader=bool(query.get("second")),
    )


@pages.get("/queue", Role.RESEARCHER)
def show_queue(visit: Visit) -> Response:
    now, filters = visit.context.now(), filter_of(visit.query, visit.me.id)
    kept = {k: v for k, v in visit.query.items() if k in FILTERS and v}
    with reading(visit.context.engine) as session:
        ranked = review_queue.rank(session, filters, now)
        ids = [r.flag_id for r in ranked]
        chosen, page = visit.query_number("flag"), visit.query_number("page")
        current = chosen if chosen is not None else (ids[0] if ids else None)
        at = ids.index(current) if current in ids else 0
        start = at // review_queue.SITTING * review_queue.SITTING
        if page is not None and chosen is None:
            start = min(page, max(0, len(ids) - 1) // review_queue.SITTING) * review_queue.SITTING
            current, at = (ids[start], start) if ids else (None, 0)
        listed = review_queue.cards(session, ids[start : start + review_queue.SITTING])
        held = _held(session, ranked, start, filters)
        shown = detail(session, current) if current is not None else None
        reports, people = review_queue.reports(session), review_queue.people(session)
        topics, sources = db_reports.topics(session), db_sources.watched_sources(session)
        counts = review_queue.count_by_state(session)
        total = len(ids)
        last = decisions.last_of(session, visit.me.id)
    return visit.page(
        "queue.html", title="Queue", cards=[(c, _headline(c)) for c in listed], d=shown, total=total,
        position=at + 1 if current in ids else None, start=start, size=review_queue.SITTING, reports=reports, topics=topics, sources=sources, counts=counts, filters=filters, kept=kept,
        before=ids[at - 1] if ids and at > 0 else None, after=_after(ids, current, at), last=last, people=people, order=_order_label(filters), held=held,
        at_least=len(ids) > review_queue.MOST_RANKED,
    )  # fmt: skip


@dataclass(frozen=True)
class HiddenFlags:
    """A collapsed group: the flags of a source or claim beyond its share of the sitting."""

    group: review_queue.HeldBack
    name: str
    first: list[tuple[review_queue.QueueCard, Headline]]


def _held(session: Session, ranked: list[review_queue.RankedFlag], start: int, filters: review_queue.QueueFilter) -> list[HiddenFlags]:
    """The collapsed groups; none if the queue shows a single source or claim, or closed flags."""
    if filters.claim or filters.source or filters.state != FlagState.OPEN:
        return []
    groups = review_queue.held_back(ranked, start)
    cards = {c.flag.id: c for c in review_queue.cards(session, [i for g in groups for i in g.flag_ids[:OPENED]])}
    return [
        HiddenFlags(g, f"claim {g.key}" if g.kind == "claim" else first[0].source.name, [(c, _headline(c)) for c in first])
        for g in groups
        if (first := [cards[i] for i in g.flag_ids[:OPENED] if i in cards])
    ]


def _headline(c: review_queue.QueueCard) -> Headline:
    return headline_of(c.flag, c.assessment, c.version)


def _after(ids: list[int], current: int | None, at: int) -> int | None:
    if current not in ids:
        return ids[0] if ids else None
    return ids[at + 1] if at + 1 < len(ids) else None


def _order_label(filters: review_queue.QueueFilter) -> str:
    return "by expected value" if filters.state == FlagState.OPEN else "latest first"


@pages.post("/queue/bulk", Role.REVIEWER)
def decide_many(visit: Visit) -> Response:
    """One choice for several flags. Each flag is named with the version on the screen; all are
    decided or none.
    """
    to = visit.form.get("back", "/queue")
    picked = _picked(visit.lists.get("pick", []))
    if not picked:
        return visit.back(_local(to), "Nothing is selected: tick the flags first.")
    if len(picked) > MOST_AT_ONCE:
        return visit.back(_local(to), f"None was decided: {len(picked)} are selected, at most {MOST_AT_ONCE} are allowed.")
    choice, _, reason = visit.form.get("choice", "").partition(":")
    if choice not in (Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.NOT_SURE):
        return visit.back(_local(to), "This decision cannot be made for several flags.")
    batch, now = secrets.token_hex(8), visit.context.now()
    order = decisions.Order(0, visit.me.id, Choice(choice), 0, reason=NotAbout(reason) if reason in set(NotAbout) else None, batch=batch)
    try:
        with writing(visit.context.engine) as session:
            made = [decisions.decide(session, replace(order, flag_id=flag_id, version=version), now) for flag_id, version in picked]
            last = made[-1].id
    except decisions.Refused as refused:
        return visit.back(_local(to), f"None of the {len(picked)} was decided: {refused}")
    return visit.back(_local(to), f"{len(made)} decided: {labels.CHOICES[Choice(choice)].lower()}.", undo=last)


def _picked(values: list[str]) -> list[tuple[int, int]]:
    """(flag, version) of each ticked box, "flag.version"; empty if one of them is malformed."""
    pairs = [(whole_number(flag), whole_number(version)) for flag, _, version in (v.partition(".") for v in values)]
    whole = [(flag, version) for flag, version in pairs if flag is not None and version is not None]
    return whole if len(whole) == len(pairs) else []


@pages.post("/decisions/{decision}/undo", Role.REVIEWER)
def undo(visit: Visit) -> Response:
    to = _local(visit.form.get("back", "/queue"))
    try:
        with writing(visit.context.engine) as session:
            decision = session.get(DecisionRow, visit.number("decision"))
            if decision is None:
                raise NotFound("there is no such decision")
            taken = decisions.undo(session, decision.id, visit.me.id, visit.context.now())
            flag_id = decision.flag_id
    except decisions.Refused as refused:
        return visit.back(to, f"Not undone: {refused}")
    done = "Undone." if len(taken) == 1 else f"{len(taken)} decisions undone."
    return visit.back(f"/queue?flag={flag_id}" if to.startswith("/queue") else to, done)


def _local(to: str) -> str:
    """`to` if it is a path on this desk, else the queue: an address from a form must not lead to
    another site.
    """
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and "\n" not in to and "\r" not in to else "/queue"


def local(to: str) -> str:
    return _local(to)


@pages.get("/", Role.RESEARCHER)
def home(visit: Visit) -> Response:
    return visit.back("/queue")
