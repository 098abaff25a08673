"""Sends the messages that are due: lease a message, hand it over, store the answer.

A message is leased in one transaction, handed over outside of any, and marked in another. If the
sender is killed before the hand-over, the lease expires and the message is sent. If it is killed
between the server's 250 and the mark, the result is unknown (SMTP has no two-phase commit): the
message is sent again with the same Message-ID, by which mailboxes recognise it, and the row says
that it was uncertain. Two senders never hold the same lease.
"""

import logging
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.mail.mail_config import MailConfig
from alerts.mail.smtp import Envelope, MailRefused, MailServerFault, Sender, SendingError
from db import outbox
from db.engine import reading, writing
from db.enums import MailKind, MailState, SuspendReason
from db.models import BounceRow, OutboxRow, SubscriberRow

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
# Made by `deflate`; `put` accepts nothing else
DeflatedMessage = NewType("DeflatedMessage", bytes)
# seconds; half of it is longer than the slowest send, and after that half nothing more of a batch
# is begun
LEASE = 900
BATCH = 20
# Temporary refusals of one message, over about five days (RFC 5321, 4.5.4.1); a server that cannot
# be used does not count
TRIES = 35
# An address is suspended after this number of different failed messages within this time
BOUNCE_LIMIT, BOUNCE_WINDOW = 3, timedelta(days=7)
_WHEN_FAULT, _AT_FAULT = (
    timedelta(minutes=2),
    timedelta(minutes=10),
)  # The message at which the server failed waits longer: it may be the cause
PRIORITY = {MailKind.CONFIRM: 0, MailKind.OPERATOR: 1, MailKind.URGENT: 2, MailKind.CORRECTION: 2, MailKind.TEST: 3, MailKind.DIGEST: 5}


@dataclass
class SendResult:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0  # will be tried again
    dead: int = 0
    cancelled: int = 0
    fault: str = ""  # why a channel stopped early: its server cannot be used

    @property
    def handled(self) -> int:
        return self.sent + self.failed + self.dead + self.cancelled


@dataclass(frozen=True)
class _Job:
    row: OutboxRow
    owner: str
    reader: SubscriberRow | None = None  # read again right before sending
    over: bool = False  # the subscription whose digest it is has ended


def deflate(message: bytes) -> DeflatedMessage:
    """A message as the outbox keeps it. Worth doing before a write transaction begins: it takes
    longer than the insert.
    """
    # Level 6 saves another tenth for twice the time
    return DeflatedMessage(zlib.compress(message, 1))


def put(
    session: Session, *, key: str, kind: MailKind, message: DeflatedMessage, message_id: str, now: datetime, **more: object
) -> OutboxRow:
    """Queue a deflated message in the caller's transaction, with its notifications or not at all.
    The caller ensures that `key` is new.
    """
    row = OutboxRow(
        key=key, kind=kind.value, priority=PRIORITY[kind], message=message, message_id=message_id, not_before=now, created_at=now, **more
    )  # fmt: skip
    session.add(row)
    return row


def message_of(row: OutboxRow) -> bytes | None:
    """The message as written; None once it has been dropped, or where its bytes cannot be read."""
    try:
        return None if row.message is None else zlib.decompress(row.message)
    except zlib.error:
        return None


def send_due(engine: Engine, senders: Mapping[str, Sender], now: Clock, mail_config: MailConfig, limit: int = 100_000) -> SendResult:
    """Send what is due through `senders` ("mail", "chat"), the most pressing first, at most `limit`
    messages.

    `now` is asked before every batch: a long round must not lease from its beginning. Messages of a
    channel without a sender stay where they are.
    """
    result = SendResult()
    for channel, sender in senders.items():
        _drain(engine, channel, sender, now, mail_config, limit, result)
    return result


