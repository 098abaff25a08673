"""Titles of official acts and the acts they change."""

import pytest

from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.acts import act_title, meets, named_acts
from monitor.compare.statements.subjects import load_pack

LAW = 'Федеральный закон от 04.11.2026 № 501-ФЗ "О внесении изменений в статью 31 Федерального закона "О воинской обязанности и военной службе""'


def acts(text: str) -> dict[str, frozenset[str]]:
    pack, words = load_pack(), plain(text)
    by_name = [(h.start, h.owner[2:]) for h in pack.cues.find(words) if h.owner.startswith("t:")]
    return {n.act: n.articles for n in named_acts(words, by_name, pack)}


def test_a_title_is_read_by_grammar() -> None:
    title = act_title(plain(LAW))
    assert title
    assert (title.kind, title.number, title.day, title.changes, title.repeals) == ("law", "501-фз", "2026-11-04", True, False)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ('Указ Президента Российской Федерации от 21.10.2026 № 712 "О штатной численности Вооруженных Сил"', "decree"),
        ('Постановление Правительства Российской Федерации от 1 июня 2026 г. № 600 "О призыве"', "government"),
        ('Постановление Конституционного Суда Российской Федерации от 15.10.2026 № 44-П "По делу о проверке"', "court"),
        ("Постановление Конституционного Суда РФ по делу о проверке конституционности статьи 328 Уголовного кодекса", "court"),
        ("Приказ Минцифры России от 11.09.2026 № 733 «О порядке ведения реестра»", "order"),
        ("Закон Омской области «О дополнительных мерах поддержки»", "regional"),
        ("Указ губернатора Омской области № 77 «О единовременной выплате»", "regional"),
        ("Законопроект № 123456-8 «О внесении изменений в закон об обороне»", "bill"),
    ],
)
def test_the_kinds_of_act(title: str, kind: str) -> None:
    found = act_title(plain(title))
    assert found
    assert found.kind == kind


@pytest.mark.parametrize("title", ["Путин подписал закон о призыве", "Закон о призыве: что изменится", "Указ, которого ждали"])
def test_a_headline_is_no_title(title: str) -> None:
    assert act_title(plain(title)) is None


def test_acts_are_known_by_number_and_by_name_with_their_articles() -> None:
    assert acts(LAW) == {"53-ФЗ": frozenset({"31"})}
    assert acts("О признании утратившим силу Указа Президента Российской Федерации от 21 сентября 2022 г. № 647") == {
        "указ 647": frozenset()
    }
    assert acts("О внесении изменений в статью 21.5 Кодекса Российской Федерации об административных правонарушениях") == {
        "КоАП РФ": frozenset({"21.5"})
    }
    assert acts("О внесении изменений в статью 158 Уголовного кодекса Российской Федерации") == {"УК РФ": frozenset({"158"})}
    assert acts("О правилах дорожного движения") == {}


def test_another_article_of_a_code_is_another_matter() -> None:
    pack, text = load_pack(), plain("в статью 158 Уголовного кодекса")
    named = named_acts(text, [(12, "УК РФ")], pack)
    assert meets(named, "УК РФ", "158") == 1.0
    assert meets(named, "УК РФ", "328") < 0.5 < meets(named, "УК РФ", None)
