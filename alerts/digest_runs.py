"""Making digests that are due: found or created by (subscription, period), also those that were missed.

Nothing remembers "the next run". Whoever calls `run_due`, as often as they like and from as many processes as they like, gets the same result: for every
subscription the newest due moment up to now is worked out from its preferences, and if its last digest ended before it, the digest from there to that moment
is made. After a week without power that is one digest of a week, not seven. Reading and rendering happen outside of the write transaction; inside it,
whatever came in between is seen (the subscription's last digest and the reader's last telling), and the reader is left to the next call.

Who has several subscriptions gets a mail for each, and everything once: what was told counts for the person. So their digests are made one after the other,
in order of the moments they are for, the more frequent first.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from alerts.digest import OVERLAP, Digest, Pool, choose, gather, notified_entries
from alerts.digest_entry import DigestEntry, facts
from alerts.mail import outbox
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import Email, message_id, personal, write
from alerts.mail.render import render
from alerts.preferences import Preferences, due_before, last_due, preferences_of
from db import digests as db_digests
from db import models, notifications, subscribers
from db.engine import reading, writing
from db.enums import MailKind, Rhythm
from db.models import NotificationRow, OutboxRow, SubscriberRow, SubscriptionRow

log = logging.getLogger(__name__)
Period = tuple[datetime, datetime]
PART = 100  # readers in one transaction
HEARTBEAT = timedelta(days=7)  # every subscription brings a mail at least so often, also when there is nothing to tell
_SLACK = timedelta(hours=2)  # a clock change makes a week an hour short


@dataclass
class DigestRunResult:
    """What one call made."""

    digests: int = 0
    mails: int = 0
    urgent: int = 0
    skipped: int = 0  # something came in between; the next call makes them
    unusable: dict[int, str] = field(default_factory=dict)  # subscription → why its preferences cannot be followed


@dataclass(frozen=True)
class DueDigest:
    """A digest that should exist and does not."""

    reader: SubscriberRow
    subscription: SubscriptionRow
    preferences: Preferences
    start: datetime
    end: datetime
    heartbeat: bool  # told even if empty
    late: bool


@dataclass(frozen=True)
class ChosenDigest:
    """A due digest as a value."""

    due: DueDigest
    digest: Digest
    last_notified: int  # id of the newest telling that was known when it was chosen; 0: none


@dataclass(frozen=True)
class ReadyDigest:
    """A digest with its message (None: nothing to tell), and what it was made from."""

    due: DueDigest
    digest: Digest
    subject: str
    message: outbox.DeflatedMessage | None
    message_id: str
    last_notified: int


def key_of(due: DueDigest) -> str:
    """What makes a digest's message one and only."""
    return f"digest:{due.subscription.id}:{due.start:%Y%m%dT%H%M%SZ}"


def run_due(engine: Engine, now: datetime, mail_config: MailConfig) -> DigestRunResult:
    """Make every digest that is due, and put its mail into the outbox in the same transaction. Safe to call from several processes at once."""
    made = DigestRunResult()
    after = 0
    pools: dict[Period, Pool] = {}
    while True:
        with reading(engine) as session:
            readers = subscribers.readers(session, now, after, PART)
            dues = due_digests(session, readers, now, made)
        if not readers:
            return made
        after = readers[-1].id
        for turn in _one_due_per_reader(dues):
            with reading(engine) as session:
                chosen = digests_for(session, turn, pools)
            ready = [_ready(c, mail_config, now) for c in chosen]
            with writing(engine, notifications.SCOPE) as session:
                _store(session, ready, now, made)


def _one_due_per_reader(dues: Sequence[DueDigest]) -> Iterator[list[DueDigest]]:
    """The dues in parts that hold one of each reader: the next is chosen when what the one before told is known."""
    by_reader: dict[int, list[DueDigest]] = defaultdict(list)
    for due in sorted(dues, key=lambda d: (d.end, d.preferences.rhythm is not Rhythm.DAILY, d.subscription.id)):
        by_reader[due.reader.id].append(due)
    for number in count():
        turn = [mine[number] for mine in by_reader.values() if number < len(mine)]
        if not turn:
            return
        yield turn


