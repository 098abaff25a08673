"""Urgent messages: what cannot wait for the digest, at once, clustered, and never more than a reader's daily limit.

Urgent is what is grave and sure (`DigestEntry.urgent`). What goes over the limit comes with the next digest. A few minutes pass first, so that what happens
together goes out together, and a slip at the desk can be undone. A person gets one message of what any of their subscriptions asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.coverage import Coverage
from alerts.digest import Digest, by_weight, concerns, news_of
from alerts.digest_entry import DigestEntry, by_story, entry_of, fingerprint, flags_of
from alerts.digest_runs import PART, DigestRunResult, Notification, SharedRendering, mail_of, record
from alerts.mail import outbox
from alerts.mail.chat import queue_chat
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import message_id
from alerts.mail.other_mails import urgent_message
from alerts.preferences import Preferences, preferences_of
from db import digests, notifications, subscribers
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import FlagState, LinkPolicy, MailKind, Rhythm
from db.models import NotificationRow, SubscriberRow, SubscriptionRow

SETTLE = timedelta(minutes=5)
WINDOW = timedelta(hours=24)  # what is older was news of yesterday: it comes with the digest
MOST = 8  # entries in one message


def gather_urgent(session: Session, now: datetime) -> list[DigestEntry]:
    """Urgent entries of the last day that have settled and still stand so, the gravest first."""
    ids = digests.grave(session, digests.touched(session, now - WINDOW, now - SETTLE))
    if not ids:
        return []
    settled = {e.flag_id for f in digests.flags_at(session, ids, now - SETTLE) if (e := entry_of(f)).urgent}
    return sorted((e for f in digests.flags_at(session, sorted(settled), now) if (e := entry_of(f)).urgent), key=by_weight)


def run_urgent(engine: Engine, now: datetime, mail_config: MailConfig, made: DigestRunResult | None = None) -> DigestRunResult:
    """Put urgent messages into the outbox for all readers and channels. Safe to call from several processes at once."""
    made = made or DigestRunResult()
    with reading(engine) as session:
        entries = gather_urgent(session, now)
    if not entries:
        return made
    _to_channels(engine, entries, now, mail_config)
    after = 0
    while True:
        with reading(engine) as session:
            readers = subscribers.readers(session, now, after, PART)
            ready = _for_readers(session, readers, entries, now, mail_config)
        if not readers:
            return made
        after = readers[-1].id
        if ready:
            with writing(engine, notifications.SCOPE) as session:
                _store(session, ready, now, mail_config, made)


@dataclass(frozen=True)
class ReadyUrgent:
    """One reader's urgent message."""

    reader: SubscriberRow
    entries: tuple[DigestEntry, ...]
    subject: str
    message: outbox.DeflatedMessage
    key: str
    last_notified: int


def _for_readers(
    session: Session, readers: Sequence[SubscriberRow], entries: Sequence[DigestEntry], now: datetime, mail_config: MailConfig
) -> list[ReadyUrgent]:
    ids = [r.id for r in readers]
    theirs = subscribers.subscriptions(session, ids)
    notified = notifications.newest_notifications(session, ids, [e.flag_id for e in entries])
    last = notifications.last_notification_ids(session, ids)
    sent = db_outbox.urgent_sent(session, ids, MailKind.URGENT.value, now - WINDOW, now + timedelta(microseconds=1))
    found = []
    for reader in readers:
        requests = _urgent_requests(theirs.get(reader.id, ()))
        left = max((a.preferences.urgent_a_day for a in requests), default=0) - sent.get(reader.id, 0)
        if left > 0 and (news := _news(entries, requests, notified[reader.id])):
            found.append(
                _ready(reader, news, requests, last_today=left == 1, last_notified=last.get(reader.id, 0), now=now, mail_config=mail_config)
            )
    return found


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
    found = []
    for row in rows:
        try:
            preferences = preferences_of(row)
        except ValidationError:
            continue  # said by run_due, which sees the same subscription
        if preferences.urgent or preferences.rhythm is Rhythm.IMMEDIATE:
            found.append(UrgentRequest(row, preferences))
    return found


def _news(
    entries: Sequence[DigestEntry], requests: Sequence[UrgentRequest], notified: Mapping[int, NotificationRow]
) -> tuple[DigestEntry, ...]:
    """What a reader asks for and does not know yet, at most MOST stories."""
    mine = [e for e in entries if any(a.concerns(e) for a in requests)]
    return tuple(by_story(news_of(mine, notified, unreviewed=True))[:MOST])


def _ready(
    reader: SubscriberRow,
    entries: tuple[DigestEntry, ...],
    requests: Sequence[UrgentRequest],
    *,
    last_today: bool,
    last_notified: int,
    now: datetime,
    mail_config: MailConfig,
) -> ReadyUrgent:
    """One message, in the language of the first subscription that asks for any of it, with the links that the most careful of them allows."""
    askers = [a for a in requests if any(a.concerns(e) for e in flags_of(entries))]
    first, links = askers[0].row, max((a.preferences.links for a in askers), key=list(LinkPolicy).index)
    message = urgent_message(
        Digest(now - WINDOW, now, (), Coverage(0, 0, (), 0), language=first.language, zone=first.zone, links=links), entries, mail_config.links, last_today=last_today
    )  # fmt: skip
    key = f"urgent:{reader.id}:{fingerprint(entries)}"
    mail = mail_of(SharedRendering(message.subject, message.html, message.text, first.language), reader, None, key, mail_config, now)
    return ReadyUrgent(reader, entries, message.subject, outbox.deflate(mail), key, last_notified)


def _store(session: Session, ready: Sequence[ReadyUrgent], now: datetime, mail_config: MailConfig, made: DigestRunResult) -> None:
    notified = notifications.last_notification_ids(session, [r.reader.id for r in ready])
    for r in ready:
        if notified.get(r.reader.id, 0) != r.last_notified or db_outbox.has_key(session, r.key):
            made.skipped += 1
            continue
        row = outbox.put(
            session, key=r.key, kind=MailKind.URGENT, message=r.message, message_id=message_id(mail_config.mail_head, mail_config.links, r.key), now=now,
            subscriber_id=r.reader.id, subject=r.subject,
        )  # fmt: skip
        record(session, [Notification(row, flags_of(r.entries), now)], now)
        made.urgent += 1


def _to_channels(engine: Engine, entries: Sequence[DigestEntry], now: datetime, mail_config: MailConfig) -> None:
    if not mail_config.channels:
        return
    with writing(engine, notifications.SCOPE) as session:
        for channel in mail_config.channels:
            for e in entries:
                queue_chat(session, channel, f"urgent:{e.flag_id}:{fingerprint([e])}", *_words(e, mail_config), now)


def _words(e: DigestEntry, mail_config: MailConfig) -> tuple[str, str]:
    """(title, body) for a chat channel, in English."""
    state = "confirmed" if e.state is FlagState.CONFIRMED else "not yet reviewed"
    v = e.sources[0]
    lines = [
        f"{e.report} {e.section} ({e.claim_id}): {e.statement}",
        f"{v.outlet}, {v.tier_words}; {e.relation_words}",
        mail_config.links.flag(e.flag_id),
    ]
    return f"[Ajour] {e.headline} ({state})", "\n".join(x for x in lines if x)
