"""What a database refuses is replaced; everything else is stored as it is."""

import pytest

from db.invisible import storable


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\x00b", "a\ufffdb"), ("a\ud800b", "a\ufffdb"), ("\udfff", "\ufffd"), ("Приказ № 5\u200b\n🪖", "Приказ № 5\u200b\n🪖"), ("", "")],
)
def test_only_what_a_database_refuses_is_replaced(text: str, stored: str) -> None:
    assert storable(text) == stored
