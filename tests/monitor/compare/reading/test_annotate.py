"""What an item says, read once."""

import pytest

from monitor.compare.reading.annotate import READ_CHARACTERS, UNITS, AnnotatedText, Document, head_and_body, read_item
from monitor.compare.reading.vocabulary import vocabulary


def document(title: str, text: str = "", lang: str | None = "ru") -> Document:
    return Document("1", "An outlet", "", "2025-03-01", lang, title, text)


def read(title: str, text: str = "", lang: str | None = "ru") -> AnnotatedText:
    return read_item(document(title, text, lang), vocabulary())


def test_title_and_text_are_read_apart() -> None:
    found = read("Разослали повестки", "Объявлена мобилизация в Казахстане.")
    assert set(found.subjects_title) == {"summons"}
    assert "mobilisation" in found.subjects_body
    assert found.subjects == {"summons", "mobilisation"}
    assert (set(found.countries_title), set(found.countries_body)) == (set(), {"kazakhstan"})


def test_a_post_without_a_title_has_its_first_sentence_for_one() -> None:
    head, body = head_and_body(document("", "Разослали повестки. Объявлена мобилизация."))
    assert (head, body) == ("Разослали повестки.", "Объявлена мобилизация.")
    assert head_and_body(document("", "")) == ("", "")


@pytest.mark.parametrize("text", ["МОСКВА, 26 декабря. /ТАСС/. Закон принят.", "МОСКВА, 26 декабря — Закон принят.", "Закон принят."])
def test_where_an_agency_wrote_is_not_where_something_happened(text: str) -> None:
    assert head_and_body(document("Закон", text)) == ("Закон", "Закон принят.")


def test_of_a_long_text_the_beginning_counts() -> None:
    found = read("Закон", "Слово за слово. " * (READ_CHARACTERS // 16 + 1) + "Объявлена мобилизация.")
    assert found.subjects == set()
    assert len(found.body) <= READ_CHARACTERS
    assert len(found.units) == UNITS


def test_invisible_characters_hide_no_word() -> None:
    assert "mobilisation" in read("Мо\u00adбили\u200bзация объявлена").subjects_title


def test_verbs_of_the_text_are_read_at_its_beginning() -> None:
    found = read("Закон", "Президент подписал указ. " + "Слово за слово. " * 30 + "Он подписал указ.")
    assert found.grammar_text.past == 1


def test_a_text_of_nothing_is_read() -> None:
    found = read("", "")
    assert (found.units, found.subjects, found.stage, found.values) == ((), set(), None, ())


@pytest.mark.parametrize(
    ("title", "tells"),
    [
        ("Военкоматы разослали повестки. Как проверить себя", True),
        ("«Нас просто привезли и забрали телефоны». Срочников заставляют подписать контракт", True),
        ("Придёт ли повестка осенью?", False),
        ("Как проверить себя в реестре повесток", False),
        ("Погода испортилась", False),
    ],
)
def test_a_sentence_of_the_title_tells_news(title: str, tells: bool) -> None:
    assert read(title).tells_news is tells


def test_in_other_languages_a_subject_of_the_pack_is_enough_to_tell_news() -> None:
    summons = "Rusland udsender elektroniske indkaldelser til reservister"
    assert read(summons, lang="da").tells_news
    assert read(summons, lang="da").shown_by_pack
    assert not read("Hvad betyder elektroniske indkaldelser?", lang="da").tells_news
    assert not read("Vejret i Moskva", lang="da").tells_news
    assert not read("Погода", lang="ru").shown_by_pack


def test_the_person_who_is_quoted_is_not_the_one_of_whom_a_title_tells() -> None:
    assert not read("«Я не хотел никого убивать на этой войне». Число дезертиров удвоилось").people.first_person
    assert read("Я сбежал из армии").people.first_person
