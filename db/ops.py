"""Queries for operators: job runs, backlogs and their age, and the counts behind the metrics."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, Engine, delete, exists, func, select, text, union, update
from sqlalchemy.orm import Session

from db.assessments import UNCOMPARED
from db.clock import TOLERANCE
from db.engine import reading, writing
from db.enums import NO_STREAM, MailState
from db.models import (
    AssessmentRow,
    CaptureRow,
    FetchPageRow,
    FetchRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    JobRunRow,
    OutboxRow,
    SourceRow,
    StoryFingerprintRow,
    StoryRow,
)


def begin_job(engine: Engine, name: str, now: datetime) -> None:
    """Record that a job has started."""
    with writing(engine, f"job:{name}") as session:
        row = session.get(JobRunRow, name) or JobRunRow(name=name, failures=0, result="")
        row.started_at, row.ended_at = now, None
        session.add(row)


def end_job(engine: Engine, name: str, now: datetime, result: str, failed: bool) -> None:
    """Record how a job ended; `result`: one line, what it did or the error."""
    with writing(engine, f"job:{name}") as session:
        row = session.get_one(JobRunRow, name)
        row.ended_at, row.result = now, result[:2000]
        row.failures = row.failures + 1 if failed else 0
        row.good_at = row.good_at if failed else now


def job_runs(session: Session) -> dict[str, JobRunRow]:
    """Name → row of every job that ever ran."""
    return {d.name: d for d in session.scalars(select(JobRunRow).order_by(JobRunRow.name))}


def can_write(engine: Engine) -> str | None:
    """None when a write transaction can begin; else the error as one line."""
    try:
        with writing(engine, "probe") as session:
            session.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001 - the driver's error is the answer
        return str(error).splitlines()[0][:300]
    return None


@dataclass(frozen=True)
class OutboxBacklog:
    """How many rows wait, and since when the oldest waits."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True)
class CompareBacklog(OutboxBacklog):
    """Item versions that wait for comparison; `newest`: the highest version id at that moment."""

    newest: int


def compare_queue(session: Session, after: int = 0) -> CompareBacklog:
    """Item versions with an id above `after` that have no assessment. `after`: all versions up to
    this id are compared.
    """
    count, oldest = session.execute(
        select(func.count(), func.min(ItemVersionRow.seen_at)).where(ItemVersionRow.id > after, UNCOMPARED)
    ).one()
    newest = session.scalar(select(func.max(ItemVersionRow.id))) or 0
    return CompareBacklog(count, oldest, newest)


def outbox_queue(session: Session) -> dict[str, OutboxBacklog]:
    """State → how many messages, and since when the oldest."""
    rows = session.execute(select(OutboxRow.state, func.count(), func.min(OutboxRow.created_at)).group_by(OutboxRow.state))
    by_state = {state: OutboxBacklog(count, oldest) for state, count, oldest in rows}
    return {s.value: by_state.get(s.value, OutboxBacklog(0, None)) for s in MailState}


def sources_by_outcome(session: Session) -> dict[str, int]:
    """Last outcome → listed, watched sources; "never" for those not fetched yet."""
    rows = session.execute(
        select(func.coalesce(SourceRow.last_outcome, "never"), func.count())
        .where(SourceRow.listed, SourceRow.kind != NO_STREAM)
        .group_by(func.coalesce(SourceRow.last_outcome, "never"))
    )
    return {str(outcome): int(count) for outcome, count in rows}


def flags_by_state(session: Session) -> dict[tuple[str, str], int]:
    """(state, severity) → flags."""
    rows = session.execute(select(FlagRow.state, FlagRow.severity, func.count()).group_by(FlagRow.state, FlagRow.severity))
    return {(state, severity): count for state, severity, count in rows}


def fetches_after(session: Session, fetch_id: int) -> tuple[int, dict[tuple[str, str], int]]:
    """Newest fetch id, and (outcome, reason) → fetches with a greater id than `fetch_id`."""
    newest = session.scalar(select(func.max(FetchRow.id))) or 0
    rows = session.execute(
        select(FetchRow.outcome, FetchRow.reason, func.count())
        .where(FetchRow.id > fetch_id, FetchRow.id <= newest)
        .group_by(FetchRow.outcome, FetchRow.reason)
    )
    return newest, {(outcome, reason): count for outcome, reason, count in rows}


def versions_after(session: Session, version_id: int, lags_of: int = 5000) -> tuple[int, int, int, Sequence[float]]:
    """Newest version id; new items and edits after `version_id`; and lags in seconds (published to
    seen) of dated new items.

    Lags are read for the newest `lags_of` versions only: a restart must not read a whole archive to
    fill a histogram.
    """
    newest = session.scalar(select(func.max(ItemVersionRow.id))) or 0
    span = (ItemVersionRow.id > version_id, ItemVersionRow.id <= newest)
    new = session.scalar(select(func.count()).where(*span, ItemVersionRow.number == 1)) or 0
    edits = session.scalar(select(func.count()).where(*span, ItemVersionRow.number > 1)) or 0
    rows = session.execute(
        select(ItemRow.published_at, ItemVersionRow.seen_at)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(*span, ItemVersionRow.id > newest - lags_of, ItemVersionRow.number == 1, ItemRow.published_at.is_not(None))
    )
    return newest, new, edits, [(seen - published).total_seconds() for published, seen in rows if published]


