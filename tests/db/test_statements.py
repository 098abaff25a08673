"""Long lists of keys in parts."""

from hypothesis import given
from hypothesis import strategies as st

from db.statements import chunks


@given(st.lists(st.integers()), st.integers(1, 7))
def test_parts_are_whole_in_order_and_none_is_longer_than_allowed_or_empty(values: list[int], size: int) -> None:
    parts = list(chunks(values, size))
    assert [v for part in parts for v in part] == values
    assert all(1 <= len(part) <= size for part in parts)
