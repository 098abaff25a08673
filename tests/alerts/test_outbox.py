"""The outbox: leases, retries, suspension, cancelling, faults of the server."""

import threading
from datetime import timedelta

from sqlalchemy import Engine, select

from alerts import outbox
from alerts.outbox import LEASE, TRIES, send_due, wait
from alerts.smtp import Refused, ServerFault, SmtpSender, Uncertain
from alerts.subscribing import resume
from db import telling
from db.engine import reading, writing
from db.models import Bounce, Outbox, Subscriber
from db.words import MailKind
from tests.smtp_server import Keeper, serving
from tests.telling_world import NOW, OFFICE, Mailbox, lay_out, subscribe


def fill(engine: Engine, count: int, kind: MailKind = MailKind.DIGEST, reader: Subscriber | None = None) -> None:
    with writing(engine) as session:
        for number in range(count):
            outbox.put(
                session, key=f"{kind}:{number}", kind=kind, message=outbox.deflate(b"Subject: hello\r\n\r\nhello\r\n"), message_id=f"<{kind}{number}@example.org>", now=NOW,
                subscriber_id=reader.id if reader else None, recipient=None if reader else "somebody@example.org",
            )  # fmt: skip


def rows(engine: Engine) -> list[Outbox]:
    with reading(engine) as session:
        return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def reader_of(engine: Engine) -> Subscriber:
    with writing(engine) as session:
        lay_out(session)
        return subscribe(session)


def test_many_senders_at_once_send_each_message_once(engine: Engine) -> None:
    fill(engine, 100)
    boxes = [Mailbox() for _ in range(5)]
    threads = [threading.Thread(target=send_due, args=(engine, {"mail": box}, lambda: NOW, OFFICE)) for box in boxes]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ids = [e.outbox_id for box in boxes for e in box.taken]
    assert sorted(ids) == list(range(1, 101))


def test_what_somebody_waits_for_goes_first(engine: Engine) -> None:
    fill(engine, 2, MailKind.DIGEST)
    fill(engine, 1, MailKind.URGENT)
    fill(engine, 1, MailKind.CONFIRM)
    box = Mailbox()
    send_due(engine, {"mail": box}, lambda: NOW, OFFICE)
    assert [e.outbox_id for e in box.taken] == [4, 3, 1, 2]


def test_a_lease_is_respected_until_it_runs_out(engine: Engine) -> None:
    fill(engine, 1)
    with writing(engine, telling.OUTBOX) as session:
        assert len(telling.lease(session, NOW, "another", 10, LEASE, "mail")) == 1
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(seconds=LEASE - 1), OFFICE).sent == 0
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(seconds=LEASE + 1), OFFICE).sent == 1
    with writing(engine, telling.OUTBOX) as session:  # the one that lost its lease may not mark
        assert not telling.mark(session, 1, "another", state="failed")


def test_temporary_refusals_are_tried_again_ever_more_rarely_and_then_given_up(engine: Engine) -> None:
    fill(engine, 1)
    box, now, moments = Mailbox(*(Refused(451, "4.7.1 greylisted", address=False) for _ in range(TRIES))), NOW, []
    for _ in range(60 * 24 * 3):
        if send_due(engine, {"mail": box}, lambda: now, OFFICE).handled:  # noqa: B023 - called at once
            moments.append(now)
        now += timedelta(minutes=1)
        if rows(engine)[0].state == "dead":
            break
    assert len(moments) == TRIES
    assert timedelta(hours=24) < moments[-1] - moments[0] < timedelta(hours=27)
    assert [wait(n) for n in (1, 2, 3, 9)] == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=16), timedelta(hours=4)]


def test_a_server_that_cannot_be_used_costs_no_message_a_try(engine: Engine) -> None:
    fill(engine, 3)
    box, now = Mailbox(*(ServerFault("no route") for _ in range(500))), NOW
    for _ in range(500):
        now += timedelta(minutes=11)
        assert send_due(engine, {"mail": box}, lambda: now, OFFICE).fault == "no route"  # noqa: B023
    assert {(r.state, r.attempts) for r in rows(engine)} == {("failed", 0)}
    box._failures.clear()
    assert send_due(engine, {"mail": box}, lambda: now + timedelta(hours=1), OFFICE).sent == 3


