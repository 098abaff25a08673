"""The digest of one subscription and one period, as a value that HTML and plain text are rendered
from.

Order: confirmed changes, then flags that wait for review (marked as such), then corrections, then
(weekly) claims that were checked and still hold.

`gather` reads a period from the database, once for all its readers. `choose` picks one reader's
entries from it; it is a pure function of the pool, the preferences and the earlier notifications,
so the same rows give the same digest at any time.

An entry that does not fit is not lost: it is stored with the digest run (`Digest.left_out`) and
comes first in the next one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from alerts.coverage import Coverage, coverage
from alerts.digest_entry import DigestEntry, by_story, differences, entry_of, flags_of, with_differences
from alerts.mail import sanitize
from alerts.preferences import Preferences
from db import digests
from db import reports as db_reports
from db.enums import SEVERITY_RANK, Choice, FlagState, LinkPolicy, Rhythm, Severity
from db.gist import GistCode
from db.models import ChannelNotificationRow, NotificationRow

CAP = 25  # entries in full; readers do not read more
LINES = 40  # one-line entries after that, per section
WAITING_AT_LEAST = 5  # places for entries that wait for review, however many are confirmed
# Read again from the period before: a comparison may be committed after the end of its own period
OVERLAP = timedelta(hours=1)
NO_CAP = 1_000_000
_GIST_ORDER = tuple(GistCode)  # it lists the most informative first


@dataclass(frozen=True)
class Correction:
    """An entry that the reader was notified of and whose state is different now."""

    # What the reader got: "withdrawn": a confirmed entry; "reopened": a decided one; "set_aside": a
    # waiting one
    kind: str
    entry: DigestEntry
    notified_at: datetime  # when the message that `kind` speaks of was sent
    was: str  # the headline that was sent
    choice: str | None


@dataclass(frozen=True)
class Pool:
    """Everything that happened in a period, for all readers."""

    start: datetime
    end: datetime
    entries: tuple[DigestEntry, ...]
    coverage: Coverage
    reports: tuple[tuple[str, str], ...]  # (id, title)


@dataclass(frozen=True)
class Digest:
    """A digest before it is rendered. `…_lines` have one line each; `…_rest` did not fit and are
    only counted.
    """

    start: datetime
    end: datetime
    reports: tuple[str, ...]
    coverage: Coverage
    confirmed: tuple[DigestEntry, ...] = ()
    confirmed_lines: tuple[DigestEntry, ...] = ()
    confirmed_rest: tuple[DigestEntry, ...] = ()
    waiting: tuple[DigestEntry, ...] = ()
    waiting_lines: tuple[DigestEntry, ...] = ()
    waiting_rest: tuple[DigestEntry, ...] = ()
    corrections: tuple[Correction, ...] = ()
    corrections_rest: tuple[Correction, ...] = ()
    still_valid: tuple[DigestEntry, ...] = ()
    still_valid_more: int = 0
    topics: tuple[str, ...] = ()  # what it is limited to; empty: all
    severity: str = "low"
    unreviewed: bool = True
    elsewhere: int = 0  # entries of the period that are in another message; they are not repeated
    urgent_only: bool = False  # its reader asked for urgent changes only
    late: bool = False  # covers more than one period, because digests could not be made on time
    language: str = "en"
    zone: str = "UTC"
    links: LinkPolicy = LinkPolicy.DIRECT
    translations: bool = True  # machine translations are shown beside the original

    @property
    def confirmed_count(self) -> int:
        return len(self.confirmed) + len(self.confirmed_lines) + len(self.confirmed_rest)

    @property
    def waiting_count(self) -> int:
        return len(self.waiting) + len(self.waiting_lines) + len(self.waiting_rest)

    @property
    def corrections_count(self) -> int:
        return len(self.corrections) + len(self.corrections_rest)

    @property
    def shown(self) -> int:
        """Entries that are in the digest, in full or as a line."""
        return len(self.confirmed) + len(self.confirmed_lines) + len(self.waiting) + len(self.waiting_lines)

    @property
    def simulated(self) -> bool:
        """Whether an entry comes from an outlet that the demo simulates."""
        entries = flags_of([*self.confirmed, *self.confirmed_lines, *self.waiting, *self.waiting_lines])
        return any(e.simulated for e in (*entries, *(c.entry for c in self.corrections)))

    @property
    def empty(self) -> bool:
        return not (self.confirmed_count or self.waiting_count or self.corrections_count)

    @property
    def left_out(self) -> tuple[int, ...]:
        """Flags of entries that did not fit: they come first in the next digest of the
        subscription.
        """
        rest = flags_of([*self.confirmed_rest, *self.waiting_rest, *(c.entry for c in self.corrections_rest)])
        return tuple(sorted({e.flag_id for e in rest}))

    @property
    def left_out_count(self) -> int:
        return len(self.confirmed_rest) + len(self.waiting_rest) + len(self.corrections_rest)


def build(
    session: Session,
    start: datetime,
    end: datetime,
    report_ids: Sequence[str] | None = None,
    cap: int = CAP,
    preferences: Preferences | None = None,
) -> Digest:
    """The digest of [start, end) for `report_ids` (all where None), for a reader without earlier
    notifications.
    """
    preferences = (preferences or Preferences()).model_copy(update={"reports": tuple(report_ids or ())})
    return choose(gather(session, start, end), preferences, {}, cap=cap)


def gather(session: Session, start: datetime, end: datetime, overlap: timedelta = timedelta(0)) -> Pool:
    """All that happened in [start, end), and in the `overlap` before it."""
    entries = entries_at(session, digests.touched(session, start - overlap, end), end)
    titles = tuple((i, sanitize.line(t)) for i, t in db_reports.report_titles(session))
    return Pool(start, end, entries, coverage(session, start, end), titles)


def entries_at(session: Session, flag_ids: Sequence[int], at: datetime) -> tuple[DigestEntry, ...]:
    """The entries of flags as they stood just before `at`."""
    return tuple(entry_of(f) for f in digests.flags_at(session, flag_ids, at))


def choose(
    pool: Pool,
    preferences: Preferences,
    notified: Mapping[int, NotificationRow],
    *,
    carried: Sequence[DigestEntry] = (),
    language: str = "en",
    zone: str = "UTC",
    late: bool = False,
    cap: int = CAP,
) -> Digest:
    """One subscription's digest from a pool.

    `notified`: flag id → the newest notification that its reader got, by any message. `carried`:
    entries that did not fit in the subscription's last digest, or whose message was lost; they come
    before others of the same severity.
    """
    first = {e.flag_id for e in carried}
    pooled = [e for e in pool.entries if concerns(preferences, e)]
    known = {e.flag_id for e in pooled}
    concerned = [*pooled, *(e for e in carried if e.flag_id not in known and concerns(preferences, e))]
    # The reader knows a newer state
    to_notify = [e for e in concerned if not (e.flag_id in notified and notified[e.flag_id].as_of > pool.end)]
    urgent_only = preferences.rhythm is Rhythm.IMMEDIATE
    news = [e for e in news_of(to_notify, notified, unreviewed=preferences.unreviewed) if e.urgent or not urgent_only]

    def order(e: DigestEntry) -> tuple[Any, ...]:
        return (e.severity != Severity.HIGH, e.flag_id not in first, *by_weight(e))

    confirmed = sorted((e for e in news if e.state is FlagState.CONFIRMED), key=order)
    waiting = by_story(sorted((e for e in news if e.state is FlagState.OPEN), key=order))
    corrections = sorted(corrections_of(to_notify, notified), key=lambda c: (c.kind != "withdrawn", order(c.entry)))
    valid = sorted((e for e in pooled if e.choice == Choice.STILL_VALID), key=_by_section) if preferences.rhythm is Rhythm.WEEKLY else []
    in_digest = {e.flag_id for e in flags_of([*news, *(c.entry for c in corrections)])}
    elsewhere = [e for e in pooled if e.flag_id in notified and notified[e.flag_id].as_of > pool.start and e.flag_id not in in_digest]
    room = max(min(WAITING_AT_LEAST, cap), cap - len(confirmed))
    return Digest(
        start=pool.start, end=pool.end, reports=tuple(t for i, t in pool.reports if not preferences.reports or i in preferences.reports), coverage=pool.coverage,
        confirmed=tuple(sorted(confirmed[:cap], key=_by_section)), confirmed_lines=tuple(sorted(confirmed[cap : cap + LINES], key=_by_section)),
        confirmed_rest=tuple(confirmed[cap + LINES :]), waiting=tuple(waiting[:room]), waiting_lines=tuple(waiting[room : room + LINES]),
        waiting_rest=tuple(waiting[room + LINES :]), corrections=tuple(corrections[:LINES]), corrections_rest=tuple(corrections[LINES:]),
        still_valid=tuple(valid[:LINES]), still_valid_more=max(0, len(valid) - LINES),
        topics=preferences.topics, severity=preferences.severity, unreviewed=preferences.unreviewed, elsewhere=len(elsewhere), urgent_only=urgent_only, late=late, language=language, zone=zone, links=preferences.links, translations=preferences.translations,
    )  # fmt: skip


def concerns(preferences: Preferences, e: DigestEntry) -> bool:
    """The one rule for whether an entry is for a reader: report, topic, severity."""
    return (
        (not preferences.reports or e.report_id in preferences.reports)
        and (not preferences.topics or not e.topics.isdisjoint(preferences.topics))
        and SEVERITY_RANK[e.severity] >= SEVERITY_RANK[preferences.severity]
    )


def news_of(
    entries: Iterable[DigestEntry], notified: Mapping[int, NotificationRow | ChannelNotificationRow], *, unreviewed: bool
) -> Iterable[DigestEntry]:
    """Confirmed and open entries that are new to the reader or have changed since. A reopened entry
    is a correction instead.

    `unreviewed`: also entries that no person has judged.
    """
    for e in entries:
        if e.state is not FlagState.CONFIRMED and not (e.state is FlagState.OPEN and unreviewed):
            continue
        before = notified.get(e.flag_id)
        if before is None:
            yield e
        elif not correction_kind(e, before.facts) and (since := differences(before.facts, e)):
            yield with_differences(e, before.at, since)


def correction_kind(e: DigestEntry, before: Mapping[str, Any]) -> str | None:
    """The kind of correction that an entry needs after an earlier notification (`before`: its
    facts); None if it needs none.

    A reader who got "confirmed" and later "open again" gets "withdrawn", with the day of the
    confirmation.
    """
    old_state, new_state = before.get("state"), e.state
    if new_state in (FlagState.DISMISSED, FlagState.LATER) and (
        old_state == FlagState.CONFIRMED or (old_state == FlagState.OPEN and before.get("confirmed_at"))
    ):
        return "withdrawn"
    if old_state in (FlagState.CONFIRMED, FlagState.DISMISSED) and new_state is FlagState.OPEN:
        return "reopened"
    return "set_aside" if old_state == FlagState.OPEN and new_state is FlagState.DISMISSED else None


def corrections_of(
    entries: Iterable[DigestEntry], notified: Mapping[int, NotificationRow | ChannelNotificationRow]
) -> Iterable[Correction]:
    """Corrections of what the reader was notified of, by whichever message."""
    for e in entries:
        before = notified.get(e.flag_id)
        if before is not None and (kind := correction_kind(e, before.facts)):
            confirmed_at = before.facts.get("confirmed_at")
            at = datetime.fromisoformat(confirmed_at) if kind == "withdrawn" and confirmed_at else before.at
            yield Correction(kind, e, at, str(before.facts.get("headline", "")), e.choice)


def brief_entries(d: Digest, most: int) -> list[DigestEntry]:
    """The entries that a reader sees first: the confirmed ones, then those that wait, each by
    severity, then by how informative their gist is, then by score. If there are more than two
    places, at least two are for entries that wait.
    """

    def order(e: DigestEntry) -> tuple[Any, ...]:
        says = _GIST_ORDER.index(e.gist.code) if e.gist is not None else len(_GIST_ORDER)
        return (-SEVERITY_RANK[e.severity], says, *by_weight(e))

    confirmed = sorted((*d.confirmed, *d.confirmed_lines), key=order)
    waiting = sorted((*d.waiting, *d.waiting_lines), key=order)
    reserved = min(2, len(waiting)) if most > 2 else 0
    first = confirmed[: most - reserved]
    return [*first, *waiting[: most - len(first)]]


def by_weight(e: DigestEntry) -> tuple[int, float, int]:
    """Sort key: highest severity first, then highest score."""
    return (-SEVERITY_RANK[e.severity], -e.score, e.flag_id)


def _by_section(e: DigestEntry) -> tuple[Any, ...]:
    numbers = tuple(int(n) for n in re.findall(r"\d+", e.section))
    return (e.report, numbers, e.section, *by_weight(e))


def notified_entries(d: Digest) -> list[DigestEntry]:
    """The entries that a digest notifies of, one per flag."""
    return flags_of([*d.confirmed, *d.confirmed_lines, *d.waiting, *d.waiting_lines, *(c.entry for c in d.corrections)])


def shrink(d: Digest) -> Digest:
    """The digest a little shorter, with the same counts: a full entry becomes a line, a line
    becomes a number.
    """
    if d.waiting:
        return replace(d, waiting=d.waiting[:-1], waiting_lines=(d.waiting[-1], *d.waiting_lines))
    if d.waiting_lines:
        return replace(d, waiting_lines=d.waiting_lines[:-1], waiting_rest=(d.waiting_lines[-1], *d.waiting_rest))
    if d.confirmed:
        return replace(d, confirmed=d.confirmed[:-1], confirmed_lines=(d.confirmed[-1], *d.confirmed_lines))
    if d.confirmed_lines:
        return replace(d, confirmed_lines=d.confirmed_lines[:-1], confirmed_rest=(d.confirmed_lines[-1], *d.confirmed_rest))
    if d.corrections:
        return replace(d, corrections=d.corrections[:-1], corrections_rest=(d.corrections[-1], *d.corrections_rest))
    assert d.still_valid, "only the frame is left; its length does not depend on foreign text"
    return replace(d, still_valid=d.still_valid[:-1], still_valid_more=d.still_valid_more + 1)
