"""Depth of nesting, counted before any parser sees the bytes."""

from monitor.parse.nesting_guard import MAX_DEPTH, depth, too_deep


def test_depth_counts_what_is_nested_and_not_what_html_leaves_open() -> None:
    assert depth(b"<div>" * 5000) > MAX_DEPTH
    assert depth(b"<p>text<br><li>" * 5000) < 5
    assert depth(b"<item><media:thumbnail url='x'/></item>" * 5000) == 1


def test_counting_stops_beyond_the_limit_and_broken_tags_do_not_count() -> None:
    assert depth(b"<div>" * 50, most=10) == 11
    assert depth(b"</div>" * 50 + b"<b><i></i></b>") == 2
    assert depth(b"5 < 6 <! > <a/> <-- <div") == 1


def test_bytes_and_text_are_judged_alike() -> None:
    for markup in ("<div>" * 1200, "<b><i>x</i></b>", "<p>text<br><li>" * 2000, "<i></i>" * 2000):
        assert too_deep(markup) == too_deep(markup.encode()) == (depth(markup.encode()) > MAX_DEPTH)
