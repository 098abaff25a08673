"""Stories: their items, each in its newest version with its newest assessment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import stories
from db.engine import reading, writing
from db.models import AssessmentRow, FetchRow, ItemRow, ItemVersionRow, ReportRow, SourceRow, StoryRow
from db.stories import Witness

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def told(engine: Engine) -> Callable[..., list[Witness]]:
    """The witnesses of a story for report "r": item "late" in one version, item "early" in two;
    another story beside it.
    """
    with writing(engine) as session:
        session.add(SourceRow(id="s", name="s", kind="feed", url="https://s.example/rss", tier=2, config={}))
        session.add_all(
            ReportRow(id=i, title="t", publisher="p", published="2026", research_closed="2026", language="en") for i in ("r", "other")
        )
        _add(session, 1, "late", hours=3, versions=1)
        _add(session, 1, "early", hours=1, versions=2)
        _add(session, 2, "of another story", hours=2, versions=1)

    def witnesses(most: int | None = None) -> list[Witness]:
        with reading(engine) as session:
            return stories.witnesses(session, 1, "r", most)

    return witnesses


def _add(session: Session, story_id: int, key: str, hours: int, versions: int) -> None:
    at = NOW + timedelta(hours=hours)
    if session.get(StoryRow, story_id) is None:
        session.add(StoryRow(id=story_id, key=f"story {story_id}", title="t", first_at=at, last_at=at, items=1, origins=1))
        session.flush()
    item = ItemRow(source_id="s", key=key, url=f"https://s.example/{hours}", published_at=at, first_seen_at=at, story_id=story_id)
    fetch = FetchRow(source_id="s", started_at=at, ended_at=at, outcome="new_items", reason="ok", url="https://s.example/rss")
    session.add_all((item, fetch))
    session.flush()
    for number in range(1, versions + 1):
        version = ItemVersionRow(
            item_id=item.id,
            number=number,
            title=f"{key} {number}",
            text="",
            content_hash=f"{key}{number}",
            notes=[],
            fetch_id=fetch.id,
            seen_at=at,
        )
        session.add(version)
        session.flush()
        for report, scores in (("r", (0.2, 0.5 + number / 10)), ("other", (0.9,))):
            session.add_all(_assessment(version.id, report, f"comparer {n}", score, at) for n, score in enumerate(scores))
            session.flush()


def _assessment(version_id: int, report_id: str, comparer: str, score: float, at: datetime) -> AssessmentRow:
    return AssessmentRow(
        item_version_id=version_id, report_id=report_id, comparer=comparer, score=score, flagged=True, severity="low", relation="updates", claims=[],
        changes=[], reasons=[], made_at=at,
    )  # fmt: skip


def test_witnesses_are_in_order_of_time_each_in_its_newest_version(told: Callable[..., list[Witness]]) -> None:
    assert [w.version.title for w in told()] == ["early 2", "late 1"]


def test_each_has_its_newest_assessment_for_the_report(told: Callable[..., list[Witness]]) -> None:
    assert [w.assessment.score for w in told() if w.assessment] == [0.7, 0.6]


def test_only_the_first_are_given_where_few_are_asked_for(told: Callable[..., list[Witness]]) -> None:
    assert [w.item.key for w in told(most=1)] == ["early"]
