"""Stories of the database in one process: loaded once, then only what was added."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import ops
from monitor.compare.decide.model import load_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.stories.clustering import pack
from monitor.compare.stories.shared_stories import SharedStories
from tests.monitor.compare.stories.test_clustering import NEWS, TEXT, read

MODEL = load_model(vocabulary())
DAYS = ("2025-03-01", "2025-03-02")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What `fingerprints_after` was called with; it answers with one stored story."""
    calls: list[tuple[int, str]] = []
    packed = pack(read("7", NEWS, "2025-03-01", TEXT).fingerprint())

    def answer(session: Any, after: int, since: str, encoder: str) -> tuple[int, list[tuple[str, int, bytes]]]:
        calls.append((after, since))
        return 5, [("s-stored", 7, packed)] if after == 0 else []

    monkeypatch.setattr(ops, "fingerprints_after", answer)
    return calls


def test_a_stored_story_is_joined_and_only_what_came_since_is_read_again(asked: list[tuple[int, str]]) -> None:
    shared, session = SharedStories(MODEL, "bag"), Session()
    shared.caught_up(session, DAYS)
    book = shared.caught_up(session, DAYS)
    assert book.place(read("8", NEWS, "2025-03-02", TEXT).fingerprint()) == "s-stored"
    assert asked == [(0, "2025-02-08"), (5, "2025-02-08")]


@pytest.mark.parametrize("days", [("2025-02-01", "2025-02-01"), ("2025-01-01", "2025-03-02")])
def test_items_of_earlier_days_load_the_stories_of_their_time(asked: list[tuple[int, str]], days: tuple[str, str]) -> None:
    shared, session = SharedStories(MODEL, "bag"), Session()
    shared.caught_up(session, DAYS)
    shared.caught_up(session, days)
    assert [after for after, _ in asked] == [0, 0]


def test_an_item_that_was_placed_here_is_not_added_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(read("7", NEWS, "2025-03-01", TEXT).fingerprint())
    answers: list[tuple[int, list[tuple[str, int, bytes]]]] = [(0, []), (5, [("s-stored", 7, packed)])]
    monkeypatch.setattr(ops, "fingerprints_after", lambda *_: answers.pop(0))
    shared, session = SharedStories(MODEL, "bag"), Session()
    shared.caught_up(session, DAYS)
    shared.note_placed(7)
    book = shared.caught_up(session, DAYS)
    assert book.place(read("8", NEWS, "2025-03-02", TEXT).fingerprint()) != "s-stored"


def test_after_a_reset_everything_is_read_again(asked: list[tuple[int, str]]) -> None:
    shared, session = SharedStories(MODEL, "bag"), Session()
    shared.caught_up(session, DAYS)
    shared.reset()
    shared.caught_up(session, DAYS)
    assert [after for after, _ in asked] == [0, 0]
