"""Writing an e-mail: value in, bytes out. The same message gives the same bytes, whichever process writes it.

Headers that people read (From, Subject) are encoded and folded by the standard library. Headers that programs read are written as they are, on one line of
at most 998 bytes (RFC 5322): the library would rewrite a long `List-Unsubscribe` as encoded words, which no mailbox provider can read (RFC 8058 wants plain
URIs; measured on Python 3.11), and takes half of the time that a digest costs.
"""

import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from alerts.mail import sanitize
from alerts.signed_links import STAND_IN, LinkSigner


@dataclass(frozen=True)
class MailHead:
    """Who writes: what all our mails have in common."""

    sender: str = ""  # address of From
    name: str = "Ajour"
    reply_to: str = ""  # a mailbox that people read
    bounces: str = ""  # address of the envelope; each message gets its own "+id" so that a bounce names it (VERP)

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
    key: str  # what makes it one and only; its Message-ID is made of it
    date: datetime
    language: str = "en"
    unsubscribe: str = ""  # address of the reader's page; posting to it unsubscribes (RFC 8058)
    list_name: str = "digests"  # what posting there ends: one subscription's digests, or everything
    headers: tuple[tuple[str, str], ...] = field(default=())


def message_id(letterhead: MailHead, links: LinkSigner, key: str) -> str:
    """Stable, so that a message sent again is the same message; not to be guessed, so that a forged bounce names none of ours."""
    return f"<{links.sign('message', hashlib.sha256(key.encode()).hexdigest()[:16])}@{letterhead.domain}>"


def personal(rendered: str, token: str) -> str:
    """A shared rendering with one reader's token in its links."""
    return rendered.replace(STAND_IN, token)


def write(letter: Email, letterhead: MailHead, links: LinkSigner) -> bytes:
    """The message as it goes over the wire. Raises ValueError for a header that would not be one plain line."""
    boundary = f"=_{hashlib.sha256(letter.key.encode()).hexdigest()[:24]}"
    head = [
        _words("From", str(Address(display_name=letterhead.name, addr_spec=letterhead.sender))),
        _plain("To", letter.to),
        _words("Subject", sanitize.line(letter.subject, 200)),
        _plain("Date", format_datetime(letter.date)),
        _plain("Message-ID", message_id(letterhead, links, letter.key)),
        _plain("Reply-To", letterhead.reply_to) if letterhead.reply_to else b"",
        _plain("Auto-Submitted", "auto-generated"),
        _plain("X-Auto-Response-Suppress", "All"),
        _plain("Content-Language", letter.language),
        *(_plain(name, value) for name, value in letter.headers),
        *_list_headers(letter, letterhead),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    return b"".join(head) + b"\r\n" + _body(letter, boundary)


def _plain(name: str, value: str) -> bytes:
    """A header for programs: as it is, on one line. Raises ValueError for what is not plain."""
    line = f"{name}: {value}"
    if not (line.isascii() and line.isprintable()) or len(line) > 998:
        raise ValueError(f"not to be written as a header: {sanitize.line(line, 120)!r}")
    return f"{line}\r\n".encode("ascii")


@lru_cache(maxsize=256)  # readers with the same news have the same subject
def _words(name: str, value: str) -> bytes:
    """A header for people, in encoded words where it needs them, folded."""
    m = EmailMessage(policy=SMTP)
    m[name] = value
    return m.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n"


def _list_headers(letter: Email, letterhead: MailHead) -> list[bytes]:
    if not letter.unsubscribe:
        return []
    by_mail = f", <mailto:{letterhead.reply_to}?subject=unsubscribe>" if letterhead.reply_to else ""
    return [
        _plain("List-Id", f"Ajour <{letter.list_name}.{letterhead.domain}>"),
        _plain("List-Unsubscribe", f"<{letter.unsubscribe}>{by_mail}"),
        _plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def _body(letter: Email, boundary: str) -> bytes:
    """Both forms, the plain one first. Put together here, because the standard library's generator takes four times as long (it writes line by line)."""
    text = binascii.b2a_qp("\r\n".join(letter.text.splitlines()).encode() + b"\r\n", istext=True)
    packed = binascii.b2a_base64(letter.html.encode(), newline=False)
    html = b"\r\n".join(packed[at : at + 76] for at in range(0, len(packed), 76)) + b"\r\n"
    parts = ((b"text/plain", b"quoted-printable", text), (b"text/html", b"base64", html))
    head = b"--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
    return (
        b"\r\n".join(head % (boundary.encode(), kind, encoding, body) for kind, encoding, body in parts)
        + b"\r\n--%s--\r\n" % boundary.encode()
    )


def check_address(address: str) -> str:
    """The address, tidied. Raises ValueError, with words for people, for what cannot be written to."""
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
