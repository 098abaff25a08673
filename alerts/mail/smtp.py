"""Sending: one message to one recipient over SMTP, and the meaning of the server's answer.

Errors:

    SendingError
    ├── MailServerFault     the server cannot be used now: unreachable, TLS, sign-in, our own
    │                       address refused. Not the fault of the message; all messages wait.
    ├── MailRefused         the server refused this recipient or this message, permanently (5xx)
    │                       or temporarily (4xx).
    └── DeliveryUncertain   the connection broke after the message was sent and before the answer
                            came. It may have arrived.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

MAIL = "mail"  # the name of this channel in the outbox
Security = Literal["starttls", "tls", "none"]
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# 5.7 in words
_OURS = re.compile(r"\b(?:relay|relaying|authenticat\w+|authoriz\w+|credentials|starttls)\b", re.IGNORECASE)
_FULL = re.compile(
    r"\b(?:quota|mailbox (?:is )?full|full mailbox|over (?:its )?(?:quota|limit)|insufficient (?:system )?storage|no space)\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(r"<[^>]*>|\S+@\S+")
_AGAIN = 100  # messages on one connection; servers close longer ones


class SendingError(Exception):
    """A message was not, or perhaps not, accepted."""


class MailServerFault(SendingError):
    """The server cannot be used now."""


class DeliveryUncertain(SendingError):
    """Whether the server took the message is not known."""


class MailRefused(SendingError):
    """The server refused. `status` is the enhanced code (RFC 3463), made of the plain one where the
    server gives none.

    A recipient refused by policy (5.7: relaying, sign-in, a blocklist that lists us) is not at
    fault: the message is tried again, so that a wrong setting suspends no address. A full mailbox
    (`full`) is a temporary refusal, also where the code is 552.
    """

    def __init__(self, code: int, text: str, *, address: bool) -> None:
        enhanced = _STATUS.search(text)
        policy = (
            enhanced[1].startswith("5.7.") if enhanced else code in (503, 530, 535, 538) or bool(_OURS.search(_ADDRESSES.sub("", text)))
        )
        ours = address and policy
        # A full mailbox is emptied some day, whatever the server says: 552 at RCPT is about the
        # mailbox (RFC 5321, 4.2.3), later it may be about the size of the message, and only the
        # status or the words tell.
        self.full = enhanced[1][1:] == ".2.2" if enhanced else (address and code in (452, 552)) or bool(_FULL.search(text))
        self.code, self.address = code, address and not ours
        self.permanent = code >= 500 and not ours and not self.full
        self.status = enhanced[1] if enhanced else f"{code // 100}.{1 if address and code in (550, 551, 553) else 0}.0"
        super().__init__(f"{code} {text}")

    @property
    def no_such_address(self) -> bool:
        """The address is at fault (5.1.x), or the mailbox is gone for good (5.2.1, disabled)."""
        return self.permanent and self.address and (self.status.startswith("5.1.") or self.status == "5.2.1")


@dataclass(frozen=True)
class Envelope:
    """One message for one recipient, as a sender gets it."""

    outbox_id: int
    sender: str
    to: str
    message: bytes
    subject: str = ""


class Sender(Protocol):
    """Something that can deliver. Raises SendingError; returning means that the message was
    accepted.
    """

    def send(self, envelope: Envelope) -> None: ...


@dataclass
class SmtpSender:
    """SMTP with one connection that is kept and opened again when needed. Certificates are checked;
    a server without TLS is refused unless "none".
    """

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    seconds: float = 30.0
    _open: smtplib.SMTP | None = None
    _sent: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def send(self, envelope: Envelope) -> None:
        if self._open is not None and self._sent:
            try:
                self._send(envelope)
            except MailServerFault:
                # Many servers close after some messages: a new connection tells whether it is more
                # than that
                self.close()
            else:
                return
        self._send(envelope)

    def _send(self, envelope: Envelope) -> None:
        server = self._connected()
        try:
            self._hand_over(server, envelope)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            raise MailServerFault(f"the connection to {self.host}:{self.port} broke: {error}") from error
        except SendingError as error:
            if isinstance(error, MailRefused):
                self._reset(server)
            else:
                self.close()
            raise
        self._sent += 1

    def _connected(self) -> smtplib.SMTP:
        if self._open is not None and self._sent < _AGAIN:
            return self._open
        self.close()
        self._sent = 0
        try:
            self._open = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerFault(f"cannot use {self.host}:{self.port}: {_error_text(error)}") from error
        return self._open

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, e: Envelope) -> None:
        code, text = server.mail(e.sender, [f"size={len(e.message)}"] if server.has_extn("size") else [])
        if code == 552:
            raise MailRefused(code, _text(text), address=False)
        if code != 250:
            raise MailServerFault(f"{self.host} refuses our own address {e.sender}: {code} {_text(text)}")
        code, text = server.rcpt(e.to)
        if code == 421:
            raise MailServerFault(f"{self.host} closes: {_text(text)}")
        if code not in (250, 251):
            raise MailRefused(code, _text(text), address=True)
        try:
            code, text = server.data(e.message)
        except smtplib.SMTPDataError as error:  # before the message itself went out
            raise _refused_data(error.smtp_code, _text(error.smtp_error)) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise DeliveryUncertain(f"the connection to {self.host} broke before its answer came: {error}") from error
        if code != 250:
            raise _refused_data(code, _text(text))

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            server.rset()
        except (smtplib.SMTPException, OSError):
            self.close()  # the next message opens a new connection


def _refused_data(code: int, text: str) -> SendingError:
    return MailServerFault(f"the server closes: {text}") if code == 421 else MailRefused(code, text, address=False)


def _text(answer: bytes | str) -> str:
    return (answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer).replace("\n", " ").strip()[:500]


def _error_text(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"sign-in refused: {error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__
