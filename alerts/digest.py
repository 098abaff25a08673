"""The digest: what changed for a reader in a period, as one value that HTML and plain text are both rendered from.

Order: what people confirmed, then what waits for review (clearly second class, capped, "and N more"), then corrections and re-openings, then (weekly)
what was checked and still holds; before all of it one line of coverage, so that silence is never ambiguous.

`gather` reads a period from the database, once for all its readers; `choose` picks one reader's news from it, a pure function of (pool, preferences,
what was told); the result is a value: the same rows give the same digest whenever it is made.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from alerts.coverage import Coverage, UnreadSource, coverage
from alerts.digest_entry import DigestEntry, EntryChange, EntrySource, by_story, differences, entry_of, facts, flags_of, with_differences
from alerts.i18n import catalogue
from alerts.mail import sanitize
from alerts.preferences import Preferences
from db import digests
from db import reports as db_reports
from db.enums import SEVERITY_RANK, Choice, FlagState, LinkPolicy, Rhythm
from db.models import NotificationRow

CAP = 25  # entries shown in full; more than that people do not read
LINES = 40  # one-line entries after that, per section
WAITING_AT_LEAST = 5  # entries that wait get room for, however many are confirmed
OVERLAP = timedelta(hours=1)  # looked back into the period before: a comparison stamped before its end may have been committed after it


@dataclass(frozen=True)
class Correction:
    """What a reader was told and no longer holds, or is open again."""

    kind: str  # "withdrawn": was confirmed; "reopened": was closed; "set_aside": was waiting, and is no change
    entry: DigestEntry
    notified_at: datetime
    was: str  # what was told
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
    """A digest before it takes a form."""

    start: datetime
    end: datetime
    reports: tuple[str, ...]
    coverage: Coverage
    confirmed: tuple[DigestEntry, ...] = ()
    confirmed_lines: tuple[DigestEntry, ...] = ()  # beyond the cap: one line each
    confirmed_more: int = 0  # beyond those: only counted
    waiting: tuple[DigestEntry, ...] = ()
    more: int = 0  # waiting entries beyond the cap
    corrections: tuple[Correction, ...] = ()
    corrections_more: int = 0
    still_valid: tuple[DigestEntry, ...] = ()
    still_valid_more: int = 0
    topics: tuple[str, ...] = ()  # what it is limited to; empty: all
    severity: str = "low"
    unreviewed: bool = True
    elsewhere: int = 0  # entries of the period that another mail has told, at once or in another digest: they do not come again
    urgent_only: bool = False  # its reader wants nothing but what cannot wait
    late: bool = False  # covers more than one period, because digests could not be made on time
    language: str = "en"
    zone: str = "UTC"
    links: LinkPolicy = LinkPolicy.DIRECT

    @property
    def confirmed_count(self) -> int:
        return len(self.confirmed) + len(self.confirmed_lines) + self.confirmed_more

    @property
    def waiting_count(self) -> int:
        return len(self.waiting) + self.more

    @property
    def corrections_count(self) -> int:
        return len(self.corrections) + self.corrections_more

    @property
    def shown(self) -> int:
        """Entries that stand in the digest, in full or as a line."""
        return len(self.confirmed) + len(self.confirmed_lines) + len(self.waiting)

    @property
    def empty(self) -> bool:
        return not (self.confirmed_count or self.waiting_count or self.corrections_count)

    @property
    def subject(self) -> str:
        """Carries the news, with true counts, and what a reader must know of the coverage."""
        return f"[Ajour] {subject_of(self)}"


def build(
    session: Session,
    start: datetime,
    end: datetime,
    report_ids: Sequence[str] | None = None,
    cap: int = CAP,
    preferences: Preferences | None = None,
) -> Digest:
    """The digest of [start, end) for `report_ids` (all where None), for a reader who was never told anything."""
    preferences = (preferences or Preferences()).model_copy(update={"reports": tuple(report_ids or ())})
    return choose(gather(session, start, end), preferences, {}, cap=cap)


def gather(session: Session, start: datetime, end: datetime, overlap: timedelta = timedelta(0)) -> Pool:
    """All that happened in [start, end), and in the `overlap` before it."""
    ids = digests.touched(session, start - overlap, end)
    entries = [entry_of(f) for f in digests.flags_at(session, ids, end)]
    return Pool(
        start,
        end,
        tuple(entries),
        coverage(session, start, end),
        tuple((i, sanitize.line(t)) for i, t in db_reports.report_titles(session)),
    )


def choose(
    pool: Pool,
    preferences: Preferences,
    notified: Mapping[int, NotificationRow],
    *,
    language: str = "en",
    zone: str = "UTC",
    late: bool = False,
    cap: int = CAP,
) -> Digest:
    """One subscription's digest from a pool. `told`: flag id → the newest its reader was told of it, by whichever mail."""
    mine = [e for e in pool.entries if concerns(preferences, e)]
    to_notify = [
        e for e in mine if not (e.flag_id in notified and notified[e.flag_id].as_of > pool.end)
    ]  # what they know is newer than this digest
    urgent_only = preferences.rhythm is Rhythm.IMMEDIATE
    news = [e for e in news_of(to_notify, notified, unreviewed=preferences.unreviewed) if e.urgent or not urgent_only]
    confirmed = sorted((e for e in news if e.state is FlagState.CONFIRMED), key=_by_section)
    waiting = by_story(sorted((e for e in news if e.state is FlagState.OPEN), key=by_weight))
    corrections = sorted(_corrections(to_notify, notified), key=lambda c: (c.kind != "withdrawn", by_weight(c.entry)))
    valid = sorted((e for e in mine if e.choice == Choice.STILL_VALID), key=_by_section) if preferences.rhythm is Rhythm.WEEKLY else []
    here = {e.flag_id for e in (*news, *(c.entry for c in corrections))}
    elsewhere = [e for e in mine if e.flag_id in notified and notified[e.flag_id].as_of > pool.start and e.flag_id not in here]
    room = max(min(WAITING_AT_LEAST, cap), cap - len(confirmed))
    return Digest(
        start=pool.start, end=pool.end, reports=tuple(t for i, t in pool.reports if not preferences.reports or i in preferences.reports), coverage=pool.coverage,
        confirmed=tuple(confirmed[:cap]), confirmed_lines=tuple(confirmed[cap : cap + LINES]), confirmed_more=max(0, len(confirmed) - cap - LINES),
        waiting=tuple(waiting[:room]), more=max(0, len(waiting) - room),
        corrections=tuple(corrections[:LINES]), corrections_more=max(0, len(corrections) - LINES),
        still_valid=tuple(valid[:LINES]), still_valid_more=max(0, len(valid) - LINES),
        topics=preferences.topics, severity=preferences.severity, unreviewed=preferences.unreviewed, elsewhere=len(elsewhere), urgent_only=urgent_only, late=late, language=language, zone=zone, links=preferences.links,
    )  # fmt: skip


