"""Makes the digests that are due: found or created by (subscription, period), including those that
were missed.

`run_due` keeps no "next run". It may be called at any time and from several processes: for every
subscription it computes the newest due moment up to now from the preferences, and makes the digest
from the end of the last one to that moment. After a week without power that is one digest of a
week.

Digests of one reader that are due at once, in one language, are one mail with parts; each entry is
in one part only. Reading and rendering happen outside the write transaction. If the reader's state
changed since it was read (another digest, another notification), the reader is skipped until the
next call.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from alerts.digest import OVERLAP, Digest, Pool, choose, entries_at, gather, notified_entries
from alerts.digest_entry import DigestEntry, facts, sent_facts
from alerts.mail import outbox
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import Email, message_id, personal, write
from alerts.mail.render import render_parts
from alerts.preferences import Preferences, due_before, last_due, preferences_of
from db import digests as db_digests
from db import models, notifications, subscribers
from db.engine import reading, writing
from db.enums import FlagState, MailKind, Rhythm
from db.field_problems import field_problems
from db.models import NotificationRow, OutboxRow, SubscriberRow, SubscriptionRow

log = logging.getLogger(__name__)
Period = tuple[datetime, datetime]
PART = 100  # readers in one transaction
# Every subscription gets a mail at least this often, also when there is nothing new
HEARTBEAT = timedelta(days=7)
_SLACK = timedelta(hours=2)  # a clock change makes a week an hour short
_POOLS = 32  # periods kept in memory: as many as there are due hours in a day with zones


@dataclass
class DigestRunResult:
    """What one call made."""

    digests: int = 0
    mails: int = 0
    urgent: int = 0
    skipped: int = 0  # the reader's state changed meanwhile; the next call makes them
    # Subscription → why its preferences cannot be used
    unusable: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DueDigest:
    """A digest that should exist and does not."""

    reader: SubscriberRow
    subscription: SubscriptionRow
    preferences: Preferences
    start: datetime
    end: datetime
    heartbeat: bool  # sent even if empty
    late: bool


@dataclass(frozen=True)
class ChosenMail:
    """A reader's due digests as values, in the order of their parts."""

    dues: tuple[DueDigest, ...]
    digests: tuple[Digest, ...]
    last_notified: int  # id of the newest notification known when they were chosen; 0: none
    lost: tuple[int, ...]  # outbox ids of lost messages whose entries may come again in it

    @property
    def reader(self) -> SubscriberRow:
        return self.dues[0].reader


@dataclass(frozen=True)
class ReadyMail:
    """Digests with their message (None: nothing to send)."""

    chosen: ChosenMail
    digests: tuple[Digest, ...]  # as rendered; one of the chosen per part
    mailed: tuple[bool, ...]  # whether the digest is a part of the message
    subject: str
    message: outbox.DeflatedMessage | None
    key: str
    message_id: str


def key_of(dues: Sequence[DueDigest]) -> str:
    """The unique key of a digest mail: its first part's subscription and period."""
    return f"digest:{dues[0].subscription.id}:{dues[0].start:%Y%m%dT%H%M%SZ}"


def run_due(engine: Engine, now: datetime, mail_config: MailConfig, result: DigestRunResult | None = None) -> DigestRunResult:
    """Make every digest that is due and queue its mail in the same transaction. Safe to call from
    several processes at once.
    """
    result = result or DigestRunResult()
    after = 0
    pools: dict[Period, Pool] = {}
    while True:
        with reading(engine) as session:
            readers = subscribers.readers(session, now, after, PART)
            dues = due_digests(session, readers, now, result)
        if not readers:
            return result
        after = readers[-1].id
        for turn in _one_mail_per_reader(dues):
            with reading(engine) as session:
                chosen = choose_mails(session, turn, pools, now)
            ready = [_ready(c, mail_config, now) for c in chosen]
            with writing(engine, notifications.SCOPE) as session:
                _store(session, ready, now, result)


