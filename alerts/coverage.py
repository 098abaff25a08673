"""Which sources were read in a period and which were not, so that a failure is not mistaken for a
lack of news.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.mail import sanitize
from db import fetches, ops
from db import items as db_items
from db.models import FetchRow, SourceRow
from db.periods import seconds

LITTLE = 0.8  # below this share of sources read, the digest warns in its first line
LONG = timedelta(hours=48)  # a tier-1 source unread for so long is named in the subject
REST = timedelta(hours=12)  # for sources whose profile names no period
MOST_REST = timedelta(days=3)
SETTLE = timedelta(minutes=50)  # items are compared within minutes; a longer wait is a fault


@dataclass(frozen=True)
class UnreadSource:
    """A source that gave no good answer in the period."""

    name: str
    reason: str  # of db.enums.FetchReason; "never" where it was never fetched
    tier: int
    since: datetime | None  # its last good fetch; None: never


@dataclass(frozen=True)
class Coverage:
    """Counts of sources and items, and which sources were not read, the better tiers first."""

    watched: int
    read: int
    unread: tuple[UnreadSource, ...]
    items: int
    uncompared: int = 0  # items of the period that no report was compared with

    @property
    def share(self) -> float:
        """Share of the due sources that were read; 1 where none was due."""
        due = self.read + len(self.unread)
        return self.read / due if due else 1.0

    @property
    def little(self) -> bool:
        return self.share < LITTLE

    @property
    def doubtful(self) -> bool:
        """Whether a lack of news may be a fault: too little was read, or items are not compared."""
        return self.little or self.uncompared > 0

    def long_unread(self, end: datetime) -> tuple[UnreadSource, ...]:
        """Primary sources unread for longer than LONG."""
        return tuple(b for b in self.unread if b.tier == 1 and (b.since is None or end - b.since > LONG))


def coverage(session: Session, start: datetime, end: datetime) -> Coverage:
    """The coverage of [start, end)."""
    rows = fetches.coverage(session, start, end)
    without_good_answer = [s for s, good, _ in rows if not good]
    tried = {s.id for s, good, bad in rows if bad and not good}
    last_good = fetches.last_good_fetches(session, [s.id for s in without_good_answer], end)
    last = fetches.last_fetches(session, [s.id for s in without_good_answer], end)
    unread = [
        UnreadSource(sanitize.line(s.name, 80), last[s.id].reason if s.id in last else "never", s.tier, last_good.get(s.id))
        for s in without_good_answer
        if s.id in tried or not _was_not_due(s, last_good.get(s.id), last.get(s.id), end)
    ]
    return Coverage(
        len(rows), len(rows) - len(without_good_answer), tuple(unread), db_items.count_items(session, start, end), ops.uncompared(session, start, end - SETTLE)
    )  # fmt: skip


def _was_not_due(source: SourceRow, last_good: datetime | None, last: FetchRow | None, end: datetime) -> bool:
    """Whether a source without a fetch in the period was not due: its last fetch was good, and less
    than two of its periods ago.
    """
    if last_good is None or last is None or last_good != last.started_at:
        return False
    every = source.config.get("every")
    return end - last_good < min(MOST_REST, 2 * timedelta(seconds=seconds(every)) if every else REST)
