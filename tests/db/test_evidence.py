"""Stored captures: found by source, time and flag; what retention or erasure emptied says so."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from db import evidence
from db.engine import reading, writing
from db.models import CaptureRow, FetchPageRow, FetchRow
from db.ops import EMPTY
from tests.review.factory import START, Filled


@pytest.fixture
def kept(filled: Filled) -> Filled:
    """Fetches 1 and 2 of two sources, a day apart; the second is behind a flag."""
    filled.item("meduza", "Первая")
    filled.tick(days=1)
    filled.flag(title="Вторая", source="tass")
    return filled


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({}, [1, 2]),
        ({"source_id": "meduza"}, [1]),
        ({"since": START + timedelta(hours=1)}, [2]),
        ({"until": START + timedelta(hours=1)}, [1]),
        ({"until": START}, []),
        ({"flag_id": 1}, [2]),
        ({"flag_id": 9}, []),
    ],
)
def test_fetches_are_chosen_by_source_time_and_flag(kept: Filled, limits: dict[str, object], found: list[int]) -> None:
    with reading(kept.engine) as session:
        assert evidence.fetches_with_captures(session, **limits) == found  # type: ignore[arg-type]


def test_a_fetch_without_bytes_is_no_evidence(kept: Filled) -> None:
    with writing(kept.engine) as session:
        session.add(
            FetchRow(
                source_id="tass", started_at=START, ended_at=START, outcome="blocked_or_broken", reason="dns", url="https://x.example/"
            )
        )
    with reading(kept.engine) as session:
        assert evidence.fetches_with_captures(session) == [1, 2]


def test_a_fetch_of_one_answer_is_one_capture_with_the_bytes(kept: Filled) -> None:
    with reading(kept.engine) as session:
        (capture,) = evidence.captures_of_fetch(session, 1)
    assert (capture.position, capture.status, capture.address, capture.url) == (0, 200, "192.0.2.1", "https://x.example/rss")
    assert capture.body is not None
    assert "Первая".encode() in capture.body
    assert capture.size == len(capture.body)


def test_the_pages_of_a_fetch_come_in_their_order(kept: Filled) -> None:
    with writing(kept.engine) as session:
        sha = session.get_one(FetchRow, 1).capture_sha256
        for position in (1, 0):
            session.add(
                FetchPageRow(
                    fetch_id=1, position=position, url=f"https://x.example/{position}", status=200, redirects=["https://x.example/"], transport="a proxy",
                    capture_sha256=sha, received_at=START,
                )
            )  # fmt: skip
    with reading(kept.engine) as session:
        captures = evidence.captures_of_fetch(session, 1)
    assert [c.url for c in captures] == ["https://x.example/0", "https://x.example/1"]
    assert {(c.redirects, c.transport) for c in captures} == {(("https://x.example/",), "a proxy")}


def test_erased_bytes_are_none_while_hash_and_size_stay(kept: Filled) -> None:
    with writing(kept.engine) as session:
        (before,) = evidence.captures_of_fetch(session, 1)
        assert evidence.erase_captures(session, [before.sha256]) == []
    with reading(kept.engine) as session:
        (after,) = evidence.captures_of_fetch(session, 1)
    assert after.body is None
    assert (after.sha256, after.size) == (before.sha256, before.size)


def test_an_answer_of_no_bytes_was_received_and_not_erased(kept: Filled) -> None:
    with writing(kept.engine) as session:
        session.execute(update(CaptureRow).values(deflated=EMPTY, size=0))
    with reading(kept.engine) as session:
        (capture,) = evidence.captures_of_fetch(session, 1)
    assert capture.body == b""


def test_one_unknown_name_erases_nothing(kept: Filled) -> None:
    with writing(kept.engine) as session:
        (before,) = evidence.captures_of_fetch(session, 1)
        assert evidence.erase_captures(session, [before.sha256, "f" * 64]) == ["f" * 64]
    with reading(kept.engine) as session:
        assert evidence.captures_of_fetch(session, 1)[0].body is not None
