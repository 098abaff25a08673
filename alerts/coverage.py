"""What was read in a period and what was not: the line that keeps silence from being mistaken for calm."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.mail import sanitize
from db import fetches
from db import items as db_items

LITTLE = 0.8  # a smaller share of sources read is said in the subject
LONG = timedelta(hours=48)  # so is a tier-1 source that was not read for so long
RESTING = timedelta(days=3)  # a source not due within a shorter period, and well at its last look, is neither read nor blind


@dataclass(frozen=True)
class UnreadSource:
    """A source that gave no good answer in the period."""

    name: str
    reason: str  # of db.enums.FetchReason; "never" where it was never looked at
    tier: int
    since: datetime | None  # its last good look; None: never


@dataclass(frozen=True)
class Coverage:
    """Counts of sources and items, and who was blind, the better tiers first."""

    watched: int
    read: int
    unread: tuple[UnreadSource, ...]
    items: int

    @property
    def share(self) -> float:
        """Of the sources that were due, the part that was read; 1 where none was due."""
        due = self.read + len(self.unread)
        return self.read / due if due else 1.0

    @property
    def little(self) -> bool:
        return self.share < LITTLE

    def long_unread(self, end: datetime) -> tuple[UnreadSource, ...]:
        """Primary sources that were not read for long."""
        return tuple(b for b in self.unread if b.tier == 1 and (b.since is None or end - b.since > LONG))


def coverage(session: Session, start: datetime, end: datetime) -> Coverage:
    """The coverage of [start, end)."""
    rows = fetches.coverage(session, start, end)
    without_good_answer = [s for s, good, _ in rows if not good]
    tried = {s.id for s, good, bad in rows if bad and not good}
    last_good = fetches.last_good_looks(session, [s.id for s in without_good_answer], end)
    last = fetches.last_looks(session, [s.id for s in without_good_answer], end)
    unread = [
        UnreadSource(sanitize.line(s.name, 80), last[s.id].reason if s.id in last else "never", s.tier, last_good.get(s.id))
        for s in without_good_answer
        if s.id in tried or not (s.id in last_good and last_good[s.id] == last[s.id].started_at and end - last_good[s.id] < RESTING)
    ]
    return Coverage(len(rows), len(rows) - len(without_good_answer), tuple(unread), db_items.count_items(session, start, end))
