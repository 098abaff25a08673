"""Time zones to choose from, and what a reader may type."""

import pytest

from alerts.time_zones import find_zone, known_zone, zone_choices


@pytest.mark.slow
def test_the_likely_zones_come_first_with_their_city_in_the_readers_language() -> None:
    choices = zone_choices("da")
    assert choices[:3] == (("Europe/Brussels", "Bruxelles"), ("Europe/Copenhagen", "København"), ("Europe/Amsterdam", "Amsterdam"))
    names = [zone for zone, _ in choices]
    assert len(names) == len(set(names)) > 400
    assert names[15:] == sorted(names[15:])
    assert all(known_zone(zone) for zone in names)


@pytest.mark.parametrize(
    ("text", "language", "zone"),
    [
        ("Europe/Copenhagen", "en", "Europe/Copenhagen"),
        (" europe/copenhagen ", "en", "Europe/Copenhagen"),
        ("København", "da", "Europe/Copenhagen"),
        ("copenhagen", "da", "Europe/Copenhagen"),
        ("Brüssel", "de", "Europe/Brussels"),
        ("new york", "nl", "America/New_York"),
        ("America/New York", "en", "America/New_York"),
        ("utc", "fr", "UTC"),
        ("", "en", None),
        ("Mars/Olympus", "en", None),
        ("Køben", "da", None),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(text: str, language: str, zone: str | None) -> None:
    assert find_zone(text, language) == zone
