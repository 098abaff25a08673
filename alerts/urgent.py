"""Urgent messages and corrections of them: sent at once, bundled, within a reader's daily limit.

The rule for "urgent" is `DigestEntry.urgent`. An urgent entry is sent as urgent whenever it is
found within LOOK_BACK, also after an outage; what is over the daily limit comes on a later day or
with the next digest, whichever is first. Corrections of urgent messages do not count towards the
limit. SETTLE passes first after a decision, BUNDLE after a flag without a decision. A person gets
one message for all their subscriptions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.coverage import Coverage
from alerts.digest import Correction, Digest, by_weight, concerns, corrections_of, entries_at, news_of
from alerts.digest_entry import DigestEntry, by_story, fingerprint, flags_of
from alerts.digest_runs import PART, DigestRunResult, QueuedMessage, SharedRendering, mail_of, record
from alerts.mail import outbox
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import message_id
from alerts.mail.other_mails import urgent_message
from alerts.preferences import Preferences, preferences_of
from alerts.urgent_channels import notify_channels
from db import digests, notifications, subscribers
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import FlagState, LinkPolicy, MailKind, Rhythm
from db.models import NotificationRow, SubscriberRow, SubscriptionRow

SETTLE = timedelta(minutes=5)  # after a decision, so that a wrong one can be undone
# After a flag without a decision, so that related ones are sent together
BUNDLE = timedelta(seconds=30)
LOOK_BACK = timedelta(days=7)  # as long as the longest time between two mails of a subscription
DAY = timedelta(hours=24)  # of the daily limit
MOST = 8  # entries in one message


@dataclass(frozen=True)
class UrgentPool:
    """Entries of high severity that something happened to within LOOK_BACK and whose state has not
    changed for BUNDLE or SETTLE.
    """

    urgent: tuple[DigestEntry, ...]  # highest score first
    others: tuple[DigestEntry, ...]  # no longer urgent: what may have to be corrected


def gather_urgent(session: Session, now: datetime) -> UrgentPool:
    """The urgent entries, and those that are no longer urgent."""
    ids = digests.of_high_severity(session, digests.touched(session, now - LOOK_BACK, now - BUNDLE))
    entries = entries_at(session, ids, now) if ids else []
    earlier = {
        e.flag_id: e
        for wait, part in ((BUNDLE, [e for e in entries if e.decided_at is None]), (SETTLE, [e for e in entries if e.decided_at]))
        for e in (entries_at(session, [p.flag_id for p in part], now - wait) if part else ())
    }
    settled = [e for e in entries if e.flag_id in earlier and earlier[e.flag_id].state is e.state]
    urgent = [e for e in settled if e.urgent and earlier[e.flag_id].urgent]
    return UrgentPool(tuple(sorted(urgent, key=by_weight)), tuple(e for e in settled if not e.urgent))


def run_urgent(engine: Engine, now: datetime, mail_config: MailConfig, result: DigestRunResult | None = None) -> DigestRunResult:
    """Queue urgent messages for all readers and channels. Safe to call from several processes at
    once.
    """
    result = result or DigestRunResult()
    with reading(engine) as session:
        pool = gather_urgent(session, now)
    if not pool.urgent and not pool.others:
        return result
    notify_channels(engine, pool.urgent, pool.others, now, now - LOOK_BACK, mail_config)
    after = 0
    while True:
        with reading(engine) as session:
            readers = subscribers.readers(session, now, after, PART)
            ready = _for_readers(session, readers, pool, now, mail_config)
        if not readers:
            return result
        after = readers[-1].id
        if ready:
            with writing(engine, notifications.SCOPE) as session:
                _store(session, ready, now, mail_config, result)


@dataclass(frozen=True)
class ReadyUrgent:
    """One reader's urgent message."""

    reader: SubscriberRow
    kind: MailKind
    entries: tuple[DigestEntry, ...]
    corrections: tuple[Correction, ...]
    language: str
    subject: str
    message: outbox.DeflatedMessage
    key: str
    last_notified: int


