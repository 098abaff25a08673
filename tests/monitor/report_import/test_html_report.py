"""HTML: notes behind links, tables, nothing that runs."""

from monitor.report_import.html_report import html_blocks
from tests.monitor import report_files


def test_notes_are_taken_out_of_the_text_and_scripts_are_dropped() -> None:
    title, blocks = html_blocks(report_files.as_html().decode())
    assert title == report_files.TITLE
    assert [b.number for b in blocks if b.kind == "note"] == ["1", "2", "3"]
    assert not any("alert" in b.text for b in blocks)
    assert not any("Outlet One" in b.text for b in blocks if b.kind != "note")


def test_a_link_whose_text_is_url_gives_its_address() -> None:
    page = '<p>It is so.<a href="#f1" id="r1">1</a></p><div id="f1">1 Outlet: Title (01.02.24) <a href="https://outlet.example/x">url</a></div>'
    note = next(b for b in html_blocks(page)[1] if b.kind == "note")
    assert note.text == "Outlet: Title (01.02.24) https://outlet.example/x"


def test_a_link_back_before_a_second_mark_is_no_mark() -> None:
    page = (
        '<p>One.<a id="r1" href="#f1">1</a></p><p>Two.<a id="r2" href="#f2">2</a></p>'
        '<p id="f1"><a href="#r1">1</a> First source.</p><p id="f2"><a href="#r2">2</a> Second source.</p>'
    )
    blocks = html_blocks(page)[1]
    assert [(b.kind, b.text) for b in blocks] == [
        ("text", "One.<sup>1</sup>"), ("text", "Two.<sup>2</sup>"), ("note", "First source."), ("note", "Second source."),
    ]  # fmt: skip
