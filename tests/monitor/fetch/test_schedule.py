"""How often a source is fetched. Pure."""

import pytest

from monitor.fetch import schedule


@pytest.mark.parametrize(
    ("per_day", "tier", "seconds"),
    [(None, 2, 1800), (400.0, 2, 900), (100.0, 2, 1728), (1.0, 2, 7200), (0.0, 2, 7200), (0.0, 1, 1800), (400.0, 1, 900)],
)
def test_the_interval_follows_what_a_source_publishes_within_bounds(per_day: float | None, tier: int, seconds: int) -> None:
    assert schedule.interval(1800, per_day, tier) == seconds


def test_a_servers_max_age_is_heard_within_bounds() -> None:
    assert schedule.interval(1800, None, 2, schedule.max_age({"cache-control": "public, max-age=3600"})) == 3600
    assert schedule.interval(1800, None, 2, schedule.max_age({"cache-control": "max-age=31536000"})) == 7200
    assert schedule.max_age({"cache-control": "no-cache, max-age=3600"}) == 0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=60", 60.0),
        ('MAX-AGE = "90"', 90.0),
        ("s-maxage=600", 0.0),
        ("no-store, max-age=60", 0.0),
        ("max-age=soon", 0.0),
        ("", 0.0),
    ],
)
def test_cache_control_is_read_as_servers_write_it(said: str, seconds: float) -> None:
    assert schedule.max_age({"cache-control": said}) == seconds


def test_a_period_below_five_minutes_is_kept_and_one_beyond_a_day_too() -> None:
    assert schedule.interval(60, None, 2) == 60
    assert schedule.interval(60, 10_000.0, 2) == 60
    assert schedule.interval(7 * 86_400, None, 3) == 7 * 86_400