def due_digests(session: Session, readers: Sequence[SubscriberRow], now: datetime, made: DigestRunResult) -> list[DueDigest]:
    """The ONE place where it is decided whether a subscription's digest is due, and for which period."""
    theirs = subscribers.subscriptions(session, [r.id for r in readers])
    pairs = [(reader, row) for reader in readers for row in theirs.get(reader.id, ())]
    ids = [row.id for _, row in pairs]
    last, mailed = db_digests.last_ends(session, ids), db_digests.last_mailed(session, ids)
    found = []
    for reader, row in pairs:
        try:
            preferences = preferences_of(row)
            end = last_due(preferences, row.zone, now)
            usual = due_before(preferences, row.zone, end)
        except (ValidationError, ZoneInfoNotFoundError, ValueError) as error:
            made.unusable[row.id] = str(error).splitlines()[0]
            log.warning("subscription %s of reader %s: preferences cannot be followed: %s", row.id, reader.id, error)
            continue
        start = last.get(row.id, usual)
        assert row.confirmed_at is not None
        if start >= end or (row.id not in last and end <= row.confirmed_at):
            continue
        silent = row.id not in mailed or end - mailed[row.id] >= HEARTBEAT - _SLACK
        found.append(
            DueDigest(reader, row, preferences, start, end, silent or preferences.rhythm is not Rhythm.DAILY, late=start < usual - _SLACK)
        )
    return found


def digests_for(
    session: Session, dues: Sequence[DueDigest], pools: dict[Period, Pool], notified_before: datetime | None = None
) -> list[ChosenDigest]:
    """The digests of some dues, no two of one reader. `pools` keeps periods that readers share; what was told is read once for all readers of a period."""
    found = []
    by_period: dict[Period, list[DueDigest]] = defaultdict(list)
    for due in dues:
        by_period[(due.start, due.end)].append(due)
    for period, group in by_period.items():
        pool = _pool(session, period, pools)
        ids = [d.reader.id for d in group]
        notified = notifications.newest_notifications(session, ids, [e.flag_id for e in pool.entries], notified_before)
        last = notifications.last_notification_ids(session, ids)
        for due in group:
            digest = choose(
                pool,
                due.preferences,
                notified[due.reader.id],
                language=due.subscription.language,
                zone=due.subscription.zone,
                late=due.late,
            )
            found.append(ChosenDigest(due, digest, last.get(due.reader.id, 0)))
    return found


def _pool(session: Session, period: Period, pools: dict[Period, Pool]) -> Pool:
    if period not in pools:
        while len(pools) >= 32:  # as many as there are due hours in a day with zones; more would be kept for nothing
            pools.pop(next(iter(pools)))
        pools[period] = gather(session, *period, overlap=OVERLAP)
    return pools[period]


def _ready(c: ChosenDigest, mail_config: MailConfig, now: datetime) -> ReadyDigest:
    key = key_of(c.due)
    identity = message_id(mail_config.mail_head, mail_config.links, key)
    if c.digest.empty and not c.due.heartbeat:
        return ReadyDigest(c.due, c.digest, c.digest.subject, None, identity, c.last_notified)
    rendered = render(c.digest, mail_config.links, personal=True)
    shared = SharedRendering(rendered.digest.subject, rendered.html, rendered.text, c.digest.language)
    message = outbox.deflate(mail_of(shared, c.due.reader, c.due.subscription, key, mail_config, now))
    return ReadyDigest(c.due, rendered.digest, rendered.digest.subject, message, identity, c.last_notified)


@dataclass(frozen=True)
class SharedRendering:
    """A rendering that readers with the same news share."""

    subject: str
    html: str
    text: str
    language: str


def mail_of(
    shared: SharedRendering, reader: SubscriberRow, subscription: SubscriptionRow | None, key: str, mail_config: MailConfig, now: datetime
) -> bytes:
    """A shared rendering as one reader's mail. Its links are those of a subscription; of all the reader gets where there is None."""
    assert reader.address is not None
    token = mail_config.links.token(reader, subscription)
    mail = Email(
        reader.address, shared.subject, personal(shared.text, token), personal(shared.html, token), key, now, shared.language,
        mail_config.links.unsubscribe(token), f"{subscription.id}.digests" if subscription is not None else "urgent",
    )  # fmt: skip
    return write(mail, mail_config.mail_head, mail_config.links)