def test_a_message_that_breaks_the_server_does_not_hold_up_the_others(engine: Engine) -> None:
    fill(engine, 3)

    class Poisoned(Mailbox):
        def send(self, envelope):  # type: ignore[no-untyped-def]
            if envelope.outbox_id == 1:
                raise ServerFault("the connection broke")
            super().send(envelope)

    box, now = Poisoned(), NOW
    for _ in range(6):
        send_due(engine, {"mail": box}, lambda: now, OFFICE)  # noqa: B023
        now += timedelta(minutes=1)
    assert [e.outbox_id for e in box.taken] == [2, 3]


def test_an_uncertain_send_goes_out_again_with_the_same_bytes(engine: Engine) -> None:
    fill(engine, 1)
    box = Mailbox(Uncertain("the connection broke after the message"))
    assert send_due(engine, {"mail": box}, lambda: NOW, OFFICE).failed == 1
    assert "uncertain" in (rows(engine)[0].last_error or "")
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(minutes=2), OFFICE).sent == 1


def test_three_messages_that_fail_within_a_week_suspend_the_address(engine: Engine) -> None:
    reader = reader_of(engine)
    fill(engine, 3, reader=reader)
    failures = [Refused(552, "5.2.2 mailbox full", address=True) for _ in range(3)]
    send_due(engine, {"mail": Mailbox(*failures)}, lambda: NOW, OFFICE)
    with reading(engine) as session:
        assert session.get_one(Subscriber, reader.id).suspended_reason == "keeps_failing"
        assert len(list(session.scalars(select(Bounce)))) == 3


def test_a_message_is_not_sent_to_somebody_who_left_before_its_turn(engine: Engine) -> None:
    reader = reader_of(engine)
    fill(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(Subscriber, reader.id).ended_at = NOW
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW, OFFICE).cancelled == 1
    assert box.taken == []


def test_without_a_mail_server_messages_wait(engine: Engine) -> None:
    fill(engine, 1)
    assert send_due(engine, {}, lambda: NOW, OFFICE).handled == 0
    assert rows(engine)[0].state == "queued"


def test_a_server_that_is_not_there_is_a_fault_and_not_a_refusal(engine: Engine) -> None:
    fill(engine, 1)
    with serving(Keeper()) as sender:
        port = sender.port
    done = send_due(engine, {"mail": SmtpSender("127.0.0.1", port, "none", seconds=2)}, lambda: NOW, OFFICE)
    assert "cannot use 127.0.0.1" in done.fault


def test_a_server_without_tls_is_not_trusted_with_mail(engine: Engine) -> None:
    fill(engine, 1)
    keeper = Keeper()
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": SmtpSender("127.0.0.1", sender.port, "starttls", seconds=2)}, lambda: NOW, OFFICE)
    assert "STARTTLS" in done.fault
    assert keeper.taken == []


def test_what_waits_for_somebody_who_paused_goes_out_after_the_pause(engine: Engine) -> None:
    reader = reader_of(engine)
    fill(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(Subscriber, reader.id).paused_until = NOW + timedelta(days=7)
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW, OFFICE).handled == 0
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=7, minutes=1), OFFICE).sent == 1


def test_what_did_not_reach_a_suspended_address_goes_out_when_it_works_again(engine: Engine) -> None:
    reader = reader_of(engine)
    fill(engine, 2, reader=reader)
    box = Mailbox(Refused(550, "5.1.1 no such user", address=True))
    done = send_due(engine, {"mail": box}, lambda: NOW, OFFICE)
    assert (done.dead, done.cancelled) == (1, 1)
    with writing(engine) as session:
        assert resume(session, session.get_one(Subscriber, reader.id), NOW + timedelta(days=2)) == 2
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=2), OFFICE).sent == 2
    assert [e.outbox_id for e in box.taken] == [1, 2]
