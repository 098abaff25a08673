"""Sources: health at a glance, one source with its fetches and captures, acknowledging an outage, testing now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import source_states
from db.engine import reading, writing
from db.models import Fetch, Gap, Item, ItemVersion, Source, SourceState, SourceVersion
from db.words import GOOD_OUTCOMES, NO_STREAM, Role, Watch
from review.web import NotFound, Pages, Visit

pages = Pages()
DAYS = 14  # of outcome history shown
STATES = (Watch.BLIND.value, Watch.DEGRADED.value, Watch.ACKNOWLEDGED.value, "waiting", Watch.WELL.value, "not watched")  # the worst first
LONGEST = 90  # days an outage can be acknowledged for
USUAL = 28  # days over which "usual" is taken


@dataclass(frozen=True)
class Health:
    """A source and how it does."""

    source: Source
    state: str  # db.words.Watch, or "waiting" for its first look, or "not watched"
    row: SourceState | None  # since when, and why
    today: int  # items first seen in the last 24 hours
    usual: float  # items a day before that
    days: list[str]  # per day, oldest first: "good", "mixed", "bad", "none"


def state_of(source: Source, row: SourceState | None) -> str:
    """How watching stands, in one word. The rule itself is in db.source_states."""
    if source.kind == NO_STREAM:
        return "not watched"
    if row is not None:
        return row.state
    return "waiting" if source.last_fetch_at is None else Watch.WELL.value if source.last_outcome in GOOD_OUTCOMES else Watch.DEGRADED.value


def health(session: Session, now: datetime, memo: dict[str, Any]) -> list[Health]:
    """All listed sources, the ill ones first. `memo` keeps what the past will not change: looks of past days, and the usual number of items."""
    days = [(now - timedelta(days=d)).strftime("%Y-%m-%d") for d in reversed(range(DAYS))]
    history = {day: _looks_of(session, day, memo, day == days[-1]) for day in days}
    today = _items(session, now - timedelta(days=1), now)
    if memo.get("usual_day") != days[-1]:
        memo["usual"], memo["usual_day"] = _items(session, now - timedelta(days=USUAL + 1), now - timedelta(days=1)), days[-1]
    states = source_states.current(session)
    found = [
        Health(
            s, state_of(s, states.get(s.id)), states.get(s.id), today.get(s.id, 0), memo["usual"].get(s.id, 0) / USUAL, [_day(history[d].get(s.id)) for d in days]
        )
        for s in session.scalars(select(Source).where(Source.listed))
    ]  # fmt: skip
    order = {name: n for n, name in enumerate(STATES)}
    return sorted(found, key=lambda h: (order[h.state], h.source.tier, h.source.name.lower()))


def _looks_of(session: Session, day: str, memo: dict[str, Any], is_today: bool) -> dict[str, tuple[int, int]]:
    """source id → (looks, good looks) of one day."""
    kept: dict[str, dict[str, tuple[int, int]]] = memo.setdefault("looks", {})
    if not is_today and day in kept:
        return kept[day]
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    good = func.sum(case((Fetch.outcome.in_([o.value for o in GOOD_OUTCOMES]), 1), else_=0).cast(Integer))
    rows = session.execute(  # by way of the sources: the index is (source, time)
        select(Source.id, func.count(), good)
        .join(Fetch, (Fetch.source_id == Source.id) & (Fetch.started_at >= start) & (Fetch.started_at < start + timedelta(days=1)))
        .where(Source.listed)
        .group_by(Source.id)
    )
    found = {row[0]: (int(row[1]), int(row[2] or 0)) for row in rows}
    if not is_today:
        kept[day] = found
        for old in sorted(kept)[:-DAYS]:
            del kept[old]
    return found


def _items(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    rows = session.execute(
        select(Item.source_id, func.count()).where(Item.first_seen_at >= start, Item.first_seen_at < end).group_by(Item.source_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _day(counts: tuple[int, int] | None) -> str:
    if counts is None:
        return "none"
    n, good = counts
    return "good" if good == n else "bad" if good == 0 else "mixed"


@pages.get("/sources", Role.RESEARCHER)
def show_sources(visit: Visit) -> Response:
    now = visit.office.now()
    with reading(visit.office.engine) as session:
        found = health(session, now, visit.office.memo)
    wanted, kind = visit.query.get("state", ""), visit.query.get("kind", "")
    words = visit.query.get("q", "").lower()[:80]
    shown = [
        h
        for h in found
        if (not wanted or h.state == wanted)
        and (not kind or h.source.kind == kind)
        and (not words or words in f"{h.source.name} {h.source.id} {h.source.url}".lower())
    ]
    counts = {s: sum(h.state == s for h in found) for s in STATES}
    return visit.page(
        "sources.html",
        title="Sources",
        shown=shown,
        counts=counts,
        all=len(found),
        state=wanted,
        kind=kind,
        q=visit.query.get("q", "")[:80],
    )


@pages.get("/sources/{source}", Role.RESEARCHER)
def show_source(visit: Visit) -> Response:
    now = visit.office.now()
    with reading(visit.office.engine) as session:
        source = session.get(Source, visit.request.path_params["source"])
        if source is None:
            raise NotFound("there is no such source")
        fetches = list(session.scalars(select(Fetch).where(Fetch.source_id == source.id).order_by(Fetch.started_at.desc()).limit(50)))
        rows = session.execute(
            select(Item, ItemVersion)
            .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == 1))
            .where(Item.source_id == source.id)
            .order_by(Item.id.desc())
            .limit(20)
        ).all()
        profiles = list(
            session.scalars(select(SourceVersion).where(SourceVersion.source_id == source.id).order_by(SourceVersion.since.desc()))
        )
        states = list(
            session.scalars(select(SourceState).where(SourceState.source_id == source.id).order_by(SourceState.id.desc()).limit(20))
        )
        gaps = list(session.scalars(select(Gap).where(Gap.source_id == source.id).order_by(Gap.id.desc()).limit(20)))
        day, month = _items(session, now - timedelta(days=1), now), _items(session, now - timedelta(days=USUAL), now)
    return visit.page(
        "source.html", title=source.name, source=source, state=state_of(source, states[0] if states else None), fetches=fetches, rows=rows, profiles=profiles, states=states,
        gaps=gaps,
        today=day.get(source.id, 0), usual=month.get(source.id, 0) / USUAL, can_test=visit.office.test_source is not None,
    )  # fmt: skip


@pages.post("/sources/{source}/acknowledge", Role.OPERATOR)
def acknowledge(visit: Visit) -> Response:
    """Somebody knows; it is not told again until then, unless it recovers."""
    source_id, note = visit.request.path_params["source"], visit.form.get("note", "").strip()[:1000]
    days = visit.form.get("days", "7")
    if not note or not days.isdigit() or not 1 <= int(days[:4]) <= LONGEST:
        return visit.back(f"/sources/{source_id}", f"Say what is known, and for how many days (1 to {LONGEST}).")
    now = visit.office.now()
    with writing(visit.office.engine) as session:
        if session.get(Source, source_id) is None:
            raise NotFound("there is no such source")
        source_states.acknowledge(session, source_id, now + timedelta(days=int(days)), visit.me.name[:80], note, now)
    return visit.back(f"/sources/{source_id}", "Acknowledged.")


@pages.post("/sources/{source}/test", Role.OPERATOR)
def test(visit: Visit) -> Response:
    """Look at the source now, through the same client as the watch. Nothing of it is stored."""
    source_id = visit.request.path_params["source"]
    with reading(visit.office.engine) as session:
        source = session.get(Source, source_id)
    if source is None:
        raise NotFound("there is no such source")
    if visit.office.test_source is None:
        return visit.back(f"/sources/{source_id}", "This desk runs without the watch; use `ajour sources test` where it runs.")
    result = visit.office.test_source(source_id)
    return visit.page("tested.html", title=f"Test of {source.name}", source=source, result=result)
