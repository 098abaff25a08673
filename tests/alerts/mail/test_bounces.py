"""Mail that comes back: reports name our messages by signed addresses or Message-IDs, and nobody
can forge one.
"""

import mailbox
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from alerts.digest_runs import run_due
from alerts.mail.bounces import parse, receive, receive_all
from alerts.mail.outbox import send_due
from alerts.subscriptions import resume
from db.engine import reading, writing
from db.models import BounceRow, OutboxRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, lay_out, subscribe

DSN = """\
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; reader@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

From: Ajour <ajour@example.org>
Message-ID: {message_id}

--b--
"""


@pytest.fixture
def sent(engine: Engine) -> OutboxRow:
    """One digest that went out."""
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    send_due(engine, {"mail": Mailbox()}, lambda: NOW, MAIL_CONFIG)
    with reading(engine) as session:
        return session.scalars(select(OutboxRow)).one()


def dsn(to: str = "ajour@example.org", message_id: str = "<x@y.example>", action: str = "failed", status: str = "5.1.1") -> bytes:
    return DSN.format(to=to, message_id=message_id, action=action, status=status).encode()


def active(engine: Engine) -> tuple[str | None, int]:
    with reading(engine) as session:
        return session.scalars(select(SubscriberRow)).one().suspended_reason, len(list(session.scalars(select(BounceRow))))


def test_a_report_to_the_signed_address_suspends(engine: Engine, sent: OutboxRow) -> None:
    with writing(engine) as session:
        assert receive(session, dsn(to=MAIL_CONFIG.envelope_sender(sent).upper()), MAIL_CONFIG, NOW) == "message 1: failed 5.1.1"
    assert active(engine) == ("no_such_address", 1)


def test_a_report_that_quotes_our_message_id_suspends(engine: Engine, sent: OutboxRow) -> None:
    with writing(engine) as session:
        receive(session, dsn(message_id=sent.message_id), MAIL_CONFIG, NOW)
    assert active(engine) == ("no_such_address", 1)


def test_a_forged_report_suspends_no_reader(engine: Engine, sent: OutboxRow) -> None:
    forged = MAIL_CONFIG.envelope_sender(sent).replace("+1.", "+2.")
    with writing(engine) as session:
        for raw in (
            dsn(),
            dsn(to=forged),
            dsn(to="bounces+1@example.org"),
            dsn(message_id="<0123456789abcdef.aaaaaaaaaaaaaaaaaaaaaaaa@example.org>"),
        ):
            assert receive(session, raw, MAIL_CONFIG, NOW) == "names no message of ours; ignored"
    assert active(engine) == (None, 0)


def test_a_full_mailbox_is_a_strike_and_a_delay_is_none_for_good(engine: Engine, sent: OutboxRow) -> None:
    with writing(engine) as session:
        receive(session, dsn(message_id=sent.message_id, action="delayed", status="4.2.2"), MAIL_CONFIG, NOW)
        receive(session, dsn(message_id=sent.message_id, status="5.2.2"), MAIL_CONFIG, NOW + timedelta(hours=1))
    assert active(engine) == (None, 1)


def test_what_came_back_counts_as_not_arrived_and_goes_out_when_the_address_works(engine: Engine, sent: OutboxRow) -> None:
    with writing(engine) as session:
        receive(session, dsn(message_id=sent.message_id), MAIL_CONFIG, NOW)
    with reading(engine) as session:
        row = session.get_one(OutboxRow, sent.id)
        assert (row.state, row.last_error) == ("dead", "came back: 5.1.1 smtp; 550 5.1.1 no such user")
    with writing(engine) as session:
        assert resume(session, session.scalars(select(SubscriberRow)).one(), NOW + timedelta(days=1)) == 1
    box = Mailbox()
    assert send_due(engine, {"mail": box}, lambda: NOW + timedelta(days=1), MAIL_CONFIG).sent == 1
    assert sent.message_id.encode() in box.taken[0].message


