"""Preferences as a value, and the moments at which a digest is due."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alerts.preferences import Preferences, due_before, last_due, next_due
from db.enums import Rhythm


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/Santiago", "Asia/Beirut", "Pacific/Chatham"])
@pytest.mark.parametrize("hour", [0, 2, 3, 23])
def test_a_weekly_digest_keeps_its_day_over_year_ends_and_clock_changes(zone: str, hour: int) -> None:
    # Sunday, when clocks change
    preferences = Preferences(rhythm=Rhythm.WEEKLY, weekday=6, hour=hour)
    moments = [last_due(preferences, zone, datetime(2026, 6, 1, tzinfo=UTC))]
    while moments[-1] < datetime(2028, 2, 1, tzinfo=UTC):
        moments.append(next_due(preferences, zone, moments[-1]))
    local = [m.astimezone(ZoneInfo(zone)) for m in moments]
    assert {m.weekday() for m in local} == {6}
    assert {m.hour for m in local} <= {hour, hour + 1}  # an hour that is skipped becomes the next
    weeks = {(b - a) for a, b in zip(moments[:-1], moments[1:], strict=True)}
    assert all(abs(w - timedelta(days=7)) <= timedelta(hours=1) for w in weeks)
    assert {m.date() for m in local} >= {date(2026, 12, 27), date(2027, 1, 3), date(2027, 12, 26), date(2028, 1, 2)}


def test_due_moments_agree_with_each_other() -> None:
    for rhythm, days in (("daily", range(7)), ("daily", (0, 3)), ("weekly", range(7)), ("immediate", range(7))):
        preferences = Preferences.model_validate({"rhythm": rhythm, "hour": 3, "weekday": 6, "days": tuple(days)})
        for hours in range(0, 24 * 400, 7):
            now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
            due = last_due(preferences, "Europe/Copenhagen", now)
            assert due <= now < next_due(preferences, "Europe/Copenhagen", now)
            assert due_before(preferences, "Europe/Copenhagen", due) < due
            assert next_due(preferences, "Europe/Copenhagen", due_before(preferences, "Europe/Copenhagen", due)) == due


def test_a_daily_digest_comes_on_the_chosen_days_only_and_covers_the_days_between() -> None:
    preferences = Preferences(hour=6, days=(0, 1, 2, 3, 4))
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # six o'clock in Brussels
    friday = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    assert last_due(preferences, "Europe/Brussels", monday - timedelta(seconds=1)) == friday
    assert last_due(preferences, "Europe/Brussels", monday) == monday
    assert due_before(preferences, "Europe/Brussels", monday) == friday
    assert next_due(preferences, "Europe/Brussels", friday) == monday


def test_days_are_kept_in_order_and_once() -> None:
    assert Preferences(days=(4, 0, 4)).days == (0, 4)
    assert Preferences.model_validate({}).days == (0, 1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize("wrong", [{"days": ()}, {"days": (7,)}, {"weekday": -1}, {"hour": 24}, {"rhythm": "hourly"}, {"colour": "red"}])
def test_preferences_that_cannot_be_followed_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Preferences.model_validate(wrong)
