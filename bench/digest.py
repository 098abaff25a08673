"""Digests for 10,000 readers: how many a second are made and stored in the outbox, how many a
second are sent over SMTP on loopback, and whether memory stays flat.

- 30 stories of one day; readers with 24 different preferences in three languages, all due at the
  same hour.
- memory: peak after 10,000 readers against the peak after 1,000.
- sending: one sender, one connection at a time, a real SMTP server in another process that throws
  mail away.
"""

import multiprocessing
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, func, select

from alerts.digest import build
from alerts.digest_runs import run_due
from alerts.mail.outbox import send_due
from alerts.mail.render import render
from alerts.mail.smtp import SmtpSender
from db.engine import connect, reading, writing
from db.migrate import upgrade
from db.models import OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, TEXT, Tale, add_flag, decide, lay_out, subscribe

READERS, STORIES, SENT = 10_000, 30, 2_000


def fill(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for number in range(STORIES):
            claim, severity = ("C-1", "C-2", "D-1")[number % 3], ("high", "medium", "low")[number % 3]
            flag = add_flag(
                session,
                Tale(claim=claim, severity=severity, title=f"Новость {number} о повестках", changes=[], text=f"№ {number}. " + TEXT * 2),
                number,
            )
            if number % 5 == 0:
                decide(session, flag, "new_or_amended_law", "confirmed", NOW - timedelta(hours=2))
    for start in range(0, READERS, 1000):
        with writing(engine) as session:
            for number in range(start, start + 1000):
                language = ("en", "da", "nl")[number % 3]
                reports, severity = ((), ("cedoca",), ("drc",), ())[number % 4], ("low", "medium")[number % 2]
                subscribe(session, f"reader{number}@example.org", language=language, reports=reports, severity=severity)


def _throw_away(port: "multiprocessing.Queue[int]") -> None:
    import asyncio

    from tests.smtp_server import Keeper, Loopback

    class Sink(Keeper):
        async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
            return "250 gone"

    controller = Loopback(Sink(), hostname="127.0.0.1", port=0, data_size_limit=2_000_000)
    controller.start()
    port.put(controller.port)
    asyncio.new_event_loop().run_forever()


@contextmanager
def sink() -> Iterator[int]:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_throw_away, args=(port,), daemon=True)
    process.start()
    try:
        yield port.get(timeout=30)
    finally:
        process.terminate()
        process.join()


def peak() -> float:
    """Largest resident size so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rendered_alone(engine: Engine, count: int = 100) -> float:
    """Digests of 25 entries rendered a second of processor time when nothing is shared between
    readers.
    """
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    cpu = time.process_time()
    for number in range(count):
        render(replace(digest, elsewhere=number + 1), MAIL_CONFIG.links, personal=True)
    return count / (time.process_time() - cpu)


def main() -> None:
    with TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        fill(engine)
        base = peak()
        at_thousand: list[float] = []
        seen = 0

        def counted(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == 10:
                at_thousand.append(peak())

        from alerts import digest_runs

        stored = digest_runs._store
        digest_runs._store = lambda *arguments: (stored(*arguments), counted())[0]  # type: ignore[assignment]
        started, cpu = time.perf_counter(), time.process_time()
        first_run = run_due(engine, NOW, MAIL_CONFIG)
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        digest_runs._store = stored
        print(
            f"made      {first_run.mails} digests with mail in {took:.1f} s: {first_run.mails / took:.0f} a second ({first_run.mails / cpu:.0f} a second of processor time)"
        )
        print(f"alone     {rendered_alone(engine):.0f} a second of processor time where no two readers share a rendering")
        print(
            f"memory    {base:.0f} MB before, {at_thousand[0]:.0f} MB after 1,000 readers, {peak():.0f} MB after {READERS:,}: ratio {peak() / at_thousand[0]:.2f}"
        )
        started = time.perf_counter()
        second_run = run_due(engine, NOW + timedelta(minutes=1), MAIL_CONFIG)
        print(
            f"idle      {READERS:,} readers checked in {time.perf_counter() - started:.1f} s when nothing is due ({second_run.digests} made)"
        )
        with reading(engine) as session:
            size = session.scalar(select(func.avg(func.length(OutboxRow.message)))) or 0
        print(
            f"outbox    {float(size) / 1024:.1f} KB a message, deflated; database {(Path(folder) / 'bench.db').stat().st_size / 1e6:.0f} MB"
        )
        with sink() as port, SmtpSender("127.0.0.1", port, "none") as sender:
            started, cpu = time.perf_counter(), time.process_time()
            sent = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG, limit=SENT).sent
            took, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(f"sent      {sent} messages in {took:.1f} s: {sent / took:.0f} a second ({sent / cpu:.0f} a second of processor time)")
        engine.dispose()


if __name__ == "__main__":
    main()
