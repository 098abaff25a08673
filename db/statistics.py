"""Queries of the report over time: counts a day, lag, and how each source's fetches ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.enums import UPDATES, Choice, FetchOutcome, FlagState, SourceHealth
from db.models import DecisionRow, FetchRow, FlagRow, ItemRow
from db.source_health import current
from db.sources import watched_sources

_CONFIRMING = UPDATES | {Choice.CONTRADICTS}
_DISMISSING = {Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.WRONG_CLAIM, Choice.DUPLICATE}
_WORST_FIRST = (FetchOutcome.BROKEN.value, FetchOutcome.SUSPICIOUS.value, FetchOutcome.NEW_ITEMS.value, FetchOutcome.NOTHING_NEW.value)
# Items published longer before they were seen came with a first fetch and say nothing about lag
ARCHIVE = timedelta(days=7)


@dataclass(frozen=True)
class SourceDays:
    """A source, and the outcome that stands for each day (see `_worst`)."""

    name: str
    blind: bool  # now
    days: dict[date, str]


@dataclass
class History:
    """A desk over time."""

    items: dict[date, int] = field(default_factory=dict)
    flags: dict[tuple[date, str], int] = field(default_factory=dict)  # (day, severity)
    confirmed: dict[date, int] = field(default_factory=dict)
    dismissed: dict[date, int] = field(default_factory=dict)
    others: dict[date, int] = field(default_factory=dict)
    lag: dict[date, float] = field(default_factory=dict)  # seconds, median
    sources: list[SourceDays] = field(default_factory=list)
    open_flags: int = 0


def history(session: Session, start: datetime, end: datetime) -> History:
    """Everything the report shows of [start, end)."""
    result = History()
    lags: dict[date, list[float]] = {}
    rows: Iterable[Any] = session.execute(
        select(ItemRow.first_seen_at, ItemRow.published_at)
        .where(ItemRow.first_seen_at >= start, ItemRow.first_seen_at < end)
        .execution_options(yield_per=5000)
    )
    for seen, published in rows:
        day = seen.date()
        result.items[day] = result.items.get(day, 0) + 1
        if published and timedelta() <= seen - published < ARCHIVE:
            lags.setdefault(day, []).append((seen - published).total_seconds())
    result.lag = {day: median(values) for day, values in lags.items()}
    for at, severity in session.execute(
        select(FlagRow.raised_at, FlagRow.severity).where(FlagRow.raised_at >= start, FlagRow.raised_at < end)
    ):
        result.flags[at.date(), severity] = result.flags.get((at.date(), severity), 0) + 1
    for at, choice in session.execute(
        select(DecisionRow.made_at, DecisionRow.choice).where(DecisionRow.made_at >= start, DecisionRow.made_at < end)
    ):
        counts = result.confirmed if choice in _CONFIRMING else result.dismissed if choice in _DISMISSING else result.others
        counts[at.date()] = counts.get(at.date(), 0) + 1
    result.open_flags = session.scalar(select(func.count()).select_from(FlagRow).where(FlagRow.state == FlagState.OPEN.value)) or 0
    result.sources = _sources(session, start, end)
    return result


def _sources(session: Session, start: datetime, end: datetime) -> list[SourceDays]:
    counts: dict[str, dict[date, dict[str, int]]] = {}
    rows: Iterable[Any] = session.execute(
        select(FetchRow.source_id, FetchRow.started_at, FetchRow.outcome)
        .where(FetchRow.started_at >= start, FetchRow.started_at < end)
        .execution_options(yield_per=5000)
    )
    for source_id, at, outcome in rows:
        day = counts.setdefault(source_id, {}).setdefault(at.date(), {})
        day[outcome] = day.get(outcome, 0) + 1
    blind = {source_id for source_id, row in current(session).items() if row.state == SourceHealth.BLIND}
    return [SourceDays(s.name, s.id in blind, {d: _worst(n) for d, n in counts.get(s.id, {}).items()}) for s in watched_sources(session)]


def _worst(counts: dict[str, int]) -> str:
    """The outcome that stands for a day: counting from the worst, the first at which more than half
    of the day's fetches are reached. A single failure does not make the whole day red.
    """
    total, so_far = sum(counts.values()), 0
    for outcome in _WORST_FIRST:
        so_far += counts.get(outcome, 0)
        if so_far * 2 > total:
            return outcome
    return FetchOutcome.NOTHING_NEW.value