@pytest.mark.parametrize("status", ["", "none", "5", "5.1", "abc 5.1.1 (no such user)", "=?utf-8?q?5=2E1=2E1?="])
def test_a_report_with_a_broken_status_is_still_a_failure(engine: Engine, sent: OutboxRow, status: str) -> None:
    raw = dsn(message_id=sent.message_id).replace(b"Status: 5.1.1", b"Status: " + status.encode())
    assert parse(raw, MAIL_CONFIG).kind == "failed"
    assert parse(raw, MAIL_CONFIG).status in ("5.0.0", "5.1.1")


@pytest.mark.slow
def test_mail_nested_deeper_than_anyone_reads_is_a_report_of_nothing() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert parse(deep, MAIL_CONFIG).kind == "none"
    inner = b"Content-Type: message/rfc822\r\n\r\n" * 5000
    assert parse(inner, MAIL_CONFIG).kind == "none"


def test_an_out_of_office_answer_changes_nothing(engine: Engine, sent: OutboxRow) -> None:
    raw = f"To: {MAIL_CONFIG.envelope_sender(sent)}\r\nSubject: Out of office\r\n\r\nI am away.\r\n".encode()
    with writing(engine) as session:
        assert "ignored" in receive(session, raw, MAIL_CONFIG, NOW)
    assert active(engine) == (None, 0)


def test_a_complaint_ends_the_subscription(engine: Engine, sent: OutboxRow) -> None:
    raw = (
        f"To: {MAIL_CONFIG.envelope_sender(sent)}\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--b--\r\n"
    ).encode()
    with writing(engine) as session:
        receive(session, raw, MAIL_CONFIG, NOW)
        assert session.scalars(select(SubscriberRow)).one().ended_reason == "marked_as_spam"


def test_a_maildir_is_read_once(engine: Engine, sent: OutboxRow, tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "returned"))
    box.add(dsn(message_id=sent.message_id))
    assert receive_all(engine, tmp_path / "returned", MAIL_CONFIG, NOW) == ["message 1: failed 5.1.1"]
    assert receive_all(engine, tmp_path / "returned", MAIL_CONFIG, NOW) == []


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["multipart/report; boundary=b", "message/delivery-status", "multipart/mixed; boundary=b", "message/rfc822", "text/plain; charset=x"]))  # fmt: skip
def test_garbage_never_breaks_the_reader(garbage: bytes, kind: str) -> None:
    assert parse(garbage, MAIL_CONFIG).kind in ("none", "failed", "delayed", "complaint")
    framed = (
        b"Content-Type: " + kind.encode() + b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + garbage + b"\r\n--b--\r\n"
    )
    assert parse(framed, MAIL_CONFIG).kind in ("none", "failed", "delayed", "complaint")


def request_by_mail(subject: str) -> bytes:
    return f"From: reader@example.org\nTo: bounces@example.org\nSubject: {subject}\n\n".encode()


def token_of(engine: Engine, *, one: bool) -> str:
    with reading(engine) as session:
        reader = session.scalars(select(SubscriberRow)).one()
        return MAIL_CONFIG.links.token(reader, session.scalars(select(SubscriptionRow)).first() if one else None)


@pytest.mark.parametrize(("one", "left"), [(True, 1), (False, 0)])
def test_a_mail_with_the_readers_token_unsubscribes(engine: Engine, one: bool, left: int) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
        subscribe(session, rhythm="weekly")
    subject = f"Unsubscribe {token_of(engine, one=one).upper()} "
    with writing(engine) as session:
        done = receive(session, request_by_mail(subject), MAIL_CONFIG, NOW)
    assert done.startswith("reader 1: unsubscribed by mail from")
    with reading(engine) as session:
        assert len([s for s in session.scalars(select(SubscriptionRow)) if s.ended_at is None]) == left


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe",
        "unsubscribe 1.0.aaaaaaaaaaaaaaaaaaaaaaaa",
        "Re: [Ajour] unsubscribe",
        "Automatic reply: unsubscribe {token}",
        "{token}",
    ],
)
def test_no_other_mail_unsubscribes(engine: Engine, subject: str) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    with writing(engine) as session:
        receive(session, request_by_mail(subject.format(token=token_of(engine, one=False))), MAIL_CONFIG, NOW)
        assert session.scalars(select(SubscriptionRow)).one().ended_at is None