def concerns(preferences: Preferences, e: DigestEntry) -> bool:
    """The ONE place where "is it for this reader" is coded."""
    return (
        (not preferences.reports or e.report_id in preferences.reports)
        and (not preferences.topics or not e.topics.isdisjoint(preferences.topics))
        and SEVERITY_RANK[e.severity] >= SEVERITY_RANK[preferences.severity]
    )


def news_of(entries: Iterable[DigestEntry], notified: Mapping[int, NotificationRow], *, unreviewed: bool) -> Iterable[DigestEntry]:
    """Standing entries the reader does not know yet, or that changed since; what is open again after it was closed is a correction instead.

    `unreviewed`: also what nobody has judged.
    """
    for e in entries:
        if e.state is not FlagState.CONFIRMED and not (e.state is FlagState.OPEN and unreviewed):
            continue
        before = notified.get(e.flag_id)
        if before is None:
            yield e
        elif not _correction_kind(e, before.facts) and (since := differences(before.facts, e)):
            yield with_differences(e, before.at, since)


def _correction_kind(e: DigestEntry, before: Mapping[str, Any]) -> str | None:
    was, now = before.get("state"), e.state
    if was == FlagState.CONFIRMED and now in (FlagState.DISMISSED, FlagState.LATER):
        return "withdrawn"
    if was in (FlagState.CONFIRMED, FlagState.DISMISSED) and now is FlagState.OPEN:
        return "reopened"
    return "set_aside" if was == FlagState.OPEN and now is FlagState.DISMISSED else None


