"""Whom an item is about: many people, a few, one, or a named person."""

import pytest

from monitor.compare.reading.person_counts import PersonCounts, read_people
from monitor.compare.reading.vocabulary import vocabulary


def people(text: str) -> PersonCounts:
    return read_people(text, vocabulary())


@pytest.mark.parametrize(
    ("text", "one", "many", "few"),
    [
        ("Студентов отправляют на фронт", 0, 1, 0),
        ("Студента отправили на фронт", 1, 0, 0),
        ("Двух студентов отправили на фронт", 0, 0, 1),
        ("Задержаны 3 призывника", 1, 0, 0),
        ("Задержаны 300 призывников", 0, 1, 0),
        ("Выплаты за подписание военного контракта", 0, 0, 0),
        ("Военнообязанным запретили выезд", 0, 1, 0),
        ("Он стал военнообязанным", 1, 0, 0),
        ("Students are sent to the front", 0, 0, 0),
        ("", 0, 0, 0),
    ],
)
def test_person_nouns_are_counted_by_number(text: str, one: int, many: int, few: int) -> None:
    found = people(text)
    assert (found.one, found.many, found.few) == (one, many, few)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Суд оправдал Иванова", 1),
        ("Указ подписал Путин", 0),
        ("Суд прошел в Омске", 0),
        ("Иванов начал говорить", 0),
    ],
)
def test_a_name_counts_unless_it_is_an_office_holders_a_places_or_the_first_word(text: str, named: int) -> None:
    assert people(text).named == named


@pytest.mark.parametrize(
    ("text", "first"), [("Меня отправили на фронт", True), ("Что мы знаем о реестре", False), ("Моя повестка", True), ("мойка", False)]
)
def test_speech_in_the_first_person_singular_is_noticed(text: str, first: bool) -> None:
    assert people(text).first_person is first


@pytest.mark.parametrize(
    ("text", "alone"), [("Жителя Кемерова оштрафовали", True), ("Жителей Кемерова оштрафовали", False), ("Штраф вырос", False)]
)
def test_one_person_and_no_more_is_a_case(text: str, alone: bool) -> None:
    assert people(text).alone is alone
