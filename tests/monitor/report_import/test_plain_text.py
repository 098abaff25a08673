"""Text that came out of a PDF: broken lines, footnotes between the lines, numbers that are no
headings.
"""

from monitor.report_import.plain_text import text_blocks

PAGE = """1 Introduction

The first sentence goes on
over a line break.1 The second is cut by the page and

1 Outlet: Title (01.02.24) url; Other: Title two
goes on (02.02.24) url
2 Outlet: Third (03.02.24) url

https://outlet.example/one
https://other.example/two
/a-rest-of-an-address-that-was-too-long
https://outlet.example/three

continues here.2

1.1 A part of it

12 men were called up in May."""


def test_a_footnote_ends_at_an_empty_line_and_the_sentence_goes_on_after_it() -> None:
    blocks = text_blocks(PAGE, markdown=False)
    assert [(b.kind, b.text) for b in blocks if b.kind in ("heading", "text")] == [
        ("heading", "1 Introduction"),
        ("text", "The first sentence goes on over a line break.1 The second is cut by the page and continues here.2"),
        ("heading", "1.1 A part of it"),
        ("text", "12 men were called up in May."),
    ]
    assert [(b.number, b.text) for b in blocks if b.kind == "note"] == [
        ("1", "Outlet: Title (01.02.24) url; Other: Title two goes on (02.02.24) url"),
        ("2", "Outlet: Third (03.02.24) url"),
    ]
    assert len([b for b in blocks if b.kind == "link"]) == 3


def test_every_second_line_empty_is_one_paragraph() -> None:
    lines = [f"This is line number {n} of a paragraph that a page has broken into pieces of one length" for n in range(30)]
    blocks = text_blocks("\n\n".join(lines) + ".", markdown=False)
    assert [b.kind for b in blocks] == ["text"]


def test_markdown_marks_are_taken_out_and_raised_words_stay() -> None:
    (block,) = text_blocks("De *zapas* is **groot**, vanaf de 17<sup>de</sup> verjaardag [url](#).<sup>3</sup>", markdown=True)
    assert block.text == "De zapas is groot, vanaf de 17de verjaardag url.<sup>3</sup>"


def test_a_line_of_contents_is_no_heading() -> None:
    assert [b.kind for b in text_blocks("1 Introduction ........ 5\n2 Rules\t12", markdown=False)] == ["text"]
