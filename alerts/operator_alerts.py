"""Operator alerts: sent once when a reader-visible problem starts and once when it ends. Everything
else is only on pages.

The rule is GOV.UK's (alphagov/email-alert-api, ADR-008): write to people if and only if users will
notice. The conditions are computed from the database each time; the table `operator_alert` keeps
which ones were sent. The outbox may be the problem, so alerts also go to chat channels, and each
start is logged as an error.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.coverage import coverage
from alerts.digest_runs import PART, DigestRunResult, due_digests
from alerts.mail import outbox, sanitize
from alerts.mail.chat import CHANNEL, packed, queue_chat
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import Email, message_id, write
from alerts.mail.other_mails import operator_message
from alerts.mail.smtp import MAIL, Envelope, Sender, SendingError
from db import fetches, notifications, operator_alerts, ops, source_health, sources, subscribers
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import MailKind
from db.models import OperatorAlertRow

log = logging.getLogger(__name__)
LATE = timedelta(minutes=30)  # a digest or a message that is on its way for longer is noticed
# A primary source; shorter outages are shown on the sources page only
UNREAD_AFTER = timedelta(hours=24)
DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
# Comparing takes milliseconds; what waits longer has failed, or no worker runs
UNCOMPARED = timedelta(minutes=50)
STOPPED = timedelta(minutes=45)  # without a fetch although sources are due
# Of at least TRIED sources fetched in the last hour, less than HALF could be read
HOUR, TRIED, HALF = timedelta(hours=1), 3, 0.5
UNTRANSLATED = timedelta(hours=2)  # without a run of the job `translate` that succeeded
DEAD = timedelta(days=3)  # how long a message that was given up is reported
DISK_BYTES = 1_000_000_000
_KEPT = timedelta(days=90)  # alerts that are over
_STILL = 10


@dataclass(frozen=True)
class AlertCondition:
    """Something that holds now and that people would notice. `key` names it for as long as it
    holds.
    """

    key: str
    text: str


def conditions(session: Session, now: datetime, disk_free: int | None) -> list[AlertCondition]:
    """All that hold now. `disk_free`: bytes left where the database is; None where that is another
    machine's.
    """
    conditions = [
        *_digests(session, now),
        *_outbox(session, now),
        *_sources(session, now),
        *_comparison(session, now),
        *_clock(session, now),
        *_translation(session, now),
    ]
    if disk_free is not None and disk_free < DISK_BYTES:
        conditions.append(
            AlertCondition(
                "disk", f"Only {disk_free / 1e9:.1f} GB are left on the disk of the data folder; below that, nothing can be stored."
            )
        )
    return conditions


def _digests(session: Session, now: datetime) -> list[AlertCondition]:
    """Digests that should exist for half an hour and do not, and readers whose preferences cannot
    be followed.
    """
    result, missing, after = DigestRunResult(), 0, 0
    while readers := subscribers.readers(session, now, after, PART):
        after = readers[-1].id
        missing += len(due_digests(session, readers, now - LATE, result))
    conditions = [AlertCondition(f"preferences:{i}", f"Subscription {i} brings no digests: {why}") for i, why in result.unusable.items()]
    if missing:
        conditions.append(
            AlertCondition(
                "digest_missing", f"{missing} digest(s) have been due for more than 30 minutes and are not made. Does `ajour run` run?"
            )
        )
    return conditions


def _outbox(session: Session, now: datetime) -> list[AlertCondition]:
    conditions, oldest = [], db_outbox.oldest_waiting(session, now)
    if oldest is not None and now - oldest >= LATE:
        minutes = int((now - oldest).total_seconds() // 60)
        conditions.append(
            AlertCondition("outbox_stuck", f"A message has been waiting to be sent for {minutes} minutes. `ajour outbox list` shows why.")
        )
    if dead := db_outbox.given_up(session, now - DEAD):
        conditions.append(
            AlertCondition(
                "outbox_dead", f"{dead} message(s) of the last three days did not arrive and were given up. `ajour outbox dead` shows why."
            )
        )
    return conditions


def _last_hour(session: Session, now: datetime) -> list[AlertCondition]:
    """Faults that make all sources silent: nothing is fetched, or most of what is fetched fails."""
    late, newest = ops.due_lag(session, now), fetches.newest_fetch(session, now)
    if newest is not None and late >= STOPPED.total_seconds() and now - newest >= STOPPED:
        minutes = (now - newest) // timedelta(minutes=1)
        return [
            AlertCondition(
                "fetching_stopped", f"Nothing has been fetched for {minutes} minutes although sources are due. Does `ajour run` run?"
            )
        ]
    tried = [(good, bad) for _, good, bad in fetches.coverage(session, now - HOUR, now) if good or bad]
    read = sum(good > 0 for good, _ in tried)
    if len(tried) < TRIED or read >= HALF * len(tried):
        return []
    return [
        AlertCondition(
            "fetching_fails",
            f"Of {len(tried)} sources fetched in the last hour only {read} could be read. Check the network of this machine.",
        )
    ]


def _sources(session: Session, now: datetime) -> list[AlertCondition]:
    read = coverage(session, now - DAY, now)
    conditions = _last_hour(session, now)
    if read.watched and read.little:
        conditions.append(
            AlertCondition(
                "coverage", f"Only {read.share:.0%} of the sources were read in the last 24 hours ({read.read} of {read.watched})."
            )
        )
    known = source_health.acknowledged_sources(session, now)
    primary = [s for s in sources.watched_sources(session) if s.tier == 1 and s.last_fetch_at and s.id not in known]
    first = fetches.first_fetches(session, [s.id for s in primary if s.last_good_at is None])
    for s in (s for s in primary if now - (s.last_good_at or first.get(s.id, now)) > UNREAD_AFTER):
        since = f"since {s.last_good_at:%d %B %Y, %H:%M} UTC" if s.last_good_at else "since its first fetch"
        conditions.append(
            AlertCondition(
                f"source_blind:{s.id}", f"{sanitize.line(s.name, 80)}, a primary source, has not been read {since} ({s.last_reason})."
            )
        )
    return conditions


def _comparison(session: Session, now: datetime) -> list[AlertCondition]:
    """Items that wait for comparison: an item that is not compared is never flagged."""
    count = ops.uncompared(session, now - WEEK, now - UNCOMPARED)
    if not count:
        return []
    minutes = UNCOMPARED // timedelta(minutes=1)
    return [
        AlertCondition(
            "uncompared",
            f"{count} item(s) of the last seven days have waited more than {minutes} minutes to be compared. The log names those that fail.",
        )
    ]


def _translation(session: Session, now: datetime) -> list[AlertCondition]:
    """That titles and quotes reach readers without a translation."""
    row = ops.job_runs(session).get("translate")
    if row is None or row.failures < TRIED or (row.good_at and now - row.good_at < UNTRANSLATED):
        return []
    return [AlertCondition("translation", f"Machine translation has failed {row.failures} times in a row: {sanitize.line(row.result)}")]


def _clock(session: Session, now: datetime) -> list[AlertCondition]:
    """For a day after a repair: that the clock was ahead, and what was repaired."""
    row = ops.job_runs(session).get(ops.CLOCK_REPAIR)
    return [AlertCondition("clock", row.result)] if row and row.good_at and now - row.good_at < DAY else []


@dataclass(frozen=True)
class AlertChange:
    """The difference from the alerts that were sent."""

    began: tuple[AlertCondition, ...]
    over: tuple[OperatorAlertRow, ...]
    still: tuple[OperatorAlertRow, ...]


def compare(known: dict[str, OperatorAlertRow], now_holding: Sequence[AlertCondition]) -> AlertChange:
    """What began, what is over, what still holds."""
    holding = {c.key for c in now_holding}
    announced = {k: n for k, n in known.items() if n.over_at is None}
    return AlertChange(
        tuple(c for c in now_holding if c.key not in announced),
        tuple(n for k, n in announced.items() if k not in holding),
        tuple(n for k, n in announced.items() if k in holding),
    )


def alert_operators(engine: Engine, now: datetime, mail_config: MailConfig, data: Path | None = None) -> AlertChange:
    """Compute the conditions, store what changed and queue the alerts, in one transaction. `data`:
    folder whose disk is checked.
    """
    free = shutil.disk_usage(data).free if data is not None and data.exists() else None
    with reading(engine) as session:
        holding = conditions(session, now, free)
    with writing(engine, notifications.SCOPE) as session:
        change = compare(operator_alerts.alerts(session), holding)
        _store(session, change, now)
        if change.began or change.over:
            _queue_messages(session, change, now, mail_config)
        operator_alerts.delete_old_alerts(session, now - _KEPT)
    for c in change.began:
        log.error("%s: %s", c.key, c.text)
    for n in change.over:
        log.warning("over: %s", n.key)
    return change


def _store(session: Session, change: AlertChange, now: datetime) -> None:
    for c in change.began:
        row = session.get(OperatorAlertRow, c.key[:80]) or OperatorAlertRow(key=c.key[:80])
        row.text, row.since, row.over_at = c.text, now, None
        session.add(row)
    for n in change.over:
        n.over_at = now


def _queue_messages(session: Session, change: AlertChange, now: datetime, mail_config: MailConfig) -> None:
    began = [c.text for c in change.began]
    over = [f"{n.text} (It held from {n.since:%d %b %H:%M} to {now:%d %b %H:%M} UTC.)" for n in change.over]
    subject = (
        f"[Ajour] {_count(len(began), 'began') if began else ''}{', ' if began and over else ''}{_count(len(over), 'over') if over else ''}"
    )
    subject += f": {sanitize.line((began or over)[0], 100)}"
    message = operator_message(subject, began, over, [n.text for n in change.still[:_STILL]], now)
    for number, address in enumerate(mail_config.operators):
        key = f"operator:{now:%Y%m%dT%H%M%S.%fZ}:{number}"
        mail = Email(address, message.subject, message.text, message.html, key, now)
        outbox.put(
            session, key=key, kind=MailKind.OPERATOR, message=outbox.deflate(write(mail, mail_config.mail_head, mail_config.links)), now=now, recipient=address, subject=subject,
            message_id=message_id(mail_config.mail_head, mail_config.links, key),
        )  # fmt: skip
    for channel in mail_config.channels:
        body = "\n".join([*(f"began: {x}" for x in began), *(f"over: {x}" for x in over)])
        queue_chat(session, channel, f"operator:{now:%Y%m%dT%H%M%S.%fZ}", subject, body, now, MailKind.OPERATOR)


def _count(n: int, what: str) -> str:
    return f"{n} condition{'s' if n != 1 else ''} {what}"


def send_directly(senders: Mapping[str, Sender], mail_config: MailConfig, now: datetime, text: str, to: Sequence[str]) -> set[str]:
    """Send to operators and channels without the outbox, for when the database fails. Returns the
    recipients it reached.
    """
    message = operator_message(f"[Ajour] {sanitize.line(text, 120)}", [text], [], [], now)
    reached = set()
    for number, name in enumerate(to):
        key = f"direct:{now:%Y%m%dT%H%M%S.%fZ}:{number}"
        try:
            if name in mail_config.channels:
                senders[CHANNEL].send(Envelope(0, "", name, packed(message.subject, text), message.subject))
            elif MAIL in senders:
                mail = Email(name, message.subject, message.text, message.html, key, now)
                senders[MAIL].send(
                    Envelope(0, mail_config.mail_head.sender, name, write(mail, mail_config.mail_head, mail_config.links), message.subject)
                )
            else:
                log.error("no mail server is set (AJOUR_SMTP_HOST); %s could not be notified: %s", name, text)
                continue
        except SendingError as error:
            log.warning("%s could not be notified directly: %s", name, error)
        else:
            reached.add(name)
    return reached
