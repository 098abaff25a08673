"""Urgent messages: what cannot wait for the digest, at once, clustered, and never more than a reader's daily limit.

Urgent is what is grave and sure: high severity, and either confirmed by a person, or said by a primary text that changes a claim. What goes over the limit
comes with the next digest. A few minutes pass first, so that what happens together goes out together, and a slip at the desk can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts import outbox
from alerts.chat import note
from alerts.coverage import Coverage
from alerts.digest import Digest, Pool, by_weight, choose
from alerts.entries import CHANGING, Entry, by_story, entry_of, fingerprint, flags_of
from alerts.mail import message_id
from alerts.messages import urgent_message
from alerts.office import Office
from alerts.runs import PART, Made, mail_of, record
from alerts.wanted import Wanted
from db import telling
from db.engine import reading, writing
from db.models import Subscriber
from db.words import FlagState, MailKind, Rhythm, Severity

SETTLE = timedelta(minutes=5)
WINDOW = timedelta(hours=24)  # what is older was news of yesterday: it comes with the digest
MOST = 8  # entries in one message


def urgent(e: Entry) -> bool:
    """The ONE place where "cannot wait" is coded."""
    if e.severity != Severity.HIGH:
        return False
    return e.state is FlagState.CONFIRMED or (e.state is FlagState.OPEN and e.primary and e.relation in CHANGING)


def gather_urgent(session: Session, now: datetime) -> list[Entry]:
    """Urgent entries of the last day that have settled and still stand so, the gravest first."""
    ids = telling.grave(session, telling.touched(session, now - WINDOW, now - SETTLE))
    if not ids:
        return []
    settled = {e.flag_id for f in telling.flags_then(session, ids, now - SETTLE) if urgent(e := entry_of(f))}
    return sorted((e for f in telling.flags_then(session, sorted(settled), now) if urgent(e := entry_of(f))), key=by_weight)


def run_urgent(engine: Engine, now: datetime, office: Office, made: Made | None = None) -> Made:
    """Put urgent messages into the outbox for all readers and channels. Safe to call from several processes at once."""
    made = made or Made()
    with reading(engine) as session:
        entries = gather_urgent(session, now)
        titles = tuple(telling.report_titles(session)) if entries else ()
    if not entries:
        return made
    pool = Pool(now - WINDOW, now, tuple(entries), Coverage(0, 0, (), 0), titles)
    _to_channels(engine, entries, now, office)
    after = 0
    while True:
        with reading(engine) as session:
            readers = telling.readers(session, now, after, PART)
            ready = _for_readers(session, readers, pool, now, office)
        if not readers:
            return made
        after = readers[-1].id
        if ready:
            with writing(engine, telling.SCOPE) as session:
                _store(session, ready, now, office, made)


@dataclass(frozen=True)
class Ready:
    """One reader's urgent message."""

    reader: Subscriber
    entries: tuple[Entry, ...]
    subject: str
    message: bytes
    key: str
    last_told: int


def _for_readers(session: Session, readers: Sequence[Subscriber], pool: Pool, now: datetime, office: Office) -> list[Ready]:
    ids = [r.id for r in readers]
    told = telling.told(session, ids, [e.flag_id for e in pool.entries])
    last = telling.last_told(session, ids)
    sent = telling.urgent_sent(session, ids, MailKind.URGENT.value, now - WINDOW, now + timedelta(microseconds=1))
    found = []
    for reader in readers:
        try:
            wanted = Wanted.model_validate(reader.wanted)
        except ValidationError:
            continue  # said by run_due, which sees the same reader
        if not (wanted.urgent or wanted.rhythm is Rhythm.IMMEDIATE) or sent.get(reader.id, 0) >= wanted.urgent_a_day:
            continue
        digest = choose(pool, wanted, told[reader.id], language=reader.language, zone=reader.zone, cap=MOST)
        entries = tuple(e for e in (*by_story(digest.confirmed), *digest.waiting) if _since_confirmed(e, reader))
        if entries:
            last_today = sent.get(reader.id, 0) + 1 >= wanted.urgent_a_day
            found.append(_ready(reader, digest, entries, last_today, last.get(reader.id, 0), now, office))
    return found


def _since_confirmed(e: Entry, reader: Subscriber) -> bool:
    assert reader.confirmed_at is not None
    return max(e.raised_at, e.decided_at or e.raised_at) >= reader.confirmed_at


def _ready(
    reader: Subscriber, digest: Digest, entries: tuple[Entry, ...], last_today: bool, last_told: int, now: datetime, office: Office
) -> Ready:
    key = f"urgent:{reader.id}:{fingerprint(entries)}"
    rendered = urgent_message(digest, entries, office.links, last_today=last_today)
    message = outbox.deflate(mail_of(reader, rendered.subject, rendered.html, rendered.text, key, office, now))
    return Ready(reader, entries, rendered.subject, message, key, last_told)


def _store(session: Session, ready: Sequence[Ready], now: datetime, office: Office, made: Made) -> None:
    told = telling.last_told(session, [r.reader.id for r in ready])
    for r in ready:
        if told.get(r.reader.id, 0) != r.last_told or telling.has_key(session, r.key):
            made.skipped += 1
            continue
        row = outbox.put(
            session, key=r.key, kind=MailKind.URGENT, message=r.message, message_id=message_id(office.letterhead, office.links, r.key), now=now,
            subscriber_id=r.reader.id, subject=r.subject,
        )  # fmt: skip
        record(session, [(row, flags_of(r.entries), frozenset())], now)
        made.urgent += 1


def _to_channels(engine: Engine, entries: Sequence[Entry], now: datetime, office: Office) -> None:
    if not office.channels:
        return
    with writing(engine, telling.SCOPE) as session:
        for channel in office.channels:
            for e in entries:
                note(session, channel, f"urgent:{e.flag_id}:{fingerprint([e])}", *_words(e, office), now)


def _words(e: Entry, office: Office) -> tuple[str, str]:
    """(title, body) for a chat channel, in English."""
    state = "confirmed" if e.state is FlagState.CONFIRMED else "not yet reviewed"
    v = e.voices[0]
    lines = [
        f"{e.report} {e.section} ({e.claim_id}): {e.statement}",
        f"{v.outlet}, {v.tier_words}; {e.relation_words}",
        office.links.flag(e.flag_id),
    ]
    return f"[Ajour] {e.what} ({state})", "\n".join(x for x in lines if x)
