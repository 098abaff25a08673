"""The timeline of a claim."""

from datetime import UTC, datetime

import pytest

from db.models import FlagRow, StoryRow
from review.view.timeline import LEFT, MOST, RIGHT, WIDTH, timeline

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def flag(number: int, at: datetime, state: str = "open") -> tuple[FlagRow, StoryRow]:
    return FlagRow(id=number, state=state, severity="high"), StoryRow(title=f"Story {number}", first_at=at)


def test_dots_lie_between_the_close_of_research_and_now() -> None:
    line = timeline(
        [flag(1, datetime(2025, 3, 1, tzinfo=UTC)), flag(2, NOW), flag(3, datetime(2020, 1, 1, tzinfo=UTC))], [NOW], "2025-03-01", NOW
    )
    assert [d.x for d in line.dots] == [LEFT, WIDTH - RIGHT, LEFT], "an older item stands at the start"
    assert line.versions == [WIDTH - RIGHT]
    assert [label for _, label in line.ticks] == ["Apr 2025", "Jul 2025", "Oct 2025", "Jan 2026"]


def test_a_long_time_has_a_tick_a_year() -> None:
    assert [label for _, label in timeline([], [], "2021-06", NOW).ticks] == ["2022", "2023", "2024", "2025", "2026"]


@pytest.mark.parametrize(
    ("closed", "start"), [("2025", "January 2025"), ("2025-06", "June 2025"), ("unknown", "March 2025"), ("2025-13", "March 2025")]
)
def test_a_close_of_research_may_lack_its_day(closed: str, start: str) -> None:
    assert timeline([], [], closed, NOW).summary == f"From {start} to today: 0 flagged, 0 of them open, 0 confirmed updates."


def test_the_sentence_counts_what_the_picture_cannot_hold() -> None:
    line = timeline([flag(n, NOW, "open" if n % 2 else "dismissed") for n in range(MOST + 10)], [NOW], "2025-03-01", NOW)
    assert len(line.dots) == MOST
    assert line.summary == "From March 2025 to today: 70 flagged, 35 of them open, 1 confirmed update."
