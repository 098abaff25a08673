"""From HTML to lines without a loss of meaning."""

import pytest
from bs4 import BeautifulSoup

from monitor.kinds import law
from monitor.kinds.markup_text import document_address, extract_footnotes, plain_indices, show_documents


def lines(html: str) -> list[str]:
    return law.lines_of(BeautifulSoup(html, "lxml"))


def test_struck_text_is_left_out_and_inserted_text_stays() -> None:
    assert lines("<p>до <del>27</del><ins>30</ins> лет <span style='text-decoration:line-through'>и 6</span></p>") == ["до 30 лет"]


def test_cells_are_distinguished_and_an_empty_one_keeps_its_place() -> None:
    assert lines("<table><tr><td>офицер</td><td></td><td>50</td></tr></table>") == ["офицер | | 50"]


def test_a_table_that_only_lays_out_the_page_stays_paragraphs() -> None:
    html = f"<table><tr><td>Меню</td><td><p>1. {'Слово ' * 90}</p><p>2. Второе.</p></td></tr></table>"
    assert lines(html)[-1] == "2. Второе."


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("Статья 22¹. Отсрочка", "Статья 22.1. Отсрочка"), ("подпункт а¹", "подпункт а.1"), ("граждане¹ мужского пола", "граждане мужского пола"),
        ("до 27¹ лет", "до 27 лет"), ("площадью 9 м²", "площадью 9 м²"), ("10 км²", "10 км²"), ("статьи 205¹ и 205²", "статьи 205.1 и 205.2"),
    ],
)  # fmt: skip
def test_superscripts_belong_to_numbers_and_footnotes_to_nothing(marked: str, plain: str) -> None:
    assert plain_indices(marked) == plain


def test_superscript_markup_is_read_like_the_characters() -> None:
    assert lines("<p>Статья 22<sup>1</sup>. Отсрочка</p><p>граждане<sup>2</sup> России</p>") == ["Статья 22.1. Отсрочка", "граждане России"]


def test_footnotes_are_taken_out_with_their_marks() -> None:
    soup = BeautifulSoup(
        "<p>до 27<sup><a href='#f1'>1</a></sup> лет <a href='#f2'>[2]</a></p><p><sup>1</sup> Примечание.</p><div class='footnotes'>[2] Другое.</div>",
        "lxml",
    )
    assert extract_footnotes(soup) == ["1 Примечание.", "[2] Другое."]
    assert soup.get_text(" ", strip=True) == "до 27 лет"


def test_a_reference_to_an_article_is_no_footnote() -> None:
    soup = BeautifulSoup("<p>статьёй <a href='#st22'>22</a></p>", "lxml")
    assert extract_footnotes(soup) == []
    assert soup.get_text() == "статьёй 22"


def test_a_linked_document_shows_its_address() -> None:
    soup = BeautifulSoup("<p><a href='/files/form-2.pdf?utm_source=x'>Бланк</a> и <a href='/news/1'>новость</a></p>", "lxml")
    show_documents(soup, "https://example.org/guide")
    assert soup.get_text() == "Бланк [/files/form-2.pdf] и новость"


def test_downloads_without_a_suffix_are_documents_too() -> None:
    assert document_address("/download?id=7&token=abc", "https://example.org/") == "/download?id=7"
    assert document_address("mailto:a@example.org", "https://example.org/") == ""
