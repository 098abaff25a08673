"""Lines of a paragraph, joined."""

import pytest

from monitor.report_import.content import joined_lines


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["a con-", "script"], "a conscript"),
        (["Non-", "Russian"], "Non- Russian"),
        (["one -", "two"], "one - two"),
        (["a  b", " c "], "a b c"),
        ([], ""),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_is_taken_out_before_a_small_letter(lines: list[str], text: str) -> None:
    assert joined_lines(lines) == text
