"""Text as it was meant: what the eye does not see, or cannot tell apart, changes nothing."""

import unicodedata

import pytest

from monitor.compare.reading import Document, read_item
from monitor.compare.vocabulary import vocabulary
from monitor.hygiene import legible, spoken

PLAIN = "Путин подписал закон: штраф за неявку по повестке вырос до 200 тысяч рублей"
DISGUISED = {
    "soft hyphen": PLAIN.replace("штраф", "штр\u00adаф"),
    "zero width": PLAIN.replace("повестке", "по\u200bвестке"),
    "look-alikes": PLAIN.replace("повестке", "пoвеcткe").replace("штраф", "штpаф"),
    "right to left": "\u202e" + PLAIN,
    "decomposed": unicodedata.normalize("NFD", PLAIN),
}


@pytest.mark.parametrize("text", DISGUISED.values(), ids=DISGUISED)
def test_disguised_text_is_read_as_it_was_meant(text: str) -> None:
    assert legible(text) == PLAIN


def test_words_of_one_alphabet_stay_as_they_are() -> None:
    assert legible("TASS, ТАСС, iPhone, Ту-154M") == "TASS, ТАСС, iPhone, Ту-154M"


def test_a_headline_in_capitals_is_read_as_any_other() -> None:
    assert spoken("МОБИЛИЗАЦИЯ НАЧНЁТСЯ В СЕНТЯБРЕ") == "Мобилизация начнётся в сентябре"
    assert spoken("МВД РФ") == "МВД РФ"
    loud = read_item(Document("1", "", "", "2026-05-01", "ru", PLAIN.upper(), ""), vocabulary())
    quiet = read_item(Document("1", "", "", "2026-05-01", "ru", PLAIN, ""), vocabulary())
    assert (loud.title, loud.stage, loud.values) == (quiet.title, quiet.stage, quiet.values)
    assert [u.lemmas for u in loud.units] == [u.lemmas for u in quiet.units]


def test_an_agencys_dateline_is_no_place() -> None:
    kyiv = read_item(
        Document("1", "", "", "2026-05-01", "ru", "Рада приняла закон", "МОСКВА, 26 декабря. /ТАСС/. Закон принят в Киеве."), vocabulary()
    )
    assert "russia" not in kyiv.countries_body
