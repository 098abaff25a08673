"""Persons, places, act and day of a gist: each only where the text is certain of it."""

import pytest

from db.enums import Stage
from db.gist import GistAct, GistDetails
from monitor.compare.statements.gist_details import details_of, load_words
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import load_pack

PHRASE = {"en": "delivery of a summons"}


def details(title: str, text: str = "", lang: str = "ru", stage: Stage | None = None, published: str = "2026-02-01") -> GistDetails:
    return details_of(read_statements(title, text, lang, load_pack()), PHRASE, stage, load_pack(), published)


@pytest.mark.parametrize(
    ("title", "text", "start"),
    [
        ("Повестки по-новому начнут вручать с 1 марта", "", "--03-01"),
        ("Повестки станут электронными с 2027 года", "", "2027"),
        ("Закон о повестках вступит в силу 1 марта 2026 года", "", "2026-03-01"),
        ("Призыв пройдёт с 1 апреля по 15 июля", "", None),  # a period
        ("Повестки рассылают с 2024 года", "", None),  # long ago
        # A day of the text without its year
        ("Новый порядок повесток", "Закон подписан с 15 декабря.", None),
        ("Summonses go electronic from March 2026", "", "2026-03"),
    ],
)
def test_since_when_something_holds(title: str, text: str, start: str | None) -> None:
    assert details(title, text, "en" if title.isascii() else "ru").start == start


@pytest.mark.parametrize(
    ("title", "stage", "act"),
    [
        ("Федеральный закон от 04.11.2025 № 412-ФЗ «О внесении изменений»", Stage.SIGNED, GistAct("law", "412-FZ", "2025-11-04")),
        ("Путин подписал указ о повестках", Stage.SIGNED, GistAct("decree")),
        ("Проект закона о повестках внесён в Думу", Stage.INTRODUCED, GistAct("bill")),
        ("Закон и указ о повестках подписаны", Stage.SIGNED, None),  # either
        ("Закон о повестках: что он значит", None, None),  # no stage
    ],
)
def test_the_act_that_a_title_tells_of(title: str, stage: Stage | None, act: GistAct | None) -> None:
    assert details(title, stage=stage).act == act


def test_persons_are_named_unless_the_phrase_names_one_of_them() -> None:
    assert [p["en"] for p in details("Повестки вручат студентам").persons] == ["students"]
    # Too many to say
    assert details("Повестки: студенты, женщины, мигранты и резервисты").persons == ()
    item = read_statements("Повестки вручат студентам", "", "ru", load_pack())
    assert details_of(item, {"en": "summonses for students"}, None, load_pack(), "").persons == ()


def test_a_place_is_that_of_the_title_or_where_the_first_sentence_stands() -> None:
    assert [p["da"] for p in details("В Ульяновской области раздали повестки").places] == ["Uljanovsk"]
    assert [p["en"] for p in details("Раздали повестки", "В Самаре повестки получили сотни.").places] == ["Samara"]
    assert details("Раздали повестки", "Депутат Самары пояснил порядок.").places == ()
    assert details("Повестки в Омске, Томске и Туле").places == ()


def test_the_first_time_is_said_but_not_the_first_time_since() -> None:
    assert details("Впервые вручили электронную повестку").first
    assert not details("Впервые с 2022 года вручили повестку").first


def test_every_kind_of_act_has_words() -> None:
    assert all(load_words().acts.values())
