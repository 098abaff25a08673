"""Health endpoints: what makes a process unready, and addresses that cannot be listened on."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.runtime import health
from app.runtime.health import Pulse, Serving, check_free, create_health, faults, split
from app.runtime.metrics import Metrics
from db import ops
from db.engine import CannotOpen


def stopped_for(seconds: float) -> Pulse:
    """A scheduler that last ran that long ago."""
    pulse = Pulse()
    pulse.at -= seconds
    return pulse


def test_a_process_that_works_is_ready(engine: Engine, tmp_path: Path) -> None:
    assert faults(engine, tmp_path, Pulse()) == []


def test_a_scheduler_that_stands_still_is_not_ready(engine: Engine, tmp_path: Path) -> None:
    (fault,) = faults(engine, tmp_path, stopped_for(61))
    assert fault == "the scheduler has not run for 61 s"


def test_a_full_disk_is_not_ready(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "free_bytes", lambda _: 5 * 2**20)
    (fault,) = faults(engine, tmp_path, Pulse())
    assert fault == f"only 5 MB are free on the disk of {tmp_path}"


def test_a_schema_of_another_version_is_not_ready(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (fault,) = faults(engine, tmp_path, Pulse())
    assert fault.startswith("the database has schema 9999, this version needs ")


def test_a_database_without_tables_is_not_ready(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE job_run"))
    (fault,) = faults(engine, tmp_path, Pulse())
    assert "no such table" in fault


@pytest.mark.parametrize(("minutes", "ready"), [(29, True), (31, False), (-5, False)])
def test_a_watch_job_that_fails_is_late_after_a_while(engine: Engine, tmp_path: Path, minutes: int, ready: bool) -> None:
    now = datetime.now(UTC)
    ops.begin_job(engine, "watch", now)
    ops.end_job(engine, "watch", now - timedelta(minutes=minutes), "", failed=False)
    assert faults(engine, tmp_path, Pulse()) == [], "it has not failed"
    ops.end_job(engine, "watch", now, "OSError: away", failed=True)
    assert faults(engine, tmp_path, Pulse()) == ([] if ready else ["the watch job has failed 1 times in a row: OSError: away"])


def test_live_fails_only_where_a_restart_helps(engine: Engine, tmp_path: Path) -> None:
    for seconds, live, ready in ((0, 200, 200), (61, 200, 503), (601, 503, 503)):
        client = TestClient(create_health(engine, tmp_path, stopped_for(seconds), Metrics(engine, tmp_path)))
        assert (client.get("/live").status_code, client.get("/ready").status_code) == (live, ready)
    assert "ajour_items_total" in client.get("/metrics").text


def test_a_server_listens_until_it_is_stopped(engine: Engine, tmp_path: Path) -> None:
    server = Serving(create_health(engine, tmp_path, Pulse(), Metrics(engine, tmp_path)), "127.0.0.1:0", "health")
    server.start()
    assert server.port > 0
    with pytest.raises(CannotOpen, match=f"127.0.0.1:{server.port}: Address already in use"):
        check_free("", f"127.0.0.1:{server.port}")
    other = Serving(create_health(engine, tmp_path, Pulse(), Metrics(engine, tmp_path)), f"127.0.0.1:{server.port}", "health")
    with pytest.raises(CannotOpen, match="is the port taken"):
        other.start()
    server.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0


@pytest.mark.parametrize(
    ("address", "parts"), [("127.0.0.1:8000", ("127.0.0.1", 8000)), ("[::1]:80", ("::1", 80)), ("localhost:0", ("localhost", 0))]
)
def test_an_address_is_host_and_port(address: str, parts: tuple[str, int]) -> None:
    assert split(address) == parts


@pytest.mark.parametrize("address", ["", "8000", ":8000", "localhost", "localhost:http", "localhost:65536", "localhost:-1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="write host:port"):
        split(address)
