"""One message to one recipient over SMTP, and what the server's answer means."""

import socket

import pytest

from alerts.mail.smtp import Envelope, MailRefused, MailServerFault, SmtpSender
from tests.smtp_server import Keeper, serving


def envelope(number: int = 1, to: str = "reader@example.org") -> Envelope:
    return Envelope(number, "bounces@example.org", to, f"Subject: {number}\r\n\r\nBody\r\n".encode())


def test_messages_go_out_over_one_connection() -> None:
    keeper = Keeper()
    with serving(keeper) as sender:
        sender.send(envelope(1))
        sender.send(envelope(2, "other@example.org"))
    assert [(t.sender, t.to) for t in keeper.taken] == [
        ("bounces@example.org", ["reader@example.org"]),
        ("bounces@example.org", ["other@example.org"]),
    ]
    assert b"Subject: 2" in keeper.taken[1].raw


def test_a_refused_recipient_does_not_end_the_connection() -> None:
    keeper = Keeper(refuse={"gone@example.org": "550 5.1.1 no such user"})
    with serving(keeper) as sender:
        with pytest.raises(MailRefused) as refused:
            sender.send(envelope(1, "gone@example.org"))
        sender.send(envelope(2))
    assert (refused.value.status, refused.value.permanent, refused.value.no_such_address) == ("5.1.1", True, True)
    assert len(keeper.taken) == 1


def test_a_refused_message_is_no_fault_of_the_address() -> None:
    with serving(Keeper(after_data=["554 5.6.0 content refused"])) as sender, pytest.raises(MailRefused) as refused:
        sender.send(envelope())
    assert (refused.value.permanent, refused.value.no_such_address) == (True, False)


def test_a_server_that_is_not_there_or_has_no_tls_is_a_fault_of_the_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(MailServerFault, match="cannot use"):
        SmtpSender("127.0.0.1", port, "none", seconds=2).send(envelope())
    keeper = Keeper()
    with serving(keeper) as plain, pytest.raises(MailServerFault, match="cannot use"):
        SmtpSender("127.0.0.1", plain.port, "starttls", seconds=5).send(envelope())
    assert keeper.taken == []


@pytest.mark.parametrize(
    ("code", "text", "status", "permanent", "gone"),
    [
        (550, "5.1.1 no such user", "5.1.1", True, True),
        (550, "no such user", "5.1.0", True, True),
        (550, "5.2.1 mailbox disabled", "5.2.1", True, True),
        (550, "5.7.1 relaying denied", "5.7.1", False, False),
        (550, "relaying denied", "5.1.0", False, False),
        (552, "5.2.2 mailbox full", "5.2.2", False, False),
        (450, "4.2.0 greylisted", "4.2.0", False, False),
    ],
)
def test_what_a_refusal_of_a_recipient_means(code: int, text: str, status: str, permanent: bool, gone: bool) -> None:
    refused = MailRefused(code, text, address=True)
    assert (refused.status, refused.permanent, refused.no_such_address) == (status, permanent, gone)
