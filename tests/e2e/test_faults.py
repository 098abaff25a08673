"""Faults of the machine and of its neighbours, each tried for itself: nothing is lost, nothing is
doubled.

FAULTS counts them. Kills of processes are in test_cycle.py, test_mail_killed.py, test_run.py and
test_postgres_workers.py, crashes of PostgreSQL in test_postgres_restarts.py.
"""

import socket
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from alerts.mail.outbox import send_due
from alerts.mail.smtp import SmtpSender
from app.runtime.health import check_free
from app.runtime.jobs import check_clock
from db.engine import CannotOpen, writing
from db.models import OutboxRow
from tests.alerts_factory import MAIL_CONFIG
from tests.e2e.outlet_server import NEWS, World, kept, make_due, watch_list, watcher, world
from tests.smtp_server import Keeper, serving

NOW = datetime.now(UTC)
# Writes that succeed before the database fails, and how it fails.
STORAGE = [
    (after, error)
    for after in (0, 1, 2, 4, 7, 11, 16, 20, 24, 28)
    for error in ("database or disk is full", "disk I/O error", "unable to open database file")
]
# Temporary answers of a mail server; the message goes out at a later try.
MAIL: dict[str, Callable[[Keeper], object]] = {
    "greylisted": lambda k: k.refuse.update({"a@example.org": "451 4.7.1 greylisted"}),
    "mailbox busy": lambda k: k.refuse.update({"a@example.org": "450 4.2.1 busy"}),
    "mailbox full": lambda k: k.refuse.update({"a@example.org": "452 4.2.2 full"}),
    "service closes": lambda k: k.refuse.update({"a@example.org": "421 4.3.2 shutting down"}),
    "refused after the text": lambda k: k.after_data.append("451 4.3.0 try again"),
    "no room after the text": lambda k: k.after_data.append("452 4.3.1 no space"),
    "closes after the text": lambda k: k.after_data.append("421 4.3.2 shutting down"),
}
CLOCKS = [timedelta(hours=1), timedelta(days=1), timedelta(days=3), timedelta(days=400)]
# 2: servers that do not answer; 3: taken ports
FAULTS = len(STORAGE) + len(MAIL) + 2 + len(CLOCKS) + 3


def test_they_are_more_than_thirty() -> None:
    assert FAULTS > 30


@pytest.fixture(scope="module")
def played() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(played: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What a cycle without a fault stores."""
    folder = tmp_path_factory.mktemp("undisturbed")
    monitor = watcher(folder, watch_list(folder, played.address, list(NEWS)))
    monitor.cycle()
    return kept(monitor.engine)


@contextmanager
def failing_storage(engine: Engine, after: int, why: str) -> Iterator[list[str]]:
    """The database fails for everything that is written after `after` statements."""
    written: list[str] = []

    def refuse(_connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)
            if len(written) > after:
                raise sqlite3.OperationalError(why)

    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield written
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.parametrize(("after", "error"), STORAGE)
def test_a_cycle_whose_database_fails_is_made_whole_by_the_next(
    tmp_path: Path, played: World, undisturbed: dict[str, list[Any]], after: int, error: str
) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    monitor.watcher.parsers.processes = 0
    with failing_storage(monitor.engine, after, error) as written, pytest.raises(Exception, match=error):
        monitor.cycle()
    assert len(written) > after
    make_due(monitor.engine)
    monitor.cycle()
    assert kept(monitor.engine) == undisturbed


def queue(engine: Engine, at: datetime = NOW) -> None:
    message = zlib.compress(b"From: ajour@example.org\r\nTo: a@example.org\r\nSubject: x\r\n\r\nA message.\r\n")
    with writing(engine) as session:
        session.add(
            OutboxRow(key="k", kind="test", recipient="a@example.org", message=message, message_id="<k@x>", not_before=at, created_at=at)
        )


def state(engine: Engine) -> str:
    with writing(engine) as session:
        return session.scalars(select(OutboxRow.state)).one()


@pytest.mark.parametrize("fault", MAIL)
def test_a_mail_server_that_refuses_for_now_gets_the_message_once(engine: Engine, fault: str) -> None:
    queue(engine)
    keeper = Keeper()
    MAIL[fault](keeper)
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert (state(engine), keeper.taken) == ("failed", [])
    keeper.refuse.clear()
    with serving(keeper) as sender:
        for hours in (1, 2):
            send_due(engine, {"mail": sender}, lambda: NOW + timedelta(hours=hours), MAIL_CONFIG)  # noqa: B023 - called at once
    assert (state(engine), len(keeper.taken)) == ("sent", 1)


@pytest.mark.parametrize("listens", [False, True])
def test_a_mail_server_that_does_not_answer_loses_no_message(engine: Engine, listens: bool) -> None:
    queue(engine)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()
        with SmtpSender("127.0.0.1", silent.getsockname()[1], "none", seconds=1) as sender:
            assert send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG).fault
    assert state(engine) == "failed"
    keeper = Keeper()
    with serving(keeper) as sender:
        for hours in (1, 2):
            send_due(engine, {"mail": sender}, lambda: NOW + timedelta(hours=hours), MAIL_CONFIG)  # noqa: B023 - called at once
    assert (state(engine), len(keeper.taken)) == ("sent", 1)


@pytest.mark.parametrize("ahead", CLOCKS)
def test_a_message_that_a_wrong_clock_put_off_goes_out_when_it_is_right(engine: Engine, ahead: timedelta) -> None:
    queue(engine, datetime.now(UTC) + ahead)
    keeper = Keeper()
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: datetime.now(UTC), MAIL_CONFIG)
        assert keeper.taken == []
        check_clock(engine)
        for _ in range(2):
            send_due(engine, {"mail": sender}, lambda: datetime.now(UTC), MAIL_CONFIG)
    assert (state(engine), len(keeper.taken)) == ("sent", 1)


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "0.0.0.0:{port}", "[::1]:{port}"])
def test_a_taken_port_is_reported_before_anything_starts(address: str) -> None:
    family = socket.AF_INET6 if "[" in address else socket.AF_INET
    with closing(socket.socket(family)) as taken:
        try:
            taken.bind(("::1" if "[" in address else "127.0.0.1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        taken.listen()
        with pytest.raises(CannotOpen, match="cannot listen on"):
            check_free(address.format(port=taken.getsockname()[1]))
