"""A job and an alert each have one row."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(("table", "other"), [("job_run", {"name": "another"}), ("operator_alert", {"key": "another"})])
def test_there_is_one_row_for_each_name(allowed: Callable[..., bool], table: str, other: dict[str, str]) -> None:
    assert not allowed(table)
    assert allowed(table, **other)
