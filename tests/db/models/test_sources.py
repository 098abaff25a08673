"""What the tables of fetching refuse."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("source", {"id": "another"}),
        ("source_version", {"digest": "b" * 64}),
        ("capture", {"sha256": "b" * 64}),
        ("fetch_page", {"position": 8}),
        ("channel_gap", {"first": 8}),
        ("page_part", {"number": 8}),
    ],
)
def test_there_is_one_of_each(allowed: Callable[..., bool], table: str, other: dict[str, object]) -> None:
    assert not allowed(table)
    assert allowed(table, **other)


def test_every_fetch_and_every_change_of_health_is_a_row(allowed: Callable[..., bool]) -> None:
    assert allowed("fetch")
    assert allowed("source_state")


@pytest.mark.parametrize(
    ("table", "columns"),
    [("fetch", {"source_id": "nobody"}), ("fetch", {"capture_sha256": "f" * 64}), ("fetch_page", {"position": 8, "fetch_id": 99})],
)
def test_what_points_nowhere_is_refused(allowed: Callable[..., bool], table: str, columns: dict[str, object]) -> None:
    assert not allowed(table, **columns)
