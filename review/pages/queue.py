"""The review queue: one card per flagged story, ordered by expected value; bulk decisions; undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session
from starlette.responses import Response

from db import accounts, decisions, flag_messages, review_queue, saved_searches
from db import reports as db_reports
from db import sources as db_sources
from db.engine import reading, writing
from db.enums import FlagState, Role, SavedPage, Severity
from db.models import DecisionRow
from db.translations import Translated, titles
from review.presence import others_at, recording_presence
from review.routing import NotFound, Routes, Visit, local
from review.view import labels
from review.view.flag_detail import detail
from review.view.headline import Headline, headline_of

pages = Routes()
MANY = 200  # flags from which the page suggests to begin with high severity
OPENED = 8  # cards of a collapsed group that the page lists; a link shows all
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
    active_filters = {k: v for k, v in visit.query.items() if k in FILTERS and v}
    with reading(visit.context.engine) as session:
        saved = saved_searches.saved(session, visit.me.id, SavedPage.QUEUE)
        ranked = review_queue.rank(session, filters, now)
        ids = [r.flag_id for r in ranked]
        total, stories = review_queue.count_flags(session, filters)
        chosen, page = visit.query_number("flag"), visit.query_number("page")
        current = chosen if chosen is not None else (ids[0] if ids else None)
        at = ids.index(current) if current in ids else 0
        start = at // review_queue.SITTING * review_queue.SITTING
        if page is not None and chosen is None:
            start = min(page, max(0, len(ids) - 1) // review_queue.SITTING) * review_queue.SITTING
            current, at = (ids[start], start) if ids else (None, 0)
        listed = review_queue.cards(session, ids[start : start + review_queue.SITTING])
        hidden = _held(session, ranked, start, filters, visit.translated)
        translated = titles(session, [c.version.id for c in listed], visit.translated)
        shown = detail(session, current, viewer=visit.me.id, translated=visit.translated) if current is not None else None
        reports, people = review_queue.reports(session), accounts.active_users(session)
        topics, sources = db_reports.topics(session), db_sources.watched_names(session)
        counts = review_queue.count_by_state(session)
        last = decisions.last_of(session, visit.me.id)
        to_me = flag_messages.to_user_on(session, current, visit.me.id) if current is not None else []
        also_here = others_at(session, current, visit.me.id, now)
    page_of_queue = visit.page(
        "queue.html", title="Queue", rows=grouped(listed, translated), view=shown, total=total, stories=stories, listed=len(ids), saved=saved,
        also_here=also_here, to_me=to_me, typed={}, after_story=_after_story(ranked, current, at), conditions=labels.CONDITIONS, many=MANY,
        position=at + 1 if current in ids else None, start=start, size=review_queue.SITTING, reports=reports, topics=topics, sources=sources, counts=counts, filters=filters, kept=active_filters,
        before=ids[at - 1] if ids and at > 0 else None, after=_after(ids, current, at), last=last, people=people, order=_order_label(filters), held=hidden,
        at_least=total > review_queue.MOST_RANKED,
    )  # fmt: skip
    return recording_presence(page_of_queue, visit.context, current, visit.me.id)


@dataclass(frozen=True)
class QueueRow:
    """A story in the list, with its flags that follow each other in the queue."""

    cards: list[tuple[review_queue.QueueCard, Headline]]

    @property
    def pick(self) -> str:
        """The value of its checkbox: each flag with its version."""
        return "+".join(f"{c.flag.id}.{c.flag.version}" for c, _ in self.cards)

    @property
    def flag_ids(self) -> list[int]:
        return [c.flag.id for c, _ in self.cards]


def grouped(cards: Sequence[review_queue.QueueCard], translated: Mapping[int, Translated]) -> list[QueueRow]:
    """One row per story; `cards` has the flags of a story behind each other. `translated`: item
    version → its translated title.
    """
    return [
        QueueRow([(c, headline_of(c, translated.get(c.version.id))) for c in flags])
        for _, flags in groupby(cards, key=lambda c: c.story.id)
    ]


@dataclass(frozen=True)
class HiddenFlags:
    """A collapsed group: the flags of a source or claim beyond its share of the sitting."""

    group: review_queue.HeldBack
    name: str
    first: list[QueueRow]


def _held(
    session: Session, ranked: list[review_queue.RankedFlag], start: int, filters: review_queue.QueueFilter, translated: str
) -> list[HiddenFlags]:
    """The collapsed groups; none if the queue shows a single source or claim, or closed flags."""
    if filters.claim or filters.source or filters.state != FlagState.OPEN:
        return []
    groups = review_queue.held_back(ranked, start)
    cards = {c.flag.id: c for c in review_queue.cards(session, [i for g in groups for i in g.flag_ids[:OPENED]])}
    found = titles(session, [c.version.id for c in cards.values()], translated)
    return [
        HiddenFlags(g, f"claim {g.key}" if g.kind == "claim" else first[0].source.name, grouped(first, found))
        for g in groups
        if (first := [cards[i] for i in g.flag_ids[:OPENED] if i in cards])
    ]


def _after(ids: list[int], current: int | None, at: int) -> int | None:
    if current not in ids:
        return ids[0] if ids else None
    return ids[at + 1] if at + 1 < len(ids) else None


def _after_story(ranked: Sequence[review_queue.RankedFlag], current: int | None, at: int) -> int | None:
    """The first flag of the next story."""
    if not ranked or ranked[at].flag_id != current:
        return None
    return next((r.flag_id for r in ranked[at + 1 :] if r.story_id != ranked[at].story_id), None)


def _order_label(filters: review_queue.QueueFilter) -> str:
    return "by expected value" if filters.state == FlagState.OPEN else "latest first"


@pages.post("/decisions/{decision}/undo", Role.REVIEWER)
def undo(visit: Visit) -> Response:
    to = local(visit.form.get("back", "/queue"))
    try:
        with writing(visit.context.engine) as session:
            decision = session.get(DecisionRow, visit.number("decision"))
            if decision is None:
                raise NotFound("there is no such decision")
            undone = decisions.undo(session, decision.id, visit.me.id, visit.context.now())
            flag_id = decision.flag_id
    except decisions.Refused as refused:
        return visit.back(to, f"Not undone: {refused}")
    done = "Undone." if len(undone) == 1 else f"{len(undone)} decisions undone."
    return visit.back(f"/queue?flag={flag_id}" if to.startswith("/queue") else to, done)


# Where each role works first.
HOME = {Role.RESEARCHER: "/reports", Role.EDITOR: "/reports", Role.REVIEWER: "/queue", Role.OPERATOR: "/sources", Role.ADMIN: "/queue"}


@pages.get("/", Role.RESEARCHER)
def home(visit: Visit) -> Response:
    return visit.back(HOME[Role(visit.me.role)])
