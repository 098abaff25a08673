"""Making digests that are due: found or created by (reader, period), also those that were missed.

Nothing remembers "the next run". Whoever calls `run_due`, as often as they like and from as many processes as they like, gets the same result: for every
reader the newest due moment up to now is worked out from their preferences, and if their last digest ended before it, the digest from there to that moment
is made. After a week without power that is one digest of a week, not seven. Reading and rendering happen outside of the write transaction; inside it,
whatever came in between is seen (the reader's last digest and last telling), and the reader is left to the next call.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from alerts import outbox
from alerts.digest import OVERLAP, Digest, Pool, choose, gather, tellings
from alerts.entries import Entry, facts
from alerts.mail import Letter, message_id, personal, write
from alerts.office import Office
from alerts.render import render
from alerts.wanted import Wanted, due_before, last_due
from db import models, telling
from db.engine import reading, writing
from db.models import Outbox, Subscriber, Told
from db.words import MailKind, Rhythm

log = logging.getLogger(__name__)
Period = tuple[datetime, datetime]
PART = 100  # readers in one transaction
HEARTBEAT = timedelta(days=7)  # a reader hears from us at least so often, also when there is nothing to tell
_SLACK = timedelta(hours=2)  # a clock change makes a week an hour short


@dataclass
class Made:
    """What one call made."""

    digests: int = 0
    mails: int = 0
    urgent: int = 0
    skipped: int = 0  # something came in between; the next call makes them
    unusable: dict[int, str] = field(default_factory=dict)  # reader → why their preferences cannot be followed


@dataclass(frozen=True)
class Due:
    """A digest that should exist and does not."""

    reader: Subscriber
    wanted: Wanted
    start: datetime
    end: datetime
    heartbeat: bool  # told even if empty
    late: bool


@dataclass(frozen=True)
class Chosen:
    """A due digest as a value."""

    due: Due
    digest: Digest
    last_told: int  # id of the newest telling that was known when it was chosen; 0: none


@dataclass(frozen=True)
class Ready:
    """A digest with its message (None: nothing to tell), and what it was made from."""

    due: Due
    digest: Digest
    subject: str
    message: bytes | None  # deflated
    message_id: str
    last_told: int


def key_of(due: Due) -> str:
    """What makes a digest's message one and only."""
    return f"digest:{due.reader.id}:{due.start:%Y%m%dT%H%M%SZ}"


def run_due(engine: Engine, now: datetime, office: Office) -> Made:
    """Make every digest that is due, and put its mail into the outbox in the same transaction. Safe to call from several processes at once."""
    made = Made()
    after = 0
    pools: dict[Period, Pool] = {}
    while True:
        with reading(engine) as session:
            readers = telling.readers(session, now, after, PART)
            chosen = digests_for(session, due_digests(session, readers, now, made), pools)
        if not readers:
            return made
        after = readers[-1].id
        ready = [_ready(c, office, now) for c in chosen]
        if ready:
            with writing(engine, telling.SCOPE) as session:
                _store(session, ready, now, made)


def due_digests(session: Session, readers: Sequence[Subscriber], now: datetime, made: Made) -> list[Due]:
    """The ONE place where it is decided whether a reader's digest is due, and for which period."""
    ids = [r.id for r in readers]
    last, mailed = telling.last_ends(session, ids), telling.last_mailed(session, ids)
    found = []
    for reader in readers:
        try:
            wanted = Wanted.model_validate(reader.wanted)
            end = last_due(wanted, reader.zone, now)
            usual = due_before(wanted, reader.zone, end)
        except (ValidationError, ZoneInfoNotFoundError, ValueError) as error:
            made.unusable[reader.id] = str(error).splitlines()[0]
            log.warning("reader %s: preferences cannot be followed: %s", reader.id, error)
            continue
        start = last.get(reader.id, usual)
        assert reader.confirmed_at is not None
        if start >= end or (reader.id not in last and end <= reader.confirmed_at):
            continue
        silent = reader.id not in mailed or end - mailed[reader.id] >= HEARTBEAT - _SLACK
        found.append(Due(reader, wanted, start, end, silent or wanted.rhythm is not Rhythm.DAILY, late=start < usual - _SLACK))
    return found


def digests_for(session: Session, dues: Sequence[Due], pools: dict[Period, Pool], told_before: datetime | None = None) -> list[Chosen]:
    """The digests of some readers. `pools` keeps periods that readers share; what was told is read once for all readers of a period."""
    found = []
    by_period: dict[Period, list[Due]] = defaultdict(list)
    for due in dues:
        by_period[(due.start, due.end)].append(due)
    for period, group in by_period.items():
        pool = _pool(session, period, pools)
        ids = [d.reader.id for d in group]
        told = telling.told(session, ids, [e.flag_id for e in pool.entries], told_before)
        last = telling.last_told(session, ids)
        urgent = telling.urgent_sent(session, ids, MailKind.URGENT.value, *period)
        for due in group:
            reader, weekly = due.reader, due.wanted.rhythm is not Rhythm.DAILY
            digest = choose(
                pool, due.wanted, told[reader.id], language=reader.language, zone=reader.zone, weekly=weekly, late=due.late, urgent=urgent.get(reader.id, 0)
            )  # fmt: skip
            found.append(Chosen(due, digest, last.get(reader.id, 0)))
    return found


