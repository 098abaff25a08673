"""Text that XML-based formats can hold."""

import pytest

from review.view.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Штраф\n\tвырос", "Штраф\n\tвырос"), ("a\x00b\x0bc", "a\ufffdb\ufffdc"), ("\ud800\ufffe", "\ufffd\ufffd"), ("😀", "😀")],
)
def test_only_what_xml_cannot_hold_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown
