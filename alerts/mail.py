"""Writing an e-mail: value in, bytes out. The same message gives the same bytes, whichever process writes it.

Two things the standard library gets wrong for us (measured on Python 3.11): with its usual line length the policy `SMTP` rewrites a long
`List-Unsubscribe` as encoded words, which no mailbox provider can read (RFC 8058 wants plain URIs); with a long line length it makes encoded words of a
Cyrillic subject longer than the 75 characters of RFC 2047, and quoted-printable lines longer than the 76 of RFC 2045. So the length depends on the header.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from alerts import safe
from alerts.links import STAND_IN, Links

_WIDE = SMTP.clone(max_line_length=998)


class Wire(EmailPolicy):
    """RFC 5322 lines of 78, but list headers unfolded and unencoded."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower().startswith("list-"):
            return _WIDE.fold_binary(name, value)
        return super().fold_binary(name, value)


WIRE = Wire(linesep="\r\n")


@dataclass(frozen=True)
class Letterhead:
    """Who writes: what all our mails have in common."""

    sender: str = ""  # address of From
    name: str = "Ajour"
    reply_to: str = ""  # a mailbox that people read
    bounces: str = ""  # address of the envelope; each message gets its own "+id" so that a bounce names it (VERP)

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2] or "localhost"


@dataclass(frozen=True)
class Letter:
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


def message_id(letterhead: Letterhead, links: Links, key: str) -> str:
    """Stable, so that a message sent again is the same message; not to be guessed, so that a forged bounce names none of ours."""
    return f"<{links.sign('message', hashlib.sha256(key.encode()).hexdigest()[:16])}@{letterhead.domain}>"


def personal(rendered: str, token: str) -> str:
    """A shared rendering with one reader's token in its links."""
    return rendered.replace(STAND_IN, token)


def write(letter: Letter, letterhead: Letterhead, links: Links) -> bytes:
    """The message as it goes over the wire. Raises ValueError for an address that is none."""
    m = EmailMessage(policy=WIRE)
    m["From"] = Address(display_name=letterhead.name, addr_spec=letterhead.sender)
    m["To"] = Address(addr_spec=letter.to)
    m["Subject"] = safe.line(letter.subject, 200)
    m["Date"] = format_datetime(letter.date)
    m["Message-ID"] = message_id(letterhead, links, letter.key)
    if letterhead.reply_to:
        m["Reply-To"] = Address(addr_spec=letterhead.reply_to)
    m["Auto-Submitted"] = "auto-generated"
    m["X-Auto-Response-Suppress"] = "All"
    m["Content-Language"] = letter.language
    for name, value in letter.headers:
        m[name] = value
    if letter.unsubscribe:
        _list_headers(m, letter, letterhead)
    boundary = f"=_{hashlib.sha256(letter.key.encode()).hexdigest()[:24]}"
    m["MIME-Version"] = "1.0"
    m["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    return m.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + _body(letter, boundary)


def _body(letter: Letter, boundary: str) -> bytes:
    """Both forms, the plain one first. Put together here, because the standard library's generator takes four times as long (it writes line by line)."""
    text = binascii.b2a_qp("\r\n".join(letter.text.splitlines()).encode() + b"\r\n", istext=True)
    html = base64.encodebytes(letter.html.encode()).replace(b"\n", b"\r\n")
    parts = ((b"text/plain", b"quoted-printable", text), (b"text/html", b"base64", html))
    head = b"--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
    return (
        b"\r\n".join(head % (boundary.encode(), kind, encoding, body) for kind, encoding, body in parts)
        + b"\r\n--%s--\r\n" % boundary.encode()
    )


def _list_headers(m: EmailMessage, letter: Letter, letterhead: Letterhead) -> None:
    m["List-Id"] = f"Ajour <{letter.list_name}.{letterhead.domain}>"
    by_mail = f", <mailto:{letterhead.reply_to}?subject=unsubscribe>" if letterhead.reply_to else ""
    m["List-Unsubscribe"] = f"<{letter.unsubscribe}>{by_mail}"
    m["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def check_address(address: str) -> str:
    """The address, tidied. Raises ValueError, with words for people, for what cannot be written to."""
    clean = address.strip()
    local, at, domain = clean.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        parsed = Address(addr_spec=f"{local}@{domain}")
        local.encode("ascii")  # beyond ASCII needs SMTPUTF8, which many servers on the way lack
    except (ValueError, IndexError, UnicodeError, MessageError) as error:
        raise ValueError(f"{safe.line(clean, 80)!r} is no e-mail address that can be written to") from error
    if not (local and at and "." in domain) or len(clean) > 254 or safe.line(clean) != clean or any(c in clean for c in ' "<>(),;:\\[]'):
        raise ValueError(f"{safe.line(clean, 80)!r} is no e-mail address that can be written to")
    return parsed.addr_spec
