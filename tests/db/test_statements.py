"""Long lists of keys in parts; ids of rows that are inserted next."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.engine import writing
from db.models import StoryRow
from db.statements import chunks, insert_into, reserve_ids

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(st.lists(st.integers()), st.integers(1, 7))
def test_parts_are_whole_in_order_and_none_is_longer_than_allowed_or_empty(values: list[int], size: int) -> None:
    parts = list(chunks(values, size))
    assert [v for part in parts for v in part] == values
    assert all(1 <= len(part) <= size for part in parts)


def test_reserved_ids_ascend_and_are_free_in_the_next_transaction_too(engine: Engine) -> None:
    taken: list[int] = []
    for count in (3, 0, 2):
        with writing(engine) as session:
            ids = reserve_ids(session, StoryRow, count)
            if ids:
                session.execute(
                    insert_into(StoryRow), [{"id": i, "key": f"s{i}", "title": "x", "first_at": NOW, "last_at": NOW} for i in ids]
                )
        assert len(ids) == count
        taken += ids
    assert taken == sorted(set(taken))