def _corrections(entries: Iterable[DigestEntry], notified: Mapping[int, NotificationRow]) -> Iterable[Correction]:
    for e in entries:
        before = notified.get(e.flag_id)
        if before is not None and (kind := _correction_kind(e, before.facts)):
            yield Correction(kind, e, before.at, str(before.facts.get("headline", "")), e.choice)


def by_weight(e: DigestEntry) -> tuple[int, float, int]:
    """Sort key: the gravest and surest first."""
    return (-SEVERITY_RANK[e.severity], -e.score, e.flag_id)


def _by_section(e: DigestEntry) -> tuple[Any, ...]:
    numbers = tuple(int(n) for n in re.findall(r"\d+", e.section))
    return (e.report, numbers, e.section, *by_weight(e))


def notified_entries(d: Digest) -> list[DigestEntry]:
    """All that counts as told by a digest, one entry per flag, for the record."""
    return flags_of([*d.confirmed, *d.confirmed_lines, *d.waiting, *(c.entry for c in d.corrections)])


def shrink(d: Digest) -> Digest:
    """The digest a little shorter, with the same counts: the last entry that waits goes, then what is confirmed becomes lines, then lines are counted."""
    if d.waiting:
        return replace(d, waiting=d.waiting[:-1], more=d.more + 1)
    if d.confirmed:
        return replace(d, confirmed=d.confirmed[:-1], confirmed_lines=(d.confirmed[-1], *d.confirmed_lines))
    if d.confirmed_lines:
        return replace(d, confirmed_lines=d.confirmed_lines[:-1], confirmed_more=d.confirmed_more + 1)
    if d.corrections:
        return replace(d, corrections=d.corrections[:-1], corrections_more=d.corrections_more + 1)
    assert d.still_valid, "what is left is the frame, whose length does not depend on what outlets write"
    return replace(d, still_valid=d.still_valid[:-1], still_valid_more=d.still_valid_more + 1)


def subject_of(d: Digest) -> str:
    """The subject without its prefix, in the digest's language."""
    words = catalogue(d.language)

    def count(one: str, many: str, n: int) -> str:
        return words.ngettext(one, many, n) % {"num": n}

    warnings = []
    if d.coverage.little:
        warnings.append(words.gettext("only %(share)d %% of sources read") % {"share": int(d.coverage.share * 100)})
    if unread := d.coverage.long_unread(d.end):
        warnings.append(words.gettext("%(name)s not read for long") % {"name": unread[0].name})
    counts = []
    if d.confirmed_count:
        counts.append(count("%(num)d confirmed change", "%(num)d confirmed changes", d.confirmed_count))
    if d.waiting_count:
        counts.append(count("%(num)d to review", "%(num)d to review", d.waiting_count))
    if d.corrections_count:
        counts.append(count("%(num)d correction", "%(num)d corrections", d.corrections_count))
    if not counts:
        read = words.gettext("%(read)d of %(watched)d sources read") % {"read": d.coverage.read, "watched": d.coverage.watched}
        nothing = (
            words.gettext("nothing further")
            if d.elsewhere
            else words.gettext("nothing urgent")
            if d.urgent_only
            else words.gettext("nothing new")
        )
        return sanitize.line("; ".join([*warnings, f"{nothing} – {read}"]), 170)
    first = next(iter([*d.confirmed, *d.waiting]), None)
    lead = first.headline if first else d.corrections[0].was if d.corrections else ""
    return sanitize.line(f"{'; '.join(warnings)}{'; ' if warnings else ''}{', '.join(counts)}{f' – {lead}' if lead else ''}", 170)


__all__ = [
    "Correction",
    "Coverage",
    "Digest",
    "DigestEntry",
    "EntryChange",
    "EntrySource",
    "Pool",
    "UnreadSource",
    "build",
    "choose",
    "coverage",
    "facts",
    "gather",
    "subject_of",
]  # fmt: skip