def _store(session: Session, ready: Sequence[ReadyDigest], now: datetime, made: DigestRunResult) -> None:
    """Digests, their messages and what was told, together. A reader for whom something came in between is left to the next call."""
    last = db_digests.last_ends(session, [r.due.subscription.id for r in ready])
    notified = notifications.last_notification_ids(session, [r.due.reader.id for r in ready])
    rows = []
    for r in ready:
        reader, subscription = r.due.reader.id, r.due.subscription.id
        moved = subscription in last and last[subscription] > r.due.start
        if moved or notified.get(reader, 0) != r.last_notified:
            made.skipped += 1
            continue
        row = models.DigestRow(
            subscriber_id=reader, subscription_id=subscription, rhythm=r.due.preferences.rhythm.value, period_start=r.due.start, period_end=r.due.end, built_at=now, mailed=r.message is not None,
            subject=r.subject, entries=[{"flag": e.flag_id, **facts(e)} for e in notified_entries(r.digest)],
        )  # fmt: skip
        rows.append((r, row))
    session.add_all(row for _, row in rows)
    session.flush()
    mails = [
        Notification(_put(session, r, row, now), notified_entries(r.digest), r.due.end, _as_lines(r.digest))
        for r, row in rows
        if r.message is not None
    ]
    record(session, mails, now)
    made.digests += len(rows)
    made.mails += len(mails)


def _put(session: Session, r: ReadyDigest, row: models.DigestRow, now: datetime) -> OutboxRow:
    assert r.message is not None
    return outbox.put(
        session, key=key_of(r.due), kind=MailKind.DIGEST, message=r.message, message_id=r.message_id, now=now, digest_id=row.id, subscriber_id=row.subscriber_id,
        subject=r.subject,
    )  # fmt: skip


def _as_lines(d: Digest) -> frozenset[int]:
    """Flags that a digest names in one line only."""
    return frozenset(e.flag_id for e in d.confirmed_lines)


@dataclass(frozen=True)
class Notification:
    """A message, the entries it tells as they stood at `as_of`, and the flags it names in one line only."""

    message: OutboxRow
    entries: Sequence[DigestEntry]
    as_of: datetime
    lines: frozenset[int] = frozenset()


def record(session: Session, mails: Sequence[Notification], now: datetime) -> None:
    """Note what readers are told by messages, in the transaction that puts them into the outbox. No two messages of one reader."""
    session.flush()
    readers = [m.message.subscriber_id for m in mails if m.message.subscriber_id is not None]
    before = notifications.newest_notifications(session, readers, sorted({e.flag_id for m in mails for e in m.entries}))
    known: dict[DigestEntry, dict[str, Any]] = {}
    rows = []
    for m in mails:
        reader = m.message.subscriber_id
        assert reader is not None
        mine = before[reader]
        for e in m.entries:
            if e not in known:
                known[e] = facts(e)
            revision = mine[e.flag_id].revision + 1 if e.flag_id in mine else 1
            rows.append({"subscriber_id": reader, "flag_id": e.flag_id, "revision": revision, "outbox_id": m.message.id, "facts": known[e], "shown": e.flag_id not in m.lines, "at": now, "as_of": m.as_of})  # fmt: skip
    if rows:
        session.execute(insert(NotificationRow), rows)


def preview(session: Session, reader: SubscriberRow, subscription: SubscriptionRow, at: datetime) -> Digest:
    """The digest that would be sent at `at` if one were due then: from the end of the subscription's last one before it (or its usual period) up to `at`.

    Rebuilt from history: the same moment gives the same digest, today or next year.
    """
    preferences = preferences_of(subscription)
    start = db_digests.last_period_end(session, subscription.id, at) or due_before(preferences, subscription.zone, at)
    return digests_for(
        session, [DueDigest(reader, subscription, preferences, start, at, heartbeat=True, late=False)], {}, notified_before=at
    )[0].digest