def _one_mail_per_reader(dues: Sequence[DueDigest]) -> Iterator[list[tuple[DueDigest, ...]]]:
    """Mails in turns of at most one per reader: a reader's second mail is chosen when the first one
    is stored.

    A mail holds all dues of a reader in one language, by the end of their periods, daily before
    weekly.
    """
    by_reader: dict[int, dict[str, list[DueDigest]]] = defaultdict(lambda: defaultdict(list))
    for due in sorted(dues, key=lambda d: (d.end, d.preferences.rhythm is not Rhythm.DAILY, d.subscription.id)):
        by_reader[due.reader.id][due.subscription.language].append(due)
    mails = [list(by_language.values()) for by_language in by_reader.values()]
    for number in count():
        turn = [tuple(reader_mails[number]) for reader_mails in mails if number < len(reader_mails)]
        if not turn:
            return
        yield turn


def due_digests(session: Session, readers: Sequence[SubscriberRow], now: datetime, result: DigestRunResult) -> list[DueDigest]:
    """The one rule for whether a subscription's digest is due, and for which period."""
    by_reader = subscribers.subscriptions(session, [r.id for r in readers])
    pairs = [(reader, row) for reader in readers for row in by_reader.get(reader.id, ())]
    ids = [row.id for _, row in pairs]
    last, mailed = db_digests.last_ends(session, ids), db_digests.last_mailed(session, ids)
    dues = []
    for reader, row in pairs:
        try:
            preferences = preferences_of(row)
            end = last_due(preferences, row.zone, now)
            usual = due_before(preferences, row.zone, end)
        except (ValidationError, ZoneInfoNotFoundError, ValueError) as error:
            said = "; ".join(field_problems(error)) if isinstance(error, ValidationError) else str(error).splitlines()[0]
            result.unusable[row.id] = said
            log.warning("subscription %s of reader %s: preferences cannot be used: %s", row.id, reader.id, said)
            continue
        start = last.get(row.id, usual)
        assert row.confirmed_at is not None
        if start >= end or (row.id not in last and end <= row.confirmed_at):
            continue
        heartbeat_due = row.id not in mailed or end - mailed[row.id] >= HEARTBEAT - _SLACK
        heartbeat = heartbeat_due or preferences.rhythm is not Rhythm.DAILY
        dues.append(DueDigest(reader, row, preferences, start, end, heartbeat, late=start < usual - _SLACK))
    return dues


def choose_mails(
    session: Session,
    mails: Sequence[tuple[DueDigest, ...]],
    pools: dict[Period, Pool],
    now: datetime,
    notified_before: datetime | None = None,
) -> list[ChosenMail]:
    """The digests of mails, at most one mail per reader. `pools` keeps periods that readers share.

    An entry that did not fit in the last digest, or whose message was lost, is chosen again
    ("carried").
    """
    dues = [due for mail in mails for due in mail]
    for due in dues:
        _pool(session, (due.start, due.end), pools, {(d.start, d.end) for d in dues})
    left_out = db_digests.left_out(session, [d.subscription.id for d in dues], notified_before)
    lost = notifications.undelivered(session, [mail[0].reader.id for mail in mails]) if notified_before is None else {}
    carried = _carried(session, dues, left_out, lost)
    flags = {e.flag_id for d in dues for e in pools[(d.start, d.end)].entries} | {f for _, f in carried}
    readers = [mail[0].reader.id for mail in mails]
    notified = notifications.newest_notifications(session, readers, sorted(flags), notified_before)
    last = notifications.last_notification_ids(session, readers)
    chosen = []
    for mail in mails:
        reader = mail[0].reader.id
        known = dict(notified[reader])
        digests = []
        for due in mail:
            ids = [*left_out.get(due.subscription.id, ()), *lost.get(reader, ())]
            digest = choose(
                pools[(due.start, due.end)], due.preferences, known, carried=[carried[(due.end, i)] for i in ids if (due.end, i) in carried],
                language=due.subscription.language, zone=due.subscription.zone, late=due.late,
            )  # fmt: skip
            digests.append(digest)
            known.update(_as_notified(digest, due, now))
        chosen.append(ChosenMail(mail, tuple(digests), last.get(reader, 0), tuple(sorted(set(lost.get(reader, {}).values())))))
    return chosen


