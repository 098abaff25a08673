"""Urgent messages: grave and sure, at once, clustered, limited."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.digest_runs import run_due
from alerts.mail.chat import ChatSender
from alerts.mail.mail_config import MailConfig
from alerts.mail.outbox import message_of, send_due
from alerts.urgent import SETTLE, run_urgent
from app.tools.local_server import QuietHandler, running
from db.engine import reading, writing
from db.enums import Urgency
from db.models import OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, Tale, add_flag, decide, lay_out, subscribe

SOON = NOW + SETTLE + timedelta(minutes=1)


def messages(engine: Engine, kind: str = "urgent") -> list[OutboxRow]:
    with reading(engine) as session:
        return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))


def test_a_primary_text_of_high_severity_goes_out_at_once_and_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW))
        # Nobody confirmed it, and no primary text says so
        add_flag(session, Tale(sources=("paper",), at=NOW))
        add_flag(session, Tale(sources=("gazette",), at=NOW, severity="medium"))
        subscribe(session)
    # Related entries gather first
    assert run_urgent(engine, NOW + timedelta(seconds=20), MAIL_CONFIG).urgent == 0
    assert run_urgent(engine, NOW + timedelta(seconds=40), MAIL_CONFIG).urgent == 1
    assert run_urgent(engine, SOON + timedelta(minutes=1), MAIL_CONFIG).urgent == 0
    assert messages(engine)[0].subject == "[Ajour] Urgent, not yet reviewed: Days to appear: 14 days → 30 days (adopted by parliament)"


def test_what_was_sent_at_once_is_not_repeated_in_the_digest(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW))
        subscribe(session)
    run_urgent(engine, SOON, MAIL_CONFIG)
    run_due(engine, NOW + timedelta(days=1), MAIL_CONFIG)
    digest = messages(engine, "digest")[-1]
    assert "nothing further" in (digest.subject or "")
    assert "1 was sent at once, in another mail or in another part." in (message_of(digest) or b"").decode().replace("=\r\n", "").replace(
        "\r\n", " "
    )


@pytest.mark.parametrize(
    ("source", "urgency", "unreviewed", "told"),
    [
        ("paper", Urgency.TOLD, True, 1),
        ("paper", Urgency.FIRST, True, 0),  # compared first, but a person judges it
        ("paper", Urgency.TOLD, False, 0),  # the reader waits for a person
        ("channel", Urgency.TOLD, True, 0),  # a weak source
    ],
)
def test_what_cannot_wait_is_sent_without_a_primary_text(
    engine: Engine, source: str, urgency: Urgency, unreviewed: bool, told: int
) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=(source,), at=NOW, urgency=urgency))
        subscribe(session, unreviewed=unreviewed)
    assert run_urgent(engine, NOW + timedelta(seconds=40), MAIL_CONFIG).urgent == told
    for row in messages(engine):
        text = " ".join((message_of(row) or b"").decode().replace("=\r\n", "").split())
        assert "no primary text says so yet" in text


def test_a_decision_can_be_undone_for_five_minutes(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(at=NOW))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW)
        subscribe(session)
    assert run_urgent(engine, NOW + timedelta(minutes=4), MAIL_CONFIG).urgent == 0
    assert run_urgent(engine, SOON, MAIL_CONFIG).urgent == 1


def test_things_that_happen_together_are_one_message(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for claim in ("C-1", "C-2", "D-1"):
            flag = add_flag(session, Tale(claim=claim, at=NOW))
            decide(session, flag, "new_or_amended_law", "confirmed", NOW)
        subscribe(session)
    assert run_urgent(engine, SOON, MAIL_CONFIG).urgent == 1
    assert (messages(engine)[0].subject or "").endswith("(and 2 more)")


def test_a_confirmation_undone_at_once_is_not_sent(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(at=NOW))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW)
        subscribe(session)
        decide(session, flag, "undo", "open", NOW + timedelta(minutes=3))
    assert run_urgent(engine, SOON, MAIL_CONFIG).urgent == 0


def test_over_the_daily_limit_news_waits_for_the_digest(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, urgent_a_day=2)
    for number in range(4):
        with writing(engine) as session:
            add_flag(session, Tale(sources=("gazette",), at=NOW + timedelta(hours=number)))
        run_urgent(engine, SOON + timedelta(hours=number), MAIL_CONFIG)
    assert len(messages(engine)) == 2
    assert "last urgent message of the day" in (message_of(messages(engine)[1]) or b"").decode().replace("=\r\n", "").replace("\r\n", " ")
    run_due(engine, NOW + timedelta(days=1), MAIL_CONFIG)
    assert "2 to review" in (messages(engine, "digest")[-1].subject or "")


def test_a_reader_who_wants_no_urgent_messages_gets_none(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW))
        subscribe(session, urgent=False)
        subscribe(session, "drc@example.org", reports=["drc"])
        # What was before they came is no news to them
        subscribe(session, "new@example.org", since=NOW + timedelta(minutes=2))
    assert run_urgent(engine, SOON, MAIL_CONFIG).urgent == 0


def test_channels_hear_once_through_the_same_outbox(engine: Engine) -> None:
    mail_config = MailConfig(MAIL_CONFIG.links, MAIL_CONFIG.mail_head, channels=("desk",))
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW))
    run_urgent(engine, SOON, mail_config)
    run_urgent(engine, SOON + timedelta(minutes=1), mail_config)
    rows = messages(engine)
    assert [(r.channel, r.recipient) for r in rows] == [("chat", "desk")]
    result = json.loads(message_of(rows[0]) or b"{}")
    assert result["title"] == "[Ajour] Urgent, not yet reviewed: Days to appear: 14 days → 30 days (adopted by parliament)"
    assert "Gazette, primary text or official body" in result["body"]
    box = Mailbox()
    assert send_due(engine, {"chat": box}, lambda: SOON, mail_config).sent == 1


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A webhook on loopback: its Apprise address, and the messages it receives."""
    notified: list[dict[str, str]] = []

    class Hook(QuietHandler):
        def do_POST(self) -> None:
            notified.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

    with running(Hook) as address:
        yield f"{address.replace('http', 'json')}/hook", notified


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Apprise's own imports
def test_a_webhook_gets_the_message_and_a_dead_one_is_tried_again_and_seen(
    engine: Engine, webhook: tuple[str, list[dict[str, str]]]
) -> None:
    pytest.importorskip("apprise", reason="chat channels need the extra ajour[notify]")
    mail_config = MailConfig(MAIL_CONFIG.links, MAIL_CONFIG.mail_head, channels=("alive", "dead"))
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW))
    run_urgent(engine, SOON, mail_config)
    sender = ChatSender({"alive": webhook[0], "dead": "json://127.0.0.1:9/hook"})
    done = send_due(engine, {"chat": sender}, lambda: SOON, mail_config)
    assert (done.sent, done.failed) == (1, 1)
    assert "Days to appear: 14 days" in webhook[1][0]["title"]
    assert "did not take the message" in (messages(engine)[1].last_error or "")
