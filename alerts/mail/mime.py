"""Writing an e-mail: value in, bytes out. The same message gives the same bytes in every
process.
"""

import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import format_datetime

from alerts.mail import sanitize
from alerts.mail.headers import mailbox_header, plain_header, text_header
from alerts.signed_links import TOKEN_PLACEHOLDER, LinkSigner


@dataclass(frozen=True)
class MailHead:
    """The sender of all mails."""

    sender: str = ""  # address of From
    name: str = "Ajour"
    reply_to: str = ""  # a mailbox that people read
    # Address of the envelope; each message gets its own "+id" so that a bounce names it (VERP)
    bounces: str = ""

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2] or "localhost"


@dataclass(frozen=True)
class Email:
    """One mail before it is bytes."""

    to: str
    subject: str
    text: str
    html: str
    key: str  # unique; the Message-ID is made of it
    date: datetime
    language: str = "en"
    token: str = ""  # of the reader's links; empty for a mail without a way to unsubscribe
    list_name: str = "digests"  # for List-Id: one subscription's digests, or all mails
    headers: tuple[tuple[str, str], ...] = field(default=())


def message_id(mail_head: MailHead, links: LinkSigner, key: str) -> str:
    """Stable, so that a message sent again is the same message; unguessable, so that a forged
    bounce cannot name it.
    """
    return f"<{links.sign('message', hashlib.sha256(key.encode()).hexdigest()[:16])}@{mail_head.domain}>"


def personal(rendered: str, token: str) -> str:
    """A shared rendering with one reader's token in its links."""
    return rendered.replace(TOKEN_PLACEHOLDER, token)


def write(mail: Email, mail_head: MailHead, links: LinkSigner) -> bytes:
    """The message as it goes over the wire.

    Any title can be written: characters that a subject or a body cannot hold are replaced.
    Raises ValueError for our own headers (addresses, Message-ID, List-…) that are not plain ASCII.
    """
    boundary = f"=_{hashlib.sha256(mail.key.encode()).hexdigest()[:24]}"
    head = [
        mailbox_header("From", mail_head.name, mail_head.sender),
        plain_header("To", mail.to),
        text_header("Subject", sanitize.line(mail.subject, 200)),
        plain_header("Date", format_datetime(mail.date)),
        plain_header("Message-ID", message_id(mail_head, links, mail.key)),
        plain_header("Reply-To", mail_head.reply_to) if mail_head.reply_to else b"",
        plain_header("Auto-Submitted", "auto-generated"),
        plain_header("X-Auto-Response-Suppress", "All"),
        plain_header("Content-Language", mail.language),
        *(plain_header(name, value) for name, value in mail.headers),
        *_list_headers(mail, mail_head, links),
        plain_header("MIME-Version", "1.0"),
        plain_header("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    return b"".join(head) + b"\r\n" + _body(mail, boundary)


def _list_headers(mail: Email, mail_head: MailHead, links: LinkSigner) -> list[bytes]:
    """How to unsubscribe: a POST to the reader's page (RFC 8058), or a mail that names the reader's
    token (RFC 2369). The mailbox for bounces is read by `ajour outbox bounces`, the other by
    people.
    """
    if not mail.token:
        return []
    page, mailbox = links.unsubscribe(mail.token), mail_head.bounces or mail_head.reply_to
    ways = [f"<{page}>"] if page else []
    ways += [f"<mailto:{mailbox}?subject=unsubscribe%20{mail.token}>"] if mailbox else []
    if not ways:
        return []
    return [
        plain_header("List-Id", f"Ajour <{mail.list_name}.{mail_head.domain}>"),
        plain_header("List-Unsubscribe", ", ".join(ways)),
        plain_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") if page else b"",
    ]


def _body(mail: Email, boundary: str) -> bytes:
    """Both forms, the plain one first. Put together here, because the standard library's generator
    takes four times as long (it writes line by line).
    """
    text = binascii.b2a_qp("\r\n".join(mail.text.splitlines()).encode("utf-8", "replace") + b"\r\n", istext=True)
    packed = binascii.b2a_base64(mail.html.encode("utf-8", "replace"), newline=False)
    html = b"\r\n".join(packed[at : at + 76] for at in range(0, len(packed), 76)) + b"\r\n"
    parts = ((b"text/plain", b"quoted-printable", text), (b"text/html", b"base64", html))
    head = b"--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
    return (
        b"\r\n".join(head % (boundary.encode(), kind, encoding, body) for kind, encoding, body in parts)
        + b"\r\n--%s--\r\n" % boundary.encode()
    )


def check_address(address: str) -> str:
    """The normalised address. Raises ValueError, with a message for people, for an invalid one."""
    clean = address.strip()
    local, at, domain = clean.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        parsed = Address(addr_spec=f"{local}@{domain}")
        local.encode("ascii")  # beyond ASCII needs SMTPUTF8, which many servers on the way lack
    except (ValueError, IndexError, UnicodeError, MessageError) as error:
        raise ValueError(f"{sanitize.line(clean, 80)!r} is no e-mail address that can be written to") from error
    if (
        not (local and at and "." in domain)
        or len(clean) > 254
        or sanitize.line(clean) != clean
        or any(c in clean for c in ' "<>(),;:\\[]')
    ):
        raise ValueError(f"{sanitize.line(clean, 80)!r} is no e-mail address that can be written to")
    return parsed.addr_spec
