"""What an item says: subjects, places and numbers, line by line."""

import pytest

from monitor.compare.statements.read import FURTHER, IN_LEAD, IN_TITLE, ItemStatements, read_statements
from monitor.compare.statements.subjects import load_pack


def read(title: str, text: str = "", lang: str = "ru") -> ItemStatements:
    return read_statements(title, text, lang, load_pack())


def test_the_best_place_of_a_subject_counts() -> None:
    item = read("Новый закон о повестках", "Выезд закроют. Запрет на выезд из страны введут сразу. Кто-то против. Повестка придёт.")
    assert item.subjects["summons.delivery"] == IN_TITLE
    assert item.subjects["exit_ban"] == IN_LEAD
    assert {line.weight for line in item.lines} <= {IN_TITLE, IN_LEAD, FURTHER, 0.0}


def test_a_later_sentence_that_shares_no_subject_carries_nothing() -> None:
    item = read("Новый закон о повестках", "Первое. Второе. Погибли 300 срочников.")
    assert item.lines[-1].weight == 0.0


@pytest.mark.parametrize(
    ("title", "lang", "subject"),
    [
        ("Putin decreta una nueva movilización de reservistas", "es", "mobilisation.order"),
        ("Rusia ofrece 800.000 rublos por firmar un contrato con el ejército", "es", "payment.signing"),
        ("Rusia recluta a presos para el frente", "es", "recruitment.prisoners"),
        ("Русия обяви нова мобилизация", "bg", "mobilisation.order"),
        ("Русия вербува чужденци за армията", "bg", "recruitment.foreigners"),
        ("Дезертьор избяга от фронта", "bg", "desertion.prosecution"),
        ("Rosja ogłasza nową mobilizację: mobilizacja w Rosji", "pl", "mobilisation.order"),
        ("Rosja wprowadza zakaz wyjazdu dla poborowych", "pl", "exit_ban"),
        ("Rosja werbuje więźniów na front", "pl", "recruitment.prisoners"),
    ],
)
def test_main_subjects_are_known_in_spanish_bulgarian_and_polish(title: str, lang: str, subject: str) -> None:
    assert read(title, lang=lang).subjects.get(subject) == IN_TITLE


@pytest.mark.parametrize(
    ("title", "text", "elsewhere"),
    [
        ("Резервистом до 65 лет", "В Финляндии закон о резерве армии вступил в силу.", True),
        ("Резервистом до 65 лет", "Закон вступил в силу.", False),
        ("Россия и Финляндия: резервисты до 65 лет", "", False),
    ],
)
def test_an_item_of_another_country_is_known_by_title_or_lead(title: str, text: str, elsewhere: bool) -> None:
    assert read(title, text).elsewhere is elsewhere


def test_a_bare_old_value_takes_the_unit_of_the_number_before_it() -> None:
    (line,) = read("Повестка действует два года вместо одного").lines
    assert [(n.high, n.unit) for n in line.numbers] == [(2.0, "years"), (1.0, "years")]
