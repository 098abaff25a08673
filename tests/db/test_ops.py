"""Job runs, what waits, the counts behind metrics, and what retention deletes."""

import sqlite3
import zlib
from contextlib import closing
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from db import ops
from db.engine import connect, reading, writing
from db.models import CaptureRow, FetchRow, OutboxRow, SourceRow, StoryFingerprintRow
from tests.review.factory import START, Filled

HOUR = timedelta(hours=1)


def test_a_job_counts_its_failures_in_a_row(engine: Engine) -> None:
    for failed in (True, True):
        ops.begin_job(engine, "watch", START)
        ops.end_job(engine, "watch", START + HOUR, "x" * 3000, failed=failed)
    with reading(engine) as session:
        row = ops.job_runs(session)["watch"]
    assert (row.failures, row.good_at, len(row.result)) == (2, None, 2000)
    ops.end_job(engine, "watch", START + 2 * HOUR, "done", failed=False)
    with reading(engine) as session:
        row = ops.job_runs(session)["watch"]
    assert (row.failures, row.good_at, row.result) == (0, START + 2 * HOUR, "done")


def test_a_job_that_was_killed_has_no_end(engine: Engine) -> None:
    ops.begin_job(engine, "watch", START)
    ops.end_job(engine, "watch", START, "", failed=False)
    ops.begin_job(engine, "watch", START + HOUR)
    with reading(engine) as session:
        row = ops.job_runs(session)["watch"]
    assert (row.started_at, row.ended_at, row.good_at) == (START + HOUR, None, START)


def test_a_database_that_cannot_be_written_says_why(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ops.can_write(filled.engine) is None
    monkeypatch.setattr("db.engine.BUSY_SECONDS", 0.05)
    engine = connect(str(filled.engine.url))
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked" in (ops.can_write(engine) or "")
    assert ops.can_write(engine) is None
    engine.dispose()


def test_what_waits_for_comparison_is_counted_above_a_version(filled: Filled) -> None:
    first = filled.item("meduza", "Первая")
    filled.tick(hours=1)
    second = filled.item("meduza", "Вторая")
    with reading(filled.engine) as session:
        assert ops.compare_queue(session) == ops.CompareBacklog(2, START, second)
        assert ops.compare_queue(session, first) == ops.CompareBacklog(1, START + HOUR, second)
    filled.compare(first, "s1")
    with reading(filled.engine) as session:
        assert ops.compare_queue(session) == ops.CompareBacklog(1, START + HOUR, second)
        assert ops.uncompared(session, START, START + 2 * HOUR) == 1
        assert ops.uncompared(session, START, START + HOUR) == 0


def test_a_version_whose_job_was_lost_is_found_after_a_while(filled: Filled) -> None:
    first = filled.item("meduza", "Первая")
    filled.tick(hours=1)
    filled.item("meduza", "Вторая")
    filled.tick(days=9)
    ahead = filled.item("meduza", "Из будущего")
    now = START + 2 * HOUR
    with reading(filled.engine) as session:
        assert ops.waiting_since(session, START + HOUR, 10, now) == [first, ahead], "one was stored while the clock was ahead"
        assert ops.waiting_since(session, START + HOUR, 1, now) == [first]


def test_every_state_of_the_outbox_is_counted(filled: Filled) -> None:
    with writing(filled.engine) as session:
        for key, hours in (("a", 0), ("b", 1)):
            session.add(OutboxRow(key=key, message_id=key, not_before=START, created_at=START + hours * HOUR))
    with reading(filled.engine) as session:
        queues = ops.outbox_queue(session)
    assert queues["queued"] == ops.OutboxBacklog(2, START)
    assert queues["dead"] == ops.OutboxBacklog(0, None)


def test_sources_are_counted_by_their_last_outcome(filled: Filled) -> None:
    with writing(filled.engine) as session:
        session.get_one(SourceRow, "tass").last_outcome = "blocked_or_broken"
        session.get_one(SourceRow, "gazette").last_outcome = None
        session.get_one(SourceRow, "verstka").listed = False
        session.add(SourceRow(id="cited", name="Cited", kind="none", url="", tier=4, config={}))
    with reading(filled.engine) as session:
        assert ops.sources_by_outcome(session) == {"new_items": 1, "blocked_or_broken": 1, "never": 1}


def test_counts_continue_from_the_last_id(filled: Filled) -> None:
    filled.flag(severity="high")
    with reading(filled.engine) as session:
        fetch, fetches = ops.fetches_after(session, 0)
        version, new, edits, lags = ops.versions_after(session, 0)
        assessment, made, flagged = ops.assessments_after(session, 0)
    assert fetches == {("new_items", "ok"): 1}
    assert (new, edits, lags, made, flagged) == (1, 0, [7200.0], 1, 1)
    filled.item("meduza", "Раньше", key="k1", text="Исправлено.")
    with reading(filled.engine) as session:
        assert ops.fetches_after(session, fetch)[1] == {("new_items", "ok"): 1}
        assert ops.versions_after(session, version)[1:] in ((1, 0, [7200.0]), (0, 1, []))
        assert ops.assessments_after(session, assessment) == (assessment, 0, 0)
        assert ops.flags_by_state(session) == {("open", "high"): 1}


def test_lags_are_read_of_the_newest_versions_only(filled: Filled) -> None:
    for number in range(3):
        filled.item("meduza", f"Новость {number}")
    with reading(filled.engine) as session:
        assert ops.versions_after(session, 0, lags_of=2)[1:] == (3, 0, [7200.0, 7200.0])


def test_a_source_is_late_by_the_time_since_it_was_due(filled: Filled) -> None:
    with reading(filled.engine) as session:
        assert ops.due_lag(session, START - HOUR) == 0.0
        assert ops.due_lag(session, START + HOUR) == 3600.0


def test_the_size_of_the_database_is_known(engine: Engine) -> None:
    assert ops.database_bytes(engine) > 100_000


def test_old_fingerprints_are_deleted(filled: Filled) -> None:
    filled.flag()
    with writing(filled.engine) as session:
        row = session.query(StoryFingerprintRow).one()
        row.day = "2026-01-02"
        assert ops.drop_fingerprints(session, date(2026, 1, 2)) == 0
        assert ops.drop_fingerprints(session, date(2026, 1, 3)) == 1


@pytest.mark.parametrize("limit", [10_000, 1])
def test_retention_empties_captures_that_no_flag_rests_on(filled: Filled, limit: int) -> None:
    filled.flag(title="С флагом")
    for title in ("Без флага", "Ещё без флага"):
        filled.item("tass", title)
    filled.tick(days=9)
    filled.item("tass", "Новее")
    with writing(filled.engine) as session:
        assert ops.empty_captures(session, START + HOUR, limit) == min(2, limit)
    with reading(filled.engine) as session:
        by_sha = {c.sha256: c for c in session.query(CaptureRow)}
        bodies = [
            zlib.decompress(by_sha[f.capture_sha256].deflated) for f in session.query(FetchRow).order_by(FetchRow.id) if f.capture_sha256
        ]
        assert all(c.size for c in by_sha.values())
    assert bodies.count(b"") == min(2, limit)
    assert "С флагом".encode() in bodies[0]
    assert "Новее".encode() in bodies[3]
