"""Data of the timeline of a claim (inline SVG): close of research, flags since then, confirmed
updates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.models import FlagRow, StoryRow

WIDTH, HEIGHT, LEFT, RIGHT = 640, 76, 12, 12
MOST = 60


@dataclass(frozen=True)
class TimelinePoint:
    """One flag on the line."""

    x: float
    state: str
    severity: str
    title: str
    flag_id: int


@dataclass(frozen=True)
class Timeline:
    """Positions for the template; x in SVG units (`WIDTH` wide)."""

    dots: list[TimelinePoint]
    ticks: list[tuple[float, str]]
    versions: list[float]
    start: str
    summary: str  # the picture as a sentence, for screen readers


def timeline(flags: Sequence[tuple[FlagRow, StoryRow]], updates: Sequence[datetime], closed: str, now: datetime) -> Timeline:
    """The timeline from the close of research to now. `closed`: ISO date, possibly without day or
    month.
    """
    start = _start(closed, now)
    span = max(1.0, (now - start).total_seconds())

    def x(at: datetime) -> float:
        share = min(1.0, max(0.0, (at - start).total_seconds() / span))
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    dots = [TimelinePoint(x(s.first_at), f.state, f.severity, s.title, f.id) for f, s in flags[:MOST]]
    open_now = sum(f.state == "open" for f, _ in flags)
    confirmed = "1 confirmed update" if len(updates) == 1 else f"{len(updates)} confirmed updates"
    summary = f"From {start:%B %Y} to today: {len(flags)} flagged, {open_now} of them open, {confirmed}."
    return Timeline(dots, [(x(t), label) for t, label in _ticks(start, now)], [x(u) for u in updates], closed, summary)


def _start(closed: str, now: datetime) -> datetime:
    parts = [int(p) for p in closed.split("-") if p.isdecimal()]
    try:
        return datetime(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1, tzinfo=UTC)
    except (IndexError, ValueError):
        return now - timedelta(days=365)


def _ticks(start: datetime, now: datetime) -> list[tuple[datetime, str]]:
    """Start of each quarter; of each year if the span is over 800 days."""
    months = 3 if (now - start).days < 800 else 12
    ticks, at = [], datetime(start.year, 1, 1, tzinfo=UTC)
    while at <= now:
        if at >= start:
            ticks.append((at, f"{at:%b %Y}" if months == 3 else f"{at:%Y}"))
        month = at.month - 1 + months
        at = at.replace(year=at.year + month // 12, month=month % 12 + 1)
    return ticks
