"""Texts of laws taken apart: articles, parts, editors' marks, and what is no change."""

import gzip
from pathlib import Path

import pytest

from monitor.fetch.http_types import HttpAnswer
from monitor.kinds import law
from monitor.kinds.page import read_page
from monitor.kinds.results import PagePart
from monitor.kinds.wording import difference, part_hash


def test_upper_indices_make_numbers_of_articles_and_parts() -> None:
    from bs4 import BeautifulSoup

    html = '<p>Статья 78<span class="W9">1</span>. Освобождение</p><p>2<span class="W9">1</span>. Текст части</p>'
    parts = law.split(law.lines_of(BeautifulSoup(html, "lxml")), "УК РФ")
    assert [(p.article, p.title, p.text) for p in parts] == [("78.1", "Освобождение", "2.1. Текст части")]


CHAPTERS = """ОБЩАЯ ЧАСТЬ
Раздел I. НАЧАЛО
Глава 1. Основное
Статья 1. Понятия
Слова.
Статья 2. {long}
Другие слова.
Статья 3.
(Статья утратила силу - Федеральный закон от 08.12.2003 № 161-ФЗ)
РАЗДЕЛ II.
ПРОДОЛЖЕНИЕ
§ 2. Подробности
С т а т ь я 4. Старый набор
Статья 4 дополнена словами, как сказано ниже.
Глава 9 применяется и дальше.""".format(long="Требования к " + "органам и организациям, " * 30)


def parts_of(text: str) -> dict[str, PagePart]:
    return {p.key: p for p in law.split(text.split("\n"), "Акт")}


def test_chapters_between_articles_belong_to_neither_and_long_headings_are_headings() -> None:
    parts = parts_of(CHAPTERS)
    assert [k for k in parts if k.startswith("art.")] == ["art.1", "art.2", "art.3", "art.4"]
    assert parts["art.1"].text == "Слова."
    assert parts["art.2"].text == "Другие слова."
    assert (parts["art.3"].text, parts["art.3"].repealed) == ("", True)
    assert parts["art.4"].text == "Статья 4 дополнена словами, как сказано ниже.\n\nГлава 9 применяется и дальше."
    assert parts["divisions"].text == "РАЗДЕЛ II.\n\nПРОДОЛЖЕНИЕ\n\n§ 2. Подробности"
    assert "Глава 1. Основное" in parts["head"].text


@pytest.mark.parametrize(
    "mark",
    [
        "(В редакции Федерального закона от 04.08.2023 № 439-ФЗ)", "(в ред. ФЗ от 04.08.2023 N 439-ФЗ)", "(часть 1.1 введена Федеральным законом от 04.08.2023 N 439-ФЗ)",
        "(Примечание в редакции Федерального закона от 04.08.2023 № 439-ФЗ)", "(Глава дополнена - Федеральный закон от 04.08.2023 № 439-ФЗ)",
        "(п. 2 введен Федеральным законом от 04.08.2023 N 439-ФЗ)", "(Дополнение статьей - Федеральный закон от 04.08.2023 № 439-ФЗ)",
        "[абзац утратил силу. - Федеральный закон от 04.08.2023 N 439-ФЗ]", "(Пункт в редакции федеральных законов от 04.08.2023 № 439-ФЗ (с изменениями); от 01.01.2020 № 1-ФЗ)",
    ],
)  # fmt: skip
def test_an_editors_mark_is_no_wording_but_names_its_act(mark: str) -> None:
    plain, marked = (parts_of(f"Статья 1. Понятия\n1. Слова закона. {m}")["art.1"] for m in ("", mark))
    assert part_hash(plain) == part_hash(marked)
    assert marked.marks[0] == "439-ФЗ от 04.08.2023"


@pytest.mark.parametrize(
    "own",
    [
        "(статья 205)",
        "(часть 1 статьи 105)",
        "(пункт 3 настоящей части)",
        "(за исключением случаев, названных в пункте 2)",
        "(исключенных из списка)",
    ],
)
def test_a_parenthesis_of_the_law_itself_is_its_wording(own: str) -> None:
    before, after = (parts_of(f"Статья 20. Возраст\n2. Лица подлежат ответственности за убийство {x}.")["art.20"] for x in (own, ""))
    assert own in before.text
    assert part_hash(before) != part_hash(after)


def test_the_sign_of_a_number_is_no_change() -> None:
    one, other = (parts_of(f"Статья 1. Понятия\n1. По закону от 1 мая 2020 года {sign} 53-ФЗ.")["art.1"] for sign in ("№", "N"))
    assert part_hash(one) == part_hash(other)
    assert difference(one.title, one.text, one.marks, other).new == ()


@pytest.mark.slow
@pytest.mark.shared
def test_no_article_of_the_real_codes_is_lost(shared: Path) -> None:
    for name, last in (("uk_rf", 361), ("kas_rf", 365), ("uik_rf", 190), ("vodny_1995", 148), ("constitution", 137)):
        file = next((shared / "data/real/laws-ru-pravo").glob(f"{name}*.gz"))
        page = read_page(
            HttpAnswer("http://pravo.gov.ru/", 200, {}, gzip.decompress(file.read_bytes()), None), "http://pravo.gov.ru/", {}, {"act": name}
        )
        numbers = {int(p.article.split(".")[0]) for p in page.parts if p.article}
        assert set(range(1, last + 1)) <= numbers, name
        assert not [p.key for p in page.parts if "#" in p.key or (p.article and not p.text and not p.repealed)], name


def test_ukrainian_articles_are_articles() -> None:
    parts = {p.key: p for p in law.split(["Стаття 22. Призов", "1. Громадяни від 18 років.", "Стаття 22-1. Інше", "1. Слова."], "Закон")}
    assert [(p.article, p.title) for p in parts.values()] == [("22", "Призов"), ("22.1", "Інше")]


def test_an_annex_is_a_part_of_its_own_and_its_articles_are_not_those_of_the_act() -> None:
    lines = [
        "Статья 1. Учёт",
        "Слова статьи.",
        "Приложение N 1 к Федеральному закону",
        "Перечень болезней",
        "Статья 1. Перечень",
        "Слова приложения.",
    ]
    parts = {p.key: p.text for p in law.split(lines, "Закон")}
    assert parts == {
        "art.1": "Слова статьи.",
        "art.annex1.1": "Слова приложения.",
        "annex1": "Приложение N 1 к Федеральному закону\n\nПеречень болезней",
    }


def test_a_sentence_about_an_annex_is_no_annex() -> None:
    lines = ["Статья 1. Учёт", "Приложение к закону изложить в новой редакции.", "Приложение 2 действует до 1 января;"]
    assert [p.key for p in law.split(lines, "Закон")] == ["art.1"]
