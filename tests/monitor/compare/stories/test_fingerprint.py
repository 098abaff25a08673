"""What is kept of an item to recognise its story again."""

from datetime import date

import numpy as np
import pytest

from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.stories.fingerprint import StoryFingerprint, fingerprint_of, pack, stem, unpack

TITLE = "Путин подписал закон о призыве в Омске"
TEXT = "Закон касается 261 тысячи призывников. Его внес депутат Андрей Картаполов 12 мая."


def made(title: str = TITLE, text: str = TEXT, published: str = "2025-03-01") -> StoryFingerprint:
    document = Document("a", "", "", published, "ru", title, text)
    reading = read_item(document, vocabulary())
    vectors = np.eye(512, dtype=np.float32)[: len(reading.units)]
    return fingerprint_of(document, reading, vectors, ["EXA-001"])


@pytest.mark.parametrize(
    ("one", "other"),
    [("Картаполов", "Kartapolov"), ("Картаполова", "Kartapolow"), ("резервист", "reservist"), ("Schoigu", "Shoigu")],
)  # fmt: skip
def test_a_word_meets_itself_across_alphabets_and_cases(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_words_without_a_subject_are_left_out() -> None:
    found = made()
    assert stem("призыве") in found.title_words
    assert {stem("который"), stem("его")}.isdisjoint(found.words)


def test_names_places_numbers_and_days_are_kept_apart() -> None:
    found = made()
    assert stem("Картаполов") in found.names
    assert found.title_names == {stem("Омске")}, "the first word is capitalised in any case"
    assert found.places == found.title_places == {stem("Омск")}
    assert found.numbers == {261_000.0}
    assert found.title_numbers == frozenset()
    assert found.dates == {512}
    assert (found.title_rank, found.rank) == (7, 7)
    assert found.claims == {"EXA-001"}


def test_small_numbers_are_in_every_text_and_are_not_kept() -> None:
    assert made(text="Сборы продлятся 2 месяца, 30 дней.").numbers == {30.0}


def test_the_lead_is_the_mean_direction_of_the_first_sentences() -> None:
    found = made()
    assert float(np.linalg.norm(found.lead)) == pytest.approx(1, abs=1e-3)
    # One of three orthogonal sentences
    assert float(found.title @ found.lead) == pytest.approx(3**-0.5, abs=1e-3)


def test_an_item_without_a_date_or_words_has_a_trace() -> None:
    found = made("", "", "")
    assert found.day is None
    assert (found.title_words, found.numbers, found.rank, found.explains) == (frozenset(), frozenset(), 0, False)


def test_a_trace_comes_back_from_its_bytes_as_it_was() -> None:
    before = made()
    after = unpack("a", pack(before))
    assert after.day == date(2025, 3, 1)
    assert np.array_equal(after.title, before.title)
    assert np.array_equal(after.lead, before.lead)
    assert (after.words, after.names, after.numbers, after.rank, after.claims) == (before.words, before.names, before.numbers, before.rank, before.claims)  # fmt: skip


def test_the_event_key_is_read_from_the_statements() -> None:
    found = made("Указ от 30 декабря: студентам дали отсрочку от призыва", "Заключённых это не касается.", "2025-12-30")
    assert "deferral" in found.key_subjects
    assert found.persons == {"students"}
    assert found.acts == {"12-30"}
    assert unpack("a", pack(found)).key_subjects == found.key_subjects


def test_a_title_without_a_subject_takes_the_key_of_its_lead() -> None:
    assert "deferral" in made("Что изменится с января", "Студентам дадут отсрочку от призыва.").key_subjects
