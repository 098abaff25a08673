"""`ajour outbox …`: messages that wait, were sent or failed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.mail.outbox import deflate, put
from db.engine import reading, writing
from db.enums import MailKind, MailState
from db.models import BounceRow, OutboxRow
from tests.alerts_factory import subscribe
from tests.cli_runner import Ran

Run = Callable[..., Ran]
MADE = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture
def waiting(mailing: Engine) -> Engine:
    """One subscriber, and one message that waits for them."""
    with writing(mailing) as session:
        reader = subscribe(session)
        put(
            session, key="test:1", kind=MailKind.TEST, message=deflate(b"Subject: A test\r\n\r\nHello\r\n"), message_id="<1@example.org>", now=MADE,
            subscriber_id=reader.id, subject="A test",
        )  # fmt: skip
    return mailing


def give_up(engine: Engine) -> None:
    with writing(engine) as session:
        row = session.query(OutboxRow).one()
        row.state, row.last_error, row.attempts = MailState.DEAD.value, "550 no such user [x]", 35


@pytest.mark.usefixtures("waiting")
def test_the_list_names_receiver_state_and_subject(ajour: Run) -> None:
    ran = ajour("outbox", "list")
    assert ran.code == 0
    assert "reader@example.org" in ran.out
    assert "A test" in ran.out
    (message,) = ajour("outbox", "list", "--json").json["messages"]
    assert (message["to"], message["message_id"], message["kind"]) == ("reader@example.org", "<1@example.org>", "test")


def test_messages_that_were_given_up_need_a_person(waiting: Engine, ajour: Run) -> None:
    give_up(waiting)
    ran = ajour("outbox", "dead")
    assert (ran.code, "550 no such user [x]" in ran.out) == (1, True)
    assert ajour("outbox", "list", "--state", "sent", "--json").json["messages"] == []


@pytest.mark.parametrize(("arguments", "says"), [(("1",), "the next send job sends it"), (("--all-dead",), "1 put back into the outbox")])
def test_a_message_that_was_given_up_is_put_back(waiting: Engine, ajour: Run, arguments: tuple[str, ...], says: str) -> None:
    give_up(waiting)
    assert says in ajour("outbox", "retry", *arguments).out
    with reading(waiting) as session:
        row = session.query(OutboxRow).one()
    assert (row.state, row.attempts, row.message_id) == (MailState.QUEUED.value, 0, "<1@example.org>")


@pytest.mark.usefixtures("waiting")
def test_a_message_is_shown_as_it_is_sent(ajour: Run) -> None:
    assert ajour("outbox", "show", "1").out == "Subject: A test\n\nHello\n\n"


def test_bounces_are_listed(waiting: Engine, ajour: Run) -> None:
    with writing(waiting) as session:
        session.add(BounceRow(outbox_id=1, received_at=MADE, subscriber_id=1, status="5.1.1", permanent=True, detail="no such [user]"))
    ran = ajour("outbox", "bounces")
    assert "reader@example.org" in ran.out
    assert "no such [user]" in ran.out
    assert ajour("outbox", "bounces", "--json").json[0]["status"] == "5.1.1"


@pytest.mark.usefixtures("waiting")
def test_a_mail_that_is_no_bounce_changes_nothing(ajour: Run, tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"Subject: holiday\r\n\r\nI am away.\r\n")
    assert ajour("outbox", "bounces", tmp_path / "mail").code == 0
    assert ajour("outbox", "bounces", "--json").json == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry", "77"), "there is no message 77"),
        (("retry",), "give the number of a message, or --all-dead"),
        (("retry", "1", "--all-dead"), "give the number of a message, or --all-dead"),
        (("show", "77"), "there is no message 77"),
        (("bounces", "/nowhere"), "there is no /nowhere"),
        (("list", "--state", "lost"), "lost"),
    ],
)
def test_wrong_input_is_refused(ajour: Run, arguments: tuple[str, ...], says: str) -> None:
    ran = ajour("outbox", *arguments)
    assert ran.code == 2
    assert says in ran.err
