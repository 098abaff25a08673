"""The outbox: leases, retries, suspension, cancelling, faults of the server."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.mail import outbox
from alerts.mail.outbox import LEASE, TRIES, send_due, wait
from alerts.mail.smtp import DeliveryUncertain, Envelope, MailRefused, MailServerFault, SmtpSender
from alerts.subscriptions import resume
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import MailKind
from db.models import BounceRow, OutboxRow, SubscriberRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, lay_out, subscribe
from tests.smtp_server import Keeper, serving


def wrap(engine: Engine, count: int, kind: MailKind = MailKind.DIGEST, reader: SubscriberRow | None = None) -> None:
    with writing(engine) as session:
        for number in range(count):
            outbox.put(
                session, key=f"{kind}:{number}", kind=kind, message=outbox.deflate(b"Subject: hello\r\n\r\nhello\r\n"), message_id=f"<{kind}{number}@example.org>", now=NOW,
                subscriber_id=reader.id if reader else None, recipient=None if reader else "somebody@example.org",
            )  # fmt: skip


def rows(engine: Engine) -> list[OutboxRow]:
    with reading(engine) as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def reader_of(engine: Engine) -> SubscriberRow:
    with writing(engine) as session:
        lay_out(session)
        return subscribe(session)


def test_many_senders_at_once_send_each_message_once(engine: Engine) -> None:
    wrap(engine, 100)
    boxes = [Mailbox() for _ in range(5)]
    threads = [threading.Thread(target=send_due, args=(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)) for box in boxes]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ids = [e.outbox_id for box in boxes for e in box.taken]
    assert sorted(ids) == list(range(1, 101))


def test_messages_that_users_wait_for_go_first(engine: Engine) -> None:
    wrap(engine, 2, MailKind.DIGEST)
    wrap(engine, 1, MailKind.URGENT)
    wrap(engine, 1, MailKind.CONFIRM)
    box = Mailbox()
    send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)
    assert [e.outbox_id for e in box.taken] == [4, 3, 1, 2]


def test_a_lease_is_respected_until_it_runs_out(engine: Engine) -> None:
    wrap(engine, 1)
    with writing(engine, db_outbox.OUTBOX) as session:
        assert len(db_outbox.lease(session, NOW, "another", 10, LEASE, "mail")) == 1
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(seconds=LEASE - 1), MAIL_CONFIG).sent == 0
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(seconds=LEASE + 1), MAIL_CONFIG).sent == 1
    with writing(engine, db_outbox.OUTBOX) as session:  # the one that lost its lease may not mark
        assert not db_outbox.mark(session, 1, "another", state="failed")


@pytest.mark.slow
def test_temporary_refusals_are_tried_again_ever_more_rarely_and_then_given_up(engine: Engine) -> None:
    wrap(engine, 1)
    box, now, moments = Mailbox(*(MailRefused(451, "4.7.1 greylisted", address=False) for _ in range(TRIES))), NOW, []
    for _ in range(60 * 24 * 7):
        if send_due(engine, {"mail": box}, lambda: now, MAIL_CONFIG).handled:  # noqa: B023 - called at once
            moments.append(now)
        now += timedelta(minutes=1)
        if rows(engine)[0].state == "dead":
            break
    assert len(moments) == TRIES
    assert timedelta(days=4.5) < moments[-1] - moments[0] < timedelta(days=5.5)
    assert [wait(n) for n in (1, 2, 3, 9)] == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=16), timedelta(hours=4)]


@pytest.mark.slow
def test_a_server_that_cannot_be_used_costs_no_message_a_try(engine: Engine) -> None:
    wrap(engine, 3)
    box, now = Mailbox(*(MailServerFault("no route") for _ in range(500))), NOW
    for _ in range(500):
        now += timedelta(minutes=11)
        assert send_due(engine, {"mail": box}, lambda: now, MAIL_CONFIG).fault == "no route"  # noqa: B023
    assert {(r.state, r.attempts) for r in rows(engine)} == {("failed", 0)}
    box._failures.clear()
    assert send_due(engine, {"mail": box}, lambda: now + timedelta(hours=1), MAIL_CONFIG).sent == 3


def test_a_message_that_breaks_the_server_does_not_hold_up_the_others(engine: Engine) -> None:
    wrap(engine, 3)

    class Poisoned(Mailbox):
        def send(self, envelope):  # type: ignore[no-untyped-def]
            if envelope.outbox_id == 1:
                raise MailServerFault("the connection broke")
            super().send(envelope)

    box, now = Poisoned(), NOW
    for _ in range(6):
        send_due(engine, {"mail": box}, lambda: now, MAIL_CONFIG)  # noqa: B023
        now += timedelta(minutes=1)
    assert [e.outbox_id for e in box.taken] == [2, 3]


def test_an_uncertain_send_goes_out_again_with_the_same_bytes(engine: Engine) -> None:
    wrap(engine, 1)
    box = Mailbox(DeliveryUncertain("the connection broke after the message"))
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).failed == 1
    assert "uncertain" in (rows(engine)[0].last_error or "")
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(minutes=2), MAIL_CONFIG).sent == 1


def test_three_messages_that_fail_within_a_week_suspend_the_address(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 3, reader=reader)
    failures = [MailRefused(554, "5.0.0 not accepted here", address=True) for _ in range(3)]
    send_due(engine, {"mail": Mailbox(*failures)}, lambda: NOW, MAIL_CONFIG)
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).suspended_reason == "keeps_failing"
        assert len(list(session.scalars(select(BounceRow)))) == 3


def test_a_message_is_not_sent_to_a_reader_who_left_before_its_turn(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(SubscriberRow, reader.id).ended_at = NOW
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).cancelled == 1
    assert box.taken == []


def test_without_a_mail_server_messages_wait(engine: Engine) -> None:
    wrap(engine, 1)
    assert send_due(engine, {}, lambda: NOW, MAIL_CONFIG).handled == 0
    assert rows(engine)[0].state == "queued"


def test_a_server_that_is_not_there_is_a_fault_and_not_a_refusal(engine: Engine) -> None:
    wrap(engine, 1)
    with serving(Keeper()) as sender:
        port = sender.port
    done = send_due(engine, {"mail": SmtpSender("127.0.0.1", port, "none", seconds=2)}, lambda: NOW, MAIL_CONFIG)
    assert "cannot use 127.0.0.1" in done.fault


def test_a_server_without_tls_is_not_trusted_with_mail(engine: Engine) -> None:
    wrap(engine, 1)
    keeper = Keeper()
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": SmtpSender("127.0.0.1", sender.port, "starttls", seconds=2)}, lambda: NOW, MAIL_CONFIG)
    assert "STARTTLS" in done.fault
    assert keeper.taken == []


def test_what_waits_for_a_reader_who_paused_goes_out_after_the_pause(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(SubscriberRow, reader.id).paused_until = NOW + timedelta(days=7)
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).handled == 0
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=7, minutes=1), MAIL_CONFIG).sent == 1


def test_what_did_not_reach_a_suspended_address_goes_out_when_it_works_again(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 2, reader=reader)
    box = Mailbox(MailRefused(550, "5.1.1 no such user", address=True))
    done = send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)
    assert (done.dead, done.cancelled) == (1, 1)
    with writing(engine) as session:
        assert resume(session, session.get_one(SubscriberRow, reader.id), NOW + timedelta(days=2)) == 2
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=2), MAIL_CONFIG).sent == 2
    assert [e.outbox_id for e in box.taken] == [1, 2]


def test_greylisting_suspends_no_reader(engine: Engine) -> None:
    """Each message has a sender address of its own, so such a server refuses each of them once."""
    reader = reader_of(engine)
    wrap(engine, 5, reader=reader)
    box = Mailbox(*(MailRefused(450, "4.2.0 greylisted, come back later", address=True) for _ in range(5)))
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).failed == 5
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(minutes=2), MAIL_CONFIG).sent == 5
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).suspended_at is None


@pytest.mark.slow
def test_a_recipient_who_is_refused_for_days_is_given_up_and_one_of_three_strikes(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 3, reader=reader)
    box, now = Mailbox(*(MailRefused(452, "4.2.2 mailbox full", address=True) for _ in range(500))), NOW
    for _ in range(36):
        send_due(engine, {"mail": box}, lambda: now, MAIL_CONFIG)  # noqa: B023
        now += timedelta(hours=4)
    assert [r.state for r in rows(engine)] == ["dead"] * 3
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).suspended_reason == "keeps_failing"


@pytest.mark.parametrize(
    "answer",
    [
        "554 5.7.1 <reader@example.org>: Relay access denied",
        "550 relay not permitted",
        "530 5.7.0 Authentication required",
        "503 say hello first",
    ],
)
def test_a_server_that_will_not_relay_for_us_suspends_no_reader_and_loses_nothing(engine: Engine, answer: str) -> None:
    reader = reader_of(engine)
    wrap(engine, 4, reader=reader)
    keeper = Keeper(refuse={"reader@example.org": answer})
    with serving(keeper) as sender:
        assert send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG).failed == 4
        keeper.refuse.clear()
        assert send_due(engine, {"mail": sender}, lambda: NOW + timedelta(minutes=2), MAIL_CONFIG).sent == 4
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).suspended_at is None


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.1 User unknown in relay recipient table", "550 no mailbox <relay@example.org>", "553 no such user", "550 5.2.1 disabled",
    ],
)  # fmt: skip
def test_an_unknown_address_is_known_in_whatever_words(engine: Engine, answer: str) -> None:
    code, _, text = answer.partition(" ")
    assert MailRefused(int(code), text, address=True).no_such_address


def test_one_recipient_refused_for_now_does_not_hold_up_the_others(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        readers = [subscribe(session, f"{name}@example.org") for name in "abc"]
        for number, reader in enumerate(readers):
            outbox.put(session, key=str(number), kind=MailKind.DIGEST, message=outbox.deflate(b"Subject: x\r\n\r\nx\r\n"), message_id=f"<{number}@example.org>", now=NOW, subscriber_id=reader.id)  # fmt: skip
    keeper = Keeper(refuse={"b@example.org": "450 4.2.1 try later"})
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert (done.sent, done.failed) == (2, 1)
    assert [t.to for t in keeper.taken] == [["a@example.org"], ["c@example.org"]]


def test_a_server_that_closes_after_some_messages_gets_a_new_connection_at_once(engine: Engine) -> None:
    wrap(engine, 9)
    keeper = Keeper(close_after=2)
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert (done.sent, done.fault) == (9, "")
    assert len(keeper.taken) == 9


def test_a_connection_that_breaks_after_the_message_is_uncertain_and_the_message_stays_one(engine: Engine) -> None:
    wrap(engine, 2)
    keeper = Keeper(break_after=1)
    with serving(keeper) as sender:
        first = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
        assert (first.sent, first.failed, first.fault) == (1, 1, "")
        assert "uncertain" in (rows(engine)[0].last_error or "")
        assert send_due(engine, {"mail": sender}, lambda: NOW + timedelta(minutes=2), MAIL_CONFIG).sent == 1
    assert len(keeper.taken) == 3  # it had arrived: the same bytes came twice
    assert keeper.taken[0].raw == keeper.taken[2].raw


def test_a_message_that_is_too_big_is_a_dead_letter_and_no_fault_of_its_reader(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(OutboxRow, 1).message = outbox.deflate(b"Subject: big\r\n\r\n" + b"x" * 60 * 50_000)
    with serving(Keeper()) as sender:
        assert send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG).dead == 1
    assert "552" in (rows(engine)[0].last_error or "")
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).suspended_at is None
        assert list(session.scalars(select(BounceRow))) == []


def test_a_slow_server_never_makes_a_lease_run_out_in_our_hands(engine: Engine) -> None:
    """Each message takes three minutes: another sender that comes by must find nothing that is
    still to be sent by this one.
    """
    wrap(engine, 12)
    clock, box = [NOW], Mailbox()

    class Slow:
        def send(self, envelope: Envelope) -> None:
            clock[0] += timedelta(minutes=3)
            with writing(engine, db_outbox.OUTBOX) as session:
                taken = db_outbox.lease(session, clock[0], "another", 100, LEASE, "mail")
                assert all(row.attempts == 1 for row in taken), "a lease ran out"
                for row in taken:
                    row.state, row.lease, row.leased_until, row.attempts = "queued", None, None, 0
            box.send(envelope)

    assert send_due(engine, {"mail": Slow()}, lambda: clock[0], MAIL_CONFIG).sent == 12
    assert sorted(e.outbox_id for e in box.taken) == list(range(1, 13))


def test_who_resumes_before_the_end_of_a_pause_gets_what_waited_at_once(engine: Engine) -> None:
    reader = reader_of(engine)
    wrap(engine, 1, reader=reader)
    with writing(engine) as session:
        session.get_one(SubscriberRow, reader.id).paused_until = NOW + timedelta(days=14)
    box = Mailbox()
    send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG)
    with writing(engine) as session:
        resume(session, session.get_one(SubscriberRow, reader.id), NOW + timedelta(days=1))
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=1), MAIL_CONFIG).sent == 1


@pytest.mark.parametrize(
    ("answer", "address", "again"),
    [
        ("552 5.2.2 mailbox full", True, True),
        ("552 mailbox of <reader@example.org> is over quota", True, True),
        ("552 no reason given", True, True),
        ("552 5.2.2 over quota", False, True),
        ("552 Requested mail action aborted: exceeded storage allocation, quota", False, True),
        ("452 4.2.2 try later", True, True),
        ("451 4.3.0 try later", False, True),
        ("552 5.3.4 message too big", False, False),
        ("552 message exceeds fixed maximum size", False, False),
        ("554 5.6.0 content refused", False, False),
    ],
)
def test_what_is_tried_again_and_what_is_not(answer: str, address: bool, again: bool) -> None:
    code, _, text = answer.partition(" ")
    assert MailRefused(int(code), text, address=address).permanent is not again
