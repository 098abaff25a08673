"""1,200 idle half-requests against `ajour run` with 1,024 descriptors: desk, health, database and
mail keep working.
"""

import re
import resource
import socket
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.models import OutboxRow
from tests import databases
from tests.e2e import simulated_desk
from tests.processes import PATIENCE, Process
from tests.smtp_server import Keeper, Loopback

SOCKETS = 1_200
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE)]


def run_with_few_descriptors() -> None:
    """`ajour run` with the number of descriptors of an ordinary login."""
    import sys

    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
    from app.cli.main import main
    from monitor.compare.signals import encoder
    from tests.fake_encoder import BagOfWords

    encoder.UniversalSentenceEncoder = BagOfWords  # type: ignore[misc, assignment]
    sys.argv = ["ajour", "run"]
    main()


@pytest.fixture
def mail_server() -> Iterator[tuple[Keeper, int]]:
    keeper = Keeper()
    controller = Loopback(keeper, hostname="127.0.0.1", port=0)
    controller.start()
    yield keeper, controller.port
    controller.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = databases.sqlite(tmp_path / "var" / "ajour.db")
    simulated_desk.daily_jobs_done(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def running(tmp_path: Path, database: Engine, mail_server: tuple[Keeper, int]) -> Iterator[tuple[Process, dict[str, str]]]:
    environment = simulated_desk.environment(tmp_path, "http://127.0.0.1:1") | {
        "AJOUR_SMTP_HOST": "127.0.0.1", "AJOUR_SMTP_PORT": str(mail_server[1]), "AJOUR_SMTP_SECURITY": "none",
        "AJOUR_MAIL_FROM": "ajour@example.org", "AJOUR_PUBLIC_URL": "https://ajour.example.org",
    }  # fmt: skip
    process = Process(run_with_few_descriptors, environment=environment, output=tmp_path / "log")
    try:
        end = time.monotonic() + PATIENCE
        while '"running"' not in process.said() and process.code is None and time.monotonic() < end:
            time.sleep(0.05)
        addresses = dict(re.findall(r'"what": "(\w+)", "address": "(http[^"]+)"', process.said()))
        assert set(addresses) == {"health", "desk"}, process.said()[-3000:]
        yield process, addresses
    finally:
        process.kill()


def status(address: str, form: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(address, form, timeout=PATIENCE) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def queue_mail(engine: Engine) -> None:
    now = datetime.now(UTC)
    message = zlib.compress(b"Subject: under load\r\n\r\nA message.\r\n")
    with writing(engine) as session:
        session.add(
            OutboxRow(key="k", kind="test", recipient="a@example.org", message=message, message_id="<k@x>", not_before=now, created_at=now)
        )


def test_idle_half_requests_take_neither_the_desk_nor_health_nor_the_database_nor_mail(
    running: tuple[Process, dict[str, str]], database: Engine, mail_server: tuple[Keeper, int]
) -> None:
    process, addresses = running
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < SOCKETS + 500:
        pytest.skip("this machine does not allow 1,700 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, SOCKETS + 500), hard))
    logged = len(process.said())
    host, port = addresses["desk"].removeprefix("http://").split(":")
    began = time.monotonic()
    with ExitStack() as stack:
        for _ in range(SOCKETS):
            idle = stack.enter_context(closing(socket.create_connection((host, int(port)), timeout=60)))
            try:
                idle.sendall(b"GET /sign-in HTTP/1.1\r\nHost: ")
            except ConnectionError:
                continue  # it was closed to make room for a later one
        for path in ("/live", "/ready", "/metrics"):
            assert status(addresses["health"] + path) == 200, path
        assert status(addresses["desk"] + "/sign-in") == 200
        assert status(addresses["desk"] + "/sign-in", b"name=Nobody&password=x") == 401, "the attempt is written to the database"
        queue_mail(database)
        end = time.monotonic() + PATIENCE
        while not mail_server[0].taken and time.monotonic() < end:
            time.sleep(0.2)
        assert [b"under load" in taken.raw for taken in mail_server[0].taken] == [True]
        if Path("/proc/self/fd").is_dir():
            assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) < 700
    text = process.said()[logged:]
    assert len(text) < 100_000
    lines = text.count('"connections_closed"')  # one a minute, however many were closed
    assert 1 <= lines <= 1 + (time.monotonic() - began) / 60
    assert "Traceback" not in text
    assert "out of system resource" not in text
