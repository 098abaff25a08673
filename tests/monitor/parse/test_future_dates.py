"""Dates after the fetch: corrected within a day, dropped beyond it, always named."""

from datetime import UTC, datetime, timedelta

import pytest

from db.items import NewVersion
from monitor.parse.future_dates import NOTE_CORRECTED, NOTE_DROPPED, without_future_dates

NOW = datetime(2026, 11, 27, 11, 5, tzinfo=UTC)


def version(published: datetime | None, edited: datetime | None = None) -> NewVersion:
    return NewVersion(
        key="1", url="https://example.org/1", title="Призыв", text="", lang="ru", published_at=published, edited_at=edited, origin=None,
        content_hash="x",
    )  # fmt: skip


@pytest.mark.parametrize(
    "published",
    [None, NOW - timedelta(days=3), NOW + timedelta(minutes=15), datetime(2026, 11, 28, tzinfo=UTC)],
    ids=["undated", "past", "a clock that is a little fast", "today east of here"],
)
def test_ordinary_dates_stay(published: datetime | None) -> None:
    given = version(published)
    assert without_future_dates([given], NOW) == ([given], [])


def test_moscow_time_labelled_gmt_becomes_the_time_of_the_fetch() -> None:
    [right, wrong], doubts = without_future_dates([version(NOW), version(NOW + timedelta(hours=3))], NOW)
    assert (right.published_at, wrong.published_at, wrong.notes) == (NOW, NOW, (NOTE_CORRECTED,))
    assert doubts == ["1 entries dated up to 180 minutes after the fetch: the outlet's clock or zone may be wrong"]


def test_a_date_of_another_year_is_dropped() -> None:
    [found], doubts = without_future_dates([version(datetime(9999, 12, 31, 14, 59, tzinfo=UTC))], NOW)
    assert (found.published_at, found.notes) == (None, (NOTE_DROPPED,))
    assert doubts == ["1 entries dated more than a day after the fetch: their dates are not used"]


def test_an_edit_in_the_future_is_no_edit() -> None:
    [found], doubts = without_future_dates([version(NOW, NOW + timedelta(hours=2))], NOW)
    assert (found.published_at, found.edited_at, doubts) == (NOW, None, [])
