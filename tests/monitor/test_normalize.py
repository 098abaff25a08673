"""Text as it was meant: what the eye does not see, or cannot tell apart, changes nothing."""

import unicodedata

import pytest

from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.normalize import legible, without_capitals, without_invisible

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


def test_what_is_stored_loses_what_no_reader_sees() -> None:
    for name in ("soft hyphen", "zero width", "right to left", "decomposed"):
        assert without_invisible(DISGUISED[name]) == PLAIN, name
    assert without_invisible("а\u061cб\u2066в\u206fг\x00\x7f\ufeff") == "абвг"
    assert without_invisible("строка\tи\r\nещё") == "строка\tи\r\nещё"


def test_what_is_stored_keeps_joined_emoji_look_alikes_and_the_signs_of_a_wrong_encoding() -> None:
    for text in ("👨\u200d👩\u200d👧", "می\u200cخواهم", "Прика\ufffd", "\x91цитата\x92", DISGUISED["look-alikes"]):
        assert without_invisible(text) == text


@pytest.mark.parametrize("number", [n for n in range(0x3000) if unicodedata.category(chr(n)) in ("Cf", "Cc")] + [0xFEFF, 0xFFFD], ids=hex)
def test_no_invisible_character_parts_a_word_in_comparison(number: int) -> None:
    # Arabic signs that are shown
    visible = "\t\n\r" + "".join(map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2)))
    if chr(number) not in visible:
        assert legible(f"пове{chr(number)}стка") == "повестка"


def test_words_of_one_alphabet_stay_as_they_are() -> None:
    assert legible("TASS, ТАСС, iPhone, Ту-154M") == "TASS, ТАСС, iPhone, Ту-154M"


def test_a_headline_in_capitals_is_read_as_any_other() -> None:
    assert without_capitals("МОБИЛИЗАЦИЯ НАЧНЁТСЯ В СЕНТЯБРЕ") == "Мобилизация начнётся в сентябре"
    assert without_capitals("МВД РФ") == "МВД РФ"
    loud = read_item(Document("1", "", "", "2026-05-01", "ru", PLAIN.upper(), ""), vocabulary())
    quiet = read_item(Document("1", "", "", "2026-05-01", "ru", PLAIN, ""), vocabulary())
    assert (loud.title, loud.stage, loud.values) == (quiet.title, quiet.stage, quiet.values)
    assert [u.lemmas for u in loud.units] == [u.lemmas for u in quiet.units]


def test_an_agencys_dateline_is_no_place() -> None:
    kyiv = read_item(
        Document("1", "", "", "2026-05-01", "ru", "Рада приняла закон", "МОСКВА, 26 декабря. /ТАСС/. Закон принят в Киеве."), vocabulary()
    )
    assert "russia" not in kyiv.countries_body


def test_half_characters_are_replaced_where_text_is_stored_and_ignored_where_it_is_compared() -> None:
    assert without_invisible("при\ud800зыв") == "при\ufffdзыв"
    assert legible("при\udfffзыв") == "призыв"
