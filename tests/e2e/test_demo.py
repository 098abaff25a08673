"""`ajour demo`, end to end, as a newcomer runs it: in a process of its own, with the shipped
encoder.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.serve import demo_settings
from app.runtime.container import Container
from app.tools.demo.server import FAILING, outlets
from app.tools.explain import explain, find_document
from monitor.baseline import report_ids
from monitor.sources import load_sources
from tests.baselines import keep_vectors
from tests.e2e.outlet_server import ROOT
from tests.run_folder import made_once

# Nothing here is a measurement, and a machine may be busy with other things
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ITEMS = sum(len(o["items"]) for o in outlets())


@pytest.fixture(scope="module")
def demo() -> tuple[Path, str]:
    """(folder, what it printed); played once for all test processes."""
    folder = made_once("demo", _play)
    return folder, (folder / "printed.txt").read_text(encoding="utf-8")


def _play(folder: Path) -> None:
    keep_vectors(folder)
    environment = {n: v for n, v in os.environ.items() if not n.startswith("AJOUR_")} | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--folder", str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    (folder / "printed.txt").write_text(ran.stdout, encoding="utf-8")


def test_the_demo_plays_ten_outlets_with_a_hundred_items() -> None:
    assert len(outlets()) >= 8
    assert len(outlets()) + len(FAILING) >= 10
    assert ITEMS >= 80
    assert {o["format"] for o in outlets()} == {"rss", "atom", "telegram"}
    assert any(o.get("charset") == "windows-1251" for o in outlets())
    assert all(i["url"].startswith("https://") for o in outlets() for i in o["items"]), "each retelling names where it was reported"


def test_the_demo_says_how_much_was_read_and_who_was_blind(demo: tuple[Path, str]) -> None:
    _, said = demo
    assert f"{len(outlets()) + len(FAILING)} sources fetched over HTTP, {len(outlets())} read, {len(FAILING)} not read" in said
    names = {s.id: s.name for s in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline"))}
    not_read = next(line for line in said.splitlines() if line.startswith("Not read:"))
    assert all(names[failing] in not_read for failing in FAILING)


def test_why_gives_the_numbers_that_were_stored_while_the_comparer_is_the_same(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    desk = Container(demo_settings(folder, {}))
    rows = "SELECT item_version.item_id, comparer, flagged, score, relation, claims FROM assessment JOIN item_version ON item_version.id = item_version_id"
    with sqlite3.connect(folder / "demo.db") as database:
        stored = [database.execute(f"{rows} WHERE report_id = 'drc-2024' AND flagged = {f} LIMIT 6").fetchall() for f in (0, 1)]
    prepared = desk.prepared("drc-2024")
    for item, comparer, flagged, score, relation, claims in (*stored[0], *stored[1]):
        answer = explain(desk, find_document(desk, str(item), None), prepared)
        assert answer.comparer == comparer
        assert (answer.flag, answer.score, answer.relation) == (bool(flagged), score, relation)
        assert [c[0] for c in answer.claims] == [c["id"] for c in json.loads(claims)]


def test_every_flag_shown_names_claim_source_and_reasons(demo: tuple[Path, str]) -> None:
    _, said = demo
    flags = re.split(r"(?m)^(?=\d+\. )", said)[1:]
    assert len(flags) >= 10
    for flag in flags:
        assert re.search(r"^\d+\. (high|medium|low) · .* score 0\.\d\d|score 1\.00", flag), flag
        assert re.search(r"claim  (DRC|CED)-\d{3}, ", flag)
        assert re.search(r"source https://", flag)
        assert re.search(r"why    \S", flag)
        assert re.search(r"says   .* independent origins?", flag)
        for line in flag.splitlines():  # a change is shown with what it measures, or not at all
            assert "→" not in line or re.search(r"\w.*: .*\d.* → .*\d", line), line


def test_the_digest_is_on_disk_as_page_and_as_text(demo: tuple[Path, str]) -> None:
    folder, said = demo
    html, text = (folder / "digest.html").read_text(encoding="utf-8"), (folder / "digest.txt").read_text(encoding="utf-8")
    assert str(folder / "digest.html") in said
    assert str(folder / "digest.txt") in said
    assert "<script" not in html.lower()
    for body in (html, text):
        assert re.search(r"(DRC|CED)-\d{3}", body)
        assert "https://" in body


def test_nothing_is_lost_between_the_outlets_and_the_database(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    with sqlite3.connect(folder / "demo.db") as connection:
        (items,) = connection.execute("SELECT count(*) FROM item").fetchone()
        (versions,) = connection.execute("SELECT count(*) FROM item_version").fetchone()
        (compared,) = connection.execute("SELECT count(*) FROM assessment").fetchone()
        (waiting,) = connection.execute("SELECT count(*) FROM item WHERE story_id IS NULL").fetchone()
        blind = connection.execute("SELECT id FROM source WHERE failures > 0 ORDER BY 1").fetchall()
    assert items == versions == ITEMS
    assert compared == 2 * ITEMS
    assert waiting == 0
    assert [b for (b,) in blind] == sorted(FAILING)


def test_every_value_that_a_flag_shows_is_true(demo: tuple[Path, str]) -> None:
    """All were read beside their item and their claim; a new one has to be read before it is
    added.
    """
    folder, _ = demo
    with sqlite3.connect(folder / "demo.db") as connection:
        stored = connection.execute("SELECT changes, gist FROM assessment WHERE flagged").fetchall()
    values = {(c["claim"], c["old"], c["new"]) for changes, _ in stored for c in json.loads(changes)}
    assert values == {
        ("CED-132", "427,000 people", "422,704 people"),
        ("DRC-003", "300,000-500,000 casualties", "1,200,000 casualties"),
        ("DRC-067", "", "20 regions"),  # special musters: a number that the claim does not give
    }
    assert all(gist for _, gist in stored)
