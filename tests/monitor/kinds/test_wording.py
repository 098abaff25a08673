"""What is a change of wording and what is formatting."""

import pytest

from monitor.kinds.results import PagePart
from monitor.kinds.wording import changed_lines, part_hash


def same(one: str, other: str) -> bool:
    return part_hash(PagePart("p", "Срок", one)) == part_hash(PagePart("p", "Срок", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("статьями 22, 24", "статьями 22 – 24"), ("не менее ≥ 3 баллов", "не менее ≤ 3 баллов"), ("от 1,5 до 2", "от 15 до 2"),
        ("рядовой | 1 | 827", "рядовой | 18 | 27"), ("рядовой | 18 | ", "рядовой | | 18"), ("температура -5", "температура 5"), ("10 %", "10 ‰"),
        ("до 27 лет", "до 30 лет"), ("пункты 1/2", "пункты 1, 2"),
    ],
)  # fmt: skip
def test_a_sign_that_carries_meaning_is_a_change(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("статьи 22-24", "статьи 22 – 24"), ("Закон № 53-ФЗ", "закон N 53‑ФЗ"), ("учёт, служба;", "УЧЕТ служба."), ("«призыв»", '"призыв"'),
        ("военную службу", "военную cлyжбy"), ("осталось 5 дней до призыва", "осталось 4 дня до призыва"),
    ],
)  # fmt: skip
def test_formatting_is_no_change(one: str, other: str) -> None:
    assert same(one, other)


def test_an_inserted_paragraph_is_the_only_change_though_it_renumbers_the_others() -> None:
    removed, added, pieces = changed_lines(
        ["1. Первое.", "2. Второе.", "3. Третье."], ["1. Первое.", "2. Новое.", "3. Второе.", "4. Третье."]
    )
    assert (removed, added, pieces) == ([], ["2. Новое."], ("часть 2",))


def test_numbers_that_change_alone_are_a_change() -> None:
    removed, added, _ = changed_lines(["1. Первое.", "3. Второе."], ["1. Первое.", "2. Второе."])
    assert (removed, added) == (["3. Второе."], ["2. Второе."])
