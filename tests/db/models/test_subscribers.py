"""What the tables of subscribers and messages refuse."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("subscriber", {"address": "another@example.org"}),
        ("digest", {"period_start": None}),
        ("outbox", {"key": "another"}),
        ("notification", {"revision": 8}),
    ],
)
def test_there_is_one_of_each(allowed: Callable[..., bool], table: str, other: dict[str, object]) -> None:
    assert not allowed(table)
    if table != "digest":
        assert allowed(table, **other)


def test_addresses_that_were_forgotten_do_not_collide(allowed: Callable[..., bool]) -> None:
    assert allowed("subscriber", address=None)


def test_a_subscriber_may_have_several_subscriptions_and_ratings(allowed: Callable[..., bool]) -> None:
    assert allowed("subscription")
    assert allowed("feedback")
    assert allowed("bounce")


@pytest.mark.parametrize(
    ("table", "columns"),
    [("notification", {"revision": 8, "outbox_id": 99}), ("bounce", {"outbox_id": 99}), ("subscription", {"subscriber_id": 99})],
)
def test_what_points_nowhere_is_refused(allowed: Callable[..., bool], table: str, columns: dict[str, object]) -> None:
    assert not allowed(table, **columns)
