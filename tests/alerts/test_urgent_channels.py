"""Chat channels: bundled, limited, nothing dropped, corrections at once."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.digest import entries_at
from alerts.mail.mail_config import MailConfig
from alerts.mail.outbox import message_of
from alerts.urgent_channels import A_DAY, PAUSE, notify_channels
from db.engine import reading, writing
from db.models import ChannelNotificationRow, FlagRow, OutboxRow, SourceRow
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out

CHAT = MailConfig(MAIL_CONFIG.links, MAIL_CONFIG.mail_head, channels=("desk", "team"))
SINCE = NOW - timedelta(days=7)


def notify(engine: Engine, now: datetime) -> list[dict[str, str]]:
    """Tell the channels of everything; the messages of "desk" so far."""
    with reading(engine) as session:
        entries = entries_at(session, session.scalars(select(FlagRow.id)).all(), now)
    urgent = [e for e in entries if e.urgent]
    notify_channels(engine, urgent, [e for e in entries if not e.urgent], now, SINCE, CHAT)
    with reading(engine) as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.recipient == "desk").order_by(OutboxRow.id))
        return [json.loads(message_of(row) or b"{}") for row in rows]


def add(engine: Engine, count: int, at: datetime = NOW) -> None:
    with writing(engine) as session:
        for _ in range(count):
            number = session.query(FlagRow).count()
            add_flag(session, Tale(title=f"Новость {number}", sources=("gazette",), at=at - timedelta(minutes=1)))


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)


def test_every_channel_gets_what_happened_the_claim_and_who_says_so(engine: Engine) -> None:
    add(engine, 1)
    (message,) = notify(engine, NOW)
    assert message["title"] == f"[Ajour] Urgent, not yet reviewed: {HEADLINE}"
    assert message["body"] == (
        f"{HEADLINE} (not yet reviewed)\nНовость 0\nCedoca 1.2 (C-1): What the report says in C-1.\n"
        "Gazette, primary text or official body; likely update\nhttps://ajour.example.org/flags/1"
    )
    with reading(engine) as session:
        assert {r.channel for r in session.scalars(select(ChannelNotificationRow))} == {"desk", "team"}


def test_what_comes_within_the_pause_waits_for_the_next_message(engine: Engine) -> None:
    add(engine, 1)
    notify(engine, NOW)
    add(engine, 2, NOW + timedelta(minutes=2))
    assert len(notify(engine, NOW + timedelta(minutes=2))) == 1
    messages = notify(engine, NOW + PAUSE)
    assert messages[1]["title"].startswith("[Ajour] 2 urgent changes: ")
    assert len(notify(engine, NOW + 2 * PAUSE)) == 2


@pytest.mark.slow
def test_many_entries_are_shown_in_full_in_lines_and_in_the_next_message(engine: Engine) -> None:
    add(engine, 45)
    (first,) = notify(engine, NOW)
    assert first["body"].count("What the report says") == 8
    assert first["body"].endswith("5 more follow in the next message. https://ajour.example.org/queue")
    second = notify(engine, NOW + PAUSE)[1]
    assert second["title"].startswith("[Ajour] 5 urgent changes: ")


@pytest.mark.slow
def test_a_channel_gets_no_more_than_its_messages_of_a_day(engine: Engine) -> None:
    for number in range(A_DAY + 3):
        now = NOW + number * PAUSE
        add(engine, 1, now)
        messages = notify(engine, now)
    assert len(messages) == A_DAY
    later = notify(engine, NOW + timedelta(days=1, minutes=1))
    assert later[-1]["title"].startswith("[Ajour] 3 urgent changes: ")


def test_a_correction_waits_for_nothing_and_repeats_what_was_sent(engine: Engine) -> None:
    add(engine, 1)
    notify(engine, NOW)
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + timedelta(minutes=1))
    messages = notify(engine, NOW + timedelta(minutes=2))
    assert messages[1]["title"] == f"[Ajour] Correction: {HEADLINE}"
    assert "Set aside: on 24 November 2026, 05:00 UTC we sent it as not yet reviewed" in messages[1]["body"]
    assert len(notify(engine, NOW + timedelta(minutes=3))) == 2


def test_a_message_of_the_demo_says_so(engine: Engine) -> None:
    add(engine, 1)
    with writing(engine) as session:
        session.get_one(SourceRow, "gazette").config = {"simulated": True}
    assert notify(engine, NOW)[0]["title"] == f"[Ajour demo] Urgent, not yet reviewed: {HEADLINE}"


def test_without_channels_nothing_is_queued(engine: Engine) -> None:
    add(engine, 1)
    with reading(engine) as session:
        entries = entries_at(session, [1], NOW)
    notify_channels(engine, entries, (), NOW, SINCE, MAIL_CONFIG)
    with reading(engine) as session:
        assert session.scalars(select(OutboxRow)).all() == []
