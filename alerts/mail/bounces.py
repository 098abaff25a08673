"""Mails to the mailbox for bounces: delivery status notifications (RFC 3464), complaints (ARF, RFC
5965), and requests to unsubscribe by mail (the `mailto:` of List-Unsubscribe, RFC 2369).

A report names our message by the signed address it was sent to (VERP), or by the Message-ID in the
returned headers, which is signed too. A forged report has neither and suspends no address. A
request to unsubscribe has the signed token of the reader's links in its subject.
"""

import email
import mailbox
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts import subscriptions
from alerts.mail import sanitize
from alerts.mail.mail_config import MailConfig
from alerts.mail.outbox import bounced
from db import notifications, outbox
from db.engine import writing
from db.enums import EndReason
from db.models import OutboxRow, SubscriberRow

MOST_BYTES = 1_000_000  # of a report that are read
_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+([0-9.]+[a-z2-7]+)\s*", re.IGNORECASE)
_ID = re.compile(r"^Message-ID:\s*(<[^>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class BounceReport:
    """What a returned mail says of one of our messages."""

    kind: str  # "failed", "delayed", "complaint", "unsubscribe", "none": nothing to act on
    status: str
    detail: str
    verp: str | None
    message_id: str | None
    token: str | None = None  # of the reader's links, in a request to unsubscribe


def parse(raw: bytes, mail_config: MailConfig) -> BounceReport:
    """Read a returned mail. Never raises: one that cannot be read has the kind "none"."""
    text = raw[:MOST_BYTES].decode("utf-8", "replace")
    own = [i for i in _ID.findall(text) if i.endswith(f"@{mail_config.mail_head.domain}>")]
    verp, message_id, token = None, (own[-1] if own else None), None
    try:
        m = email.message_from_bytes(raw[:MOST_BYTES], policy=default)
        assert isinstance(m, EmailMessage)
        verp = _verp(m, mail_config)
        kind, status, detail = _status(m)
        request = _UNSUBSCRIBE.fullmatch(str(m.get("Subject", "")))
        if kind == "none" and request:
            kind, token = "unsubscribe", request[1].lower()
    except (
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        RecursionError,
    ) as error:  # errors of the email package for broken mail
        kind, status, detail = "none", "", f"unreadable: {type(error).__name__}"
    return BounceReport(kind, status, sanitize.line(detail, 500), verp, message_id, token)


def _verp(m: EmailMessage, mail_config: MailConfig) -> str | None:
    local = mail_config.mail_head.bounces.rpartition("@")[0]
    if not local:
        return None
    for name in ("Delivered-To", "X-Original-To", "To"):
        for value in m.get_all(name, []):
            address = re.search(re.escape(local) + r"\+([0-9a-z.]+)@", str(value), re.IGNORECASE)
            if address:
                return mail_config.links.check("bounce", address[1].lower())
    return None


def _status(m: Message) -> tuple[str, str, str]:
    for part in m.walk():
        if part.get_content_type() == "message/feedback-report":
            return "complaint", "", "marked as spam"
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in (b for b in blocks if isinstance(b, Message)) if isinstance(blocks, list) else ():
                action = str(block.get("Action", "")).strip().lower()
                if action in ("failed", "delayed"):
                    code = _CODE.search(str(block.get("Status", "")))
                    return action, code[0] if code else "5.0.0", str(block.get("Diagnostic-Code", ""))
    return "none", "", ""


def receive(session: Session, raw: bytes, mail_config: MailConfig, now: datetime) -> str:
    """Process one returned mail, in the caller's transaction. Returns a sentence that says what was
    done.
    """
    report = parse(raw, mail_config)
    if report.token is not None:
        return _unsubscribe(session, report.token, mail_config, now)
    row = _message(session, report)
    if row is None:
        return "names no message of ours; ignored"
    if report.kind == "complaint":
        reader = session.get(SubscriberRow, row.subscriber_id) if row.subscriber_id else None
        if reader is not None:
            subscriptions.end(session, reader, now, EndReason.COMPLAINT)
        return f"message {row.id}: marked as spam; the reader gets no further mail"
    if report.kind == "none":
        return f"message {row.id}: an answer that is no delivery report; ignored"
    if report.kind == "delayed":
        return f"message {row.id}: delayed, and still tried by the server"
    permanent = report.kind == "failed" and report.status.startswith("5")
    gone = permanent and (report.status.startswith("5.1.") or report.status == "5.2.1")
    bounced(session, row, report.status, permanent, report.detail, now, no_such_address=gone)
    return f"message {row.id}: {report.kind} {report.status}"


def _unsubscribe(session: Session, token: str, mail_config: MailConfig, now: datetime) -> str:
    holder = subscriptions.link_holder(session, token, mail_config)
    if holder is None:
        return "asks to unsubscribe with a link that is not valid; ignored"
    subscriptions.unsubscribe(session, holder, now)
    ended = f"subscription {holder.of.id}" if holder.of is not None else "all subscriptions"
    return f"reader {holder.person.id}: unsubscribed by mail from {ended}"


def _message(session: Session, report: BounceReport) -> OutboxRow | None:
    if report.verp is not None and report.verp.isdigit():
        return session.get(OutboxRow, int(report.verp))
    return outbox.outbox_by_message_id(session, report.message_id) if report.message_id else None


def receive_all(engine: Engine, path: Path, mail_config: MailConfig, now: datetime) -> list[str]:
    """Process all mails of a Maildir or a file. Processed mails of a Maildir move to "cur" and are
    not processed again.
    """
    outcomes = []
    for raw, done in _mails(path):
        with writing(engine, notifications.SCOPE) as session:
            outcomes.append(receive(session, raw, mail_config, now))
        done()
    return outcomes


def _mails(path: Path) -> Iterator[tuple[bytes, Callable[[], None]]]:
    if not path.is_dir():
        yield path.read_bytes()[:MOST_BYTES], lambda: None
        return
    box = mailbox.Maildir(str(path), create=False)
    for key, message in box.items():
        if message.get_subdir() != "new":
            continue
        yield box.get_bytes(key), lambda key=key: _mark_read(box, key)  # type: ignore[misc]


def _mark_read(box: mailbox.Maildir, key: str) -> None:
    message = box[key]
    message.set_subdir("cur")
    message.add_flag("S")
    box[key] = message
