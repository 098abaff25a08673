"""Numbers with the part they play in their sentence, in six languages."""

import pytest

from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.number import Part
from monitor.compare.statements.numbers import read_numbers


def read(sentence: str, lang: str = "ru") -> list[tuple[float, float, str, str]]:
    return [(n.low, n.high, n.unit, n.part.value) for n in read_numbers(plain(sentence), lang) if n.kind != "date"]


@pytest.mark.parametrize(
    ("sentence", "lang", "found"),
    [
        ("Штраф от 10 до 30 тысяч рублей", "ru", (10_000, 30_000, "RUB", "new")),
        ("За неявку заплатят до полмиллиона рублей", "ru", (500_000, 500_000, "RUB", "new")),
        ("Контракт на двадцать один месяц", "ru", (21, 21, "months", "new")),
        ("В розыске 2 850 человек", "ru", (2850, 2850, "people", "new")),
        ("Ограничения — на двенадцатый день", "ru", (12, 12, "days", "new")),
        ("Соглашается каждый пятый", "ru", (20, 20, "percent", "new")),
        ("Это четвёртый законный способ", "ru", (4, 4, "ways", "new")),
        ("Putin calls up 140,000 men", "en", (140_000, 140_000, "people", "new")),
        ("Put in place for 1.8 million servicemen", "en", (1.8e6, 1.8e6, "people", "new")),
        ("Два миллиона четыреста тысяч военнослужащих", "ru", (2.4e6, 2.4e6, "people", "new")),
        ("Список вырос до 348 имён", "ru", (348, 348, "people", "new")),
        ("Достаточно одной неявки", "ru", (1, 1, "summonses", "new")),
        ("Выезд дольше чем на три месяца", "ru", (3, 3, "months", "new")),
        ("Привлекать можно после месяца подготовки", "ru", (1, 1, "months", "new")),
        ("A stay of longer than three months", "en", (3, 3, "months", "new")),
        ("Multa de 3 millones de rublos", "es", (3e6, 3e6, "RUB", "new")),
        ("Kara do 60 tysięcy rubli", "pl", (60_000, 60_000, "RUB", "new")),
        ("Срок от 6 месеца", "bg", (6, 6, "months", "new")),
        ("Bis zu 80.000 Rubel", "de", (80_000, 80_000, "RUB", "new")),
        ("Poetin roept 140.000 dienstplichtigen op", "nl", (140_000, 140_000, "people", "new")),
        ("1,8 millioner soldater", "da", (1.8e6, 1.8e6, "people", "new")),
        ("1,2 мільйона осіб", "uk", (1.2e6, 1.2e6, "people", "new")),
        ("в’язнів 220 тисяч осіб", "uk", (220_000, 220_000, "people", "new")),
    ],
)
def test_a_value_is_read_with_its_unit(sentence: str, lang: str, found: tuple[float, float, str, str]) -> None:
    assert found in read(sentence, lang)


@pytest.mark.parametrize(
    ("sentence", "lang", "old", "new"),
    [
        ("Срок увеличили с 30 до 45 дней", "ru", 30, 45),
        ("Предел поднимут с 65 лет до 68", "ru", 65, 68),
        ("24 месяца вместо нынешних 21", "ru", 21, 24),
        ("Два года вместо одного", "ru", 1, 2),
        ("1 300 апатридов вместо ожидавшихся 5 тысяч", "ru", 5000, 1300),
        ("19 percent of the forces, against roughly 30 percent", "en", 30, 19),
        ("Повестка считается врученной через трое суток, а не через 7 дней", "ru", 7, 3),
        ("Двадцатидневный срок заменён пятидневным", "ru", 20, 5),
        ("The fine rises from 10,000 to 20,000 roubles", "en", 10_000, 20_000),
        ("Kept on the list up to 45 years, rather than 40 years", "en", 40, 45),
        ("Licences are lost after 10 days, not 20 days", "en", 20, 10),
        ("Die Strafe steigt von 10.000 auf 20.000 Rubel", "de", 10_000, 20_000),
        ("Bøden hæves fra 10.000 til 20.000 rubler", "da", 10_000, 20_000),
        ("De boete stijgt van 10.000 naar 20.000 roebel", "nl", 10_000, 20_000),
        ("Термін збільшили з 30 до 45 днів", "uk", 30, 45),
        ("El decreto eleva la prima de 400.000 a 800.000 rublos", "es", 400_000, 800_000),
    ],
)
def test_the_old_value_is_distinguished_from_the_new_one(sentence: str, lang: str, old: float, new: float) -> None:
    parts = {n.part: n.high for n in read_numbers(plain(sentence), lang)}
    assert parts[Part.OLD] == old
    assert parts[Part.NEW] == new


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Для офицеров останется 70 лет", Part.SAME),
        ("Загранпаспорт сдают за пять дней, как и раньше", Part.SAME),
        ("The fine stays at 400,000 roubles", Part.SAME),
        ("Раньше платили 100 тысяч рублей", Part.OLD),
        ("Для сравнения, за дезертирство дают 15 лет", Part.ASIDE),
        ("Это на 42 процента больше", Part.ASIDE),
        ("Дел о самовольном оставлении части 25 300 человек", Part.NEW),
    ],
)
def test_what_stays_or_was_is_no_news(sentence: str, part: Part) -> None:
    assert [n.part for n in read_numbers(plain(sentence), "ru")] == [part]


@pytest.mark.parametrize("sentence", ["Закон № 412-ФЗ", "по статье 328", "указ № 647", "в/ч 12345", "18-летним разослали анкеты"])
def test_numbers_of_acts_units_and_ages_of_people_are_no_values(sentence: str) -> None:
    assert read(sentence) == []


def test_a_range_is_no_step_and_a_thing_unknown_counts_nothing_of_ours() -> None:
    assert read("Призывают с 18 до 30 лет") == [(18, 30, "years", "new")]
    assert read("Нашли 170 тысяч комментариев") == [(170_000, 170_000, "other", "new")]


@pytest.mark.slow
def test_hostile_text_is_survived() -> None:
    for text in ("1" * 5_000, "от 1 до " * 2_000, "(" * 3_000 + "5 дней", "тысяч " * 3_000):
        read(text)


def test_a_span_of_time_is_no_value() -> None:
    assert not read("За год завели дела")
    assert not read("За полгода никого не наказали")
