"""The promises of notifications on PostgreSQL: one digest, one mail, also beside other
processes.
"""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from alerts.digest_runs import run_due
from alerts.mail.outbox import send_due
from alerts.operator_alerts import alert_operators
from alerts.subscriptions import apply_retention
from alerts.urgent import SETTLE, run_urgent
from db.engine import reading, writing
from db.models import DigestRow, NotificationRow, OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, Tale, add_flag, decide, lay_out, subscribe


@pytest.fixture
def engine(postgres_engine: Engine) -> Engine:
    return postgres_engine


def at_once(count: int, work: object, *given: object) -> None:
    threads = [threading.Thread(target=work, args=given) for _ in range(count)]  # type: ignore[arg-type]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def test_four_processes_make_and_send_each_digest_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for number in range(3):
            decide(
                session,
                add_flag(session, Tale(claim=("C-1", "C-2", "D-1")[number], changes=[])),
                "new_practice",
                "confirmed",
                NOW - timedelta(hours=2),
            )
        for number in range(40):
            subscribe(session, f"reader{number}@example.org")
    at_once(4, run_due, engine, NOW, MAIL_CONFIG)
    box = Mailbox()
    at_once(4, send_due, engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)
    assert len({e.to for e in box.taken}) == len(box.taken) == 40
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(DigestRow)) == 40
        assert session.scalar(select(func.count()).select_from(NotificationRow)) == 120


def test_urgent_messages_and_digests_do_not_tell_the_same_twice(engine: Engine) -> None:
    soon = NOW + SETTLE + timedelta(minutes=1)
    with writing(engine) as session:
        lay_out(session)
        decide(session, add_flag(session, Tale(at=NOW - timedelta(minutes=30))), "new_practice", "confirmed", NOW - timedelta(minutes=20))
        for number in range(20):
            subscribe(session, f"reader{number}@example.org")
    threads = [threading.Thread(target=f, args=(engine, soon, MAIL_CONFIG)) for f in (run_due, run_urgent, run_due, run_urgent)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    run_due(engine, soon, MAIL_CONFIG)
    run_urgent(engine, soon, MAIL_CONFIG)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(NotificationRow)) == 20


def test_operators_and_housekeeping_work_there_too(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    at_once(3, alert_operators, engine, NOW + timedelta(hours=1), MAIL_CONFIG)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 1
    with writing(engine) as session:
        assert apply_retention(session, NOW + timedelta(days=60)) == {"never_confirmed": 0, "addresses": 0, "messages": 0}
