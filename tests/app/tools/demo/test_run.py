"""The demo's watch list, and what it keeps of an earlier demo. tests/e2e/test_demo.py plays it
whole.
"""

import io
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from app.tools.demo import run
from app.tools.demo.server import FAILING, outlets
from monitor.sources import load_sources
from tests import databases
from tests.review.factory import Filled

REPORTS = {"drc-2024", "cedoca-2026"}


def test_the_watch_list_is_the_real_rows_at_the_local_address(tmp_path: Path) -> None:
    path = run.write_watch_list(tmp_path, "http://127.0.0.1:9")
    listed = load_sources(path, REPORTS)
    assert [s.id for s in listed] == [o["source"] for o in outlets()] + list(FAILING)
    assert {s.url for s in listed} == {f"http://127.0.0.1:9/{s.id}" for s in listed}
    assert not any(s.mirrors for s in listed)
    kinds = {row["id"]: row["kind"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]}
    assert all(kinds[o["source"]] == ("telegram" if o["format"] == "telegram" else "feed") for o in outlets())


def set_aside(folder: Path) -> str:
    """What is printed when the database of the last demo is put aside."""
    result = io.StringIO()
    run._remove_old_database(folder / "demo.db", Console(file=result, width=400))
    return result.getvalue()


def test_an_unused_demo_is_replaced_without_a_word(tmp_path: Path) -> None:
    databases.sqlite(tmp_path / "demo.db").dispose()
    assert set_aside(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
    assert set_aside(tmp_path) == "", "there is nothing to put aside"


def test_a_demo_with_users_is_kept_under_another_name(tmp_path: Path) -> None:
    engine = databases.sqlite(tmp_path / "demo.db")
    Filled(engine).user("Anna")
    engine.dispose()
    result = set_aside(tmp_path)
    (kept,) = (
        p
        for p in tmp_path.iterdir()
        if p.suffix not in (".db-wal", ".db-shm") and ".kept-" in p.name and not p.name.endswith(("-wal", "-shm"))
    )
    assert str(kept) in result
    assert not (tmp_path / "demo.db").exists()
    databases.sqlite(tmp_path / "demo.db").dispose()
    set_aside(tmp_path)
    assert kept.exists(), "a later demo leaves it alone"


@pytest.mark.parametrize("content", [b"", b"this is no database " * 100])
def test_a_damaged_database_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "demo.db").write_bytes(content)
    set_aside(tmp_path)
    assert not (tmp_path / "demo.db").exists()
