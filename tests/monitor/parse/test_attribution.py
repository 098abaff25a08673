"""Whom a text says it follows, in the languages of the desks."""

import pytest

from monitor.parse.attribution import named_origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("Указ подписан, сообщает ТАСС.", "TASS"),
        ("Об этом сообщило агентство «Интерфакс».", "Interfax"),
        ("Как сообщает РИА Новости, призыв начался.", "RIA"),
        ("The draft begins in April, TASS reports.", "TASS"),
        ("As TASS reported on Monday, the draft begins.", "TASS"),
        ("According to Mediazona, 200,000 have been killed.", "Mediazona"),
        ("Про це повідомляє Укрінформ із посиланням на ISW.", "Ukrinform"),
        ("За даними «Важливих історій», призвали 60 тисяч.", "iStories"),
        ("Laut der Agentur", None),
        ("Die Einberufung beginnt, berichtet TASS.", "TASS"),
        ("De oproep begint, meldt persbureau TASS.", "TASS"),
        ("Indkaldelsen begynder, skriver Meduza.", "Meduza"),
        ("По данным «Ведомостей», закон готов.", "Vedomosti"),
        ("«Верстка» узнала о списках. Позже это подтвердил Reuters.", "Verstka"),
        ("Это выяснило «Агентство», сообщает «Агентство».", "Agentstvo"),
        ("Агентство по делам молодёжи объявило конкурс.", None),
        ("Путин подписал указ.", None),
        ("", None),
    ],
)
def test_the_origin_that_a_text_names(text: str, origin: str | None) -> None:
    assert named_origin(text) == origin


def test_a_long_text_is_searched_quickly() -> None:
    assert named_origin("по данным агентство " * 5000) is None


@pytest.mark.parametrize(
    "name",
    [
        "РИА",
        "«РИА Новости»",
        "РІА",
        "RIA",
        "«Ъ»",
        "Ъ",
        "«Коммерсантъ»",
        "РБК",
        "Би-би-си",
        "Русская служба Би-би-си",
        "ISW",
        "Рейтер",
        "Астра",
        "«Важные истории»",
    ],
)
@pytest.mark.parametrize("form", ["Об этом сообщает {}.", "Указ подписан,\nсообщает\n{}", "{} сообщает о призыве"])
def test_every_name_is_found_however_it_stands(name: str, form: str) -> None:
    assert named_origin(form.format(name)) is not None
