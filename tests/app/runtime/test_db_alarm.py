"""When the database itself fails, the operators hear of it by mail all the same: once when it
begins, once when it is over. A real mail server, a file that breaks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from app.runtime import server as app_server
from app.runtime.db_alarm import PATIENCE, DatabaseAlarm
from app.runtime.job_runner import Job, WorkerContext
from app.runtime.settings import Settings, load_settings
from db.engine import CannotOpen
from tests.smtp_server import Keeper, Loopback

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def settings(tmp_path: Path, keeper: Keeper) -> Iterator[Settings]:
    server = Loopback(keeper, hostname="127.0.0.1", port=0)
    server.start()
    yield load_settings(
        data=tmp_path / "var", smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", mail_from="ajour@example.org",
        operators="one@example.org two@example.org",
    )  # fmt: skip
    server.stop()


def subjects(keeper: Keeper) -> list[tuple[str, str]]:
    """(to, subject) of what arrived."""
    return [(t.to[0], str(message_from_bytes(t.raw, policy=default)["Subject"])) for t in keeper.taken]


def break_it(context: WorkerContext) -> bytes:
    """What was in the file that is no database now."""
    context.engine.dispose()
    path = Path(context.settings.data) / "ajour.db"
    for aside in (f"{path}-wal", f"{path}-shm"):
        Path(aside).unlink(missing_ok=True)
    kept = path.read_bytes()
    path.write_bytes(b"this is no database " * 500)
    return kept


def mend_it(context: WorkerContext, kept: bytes) -> None:
    context.engine.dispose()
    (Path(context.settings.data) / "ajour.db").write_bytes(kept)


@pytest.mark.slow
def test_a_database_that_breaks_is_reported_once_and_its_recovery_once(settings: Settings, keeper: Keeper) -> None:
    context, clock = WorkerContext(settings), Clock()
    alarm, job = DatabaseAlarm(settings, clock), Job("digests", "send", lambda _: "done", every=0)

    def ticks(minutes: int) -> None:
        for _ in range(minutes * 4):
            app_server._tick(job, context, alarm)
            clock.at += MINUTE / 4

    ticks(2)
    kept = break_it(context)
    ticks(1)
    assert keeper.taken == []  # a minute is no news
    ticks(9)
    assert [to for to, _ in subjects(keeper)] == ["one@example.org", "two@example.org"]
    assert subjects(keeper)[0][1].startswith("[Ajour] The database fails: ")
    assert b"not a database" in keeper.taken[0].raw
    mend_it(context, kept)
    ticks(5)
    assert [s.partition(". ")[0] for _, s in subjects(keeper)[2:]] == ["[Ajour] The database works again"] * 2
    assert not (Path(settings.data) / "database-fault.json").exists()
    context.close()


def test_a_process_that_is_started_again_and_again_tells_it_once(
    settings: Settings, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(settings.data).mkdir(parents=True)
    (Path(settings.data) / "ajour.db").write_bytes(b"this is no database " * 500)
    clock = Clock()
    monkeypatch.setattr(app_server, "DatabaseAlarm", lambda given: DatabaseAlarm(given, clock))
    for _ in range(6):
        with pytest.raises(CannotOpen):
            app_server.run(settings)
        clock.at += MINUTE
    assert [to for to, _ in subjects(keeper)] == ["one@example.org", "two@example.org"]
    again = DatabaseAlarm(settings, clock)  # at last it starts
    again.worked("watch")
    again.worked("watch")
    assert len(keeper.taken) == 4


def test_a_port_that_is_taken_is_no_fault_of_the_database(settings: Settings, keeper: Keeper) -> None:
    settings = settings.model_copy(update={"listen": "127.0.0.1:1", "health": "127.0.0.1:1"})
    context = WorkerContext(settings)
    assert app_server._database_fault(context) is None


def test_while_the_mail_server_fails_too_it_is_tried_again_for_whom_it_did_not_reach(settings: Settings, keeper: Keeper) -> None:
    clock = Clock()
    alarm = DatabaseAlarm(settings, clock)
    keeper.refuse["two@example.org"] = "451 4.7.1 greylisted"
    alarm.failed("digests", "disk I/O error\n[SQL: …]")
    clock.at += PATIENCE
    alarm.failed("digests", "disk I/O error")
    keeper.refuse.clear()
    alarm.failed("digests", "disk I/O error")  # too soon after the try that failed
    assert [to for to, _ in subjects(keeper)] == ["one@example.org"]
    clock.at += MINUTE
    alarm.failed("watch", "disk I/O error")
    assert [to for to, _ in subjects(keeper)] == ["one@example.org", "two@example.org"]
    alarm.worked("digests")
    assert len(keeper.taken) == 2  # the watch still cannot
    alarm.worked("watch")
    assert len(keeper.taken) == 4


def test_a_fault_shorter_than_patience_is_not_reported(settings: Settings, keeper: Keeper) -> None:
    clock = Clock()
    alarm = DatabaseAlarm(settings, clock)
    Path(settings.data).mkdir(parents=True)
    for _ in range(5):
        alarm.failed("digests", "database is locked")
        clock.at += MINUTE
        alarm.worked("digests")
        clock.at += MINUTE
    assert keeper.taken == []