def _pool(session: Session, period: Period, pools: dict[Period, Pool]) -> Pool:
    if period not in pools:
        while len(pools) >= 32:  # as many as there are due hours in a day with zones; more would be kept for nothing
            pools.pop(next(iter(pools)))
        pools[period] = gather(session, *period, overlap=OVERLAP)
    return pools[period]


def _ready(c: Chosen, office: Office, now: datetime) -> Ready:
    key = key_of(c.due)
    identity = message_id(office.letterhead, office.links, key)
    if c.digest.empty and not c.due.heartbeat:
        return Ready(c.due, c.digest, c.digest.subject, None, identity, c.last_told)
    rendered = render(c.digest, office.links, personal=True)
    message = outbox.deflate(mail_of(c.due.reader, rendered.digest.subject, rendered.html, rendered.text, key, office, now))
    return Ready(c.due, rendered.digest, rendered.digest.subject, message, identity, c.last_told)


def mail_of(reader: Subscriber, subject: str, html: str, text: str, key: str, office: Office, now: datetime) -> bytes:
    """A shared rendering as one reader's mail."""
    assert reader.address is not None
    token = office.links.token(reader)
    letter = Letter(
        reader.address, subject, personal(text, token), personal(html, token), key, now, reader.language, office.links.unsubscribe(token)
    )  # fmt: skip
    return write(letter, office.letterhead, office.links)


def _store(session: Session, ready: Sequence[Ready], now: datetime, made: Made) -> None:
    """Digests, their messages and what was told, together. A reader for whom something came in between is left to the next call."""
    ids = [r.due.reader.id for r in ready]
    last, told = telling.last_ends(session, ids), telling.last_told(session, ids)
    rows = []
    for r in ready:
        reader = r.due.reader.id
        moved = reader in last and last[reader] > r.due.start
        if moved or told.get(reader, 0) != r.last_told:
            made.skipped += 1
            continue
        row = models.Digest(
            subscriber_id=reader, rhythm=r.due.wanted.rhythm.value, period_start=r.due.start, period_end=r.due.end, built_at=now, mailed=r.message is not None,
            subject=r.subject, entries=[{"flag": e.flag_id, **facts(e)} for e in tellings(r.digest)],
        )  # fmt: skip
        rows.append((r, row))
    session.add_all(row for _, row in rows)
    session.flush()
    mails = [(_put(session, r, row, now), tellings(r.digest), _as_lines(r.digest)) for r, row in rows if r.message is not None]
    record(session, mails, now)
    made.digests += len(rows)
    made.mails += len(mails)


def _put(session: Session, r: Ready, row: models.Digest, now: datetime) -> Outbox:
    assert r.message is not None
    return outbox.put(
        session, key=key_of(r.due), kind=MailKind.DIGEST, message=r.message, message_id=r.message_id, now=now, digest_id=row.id, subscriber_id=row.subscriber_id,
        subject=r.subject,
    )  # fmt: skip


def _as_lines(d: Digest) -> frozenset[int]:
    """Flags that a digest names in one line only."""
    return frozenset(e.flag_id for e in d.confirmed_lines)


def record(session: Session, mails: Sequence[tuple[Outbox, Sequence[Entry], frozenset[int]]], now: datetime) -> None:
    """Note what readers are told by messages (message, entries, flags told in one line only), in the transaction that puts them into the outbox."""
    session.flush()
    readers = [m.subscriber_id for m, _, _ in mails if m.subscriber_id is not None]
    before = telling.told(session, readers, sorted({e.flag_id for _, entries, _ in mails for e in entries}))
    known: dict[Entry, dict[str, Any]] = {}
    rows = []
    for mail, entries, lines in mails:
        assert mail.subscriber_id is not None
        mine = before[mail.subscriber_id]
        for e in entries:
            if e not in known:
                known[e] = facts(e)
            revision = mine[e.flag_id].revision + 1 if e.flag_id in mine else 1
            rows.append({"subscriber_id": mail.subscriber_id, "flag_id": e.flag_id, "revision": revision, "outbox_id": mail.id, "facts": known[e], "shown": e.flag_id not in lines, "at": now})  # fmt: skip
    if rows:
        session.execute(insert(Told), rows)


def preview(session: Session, reader: Subscriber, at: datetime) -> Digest:
    """The digest this reader would be sent at `at` if one were due then: from the end of their last one before it (or their usual period) up to `at`.

    Rebuilt from history: the same moment gives the same digest, today or next year.
    """
    wanted = Wanted.model_validate(reader.wanted)
    start = telling.last_period_end(session, reader.id, at) or due_before(wanted, reader.zone, at)
    return digests_for(session, [Due(reader, wanted, start, at, heartbeat=True, late=False)], {}, told_before=at)[0].digest
