"""What the tables of reports and claims refuse."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("report", {"id": "another-2026"}),
        ("claim", {"id": "ANO-001"}),
        ("claim_version", {"number": 8}),
        ("report_upload", {"sha256": "b" * 64}),
        ("claim_draft", {"position": 8}),
    ],
)
def test_there_is_one_of_each(allowed: Callable[..., bool], table: str, other: dict[str, object]) -> None:
    assert not allowed(table)
    assert allowed(table, **other)


@pytest.mark.parametrize(
    ("table", "columns"), [("claim", {"id": "ANO-001", "report_id": "none"}), ("claim_version", {"number": 8, "claim_id": "none"})]
)
def test_what_points_nowhere_is_refused(allowed: Callable[..., bool], table: str, columns: dict[str, object]) -> None:
    assert not allowed(table, **columns)
