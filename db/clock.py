"""Repairs stored times after the clock of the machine was ahead.

While the clock is ahead, fetches, job runs and messages get times in the future. After the clock is
corrected, nothing with such a time is due until that time has come. `repair` finds times that
cannot lie in the future and sets them to now. Rows of append-only tables keep their times: they are
history, and no rule for what is due reads them alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.fetches import NEVER
from db.models import DigestRow, FlagRow, ItemRow, JobRunRow, LoginAttemptRow, OutboxRow, PendingArticleRow, SourceRow

TOLERANCE = timedelta(minutes=5)  # clocks of several machines differ by less
LONGEST_WAIT = timedelta(days=2)  # no source, page or message is put off for longer

# Times of what has happened: never in the future.
_PAST: tuple[InstrumentedAttribute[Any], ...] = (
    SourceRow.last_fetch_at,
    SourceRow.last_good_at,
    SourceRow.full_read_at,
    SourceRow.probed_at,
    ItemRow.first_seen_at,
    ItemRow.missing_since,
    JobRunRow.started_at,
    JobRunRow.ended_at,
    JobRunRow.good_at,
    FlagRow.raised_at,
    FlagRow.changed_at,
    OutboxRow.created_at,
    OutboxRow.sent_at,
    DigestRow.period_end,
    DigestRow.built_at,
)
# Times until which something waits: at most LONGEST_WAIT ahead.
_WAITS: tuple[InstrumentedAttribute[Any], ...] = (
    SourceRow.leased_until,
    SourceRow.next_due_at,
    PendingArticleRow.due_at,
    OutboxRow.not_before,
    OutboxRow.leased_until,
)


@dataclass(frozen=True)
class ClockRepair:
    """`rows`: table → number of repaired rows; `ahead`: how far the latest time lay in the
    future.
    """

    rows: dict[str, int]
    ahead: timedelta

    def __str__(self) -> str:
        counts = ", ".join(f"{n} of {table}" for table, n in sorted(self.rows.items()))
        return (
            f"The clock was put back by {_hours(self.ahead)} or more. Times in the future were set to now ({counts}); "
            "what was stored meanwhile keeps its time. Check the time service of this machine."
        )


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"


def repair(session: Session, now: datetime) -> ClockRepair | None:
    """Set times that cannot lie in the future to `now`. None when there are none.

    Sources and messages that were handled while the clock was ahead are due at once.
    """
    rows, latest = dict[str, int](), now
    ahead_sources = list(session.scalars(select(SourceRow).where(SourceRow.last_fetch_at > now + TOLERANCE)))
    for source in ahead_sources:
        source.next_due_at, source.leased_until, source.lease_owner = now, None, None
        source.watch_state = {k: _not_later(v, now) for k, v in (source.watch_state or {}).items()}
    session.execute(update(OutboxRow).where(OutboxRow.created_at > now + TOLERANCE, OutboxRow.not_before > now).values(not_before=now))
    for column, limit in (*((c, now + TOLERANCE) for c in _PAST), *((c, now + LONGEST_WAIT) for c in _WAITS)):
        table = column.class_
        late = (column > limit) & (column < NEVER)
        latest = max(latest, session.scalar(select(func.max(column)).where(late)) or now)
        count = _count(
            session.execute(update(table).where(late).values({column.key: now}), execution_options={"synchronize_session": "fetch"})
        )
        if count:
            rows[table.__tablename__] = max(rows.get(table.__tablename__, 0), count)
    if count := _count(session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at > now + TOLERANCE))):
        rows[LoginAttemptRow.__tablename__] = count
    return ClockRepair(rows, latest - now) if rows else None


def _not_later(value: Any, now: datetime) -> Any:
    """`value`, or now where it is the text of a time in the future."""
    if not isinstance(value, str) or len(value) < 19 or value[10:11] != "T":
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return now.isoformat() if moment.tzinfo and moment > now else value


def server_ahead(session: Session, now: datetime) -> timedelta:
    """How far the clock of the database server is ahead of `now`. Zero on SQLite, which has no
    server.
    """
    if session.get_bind().dialect.name != "postgresql":
        return timedelta(0)
    return (session.scalar(select(func.clock_timestamp())) or now) - now


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