def _for_readers(
    session: Session, readers: Sequence[SubscriberRow], pool: UrgentPool, now: datetime, mail_config: MailConfig
) -> list[ReadyUrgent]:
    ids = [r.id for r in readers]
    by_reader = subscribers.subscriptions(session, ids)
    notified = notifications.newest_notifications(session, ids, [e.flag_id for e in (*pool.urgent, *pool.others)])
    at_once = notifications.urgent_notifications(session, ids, now - LOOK_BACK, (MailKind.URGENT.value, MailKind.CORRECTION.value))
    last = notifications.last_notification_ids(session, ids)
    sent = db_outbox.urgent_sent(session, ids, MailKind.URGENT.value, now - DAY, now + timedelta(microseconds=1))
    ready = []
    for reader in readers:
        rows = by_reader.get(reader.id, ())
        requests = _urgent_requests(rows)
        room = max((r.preferences.urgent_a_day for r in requests), default=0) - sent.get(reader.id, 0)
        news = _news(pool.urgent, requests, notified[reader.id]) if room > 0 else ()
        corrections = tuple(corrections_of((e for e in pool.others if (reader.id, e.flag_id) in at_once), notified[reader.id]))
        if rows and (news or corrections):
            ready.append(
                _ready(
                    reader,
                    news,
                    corrections,
                    rows,
                    requests,
                    last_today=room == 1,
                    last_notified=last.get(reader.id, 0),
                    now=now,
                    mail_config=mail_config,
                )
            )
    return ready


@dataclass(frozen=True)
class UrgentRequest:
    """A subscription that asks for urgent messages."""

    row: SubscriptionRow
    preferences: Preferences

    def concerns(self, e: DigestEntry) -> bool:
        """Whether an urgent entry is for it: of its choice, and no older than itself."""
        assert self.row.confirmed_at is not None
        since = max(e.raised_at, e.decided_at or e.raised_at) >= self.row.confirmed_at
        return since and concerns(self.preferences, e) and (self.preferences.unreviewed or e.state is FlagState.CONFIRMED)


def _urgent_requests(rows: Sequence[SubscriptionRow]) -> list[UrgentRequest]:
    requests = []
    for row in rows:
        try:
            preferences = preferences_of(row)
        except ValidationError:
            continue  # reported by run_due, which sees the same subscription
        if preferences.urgent or preferences.rhythm is Rhythm.IMMEDIATE:
            requests.append(UrgentRequest(row, preferences))
    return requests


def _news(
    entries: Sequence[DigestEntry], requests: Sequence[UrgentRequest], notified: Mapping[int, NotificationRow]
) -> tuple[DigestEntry, ...]:
    """Entries that a reader asks for and was not notified of, at most MOST stories."""
    requested = [e for e in entries if any(a.concerns(e) for a in requests)]
    return tuple(by_story(news_of(requested, notified, unreviewed=True))[:MOST])


def _ready(
    reader: SubscriberRow,
    entries: tuple[DigestEntry, ...],
    corrections: tuple[Correction, ...],
    rows: Sequence[SubscriptionRow],
    requests: Sequence[UrgentRequest],
    *,
    last_today: bool,
    last_notified: int,
    now: datetime,
    mail_config: MailConfig,
) -> ReadyUrgent:
    """One message, in the language of the first subscription that asks for any of it, with the
    links that the strictest allows.
    """
    named = [*flags_of(entries), *(c.entry for c in corrections)]
    concerned = [r for r in requests if any(r.concerns(e) for e in named)] or list(requests)
    first = concerned[0].row if concerned else rows[0]
    links = max((r.preferences.links for r in concerned), key=list(LinkPolicy).index, default=LinkPolicy.NONE)
    frame = Digest(
        now - DAY,
        now,
        (),
        Coverage(0, 0, (), 0),
        corrections=corrections,
        language=first.language,
        zone=first.zone,
        links=links,
        translations=all(r.preferences.translations for r in concerned),
    )
    message = urgent_message(frame, entries, mail_config.links, last_today=last_today)
    kind = MailKind.URGENT if entries else MailKind.CORRECTION
    key = f"{kind.value}:{reader.id}:{fingerprint(named)}:{last_notified}"
    mail = mail_of(SharedRendering(message.subject, message.html, message.text, first.language), reader, None, key, mail_config, now)
    return ReadyUrgent(reader, kind, entries, corrections, first.language, message.subject, outbox.deflate(mail), key, last_notified)


def _store(session: Session, ready: Sequence[ReadyUrgent], now: datetime, mail_config: MailConfig, result: DigestRunResult) -> None:
    newest = notifications.last_notification_ids(session, [r.reader.id for r in ready])
    for r in ready:
        if newest.get(r.reader.id, 0) != r.last_notified or db_outbox.has_key(session, r.key):
            result.skipped += 1
            continue
        row = outbox.put(
            session, key=r.key, kind=r.kind, message=r.message, message_id=message_id(mail_config.mail_head, mail_config.links, r.key), now=now,
            subscriber_id=r.reader.id, subject=r.subject,
        )  # fmt: skip
        record(session, [QueuedMessage(row, [*flags_of(r.entries), *(c.entry for c in r.corrections)], now, r.language)], now)
        result.urgent += 1
