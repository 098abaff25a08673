"""The outlet's own calendar day."""

from datetime import UTC, date, datetime

import pytest

from db.outlet_day import outlet_day

HALF_PAST_MIDNIGHT = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("profile", "day"),
    [
        ({"country": "RU", "languages": ["ru"]}, date(2026, 11, 22)),
        # In exile, dated by Moscow time
        ({"country": "LV", "languages": ["ru"]}, date(2026, 11, 22)),
        ({"country": "UA", "languages": ["ru"]}, date(2026, 11, 21)),  # 23:30 in Kyiv
        ({"country": "GB", "languages": ["en"]}, date(2026, 11, 21)),
        ({"country": "TW", "languages": ["en"]}, date(2026, 11, 22)),
        ({"languages": ["ru"]}, date(2026, 11, 22)),
        ({}, date(2026, 11, 21)),
    ],
)
def test_half_past_midnight_in_moscow_is_the_day_of_the_outlet(profile: dict[str, object], day: date) -> None:
    assert outlet_day(HALF_PAST_MIDNIGHT, profile) == day


def test_a_day_without_an_hour_stays_that_day_everywhere() -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    assert outlet_day(midnight, {"country": "US", "languages": ["en"]}) == date(2026, 11, 21)
    assert outlet_day(midnight, {"country": "RU", "languages": ["ru"]}) == date(2026, 11, 21)


def test_no_date_is_no_day() -> None:
    assert outlet_day(None, {"country": "RU"}) is None