def _carried(
    session: Session, dues: Sequence[DueDigest], left_out: Mapping[int, Sequence[int]], lost: Mapping[int, Mapping[int, int]]
) -> dict[tuple[datetime, int], DigestEntry]:
    """(end of a period, flag id) → the entry as it stood then, of all flags that are carried
    over.
    """
    to_fetch: dict[datetime, set[int]] = defaultdict(set)
    for due in dues:
        to_fetch[due.end] |= {*left_out.get(due.subscription.id, ()), *lost.get(due.reader.id, ())}
    return {(end, e.flag_id): e for end, ids in to_fetch.items() if ids for e in entries_at(session, sorted(ids), end)}


def _as_notified(digest: Digest, due: DueDigest, now: datetime) -> dict[int, NotificationRow]:
    """The notifications that later parts of the same mail must take into account."""
    return {
        e.flag_id: NotificationRow(flag_id=e.flag_id, revision=0, facts=facts(e), at=now, as_of=due.end) for e in notified_entries(digest)
    }


def _pool(session: Session, period: Period, pools: dict[Period, Pool], needed: set[Period]) -> None:
    if period not in pools:
        for old in [p for p in pools if p not in needed][: max(0, len(pools) - _POOLS + 1)]:
            pools.pop(old)
        pools[period] = gather(session, *period, overlap=OVERLAP)


def _ready(c: ChosenMail, mail_config: MailConfig, now: datetime) -> ReadyMail:
    key = key_of(c.dues)
    identity = message_id(mail_config.mail_head, mail_config.links, key)
    mailed = tuple(due.heartbeat or not digest.empty for due, digest in zip(c.dues, c.digests, strict=True))
    if not any(mailed):
        return ReadyMail(c, c.digests, mailed, "", None, key, identity)
    parts = [(due, digest) for due, digest, sent in zip(c.dues, c.digests, mailed, strict=True) if sent]
    rendered = render_parts(tuple(digest for _, digest in parts), mail_config.links, personal=True)
    shared = SharedRendering(rendered.subject, rendered.html, rendered.text, c.digests[0].language)
    subscription = parts[0][0].subscription if len(parts) == 1 else None
    message = outbox.deflate(mail_of(shared, c.reader, subscription, key, mail_config, now, "digests"))
    shown = iter(rendered.digests)
    digests = tuple(next(shown) if sent else digest for digest, sent in zip(c.digests, mailed, strict=True))
    return ReadyMail(c, digests, mailed, rendered.subject, message, key, identity)


@dataclass(frozen=True)
class SharedRendering:
    """A rendering that readers with the same news share."""

    subject: str
    html: str
    text: str
    language: str


def mail_of(
    shared: SharedRendering, reader: SubscriberRow, subscription: SubscriptionRow | None, key: str, mail_config: MailConfig, now: datetime, list_name: str = "urgent"
) -> bytes:  # fmt: skip
    """A shared rendering as one reader's mail. Its links are for one subscription; for all of the
    reader's where there is None.
    """
    assert reader.address is not None
    token = mail_config.links.token(reader, subscription)
    mail = Email(
        reader.address, shared.subject, personal(shared.text, token), personal(shared.html, token), key, now, shared.language,
        token, f"{subscription.id}.digests" if subscription is not None else list_name,
    )  # fmt: skip
    return write(mail, mail_config.mail_head, mail_config.links)


def _store(session: Session, ready: Sequence[ReadyMail], now: datetime, result: DigestRunResult) -> None:
    """Store digests, their messages and the notifications together; skip readers whose state
    changed.
    """
    last = db_digests.last_ends(session, [d.subscription.id for r in ready for d in r.chosen.dues])
    newest = notifications.last_notification_ids(session, [r.chosen.reader.id for r in ready])
    notified: list[QueuedMessage] = []
    lost: list[int] = []
    for r in ready:
        moved = any(d.subscription.id in last and last[d.subscription.id] > d.start for d in r.chosen.dues)
        if moved or newest.get(r.chosen.reader.id, 0) != r.chosen.last_notified:
            result.skipped += 1
            continue
        row = _queue(session, r, now) if r.message is not None else None
        for due, digest, sent in zip(r.chosen.dues, r.digests, r.mailed, strict=True):
            entries = notified_entries(digest)
            session.add(_digest_row(due, digest, entries, row.id if row is not None and sent else None, r.subject, now))
            if row is not None and sent:
                notified.append(QueuedMessage(row, entries, due.end, due.subscription.language, _as_lines(digest)))
            result.digests += 1
        result.mails += row is not None
        lost += r.chosen.lost if row is not None else ()
    record(session, notified, now)
    if lost:
        session.flush()
        notifications.close_repeated(session, lost)


