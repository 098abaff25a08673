"""PDF: columns, running lines, headings by size, raised marks, small print."""

from monitor.report_import.pdf_report import pdf_blocks
from tests.monitor.report_files import Put, as_columns, pdf_of

LONG = "This line of running text is long enough to count as the text of the page"


WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
]


def page(number: int) -> list[Put]:
    return [
        Put(50, 780, 9, "A report"),
        *(Put(50, 700 - 14 * n, 11, f"{LONG}, {WORDS[6 * number + n - 6]}.") for n in range(6)),
        Put(300, 20, 9, f"{number} / 3"),
    ]


def test_headers_footers_and_page_numbers_are_left_out() -> None:
    _, blocks = pdf_blocks(pdf_of([page(n) for n in (1, 2, 3)]))
    text = " ".join(b.text for b in blocks)
    assert "A report" not in text
    assert "/ 3" not in text
    assert text.count(LONG) == 18


def test_a_sentence_over_a_page_break_is_one_paragraph_of_the_first_page() -> None:
    pages = [[Put(50, 700, 11, f"{LONG} and it goes on")], [Put(50, 700, 11, "over the page break until it ends here.")]]
    (block,) = pdf_blocks(pdf_of(pages))[1]
    assert (block.text, block.page) == (f"{LONG} and it goes on over the page break until it ends here.", 1)


def test_a_larger_line_is_a_heading_and_the_left_column_comes_first() -> None:
    title, blocks = pdf_blocks(as_columns())
    assert title == ""
    assert [b.kind for b in blocks] == ["heading", "text"]
    assert blocks[0].text == "1 Foreign agents"
    assert blocks[1].text.startswith("A person can be declared")


def test_headings_of_the_size_of_the_title_are_headings_and_words_of_the_title_stay_in_the_text() -> None:
    lines = ["Russia: conscription", "and mobilisation", "1 Conscription", "2 Penalties"]
    first, second, third, fourth = (Put(50, y, 18, line) for y, line in zip((780, 755, 700, 600), lines, strict=True))
    body = [Put(50, 650, 11, f"{LONG} about a man in"), Put(50, 636, 11, "Russia"), Put(50, 622, 11, "who was called up.")]
    title, blocks = pdf_blocks(pdf_of([[first, second, third, *body, fourth, Put(50, 560, 11, f"{LONG}.")]]))
    assert title == "Russia: conscription and mobilisation"
    assert [(b.kind, b.text) for b in blocks] == [
        ("heading", "1 Conscription"),
        ("text", f"{LONG} about a man in Russia who was called up."),
        ("heading", "2 Penalties"),
        ("text", f"{LONG}."),
    ]


def test_ligatures_are_letters_and_a_broken_word_is_whole() -> None:
    lines = [Put(50, 700, 11, f"{LONG}, of which the con-"), Put(50, 686, 11, "scripts know nothing.")]
    assert "the conscripts know" in pdf_blocks(pdf_of([lines]))[1][0].text


def test_a_footnote_goes_on_at_the_foot_of_the_next_page() -> None:
    first = [
        *(Put(50, 700 - 14 * n, 11, f"{LONG}, {WORDS[n]}.") for n in range(6)),
        Put(50, 60, 8, "1 Outlet One: A title that is long and"),
        Put(300, 20, 9, "1"),
    ]
    second = [*(Put(50, 700 - 14 * n, 11, f"{LONG}, {WORDS[6 + n]}.") for n in range(6)), Put(50, 70, 8, "goes on, 14.07.2022"), Put(50, 60, 8, "2 Outlet Two, 2023"), Put(300, 20, 9, "2")]  # fmt: skip
    _, blocks = pdf_blocks(pdf_of([first, second]))
    assert [(b.number, b.text) for b in blocks if b.kind == "note"] == [
        ("1", "Outlet One: A title that is long and goes on, 14.07.2022"),
        ("2", "Outlet Two, 2023"),
    ]
    assert sum(LONG in b.text for b in blocks if b.kind == "text") == 2


def test_rows_of_a_table_are_recognised_by_the_places_of_their_cells() -> None:
    rows = [("Year", "Convictions for evasion"), ("2023", "1,121"), ("2024", "920")]
    puts = [Put(x, 560 - 16 * n, 10, cell) for n, row in enumerate(rows) for x, cell in zip((50, 90), row, strict=True)]
    text = [Put(50, 700 - 14 * n, 11, f"{LONG}, {WORDS[n]}.") for n in range(8)]
    _, blocks = pdf_blocks(pdf_of([[*text, *puts, Put(50, 500, 11, "And the text goes on.")]]))
    assert [b.text for b in blocks if b.kind == "table"] == [" | ".join(row) for row in rows]
    assert blocks[-1].text == "And the text goes on."


def test_lines_of_a_table_of_contents_are_no_headings() -> None:
    contents = [Put(50, 700 - 14 * n, 11, f"{n + 1} A chapter {'.' * 30} {n + 3}") for n in range(3)]
    text = [Put(50, 600 - 14 * n, 11, f"{LONG}, {WORDS[n]}.") for n in range(8)]
    _, blocks = pdf_blocks(pdf_of([[*contents, Put(50, 620, 16, "1 A chapter"), *text]]))
    assert [b.text for b in blocks if b.kind == "heading"] == ["1 A chapter"]
