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


@pytest.mark.parametrize(
    ("lang", "sentence", "aspect"),
    [
        ("da", "Alle mænd mellem 18 og 30 år kan indkaldes til et års værnepligt.", "callup.liability.upper_age"),
        ("da", "Bøden for ikke at møde op efter en indkaldelse er blevet hævet.", "fine.no_show.amount"),
        ("da", "Der udbetales en engangsbonus ved underskrift af en kontrakt.", "payment.signing.amount"),
        ("nl", "De bovengrens van de dienstplichtige leeftijd ging naar 30 jaar.", "callup.liability.upper_age"),
        ("nl", "Het maandloon van een soldaat bedraagt 200.000 roebel.", "payment.monthly.amount"),
        ("nl", "Gedetineerden worden gerekruteerd in ruil voor vrijlating.", "recruitment.prisoners.practice"),
        ("ru", "Курьеров ловят у дверей и отвозят на призывной пункт", "raids.places"),
        ("ru", "Больницы начнут отдавать карты пациентов военным комиссариатам", "register.data_exchange"),
        ("en", "Moscow commuters seized and driven to draft office", "raids.places"),
    ],
)
def test_sentences_of_reports_and_indirect_wordings_are_read(lang: str, sentence: str, aspect: str) -> None:
    assert aspect in read_statements(sentence, "", lang, load_pack()).aspects


def test_men_who_are_called_up_have_no_summons_yet() -> None:
    for lang, sentence in (("da", "Reservister indkaldes i foråret."), ("nl", "Mannen worden opgeroepen in de herfst.")):
        assert "summons.delivery" not in read_statements(sentence, "", lang, load_pack()).subjects
