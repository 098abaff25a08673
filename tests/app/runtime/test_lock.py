"""One process per data folder; the demo does not replace a database that is in use."""

import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from app.runtime.health import check_free
from app.runtime.lock import AlreadyRunning, sole
from app.tools.demo.run import _remove_old_database
from db.engine import CannotOpen
from tests import databases
from tests.cli_runner import Ran


def test_a_folder_has_one_holder_at_a_time(tmp_path: Path) -> None:
    with sole(tmp_path), pytest.raises(AlreadyRunning, match="in use by another Ajour"), sole(tmp_path):
        pass
    with sole(tmp_path):
        pass


def test_the_demo_is_refused_while_its_desk_is_open(ajour: Callable[..., Ran], tmp_path: Path) -> None:
    databases.sqlite(tmp_path / "demo.db").dispose()
    before = (tmp_path / "demo.db").read_bytes()
    with sole(tmp_path):
        ran = ajour("demo", "--folder", tmp_path, "--no-desk")
    assert ran.code == 3
    assert "in use" in ran.err
    assert (tmp_path / "demo.db").read_bytes() == before


@pytest.mark.parametrize("used", [True, False])
def test_a_demo_database_in_which_people_worked_is_kept(tmp_path: Path, used: bool) -> None:
    path = tmp_path / "demo.db"
    databases.sqlite(path).dispose()
    if used:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("INSERT INTO user (name, role, active, created_at) VALUES ('Anna', 'admin', 1, '2026-01-01 00:00:00')")
    _remove_old_database(path, Console(quiet=True))
    assert not path.exists()
    kept = [p for p in tmp_path.glob("demo.db.kept-*") if not p.name.endswith(("-wal", "-shm"))]
    assert len(kept) == int(used)


def test_a_taken_port_is_reported_before_anything_starts(
    ajour: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotOpen, match=address):
            check_free("", address)
        for words in (("serve", "--listen", address), ("run",)):
            monkeypatch.setenv("AJOUR_LISTEN", address)
            monkeypatch.setenv("AJOUR_HEALTH", "")
            ran = ajour(*words)
            assert ran.code == 3
            assert ran.err.count("\n") == 1, ran.err
            assert f"cannot listen on {address}" in ran.err
    assert not (tmp_path / "var" / "ajour.db").exists()


def test_a_binary_file_is_one_error(ajour: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(bytes(range(256)) * 100)
    ran = ajour("replay", path, "--baseline", "cedoca-2026", "--out", tmp_path / "out")
    assert ran.code == 2
    assert ran.err.strip().splitlines() == [f"{path}: is a binary file. Give a text file, one JSON object a line"]
