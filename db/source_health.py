"""The health of each source: one rule, one table of changes, and the queries for the digest, the
desk and the command line.

`update_health` is called by `store_fetch` in its transaction, so that a fetch and its effect on the
source's health are stored together. A row is added only when the state changes: a blind source is
reported once, and once more when it is read again, not after each failed fetch.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from db import source_health
from db.enums import GOOD_OUTCOMES, FetchOutcome, FetchReason, SourceHealth
from db.models import FetchRow, ItemRow, SourceRow, SourceStateRow
from db.periods import seconds
from db.sources import watched_sources
from db.statements import insert_into

# Tier → how long unread before silence means nothing; primary texts sooner
BLIND_AFTER = {1: timedelta(hours=3)}
BLIND_AFTER_OTHERS = timedelta(hours=6)
# In watch_state: failed probes of the first address since another one is in use
FAILED_PROBES = "failed_probes"
REPORTED_PROBES = 1  # failed probes from which it is reported
RATE_DAYS = 7.0  # time constant of the moving average of items a day
QUIET_AFTER = timedelta(hours=48)
# A source with one item a day on average is silent for 8 days once in e^8 = 3000 times
QUIET_FACTOR = 8.0
LEARNING = timedelta(days=14)  # too little history before that to know the usual rate

_LAST = (
    select(SourceStateRow.state, SourceStateRow.until)
    .where(SourceStateRow.source_id == bindparam("source"))
    .order_by(SourceStateRow.id.desc())
    .limit(1)
)
_ADD = insert_into(SourceStateRow)


@dataclass(frozen=True)
class HealthChange:
    """The new health of a source, and why."""

    state: SourceHealth
    reason: FetchReason
    detail: str | None = None
    recovered: bool = False  # it was degraded or blind before


def remember(source: SourceRow, watch_state: Mapping[str, Any], now: datetime, new: int) -> dict[str, Any]:
    """The source's watch_state after a fetch: the state of its kind, and the usual number of items
    a day (moving average over a week).
    """
    old = dict(source.watch_state or {})
    since = old.get("watched_since") or now.isoformat()
    kept = {**old, **watch_state, "watched_since": since}
    kept.pop("parts_changed", None)
    if source.last_fetch_at is None:  # the first fetch brings an archive, not the items of a day
        return {**kept, "rate": 0.0, "last_new_at": now.isoformat() if new else None}
    days = max(1e-6, (now - source.last_fetch_at).total_seconds() / 86_400)
    weight = 1 - math.exp(-days / RATE_DAYS)
    rate = float(old.get("rate") or 0.0)
    return {**kept, "rate": rate + (new / days - rate) * weight, "last_new_at": now.isoformat() if new else old.get("last_new_at")}


def update_health(
    session: Session, source: SourceRow, now: datetime, outcome: FetchOutcome, reason: FetchReason, detail: str | None
) -> HealthChange | None:
    """Store the health of a source after a fetch if it differs from before. Returns the change;
    None if there is none.
    """
    last = session.execute(_LAST, {"source": source.id}).first()
    judged = judge(source, now, outcome, reason, detail, _shortfall(session, source, now))
    if judged is None:
        return None
    before = SourceHealth(last.state) if last else None
    if last and before is SourceHealth.ACKNOWLEDGED and judged.state is not SourceHealth.WELL and last.until and now < last.until:
        return None
    if before is judged.state:
        return None  # reported already; another reason for the same state is not reported
    values = {"source_id": source.id, "state": judged.state.value, "reason": judged.reason.value, "detail": judged.detail, "since": now}
    session.execute(_ADD, values)
    return HealthChange(judged.state, judged.reason, judged.detail, recovered=judged.state is SourceHealth.WELL and before is not None)


def judge(
    source: SourceRow, now: datetime, outcome: FetchOutcome, reason: FetchReason, detail: str | None, shortfall: str | None = None
) -> HealthChange | None:
    """The only rule for the health of a source; pure. It goes by time, not by the number of errors:
    a provider that fails for an hour each day is not dead.

    None where the fetch changes nothing: a single bad fetch of a source that was read before.
    """
    watch_state = source.watch_state or {}
    if outcome not in GOOD_OUTCOMES:
        since = source.last_good_at or datetime.fromisoformat(watch_state.get("watched_since") or now.isoformat())
        if source.failures >= 2 and now - since >= blind_after(source):
            return HealthChange(SourceHealth.BLIND, reason, detail)
        if source.failures >= 2 or source.last_good_at is None:
            return HealthChange(SourceHealth.DEGRADED, reason, detail)
        return None
    if source.route and int(watch_state.get(FAILED_PROBES, REPORTED_PROBES)) >= REPORTED_PROBES:
        return HealthChange(SourceHealth.DEGRADED, FetchReason.ELSEWHERE, f"read at {source.route}, not at {source.url}")
    if shortfall:
        return HealthChange(SourceHealth.DEGRADED, FetchReason.EXPECTATION, shortfall)
    if quiet := _quiet(source, now):
        return HealthChange(SourceHealth.DEGRADED, FetchReason.QUIET, quiet)
    return HealthChange(SourceHealth.WELL, FetchReason.OK)


def blind_after(source: SourceRow) -> timedelta:
    """How long a source may go unread before it counts as blind: at least three of its own periods.

    The period is that of the stored profile, which always names one: the watch list fills in the
    default of the kind.
    """
    return max(BLIND_AFTER.get(source.tier, BLIND_AFTER_OTHERS), 3 * timedelta(seconds=seconds(source.config["every"])))


def _shortfall(session: Session, source: SourceRow, now: datetime) -> str | None:
    """How the expectation in sources.yml is missed, if it is."""
    expect = (source.config or {}).get("expect")
    if not expect or "items" not in expect:
        return None
    within = timedelta(seconds=seconds(expect["within"]))
    since = (source.watch_state or {}).get("watched_since")
    if since is None or now - datetime.fromisoformat(since) < within:
        return None  # not watched long enough to tell
    count = session.scalar(
        select(func.count()).select_from(ItemRow).where(ItemRow.source_id == source.id, ItemRow.first_seen_at > now - within)
    )
    return None if (count or 0) >= expect["items"] else f"{count} items within {expect['within']}, at least {expect['items']} expected"


def _quiet(source: SourceRow, now: datetime) -> str | None:
    watch_state = source.watch_state or {}
    rate, last_new, since = float(watch_state.get("rate") or 0), watch_state.get("last_new_at"), watch_state.get("watched_since")
    if not last_new or not since or now - datetime.fromisoformat(since) < LEARNING:
        return None
    silent = now - datetime.fromisoformat(last_new)
    # The average decays while the source is silent: use its value at the start of the silence
    usual = rate * math.exp(silent.total_seconds() / 86_400 / RATE_DAYS)
    if usual <= 0 or silent < max(QUIET_AFTER, timedelta(days=QUIET_FACTOR / usual)):
        return None
    return f"nothing for {silent.days} days; usual are {usual:.1f} items a day"


def acknowledge(session: Session, source_id: str, until: datetime, by: str, note: str, now: datetime) -> None:
    """Record that a person knows that the source is blind or degraded: it is not reported again
    before `until` unless it recovers.
    """
    last = current(session).get(source_id)
    reason = last.reason if last else FetchReason.OK.value
    session.add(
        SourceStateRow(
            source_id=source_id, state=SourceHealth.ACKNOWLEDGED.value, reason=reason, detail=note, since=now, until=until, by=by
        )
    )


def current(session: Session) -> dict[str, SourceStateRow]:
    """Source → its newest state row. Sources that were never fetched are absent."""
    newest = select(func.max(SourceStateRow.id)).group_by(SourceStateRow.source_id)
    return {s.source_id: s for s in session.scalars(select(SourceStateRow).where(SourceStateRow.id.in_(newest)))}


def changes(session: Session, start: datetime, end: datetime) -> list[tuple[SourceRow, SourceStateRow]]:
    """Health changes to report of [start, end): sources that failed or recovered, in order of time.
    The first "well" of a source is left out.
    """
    rows = session.execute(
        select(SourceRow, SourceStateRow)
        .join(SourceRow, SourceRow.id == SourceStateRow.source_id)
        .where(SourceStateRow.since >= start, SourceStateRow.since < end, SourceRow.listed)
        .order_by(SourceStateRow.id)
    )
    firsts = set(session.scalars(select(func.min(SourceStateRow.id)).group_by(SourceStateRow.source_id)))
    return [(source, state) for source, state in rows if not (state.id in firsts and state.state == SourceHealth.WELL.value)]


@dataclass(frozen=True)
class HealthSummary:
    """One line of `ajour sources health`."""

    source: SourceRow
    state: SourceStateRow | None
    recent: tuple[str, ...]  # outcomes of the last fetches, newest first
    items_today: int  # first seen within 24 h
    items_usual: float  # a day, moving average
    lag: timedelta | None  # median time from published to seen, last 50 items


def health(session: Session, now: datetime) -> list[HealthSummary]:
    """All listed sources that are streams, worst first."""
    states = current(session)
    rows = watched_sources(session)
    counts = session.execute(
        select(ItemRow.source_id, func.count()).where(ItemRow.first_seen_at > now - timedelta(days=1)).group_by(ItemRow.source_id)
    )
    today = {row[0]: int(row[1]) for row in counts}
    order = {SourceHealth.BLIND.value: 0, SourceHealth.DEGRADED.value: 1, SourceHealth.ACKNOWLEDGED.value: 2, SourceHealth.WELL.value: 4}
    rows.sort(key=lambda s: order.get(states[s.id].state, 3) if s.id in states else 3)
    return [
        HealthSummary(
            s,
            states.get(s.id),
            _recent(session, s.id),
            today.get(s.id, 0),
            float((s.watch_state or {}).get("rate") or 0),
            _lag(session, s.id),
        )
        for s in rows
    ]


def _recent(session: Session, source_id: str, limit: int = 10) -> tuple[str, ...]:
    return tuple(session.scalars(select(FetchRow.outcome).where(FetchRow.source_id == source_id).order_by(FetchRow.id.desc()).limit(limit)))


def _lag(session: Session, source_id: str, limit: int = 50) -> timedelta | None:
    """Median time from an item's own date to the fetch that first saw it, without the items of the
    first fetch.
    """
    first = session.scalar(select(func.min(ItemRow.first_seen_at)).where(ItemRow.source_id == source_id))
    if first is None:
        return None
    rows = session.execute(
        select(ItemRow.published_at, ItemRow.first_seen_at)
        .where(ItemRow.source_id == source_id, ItemRow.published_at.is_not(None), ItemRow.first_seen_at > first)
        .order_by(ItemRow.id.desc())
        .limit(limit)
    )
    lags = sorted(seen - published for published, seen in rows if published and seen >= published)
    return lags[len(lags) // 2] if lags else None


def sources_with_same_items(session: Session, now: datetime, share: float = 0.8, least: int = 10) -> list[tuple[str, str, float]]:
    """(id, other id, share) of sources that gave nearly the same articles in the last 30 days: a
    stream listed twice is fetched twice and its items count twice.
    """
    since = now - timedelta(days=30)
    counts = session.execute(select(ItemRow.source_id, func.count()).where(ItemRow.first_seen_at > since).group_by(ItemRow.source_id))
    items = {row[0]: int(row[1]) for row in counts}
    first, other = aliased(ItemRow), aliased(ItemRow)
    pairs = session.execute(
        select(first.source_id, other.source_id, func.count())
        .join(other, (other.url == first.url) & (other.source_id > first.source_id))
        .where(first.first_seen_at > since, other.first_seen_at > since)
        .group_by(first.source_id, other.source_id)
    )
    shares = [(a, b, n / min(items[a], items[b])) for a, b, n in pairs if min(items[a], items[b]) >= least]
    return [(a, b, round(s, 2)) for a, b, s in shares if s >= share]


def acknowledged_sources(session: Session, now: datetime) -> set[str]:
    """Ids of sources that are degraded or blind and acknowledged by a person."""
    states = source_health.current(session)
    return {i for i, s in states.items() if s.state == SourceHealth.ACKNOWLEDGED and (s.until is None or now < s.until)}
