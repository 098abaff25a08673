"""A clock that was ahead and is put right: times in the future are found and set to now."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db import clock, fetches, sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from db.items import NewVersion
from db.models import FetchRow, ItemRow, JobRunRow, LoginAttemptRow, OutboxRow, SourceRow
from db.sources import due_sources

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AHEAD = NOW + timedelta(days=3)


def register(engine: Engine) -> None:
    config = {"id": "a", "name": "Пример", "kind": "feed", "url": "https://example.org/feed", "tier": 2, "every": "30m"}
    with writing(engine) as session:
        sources.register_sources(session, [config], NOW)


def test_a_source_that_was_fetched_in_the_future_is_due_at_once(engine: Engine) -> None:
    register(engine)
    entry = NewVersion("one", "https://example.org/one", "title", "text", "en", NOW, None, None, "hash")
    with writing(engine) as session:
        record = FetchRecord("a", AHEAD, AHEAD, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://example.org/feed", status=200)
        fetches.store_fetch(session, record, [entry], 1800)
    with writing(engine) as session:
        assert due_sources(session, NOW, ["feed"]) == []
        repaired = clock.repair(session, NOW)
    assert repaired is not None
    assert repaired.ahead >= timedelta(days=3)
    assert repaired.rows["source"] == 1
    assert "3.0 days" in str(repaired)
    with reading(engine) as session:
        [source] = due_sources(session, NOW, ["feed"])
        assert (source.last_fetch_at, source.last_good_at, source.leased_until) == (NOW, NOW, None)
        assert (source.watch_state or {})["watched_since"] == NOW.isoformat()
        assert session.get_one(ItemRow, 1).first_seen_at == NOW
        assert session.get_one(FetchRow, 1).ended_at == AHEAD, "history keeps its times"
    with writing(engine) as session:
        assert clock.repair(session, NOW) is None


def test_waiting_for_less_than_two_days_is_no_fault_and_pages_that_were_given_up_stay_so(engine: Engine) -> None:
    register(engine)
    with writing(engine) as session:
        source = session.get_one(SourceRow, "a")
        source.last_fetch_at, source.next_due_at = NOW - timedelta(hours=1), NOW + timedelta(days=1)
        assert clock.repair(session, NOW) is None
        assert timedelta(days=1) < clock.LONGEST_WAIT
        assert fetches.NEVER > NOW
        source.next_due_at = NOW + timedelta(days=3)
        session.flush()
        repaired = clock.repair(session, NOW)
    assert repaired
    assert repaired.rows == {"source": 1}


@pytest.mark.parametrize("seconds", [0, 299])
def test_machines_whose_clocks_differ_a_little_repair_nothing(engine: Engine, seconds: int) -> None:
    with writing(engine) as session:
        session.add(JobRunRow(name="watch", started_at=NOW + timedelta(seconds=seconds), failures=0, result=""))
        assert clock.repair(session, NOW) is None


def test_messages_jobs_and_sign_in_limits_of_the_future_wait_no_longer(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(JobRunRow(name="watch", started_at=AHEAD, ended_at=AHEAD, good_at=AHEAD, failures=0, result=""))
        session.add(LoginAttemptRow(account_hash="a" * 64, network="192.0.2.1", at=AHEAD))
        for key, created in (("future", AHEAD), ("retry", NOW - timedelta(hours=1))):
            session.add(OutboxRow(key=key, kind="test", channel="mail", recipient="a@example.org", state="failed", attempts=1, created_at=created, not_before=AHEAD, message_id=f"<{key}@example.org>"))  # fmt: skip
        session.flush()
        repaired = clock.repair(session, NOW)
    assert repaired
    assert set(repaired.rows) == {"job_run", "login_attempt", "outbox"}
    with reading(engine) as session:
        assert {m.not_before for m in session.query(OutboxRow)} == {NOW}
        assert session.get_one(JobRunRow, "watch").good_at == NOW
        assert session.query(LoginAttemptRow).count() == 0