def _drain(engine: Engine, channel: str, sender: Sender, now: Clock, mail_config: MailConfig, limit: int, result: SendResult) -> None:
    """Send one channel until nothing is due or its server cannot be used. A fault of one channel
    does not delay another.
    """
    owner = secrets.token_hex(8)
    while (room := limit - result.handled) > 0:
        jobs = _lease(engine, now(), owner, min(BATCH, room), channel)
        deadline = now() + timedelta(seconds=LEASE / 2)
        for number, job in enumerate(jobs):
            # The server is slow: release the rest before its lease ends
            if now() > deadline:
                _release(engine, now(), jobs[number:])
                break
            fault = _send_one(engine, sender, now, mail_config, job, result)
            if fault is not None:
                result.fault = "; ".join(filter(None, (result.fault, str(fault))))
                _release_after_fault(engine, now(), jobs[number:], fault)
                return
        if not jobs:
            return


def _release(engine: Engine, now: datetime, jobs: list[_Job]) -> None:
    with writing(engine, outbox.OUTBOX) as session:
        for job in jobs:
            outbox.mark(session, job.row.id, job.owner, state=MailState.QUEUED.value, attempts=job.row.attempts - 1, not_before=now)


def _lease(engine: Engine, now: datetime, owner: str, limit: int, channel: str) -> list[_Job]:
    with writing(engine, outbox.OUTBOX) as session:
        rows = outbox.lease(session, now, owner, limit, LEASE, channel)
        return [_Job(row, owner) for row in rows]


def _send_one(engine: Engine, sender: Sender, now: Clock, mail_config: MailConfig, job: _Job, result: SendResult) -> MailServerFault | None:
    """Hand one message over and note the answer; a fault of the server is handed back."""
    job = _with_current_reader(engine, job)
    paused = job.reader.paused_until if job.reader and job.row.kind not in (MailKind.CONFIRM, MailKind.TEST) else None
    if paused and paused > now():
        _mark(
            engine, job, state=MailState.QUEUED.value, not_before=paused, attempts=job.row.attempts - 1
        )  # its entries count as notified, so it is not dropped
        return None
    reason = _reason_not_to_send(job)
    if reason:
        result.cancelled += _mark(engine, job, state=MailState.CANCELLED.value, last_error=reason)
        return None
    row, message = job.row, message_of(job.row)
    to = job.reader.address if job.reader else row.recipient
    # An address that was forgotten belongs to an ended subscription, which _not_wanted has seen
    assert to is not None
    if message is None:
        result.dead += _mark(
            engine, job, state=MailState.DEAD.value, last_error="its text is no longer kept, or its bytes cannot be read; it cannot be sent"
        )
        return None
    try:
        sender.send(Envelope(row.id, mail_config.envelope_sender(row), to, message, row.subject or ""))
    except MailServerFault as fault:
        return fault
    except SendingError as failure:
        _record_failure(engine, now(), job, failure, result)
    else:
        result.sent += _mark(engine, job, state=MailState.SENT.value, sent_at=now())
    return None


def _with_current_reader(engine: Engine, job: _Job) -> _Job:
    """The job with the current state of its reader: one who has unsubscribed since the batch was
    leased gets no mail.
    """
    if job.row.subscriber_id is None:
        return job
    with reading(engine) as session:
        return replace(job, reader=session.get(SubscriberRow, job.row.subscriber_id), over=outbox.of_ended_subscription(session, job.row))


def _reason_not_to_send(job: _Job) -> str | None:
    """Why a message is not sent after all: its reader left or was suspended between writing and
    sending.
    """
    reader, kind = job.reader, job.row.kind
    if reader is None:
        return None
    if job.over or reader.ended_at is not None or reader.address is None:
        return "the subscription ended before it was sent"
    suspended = reader.suspended_at is not None and kind != MailKind.CONFIRM
    return "the address was suspended before it was sent" if suspended else None


