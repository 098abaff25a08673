"""`ajour serve`: the first start, and what keeps it from starting."""

import os
import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.serve import demo_settings, open_desk
from app.runtime.settings import load_settings
from db.engine import CannotOpen
from tests import processes
from tests.cli_runner import Ran

Run = Callable[..., Ran]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """A started `ajour serve`: its address, and what it printed until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = processes.ajour("serve", "--listen", f"127.0.0.1:{port}", environment=os.environ, output=folder / f"said{port}")
    try:
        deadline = time.monotonic() + processes.PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=60).close()
                break
            except OSError:
                assert process.code is None, process.said()
                assert time.monotonic() < deadline, process.said()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.said()
    finally:
        process.stop()


@pytest.mark.slow
def test_the_first_start_prints_a_link_and_later_ones_do_not(tmp_path: Path, ajour: Run) -> None:
    with served(tmp_path) as (address, said):
        link = re.search(rf"{address}/setup/\S{{40,}}", said)
        assert link is not None
        form = b"name=Anna&password=three+quiet+green+boats"
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(link[0], data=form, timeout=processes.PATIENCE) as answer:  # the first user is signed in
            assert not answer.url.startswith((f"{address}/setup", f"{address}/sign-in"))
            assert answer.status == 200
    with served(tmp_path) as (_, said):
        assert "/setup/" not in said
    listed = ajour("users", "list", "--json").json
    assert listed == [{"name": "Anna", "role": "admin", "active": True, "password": True}]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotOpen, match=address):
            open_desk(load_settings(data=tmp_path, listen=address))


def test_the_demo_has_a_database_and_a_watch_list_of_its_own(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, {"listen": "127.0.0.1:1"})
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo.db'}"
    assert (settings.sources, settings.listen, settings.allow_loopback) == (tmp_path / "sources.yml", "127.0.0.1:1", True)
