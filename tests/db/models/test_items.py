"""What the tables of items refuse."""

from collections.abc import Callable

import pytest


def test_an_outlet_gives_a_key_once(allowed: Callable[..., bool]) -> None:
    assert not allowed("item")
    assert allowed("item", key="another")


def test_an_edit_is_a_version_with_its_own_number(allowed: Callable[..., bool]) -> None:
    assert not allowed("item_version")
    assert allowed("item_version", number=8)


def test_one_page_waits_for_an_item(allowed: Callable[..., bool]) -> None:
    assert not allowed("pending_article")


@pytest.mark.parametrize(
    ("table", "columns"), [("item", {"key": "x", "source_id": "nobody"}), ("item_version", {"number": 8, "fetch_id": 99})]
)
def test_what_points_nowhere_is_refused(allowed: Callable[..., bool], table: str, columns: dict[str, object]) -> None:
    assert not allowed(table, **columns)
