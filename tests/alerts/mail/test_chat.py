"""Chat channels: queued once per key, delivered by name; the database never sees an address."""

import json
import sys
from typing import Any

import pytest
from sqlalchemy import Engine, select

from alerts.mail import chat
from alerts.mail.chat import ChatSender, packed, queue_chat
from alerts.mail.outbox import message_of
from alerts.mail.smtp import Envelope, MailRefused, MailServerFault
from db.engine import reading, writing
from db.models import OutboxRow
from tests.alerts_factory import NOW

MESSAGE = Envelope(1, "", "desk", packed("Title", "Body – ы"))


class Target:
    """Stands in for Apprise: takes addresses that begin with "ok", and gives the set answer."""

    taken: list[tuple[str, str]]

    def __init__(self, *, delivers: bool = True) -> None:
        self.delivers, self.taken = delivers, []

    def add(self, address: str) -> bool:
        return address.startswith("ok")

    def notify(self, *, title: str, body: str) -> bool:
        self.taken.append((title, body))
        return self.delivers


def sending(monkeypatch: pytest.MonkeyPatch, target: Any) -> None:
    monkeypatch.setattr(chat, "_apprise", lambda: target)


def test_a_message_is_queued_once_per_key_and_channel(engine: Engine) -> None:
    with writing(engine) as session:
        assert queue_chat(session, "desk", "k", "Title\r\nBcc: =?utf-8?q?x?=", "Body", NOW) is not None
        session.flush()
        assert queue_chat(session, "desk", "k", "Title", "Body", NOW) is None
        assert queue_chat(session, "team", "k", "Title", "Body", NOW) is not None
    with reading(engine) as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        assert (rows[0].channel, rows[0].recipient, rows[0].subject) == ("chat", "desk", "Title Bcc: = ?utf-8?q?x?=")
        assert json.loads(message_of(rows[0]) or b"") == {"title": "Title Bcc: = ?utf-8?q?x?=", "body": "Body"}


def test_a_message_goes_to_the_address_of_its_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target()
    sending(monkeypatch, target)
    ChatSender({"desk": "ok://x"}).send(MESSAGE)
    assert target.taken == [("Title", "Body – ы")]


@pytest.mark.parametrize(
    ("channels", "delivers", "permanent", "words"),
    [
        ({}, True, True, "no channel is named 'desk'"),
        ({"desk": "bad://secret"}, True, True, "not one that Apprise understands"),
        ({"desk": "ok://x"}, False, False, "did not take the message"),
    ],
)
def test_what_cannot_be_delivered_is_refused_without_the_address(
    monkeypatch: pytest.MonkeyPatch, channels: dict[str, str], delivers: bool, permanent: bool, words: str
) -> None:
    sending(monkeypatch, Target(delivers=delivers))
    with pytest.raises(MailRefused, match=words) as refused:
        ChatSender(channels).send(MESSAGE)
    assert refused.value.permanent is permanent
    assert not refused.value.no_such_address
    assert "secret" not in str(refused.value)


def test_without_the_extra_the_messages_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MailServerFault, match=r"ajour\[notify\]"):
        ChatSender({"desk": "ok://x"}).send(MESSAGE)
