"""Sources: the health table, the page of one source, acknowledging an outage, a test fetch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import source_health
from db.engine import reading, writing
from db.enums import GOOD_OUTCOMES, NO_STREAM, Role, SourceHealth
from db.flag_gists import story_gists
from db.models import ChannelGapRow, FetchRow, ItemRow, ItemVersionRow, SourceRow, SourceStateRow, SourceVersionRow
from review.routing import NotFound, Routes, Visit

pages = Routes()
DAYS = 14  # days of outcomes that are shown
STATES = (
    SourceHealth.BLIND.value,
    SourceHealth.DEGRADED.value,
    SourceHealth.ACKNOWLEDGED.value,
    "waiting",
    SourceHealth.WELL.value,
    "not watched",
)  # the worst first
LONGEST = 90  # days an outage can be acknowledged for
USUAL = 28  # days that the average is taken over


@dataclass(frozen=True)
class SourceStatus:
    """A source with its health and its numbers of items."""

    source: SourceRow
    state: str  # db.enums.SourceHealth, "waiting" for its first fetch, or "not watched"
    row: SourceStateRow | None  # since when and why
    today: int  # items first seen in the last 24 hours
    usual: float  # mean number of items a day before that
    days: list[str]  # per day, oldest first: "good", "mixed", "bad", "none"


def state_of(source: SourceRow, row: SourceStateRow | None) -> str:
    """The health of a source in one word. `db.source_health` holds the rule."""
    if source.kind == NO_STREAM:
        return "not watched"
    if row is not None:
        return row.state
    return (
        "waiting"
        if source.last_fetch_at is None
        else SourceHealth.WELL.value
        if source.last_outcome in GOOD_OUTCOMES
        else SourceHealth.DEGRADED.value
    )


def health(session: Session, now: datetime, cache: dict[str, Any]) -> list[SourceStatus]:
    """All listed sources, the worst health first. `cache` keeps counts that no longer change:
    fetches of past days and mean numbers of items.
    """
    days = [(now - timedelta(days=d)).strftime("%Y-%m-%d") for d in reversed(range(DAYS))]
    history = {day: _fetches_of(session, day, cache, day == days[-1]) for day in days}
    today = _items(session, now - timedelta(days=1), now)
    if cache.get("usual_day") != days[-1]:
        cache["usual"], cache["usual_day"] = _items(session, now - timedelta(days=USUAL + 1), now - timedelta(days=1)), days[-1]
    states = source_health.current(session)
    statuses = [
        SourceStatus(
            s, state_of(s, states.get(s.id)), states.get(s.id), today.get(s.id, 0), cache["usual"].get(s.id, 0) / USUAL, [_day(history[d].get(s.id)) for d in days]
        )
        for s in session.scalars(select(SourceRow).where(SourceRow.listed))
    ]  # fmt: skip
    order = {name: n for n, name in enumerate(STATES)}
    return sorted(statuses, key=lambda h: (order[h.state], h.source.tier, h.source.name.lower()))


def _fetches_of(session: Session, day: str, cache: dict[str, Any], is_today: bool) -> dict[str, tuple[int, int]]:
    """Source id → (fetches, successful fetches) of one day."""
    cached: dict[str, dict[str, tuple[int, int]]] = cache.setdefault("fetches", {})
    if not is_today and day in cached:
        return cached[day]
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    good = func.sum(case((FetchRow.outcome.in_([o.value for o in GOOD_OUTCOMES]), 1), else_=0).cast(Integer))
    rows = session.execute(  # joined from the sources, because the index is (source, time)
        select(SourceRow.id, func.count(), good)
        .join(
            FetchRow,
            (FetchRow.source_id == SourceRow.id) & (FetchRow.started_at >= start) & (FetchRow.started_at < start + timedelta(days=1)),
        )
        .where(SourceRow.listed)
        .group_by(SourceRow.id)
    )
    counts = {row[0]: (int(row[1]), int(row[2] or 0)) for row in rows}
    if not is_today:
        cached[day] = counts
        for old in sorted(cached)[:-DAYS]:
            del cached[old]
    return counts


def _items(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    rows = session.execute(
        select(ItemRow.source_id, func.count())
        .where(ItemRow.first_seen_at >= start, ItemRow.first_seen_at < end)
        .group_by(ItemRow.source_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _day(counts: tuple[int, int] | None) -> str:
    if counts is None:
        return "none"
    n, good = counts
    return "good" if good == n else "bad" if good == 0 else "mixed"


@pages.get("/sources", Role.RESEARCHER)
def show_sources(visit: Visit) -> Response:
    now = visit.context.now()
    with reading(visit.context.engine) as session:
        statuses = health(session, now, visit.context.cache)
    state, kind = visit.query.get("state", ""), visit.query.get("kind", "")
    search = visit.query.get("q", "").lower()[:80]
    shown = [
        h
        for h in statuses
        if (not state or h.state == state)
        and (not kind or h.source.kind == kind)
        and (not search or search in f"{h.source.name} {h.source.id} {h.source.url}".lower())
    ]
    counts = {s: sum(h.state == s for h in statuses) for s in STATES}
    return visit.page(
        "sources.html",
        title="Sources",
        shown=shown,
        counts=counts,
        all=len(statuses),
        state=state,
        kind=kind,
        q=visit.query.get("q", "")[:80],
    )


@pages.get("/sources/{source}", Role.RESEARCHER)
def show_source(visit: Visit) -> Response:
    now = visit.context.now()
    with reading(visit.context.engine) as session:
        source = session.get(SourceRow, visit.request.path_params["source"])
        if source is None:
            raise NotFound("there is no such source")
        fetches = list(
            session.scalars(select(FetchRow).where(FetchRow.source_id == source.id).order_by(FetchRow.started_at.desc()).limit(50))
        )
        rows = session.execute(
            select(ItemRow, ItemVersionRow)
            .join(ItemVersionRow, (ItemVersionRow.item_id == ItemRow.id) & (ItemVersionRow.number == 1))
            .where(ItemRow.source_id == source.id)
            .order_by(ItemRow.id.desc())
            .limit(20)
        ).all()
        gists = story_gists(session, [item.story_id for item, _ in rows if item.story_id])
        profiles = list(
            session.scalars(select(SourceVersionRow).where(SourceVersionRow.source_id == source.id).order_by(SourceVersionRow.since.desc()))
        )
        states = list(
            session.scalars(
                select(SourceStateRow).where(SourceStateRow.source_id == source.id).order_by(SourceStateRow.id.desc()).limit(20)
            )
        )
        gaps = list(
            session.scalars(select(ChannelGapRow).where(ChannelGapRow.source_id == source.id).order_by(ChannelGapRow.id.desc()).limit(20))
        )
        day, month = _items(session, now - timedelta(days=1), now), _items(session, now - timedelta(days=USUAL), now)
    return visit.page(
        "source.html", title=source.name, source=source, state=state_of(source, states[0] if states else None), fetches=fetches, gists=gists, profiles=profiles, states=states,
        gaps=gaps, rows=sorted(rows, key=lambda row: (row[0].first_seen_at, row[0].published_at or row[0].first_seen_at), reverse=True),
        today=day.get(source.id, 0), usual=month.get(source.id, 0) / USUAL, can_test=visit.context.test_source is not None,
    )  # fmt: skip


@pages.post("/sources/{source}/acknowledge", Role.OPERATOR)
def acknowledge(visit: Visit) -> Response:
    """Record a known outage. It raises no further alert until that day, unless the source
    recovers.
    """
    source_id, note = visit.request.path_params["source"], visit.form.get("note", "").strip()[:1000]
    days = visit.form_number("days") if "days" in visit.form else 7
    if not note or days is None or not 1 <= days <= LONGEST:
        return visit.back(f"/sources/{source_id}", f"Say what is known, and for how many days (1 to {LONGEST}).")
    now = visit.context.now()
    with writing(visit.context.engine) as session:
        if session.get(SourceRow, source_id) is None:
            raise NotFound("there is no such source")
        source_health.acknowledge(session, source_id, now + timedelta(days=days), visit.me.name[:80], note, now)
    return visit.back(f"/sources/{source_id}", "Acknowledged.")


@pages.post("/sources/{source}/test", Role.OPERATOR)
def test(visit: Visit) -> Response:
    """Fetch the source now, with the client of the monitor. Nothing is stored."""
    source_id = visit.request.path_params["source"]
    with reading(visit.context.engine) as session:
        source = session.get(SourceRow, source_id)
    if source is None:
        raise NotFound("there is no such source")
    if visit.context.test_source is None:
        return visit.back(
            f"/sources/{source_id}", "This desk runs without the monitor; use `ajour sources test` on the machine of the monitor."
        )
    result = visit.context.test_source(source_id)
    return visit.page("tested.html", title=f"Test of {source.name}", source=source, result=result)