def _mark(engine: Engine, job: _Job, **values: object) -> int:
    """1 if the mark counts; 0 where the lease has run out and another sender took the message
    over.
    """
    with writing(engine, outbox.OUTBOX) as session:
        if outbox.mark(session, job.row.id, job.owner, **values):
            return 1
    log.warning("message %s: the lease ran out before its answer was noted; another sender has it", job.row.id)
    return 0


def wait(attempts: int) -> timedelta:
    """Time until the next attempt: 1, 4, 16, 64 minutes, then 4 hours."""
    return min(timedelta(hours=4), timedelta(minutes=4 ** min(4, max(0, attempts - 1))))


def _record_failure(engine: Engine, now: datetime, job: _Job, failure: SendingError, result: SendResult) -> None:
    refused = failure if isinstance(failure, MailRefused) else None
    final = (refused is not None and refused.permanent) or job.row.attempts >= TRIES
    values = {"state": MailState.DEAD.value} if final else {"state": MailState.FAILED.value, "not_before": now + wait(job.row.attempts)}
    with writing(engine, outbox.OUTBOX) as session:
        if not outbox.mark(session, job.row.id, job.owner, last_error=f"{type(failure).__name__.lower()}: {failure}"[:1000], **values):
            return
        if (
            final and refused is not None and refused.address
        ):  # a refusal that is retried does not count: greylisting refuses every first attempt
            bounced(session, job.row, refused.status, refused.permanent, str(refused), now, no_such_address=refused.no_such_address)
    result.dead += final
    result.failed += not final
    log.warning(
        "message %s to reader %s: %s (%s)", job.row.id, job.row.subscriber_id, failure, "given up" if final else "will be tried again"
    )


def bounced(session: Session, row: OutboxRow, status: str, permanent: bool, detail: str, now: datetime, *, no_such_address: bool) -> None:
    """Note that a message did not arrive: it is a dead letter, to be sent again when its address
    works.

    Suspends the address where it must be: at once when it does not exist, else after STRIKES within
    STRIKES_WITHIN.
    """
    if row.state == MailState.SENT:
        row.state, row.last_error = MailState.DEAD.value, f"came back: {status} {detail}"[:1000]
    session.add(
        BounceRow(
            outbox_id=row.id, subscriber_id=row.subscriber_id, status=status, permanent=permanent, detail=detail[:1000], received_at=now
        )
    )
    session.flush()
    reader = session.get(SubscriberRow, row.subscriber_id) if row.subscriber_id else None
    if reader is None or reader.suspended_at is not None:
        return
    if no_such_address:
        reader.suspended_at, reader.suspended_reason = now, SuspendReason.NO_SUCH_ADDRESS.value
    elif outbox.failures(session, reader.id, now - BOUNCE_WINDOW) >= BOUNCE_LIMIT:
        reader.suspended_at, reader.suspended_reason = now, SuspendReason.KEEPS_FAILING.value


def _release_after_fault(engine: Engine, now: datetime, jobs: list[_Job], fault: MailServerFault) -> None:
    """Release the leased messages after a fault of the server. They wait a little; the attempt does
    not count.
    """
    log.error("%s; %s messages wait", fault, len(jobs))
    with writing(engine, outbox.OUTBOX) as session:
        for number, job in enumerate(jobs):
            pause = _WHEN_FAULT if number else _AT_FAULT
            outbox.mark(
                session, job.row.id, job.owner, state=MailState.FAILED.value, attempts=job.row.attempts - 1, not_before=now + pause,
                last_error=f"serverfault: {fault}"[:1000],
            )  # fmt: skip


def requeue(row: OutboxRow, now: datetime) -> None:
    """Put a message back to be sent, with the Message-ID it has. Raises ValueError where its text
    is no longer kept.
    """
    if row.message is None:
        raise ValueError(f"message {row.id} is no longer kept; it cannot be sent again")
    row.state, row.attempts, row.not_before, row.lease, row.leased_until = MailState.QUEUED.value, 0, now, None, None