def assessments_after(session: Session, assessment_id: int) -> tuple[int, int, int]:
    """Newest assessment id; assessments and flagged ones after `assessment_id`."""
    newest = session.scalar(select(func.max(AssessmentRow.id))) or 0
    span = (AssessmentRow.id > assessment_id, AssessmentRow.id <= newest)
    made = session.scalar(select(func.count()).where(*span)) or 0
    flagged = session.scalar(select(func.count()).where(*span, AssessmentRow.flagged)) or 0
    return newest, made, flagged


def due_lag(session: Session, now: datetime) -> float:
    """Seconds by which the most overdue source is late; 0 when none is late."""
    oldest = session.scalar(
        select(func.min(SourceRow.next_due_at)).where(SourceRow.listed, SourceRow.kind != NO_STREAM, SourceRow.last_fetch_at.is_not(None))
    )
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def database_bytes(engine: Engine) -> int:
    """Size of the database in bytes."""
    query = (
        "SELECT pg_database_size(current_database())"
        if engine.dialect.name == "postgresql"
        else "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    )
    with reading(engine) as session:
        return int(session.scalar(text(query)) or 0)


CLOCK_REPAIR = "clock_repair"  # job run whose result names the last repair by db.clock
EMPTY = zlib.compress(b"")
FINGERPRINT_DAYS = 120  # a story takes items of three weeks; the rest allows for items found late


def drop_fingerprints(session: Session, before: date) -> int:
    """Delete fingerprints of stories that are over; they are made again if an old item is compared
    again.
    """
    return _changed(session.execute(delete(StoryFingerprintRow).where(StoryFingerprintRow.day < before.isoformat())))


def empty_captures(session: Session, before: datetime, limit: int = 10_000) -> int:
    """Delete the bytes of captures received before `before` that no flagged story uses. Row, hash,
    size and address stay.
    """
    flagged = (
        select(ItemVersionRow.fetch_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(ItemRow.story_id.in_(select(FlagRow.story_id)))
    )
    pages = select(FetchPageRow.capture_sha256).where(FetchPageRow.fetch_id.in_(flagged))
    firsts = select(FetchRow.capture_sha256).where(FetchRow.id.in_(flagged), FetchRow.capture_sha256.is_not(None))
    evidence: Any = union(pages, firsts)
    old = (
        select(CaptureRow.sha256)
        .where(CaptureRow.received_at < before, CaptureRow.deflated != EMPTY, CaptureRow.sha256.not_in(evidence))
        .limit(limit)
    )
    return _changed(session.execute(update(CaptureRow).where(CaptureRow.sha256.in_(old)).values(deflated=EMPTY)))


def _changed(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


def waiting_since(session: Session, before: datetime, limit: int, now: datetime) -> list[int]:
    """Ids of versions seen before `before` that are not compared: their job was lost. A version
    seen after `now` was stored while the clock was ahead.
    """
    return list(
        session.scalars(
            select(ItemVersionRow.id)
            .where((ItemVersionRow.seen_at < before) | (ItemVersionRow.seen_at > now + TOLERANCE), UNCOMPARED)
            .order_by(ItemVersionRow.id)
            .limit(limit)
        )
    )


def fingerprints_after(session: Session, assessment_id: int, since_day: str, encoder: str) -> tuple[int, list[tuple[str, int, bytes]]]:
    """Newest assessment id of an item with a fingerprint; and (story key, item id, packed
    fingerprint) of items compared after `assessment_id`, of a day from `since_day` on.

    Comparisons of such items are stored one after another (lock "stories"), so a snapshot has no
    gaps below its highest id.
    """
    has_fingerprint = exists().where(StoryFingerprintRow.item_id == ItemVersionRow.item_id)
    after = (
        select(AssessmentRow.id, ItemVersionRow.item_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .where(AssessmentRow.id > assessment_id, has_fingerprint)
    )
    newest = session.scalar(after.order_by(AssessmentRow.id.desc()).limit(1)) or assessment_id
    query = (
        select(StoryRow.key, StoryFingerprintRow.item_id, StoryFingerprintRow.packed)
        .join(ItemRow, ItemRow.id == StoryFingerprintRow.item_id)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .where(StoryFingerprintRow.day >= since_day, StoryFingerprintRow.encoder == encoder)
        .order_by(StoryFingerprintRow.day, StoryFingerprintRow.item_id)
    )
    if assessment_id:  # the first time, the days alone select faster
        query = query.where(StoryFingerprintRow.item_id.in_(select(after.subquery().c.item_id)))
    return newest, [(key, item_id, packed) for key, item_id, packed in session.execute(query)]


def uncompared(session: Session, since: datetime, before: datetime) -> int:
    """Items first seen in [since, before) that no report has been compared with."""
    query = select(func.count()).select_from(ItemVersionRow).join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
    return session.scalar(query.where(ItemRow.first_seen_at >= since, ItemRow.first_seen_at < before, UNCOMPARED)) or 0
