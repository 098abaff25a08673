"""What operators hear: once when it begins, once when it is over, and only what readers would
notice.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from alerts import operator_alerts
from alerts.digest_runs import run_due
from alerts.mail.outbox import message_of, send_due
from alerts.mail.smtp import MailRefused
from alerts.operator_alerts import alert_operators
from db import ops, source_health
from db.engine import reading, writing
from db.models import ItemRow, ItemVersionRow, OutboxRow, SourceRow, SubscriberRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, lay_out, look, subscribe


def notified(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [s or "" for s in session.scalars(select(OutboxRow.subject).where(OutboxRow.kind == "operator").order_by(OutboxRow.id))]


def test_a_well_desk_is_silent(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    assert alert_operators(engine, NOW, MAIL_CONFIG).began == ()
    assert notified(engine) == []


def test_a_missing_digest_is_reported_once_and_its_recovery_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    late = NOW + timedelta(minutes=45)
    for minute in range(5):
        alert_operators(engine, late + timedelta(minutes=minute), MAIL_CONFIG)
    assert len(notified(engine)) == 1
    assert notified(engine)[0].startswith("[Ajour] 1 condition began: 1 digest(s) have been due for more than 30 minutes")
    run_due(engine, late, MAIL_CONFIG)
    with writing(engine) as session:
        for row in session.scalars(select(OutboxRow)):
            row.state = "sent"
    for minute in range(5, 9):
        alert_operators(engine, late + timedelta(minutes=minute), MAIL_CONFIG)
    assert len(notified(engine)) == 2
    assert notified(engine)[1].startswith("[Ajour] 1 condition over: ")


def test_a_stuck_outbox_a_blind_primary_source_and_low_coverage_are_reported(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    later = NOW + timedelta(days=2)
    with writing(engine) as session:
        for source in ("gazette", "paper"):
            row = session.get_one(SourceRow, source)
            row.last_good_at, row.last_fetch_at, row.last_reason = NOW, later - timedelta(hours=1), "timeout"
            look(session, source, later - timedelta(hours=1), "blocked_or_broken", "timeout")
        look(session, "channel", later - timedelta(hours=1))
    keys = {c.key for c in alert_operators(engine, later, MAIL_CONFIG).began}
    assert {"outbox_stuck", "coverage", "fetching_fails", "source_blind:gazette", "digest_missing"} == keys


def test_items_that_are_not_compared_are_reported_within_an_hour(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        fetch = look(session, "paper", NOW, "new_items")
        item = ItemRow(source_id="paper", key="k", url="https://paper.example/k", first_seen_at=NOW)
        session.add(item)
        session.flush()
        session.add(
            ItemVersionRow(
                item_id=item.id, number=1, title="t", text="", lang="ru", notes=[], content_hash="0" * 64, fetch_id=fetch.id, seen_at=NOW
            )
        )
    assert "uncompared" not in {c.key for c in alert_operators(engine, NOW + timedelta(minutes=30), MAIL_CONFIG).began}
    assert "uncompared" in {c.key for c in alert_operators(engine, NOW + timedelta(minutes=60), MAIL_CONFIG).began}


def test_fetching_that_stopped_is_reported_within_an_hour_and_not_while_nothing_is_due(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for source in ("gazette", "paper", "channel"):
            row = session.get_one(SourceRow, source)
            row.last_fetch_at, row.next_due_at = NOW - timedelta(hours=1), NOW + timedelta(minutes=40)
    keys = [{c.key for c in alert_operators(engine, NOW + timedelta(minutes=m), MAIL_CONFIG).began} for m in (30, 60, 90)]
    assert ["fetching_stopped" in k for k in keys] == [False, False, True]


def test_a_network_that_fails_is_reported_within_an_hour(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for source in ("gazette", "paper", "channel"):
            look(session, source, NOW + timedelta(minutes=30), "blocked_or_broken", "dns")
    (condition,) = alert_operators(engine, NOW + timedelta(minutes=55), MAIL_CONFIG).began
    assert condition.text.startswith("Of 3 sources fetched in the last hour only 0 could be read.")


def test_a_full_disk_is_reported(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_alerts, "DISK_BYTES", 10**18)
    assert [c.key for c in alert_operators(engine, NOW, MAIL_CONFIG, tmp_path).began] == ["disk"]


def test_operators_are_notified_when_the_database_cannot_be_written(engine: Engine) -> None:
    box = Mailbox()
    text = "The database cannot be written: disk I/O error"
    assert operator_alerts.send_directly({"mail": box}, MAIL_CONFIG, NOW, text, MAIL_CONFIG.operators) == {"operator@example.org"}
    assert box.taken[0].to == "operator@example.org"
    assert b"disk I/O error" in box.taken[0].message


def test_a_hostile_source_name_stays_one_line(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        row = session.get_one(SourceRow, "gazette")
        row.name, row.last_good_at, row.last_fetch_at = "Gazette\r\nBcc: x@example.net", NOW - timedelta(days=3), NOW
    alert_operators(engine, NOW, MAIL_CONFIG)
    with reading(engine) as session:
        raw = message_of(session.scalars(select(OutboxRow)).one()) or b""
    assert b"\r\nBcc:" not in raw


def test_a_blind_source_that_is_acknowledged_is_not_reported(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        row = session.get_one(SourceRow, "gazette")
        row.last_good_at, row.last_fetch_at, row.last_reason = NOW - timedelta(days=3), NOW, "timeout"
        source_health.acknowledge(
            session, "gazette", NOW + timedelta(days=9), "Reviewer", "the portal is being rebuilt", NOW - timedelta(days=2)
        )
    assert alert_operators(engine, NOW, MAIL_CONFIG).began == ()


def test_a_primary_source_that_was_never_read_is_reported_after_a_day(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        row = session.get_one(SourceRow, "gazette")
        row.last_good_at, row.last_fetch_at, row.last_reason = None, NOW, "timeout"
        look(session, "gazette", NOW - timedelta(hours=25), "blocked_or_broken", "timeout")
    assert [c.text for c in alert_operators(engine, NOW, MAIL_CONFIG).began] == [
        "Gazette, a primary source, has not been read since its first fetch (timeout)."
    ]


def test_messages_that_were_given_up_are_reported_and_a_reader_who_rests_is_no_fault(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, "gone@example.org")
        subscribe(session, "resting@example.org").paused_until = None
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        session.get_one(SubscriberRow, 2).paused_until = NOW + timedelta(days=2)
    box = Mailbox(MailRefused(550, "5.1.1 no such user", address=True))
    send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)
    later = NOW + timedelta(hours=1)
    assert [c.key for c in alert_operators(engine, later, MAIL_CONFIG).began if c.key.startswith("outbox")] == ["outbox_dead"]
    assert [n.key for n in alert_operators(engine, NOW + timedelta(days=4), MAIL_CONFIG).over] == ["outbox_dead"]


def test_a_message_between_two_tries_still_waits(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    send_due(engine, {"mail": Mailbox(MailRefused(451, "4.3.0 later", address=False))}, lambda: NOW + timedelta(hours=1), MAIL_CONFIG)
    assert "outbox_stuck" in [c.key for c in alert_operators(engine, NOW + timedelta(hours=1, seconds=9), MAIL_CONFIG).began]


def test_translation_that_fails_for_hours_is_reported_and_its_end_too(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    ops.begin_job(engine, "translate", NOW - timedelta(hours=3))
    ops.end_job(engine, "translate", NOW - timedelta(hours=3), "", failed=False)
    for hours in (2, 1, 0):
        assert "translation" not in [c.key for c in alert_operators(engine, NOW - timedelta(hours=hours), MAIL_CONFIG).began]
        ops.end_job(engine, "translate", NOW - timedelta(hours=hours), "CannotTranslate: the key is wrong", failed=True)
    assert [c.text for c in alert_operators(engine, NOW + timedelta(minutes=1), MAIL_CONFIG).began if c.key == "translation"] == [
        "Machine translation has failed 3 times in a row: CannotTranslate: the key is wrong"
    ]
    ops.end_job(engine, "translate", NOW, "", failed=False)
    assert "translation" in [c.key for c in alert_operators(engine, NOW + timedelta(minutes=2), MAIL_CONFIG).over]
