"""A month in a minute, with faults thrown in: at the end every item is accounted for, every digest
was sent once, and nothing grows without end.

The clock is a fake one that steps two hours at a time; the duties are the real ones, on a real
SQLite file. What goes wrong, goes wrong on purpose and at random, from a seed that a failure
prints; TESTS_SOAK_SEED plays the same month again.
"""

import hashlib
import logging
import os
import random
import resource
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import structlog
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from alerts import digest_runs, subscriptions
from alerts.mail import outbox
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import MailHead
from alerts.mail.smtp import Envelope, MailServerFault
from alerts.preferences import Preferences
from alerts.signed_links import LinkSigner
from app.runtime.job_runner import Job, WorkerContext, run_if_due
from app.runtime.settings import load_settings
from db import backup, fetches, ops
from db.engine import CannotOpen, reading, writing
from db.enums import FetchOutcome, FetchReason, MailState, Rhythm
from db.fetches import FetchRecord
from db.items import NewVersion
from db.models import DigestRow, FetchRow, ItemRow, ItemVersionRow, OutboxRow, SourceRow

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
SOURCES = 8


class Mailbox:
    """A mail server that is away now and then, and remembers what it took."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.taken = chance, Counter[str]()

    def send(self, envelope: Envelope) -> None:
        if self.chance.random() < 0.3:
            raise MailServerFault("away")
        self.taken[str(message_from_bytes(envelope.message)["Message-ID"])] += 1


class World:
    """What the outlets publish, and what of it must end up in the store."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.published = chance, {f"s{n}": list[str]() for n in range(SOURCES)}

    def hour(self, now: datetime) -> None:
        for source, keys in self.published.items():
            keys.extend(f"{source}-{now:%m%d%H}-{n}" for n in range(self.chance.choice((0, 0, 1, 2))))

    def look(self, source: str, now: datetime) -> tuple[FetchRecord, list[NewVersion]]:
        """The newest 60 entries, as a feed has them; or nothing, where the source is ill."""
        ill = self.chance.random() < 0.1
        outcome, reason = (FetchOutcome.BROKEN, FetchReason.TIMEOUT) if ill else (FetchOutcome.NEW_ITEMS, FetchReason.OK)
        entries = [] if ill else [_version(k, now) for k in self.published[source][-60:]]
        return FetchRecord(
            source, now, now, outcome, reason, "https://example.org", status=None if ill else 200, seen=len(entries)
        ), entries


def _version(key: str, now: datetime) -> NewVersion:
    return NewVersion(
        key, f"https://example.org/{key}", f"title {key}", "text", "en", now, None, None, hashlib.sha256(key.encode()).hexdigest()
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database's write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@pytest.fixture
def quiet() -> None:
    """Thousands of faults on purpose need not be printed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
def test_a_month_of_faults_loses_nothing_and_sends_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: C901 - a month has many hours
    seed = int(os.environ.get("TESTS_SOAK_SEED") or random.randrange(10**6))
    print(f"TESTS_SOAK_SEED={seed}")
    chance = random.Random(seed)
    monkeypatch.setattr("db.engine.BUSY_SECONDS", 0.05)  # a lock that stays is an error soon
    context = WorkerContext(load_settings(data=tmp_path))
    world, mail = World(chance), Mailbox(chance)
    office = MailConfig(links=LinkSigner("https://ajour.example.org", "k" * 32), mail_head=MailHead("ajour@example.org"))
    full = False

    def watch(context: WorkerContext) -> str:
        now = datetime.now(UTC)
        for source in world.published:
            if full:
                raise OSError(28, "No space left on device")
            if chance.random() < 0.02:
                raise RuntimeError("a worker is killed in mid-round")
            record, entries = world.look(source, now)
            with writing(context.engine) as session:
                fetches.store_fetch(session, record, entries, 3600)
        return ""

    def tell(context: WorkerContext) -> str:
        digest_runs.run_due(context.engine, datetime.now(UTC), office)
        outbox.send_due(context.engine, {"mail": mail}, lambda: datetime.now(UTC), office)
        return ""

    def back_up(context: WorkerContext) -> str:
        backup.write_backup(context.engine, tmp_path / "backups" / f"daily-{datetime.now(UTC):%Y%m%dT%H%M%S}.zip")
        backup.prune(tmp_path / "backups", 3)
        return ""

    job_runs = [Job("watch", "watch", watch, every=60), Job("tell", "send", tell, every=60), Job("backup", "schedule", back_up, hour=3)]
    memory: list[int] = []
    with time_machine.travel(START, tick=False) as clock:
        _set_up(context)
        for hour in range(0, 24 * DAYS, 2):
            clock.move_to(START + timedelta(hours=hour))
            if chance.random() < 0.02:
                clock.shift(timedelta(hours=-3))  # the clock is set back for an hour
            world.hour(datetime.now(UTC))
            full = chance.random() < 0.03
            for job in job_runs:
                if chance.random() < 0.03:
                    # Also a start fails then
                    with locked(tmp_path / "ajour.db"), suppress(OperationalError, CannotOpen):
                        run_if_due(job, context)
                else:
                    run_if_due(job, context)
            if chance.random() < 0.02:  # the process is killed and started again
                context.engine.dispose()
                context = WorkerContext(context.settings)
            if hour % 24 == 22:
                memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        full = False
        for extra in range(1, 49):  # two calm days, in which everything catches up
            clock.move_to(START + timedelta(days=DAYS, hours=extra))
            chance.random = lambda: 1.0  # type: ignore[method-assign]
            for job in job_runs:
                run_if_due(job, context)
    with reading(context.engine) as session:
        stored = set(map(tuple, session.execute(select(ItemRow.source_id, ItemRow.key))))
        assert stored == {(s, k) for s, keys in world.published.items() for k in keys}
        assert session.scalar(select(func.count()).select_from(ItemVersionRow)) == len(stored)
        digests = session.scalars(select(DigestRow.period_start).order_by(DigestRow.period_start)).all()
        assert len(digests) == len(set(digests))
        assert len(digests) >= DAYS - 1
        states = Counter(session.scalars(select(OutboxRow.state)))
        assert set(states) == {MailState.SENT.value}, states
        assert (session.scalar(select(func.count()).select_from(FetchRow)) or 0) > 12 * DAYS * SOURCES / 2
        assert ops.job_runs(session)["watch"].failures == 0
    assert set(mail.taken.values()) == {1}
    assert sum(mail.taken.values()) == states[MailState.SENT.value]
    assert memory[-1] < memory[5] * 1.15, memory
    backups = sorted((tmp_path / "backups").glob("daily-*.zip"))
    assert len(backups) == 3
    backup.restore(backups[-1], f"sqlite:///{tmp_path / 'drill.db'}")


def _set_up(context: WorkerContext) -> None:
    with writing(context.engine) as session:
        for n in range(SOURCES):
            session.add(SourceRow(id=f"s{n}", name=f"Source {n}", kind="feed", url="https://example.org", tier=2, config={"every": "1h"}))
        subscriptions.add(session, "reader@example.org", Preferences(rhythm=Rhythm.DAILY), START - timedelta(days=1), confirmed=True)