def _digest_row(
    due: DueDigest, digest: Digest, entries: Sequence[DigestEntry], outbox_id: int | None, subject: str, now: datetime
) -> models.DigestRow:
    return models.DigestRow(
        subscriber_id=due.reader.id, subscription_id=due.subscription.id, rhythm=due.preferences.rhythm.value, period_start=due.start, period_end=due.end,
        built_at=now, outbox_id=outbox_id, subject=subject or None, entries=[{"flag": e.flag_id, **sent_facts(e, due.subscription.language)} for e in entries], left_out=list(digest.left_out),
    )  # fmt: skip


def _queue(session: Session, r: ReadyMail, now: datetime) -> OutboxRow:
    assert r.message is not None
    row = outbox.put(
        session,
        key=r.key,
        kind=MailKind.DIGEST,
        message=r.message,
        message_id=r.message_id,
        now=now,
        subscriber_id=r.chosen.reader.id,
        subject=r.subject,
    )
    session.flush()
    return row


def _as_lines(d: Digest) -> frozenset[int]:
    """Flags that a digest names in one line only."""
    return frozenset(e.flag_id for e in (*d.confirmed_lines, *d.waiting_lines))


@dataclass(frozen=True)
class QueuedMessage:
    """A message, its entries as they stood at `as_of`, and the flags it names in one line only."""

    message: OutboxRow
    entries: Sequence[DigestEntry]
    as_of: datetime
    language: str
    lines: frozenset[int] = frozenset()


def record(session: Session, mails: Sequence[QueuedMessage], now: datetime) -> None:
    """Record notifications, in the transaction that queues their messages. An entry is in one
    message of a reader only.
    """
    session.flush()
    readers = [m.message.subscriber_id for m in mails if m.message.subscriber_id is not None]
    flags = sorted({e.flag_id for m in mails for e in m.entries})
    before = notifications.newest_notifications(session, readers, flags)
    revisions = notifications.revisions(session, readers, flags)
    known: dict[tuple[DigestEntry, str], dict[str, Any]] = {}
    rows = []
    for m in mails:
        reader = m.message.subscriber_id
        assert reader is not None
        for e in m.entries:
            if (e, m.language) not in known:
                known[(e, m.language)] = sent_facts(e, m.language)
            old = before[reader].get(e.flag_id)
            sent = {**known[(e, m.language)], "confirmed_at": _confirmed_at(e, old.facts if old else {}, now)}
            revision = revisions[(reader, e.flag_id)] = revisions.get((reader, e.flag_id), 0) + 1
            rows.append(
                {"subscriber_id": reader, "flag_id": e.flag_id, "revision": revision, "outbox_id": m.message.id, "facts": sent,
                 "shown": e.flag_id not in m.lines, "at": now, "as_of": m.as_of}
            )  # fmt: skip
    if rows:
        session.execute(insert(NotificationRow), rows)


def _confirmed_at(e: DigestEntry, before: Mapping[str, Any], now: datetime) -> str:
    """When the reader was notified that the entry is confirmed (ISO 8601; "": never, or the
    confirmation was withdrawn).
    """
    if e.state is FlagState.CONFIRMED:
        return str(before.get("confirmed_at") or now.isoformat())
    return str(before.get("confirmed_at") or "") if e.state is FlagState.OPEN else ""


def preview(session: Session, reader: SubscriberRow, subscription: SubscriptionRow, at: datetime) -> Digest:
    """The digest that would be sent at `at`, from the end of the subscription's last one (or its
    usual period) up to `at`.

    Rebuilt from history: the same moment gives the same digest, today or next year.
    """
    preferences = preferences_of(subscription)
    start = db_digests.last_period_end(session, subscription.id, at) or due_before(preferences, subscription.zone, at)
    due = DueDigest(reader, subscription, preferences, start, at, heartbeat=True, late=False)
    return choose_mails(session, [(due,)], {}, at, notified_before=at)[0].digests[0]
