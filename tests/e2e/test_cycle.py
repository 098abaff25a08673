"""The way of an item over real HTTP on loopback: stored once, an edit is a version, blind sources
stop nobody, a killed cycle is made whole.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import connect
from db.enums import FetchOutcome
from tests.e2e.outlet_server import NEWS, World, cycle_killed, kept, make_due, watch_list, watcher, world
from tests.failing_compare import comparing_fails
from tests.processes import Process

ITEMS = sum(map(len, NEWS.values()))


@pytest.fixture
def played() -> Iterator[World]:
    with world() as made:
        yield made


def test_a_cycle_stores_compares_and_flags_what_the_outlets_list(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    done = monitor.cycle()
    assert (done.fetched, done.new, done.edited, done.compared) == (3, ITEMS, 0, ITEMS)
    assert done.outcomes == {FetchOutcome.NEW_ITEMS: 3}
    state = kept(monitor.engine)
    assert len(state["items"]) == len(state["assessments"]) == ITEMS
    assert done.flagged
    assert len(state["flags"]) == len(done.flagged)
    assert all(said == found for said, found in state["counts"])


def test_the_same_news_from_two_outlets_is_one_story(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    monitor.cycle()
    story = {(source, key): first for source, key, first in kept(monitor.engine)["stories"]}
    assert story["north", "n1"] == story["south", "s1"]
    assert story["north", "n2"] != story["north", "n1"]


def test_a_second_look_at_the_same_finds_nothing_new(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    monitor.cycle()
    before = kept(monitor.engine)
    make_due(monitor.engine)
    again = monitor.cycle()
    assert again.outcomes == {FetchOutcome.NOTHING_NEW: 3}
    assert (again.new, again.edited, again.compared, again.flagged) == (0, 0, 0, set())
    assert kept(monitor.engine) == before


def test_an_item_that_cannot_be_compared_stops_no_other_and_is_tried_again_at_the_next_start(
    tmp_path: Path, played: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    comparing_fails(monkeypatch, "Штраф")
    sources = watch_list(tmp_path, played.address, list(NEWS))
    monitor = watcher(tmp_path, sources)
    assert monitor.cycle().compared == ITEMS - 1
    assert "cannot be compared" in caplog.text
    played.news["west"].append(("w2", "Ещё одна новость", "О призыве."))
    make_due(monitor.engine)
    assert monitor.cycle().compared == 1, "it is not tried in every cycle"
    monkeypatch.undo()
    assert watcher(tmp_path, sources).cycle().compared == 1, "nothing that was received is lost"


def test_what_is_not_due_is_not_asked(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    monitor.cycle()
    played.asked.clear()
    assert monitor.cycle().fetched == 0
    assert played.asked == []


def test_an_edit_is_a_new_version_and_the_old_text_stays(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, ["north"]))
    monitor.cycle()
    played.news["north"][0] = ("n1", "Путин подписал указ о мобилизации резервистов", "Указ опубликован. Резервистов призовут на год.")
    make_due(monitor.engine)
    done = monitor.cycle()
    assert (done.new, done.edited, done.compared) == (0, 1, 1)
    versions = [(title, number) for source, key, title, number in kept(monitor.engine)["items"] if key == "n1"]
    assert versions == [(NEWS["north"][0][1], 1), ("Путин подписал указ о мобилизации резервистов", 2)]


def test_an_item_that_leaves_the_feed_stays_and_is_not_new_when_it_returns(tmp_path: Path, played: World) -> None:
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, ["north"]))
    monitor.cycle()
    before = kept(monitor.engine)
    gone = played.news["north"].pop()
    make_due(monitor.engine)
    monitor.cycle()
    played.news["north"].append(gone)
    make_due(monitor.engine)
    assert monitor.cycle().new == 0
    assert kept(monitor.engine) == before


@pytest.mark.parametrize(
    "answer",
    [
        (503, "text/plain", b"busy"),
        (200, "text/html", b"<html><title>DDoS-Guard</title><body>Checking your browser before accessing</body></html>"),
        (200, "application/rss+xml", b"<rss version='2.0'><channel><item><title>cut of"),
        (200, "application/rss+xml", b""),
        (200, "application/rss+xml", b"\x00\xff" * 5000),
    ],
    ids=["down", "robot check", "cut off", "empty", "garbage"],
)
def test_one_blind_source_stops_no_other_and_is_shown_as_blind(tmp_path: Path, played: World, answer: tuple[int, str, bytes]) -> None:
    played.answers["south"] = answer
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS)))
    done = monitor.cycle()
    assert done.fetched == 3
    assert done.new == ITEMS - len(NEWS["south"])
    assert done.outcomes[FetchOutcome.NEW_ITEMS] == 2
    with monitor.engine.connect() as connection:
        outcome, reason = connection.execute(text("SELECT outcome, reason FROM fetch WHERE source_id = 'south'")).one()
        assert outcome in (FetchOutcome.BROKEN, FetchOutcome.SUSPICIOUS)
        assert reason != "ok"
    del played.answers["south"]
    make_due(monitor.engine)
    assert monitor.cycle().new == len(NEWS["south"])


def test_a_source_that_does_not_answer_is_broken_not_an_error(tmp_path: Path, played: World) -> None:
    sources = watch_list(tmp_path, played.address, list(NEWS))
    sources.write_text(sources.read_text().replace(f"{played.address}/west", "http://127.0.0.1:9/west"))
    done = watcher(tmp_path, sources).cycle()
    assert done.outcomes == {FetchOutcome.NEW_ITEMS: 2, FetchOutcome.BROKEN: 1}


def test_a_source_that_left_the_list_is_no_longer_asked_and_keeps_its_items(tmp_path: Path, played: World) -> None:
    watcher(tmp_path, watch_list(tmp_path, played.address, list(NEWS))).cycle()
    monitor = watcher(tmp_path, watch_list(tmp_path, played.address, ["north"]))
    before = kept(monitor.engine)
    make_due(monitor.engine)
    played.asked.clear()
    monitor.cycle()
    assert played.asked == ["north"]
    assert kept(monitor.engine) == before


# --- killed at any moment
# ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What is stored after a cycle that was not killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with world() as played:
        monitor = watcher(folder, watch_list(folder, played.address, ["north", "south"]))
        monitor.cycle()
        return kept(monitor.engine)


@pytest.mark.slow
@pytest.mark.parametrize(
    "moments",
    [
        ["watching 1"],
        ["watching 2"],
        # Three times in a row: before, within, and after storing
        ["watching 1", "watching 2", "comparing 2"],
        ["comparing 2"],
        ["comparing 4"],
        ["comparing 5"],  # after the last item: nothing may be done again
    ],
    ids=", ".join,
)
def test_a_cycle_killed_midway_and_run_again_loses_nothing_and_doubles_nothing(
    tmp_path: Path, played: World, undisturbed: dict[str, list[Any]], moments: list[str]
) -> None:
    sources = watch_list(tmp_path, played.address, ["north", "south"])

    def run(moment: str | None) -> int:
        return Process(cycle_killed, tmp_path, sources, moment, environment=os.environ, output=tmp_path / "said").ended()

    for moment in moments:
        assert run(moment) == -signal.SIGKILL
    assert run(None) == 0, (tmp_path / "said").read_text()
    engine = connect(f"sqlite:///{tmp_path / 'var' / 'ajour.db'}")
    whole = kept(engine)
    assert len({(a, b, d) for a, b, _, d in whole["items"]}) == len(whole["items"]) == 5
    assert [r[:4] for r in whole.pop("assessments")] == [r[:4] for r in undisturbed["assessments"]]
    assert whole == {name: rows for name, rows in undisturbed.items() if name != "assessments"}
    engine.dispose()
