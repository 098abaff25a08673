"""Which bill, article or decree an item is about, and when two items name two acts."""

import pytest

from monitor.compare.stories.bills import named_bills, named_decrees, other_acts


@pytest.mark.parametrize(
    ("plain", "bills"),
    [
        ("поправки к ст. 21.5 коап внесла группа депутатов", {"коап 21.5"}),
        ("изменена статья 464 упк", {"упк 464"}),
        ("меняется п. 4 ст. 29 федерального закона о воинской обязанности", {"о воинской обязанности 29"}),
        ("статья 328 ук рф и законопроект № 733010-8", {"ук 328", "733010-8"}),
        ("article 337 of the russian criminal code", {"ук 337"}),
        ("телефон 123-45-67, 2025-2026 годы, статья в газете", set()),
        ("", set()),
    ],
)
def test_bills_and_articles_are_named(plain: str, bills: set[str]) -> None:
    assert named_bills(plain) == bills


@pytest.mark.parametrize(
    ("plain", "acts"),
    [
        ("указ президента от 30 декабря о сборах", {"12-30"}),
        ("указ № 647 отменен", {"№ 647"}),
        ("путин подписал указ о призыве № 911 от 29 декабря 2025 года", {"№ 911"}),
        ("the decree of 9 december on reservists", {"12-09"}),
        ("постановление правительства от 25 июля 2023 года", {"07-25"}),
        ("законопроект № 733010-8", {"733010-8"}),
        ("указ о призыве подписан, 30 декабря призовут 261 тысячу", set()),
        ("приказ от министра", set()),
        ("53-фз и статья 328 ук рф", set()),
    ],
)
def test_numbers_and_days_of_decrees_are_read(plain: str, acts: set[str]) -> None:
    assert named_decrees(plain) == acts


@pytest.mark.parametrize(
    ("a", "b", "other"),
    [
        ({"12-09"}, {"12-30"}, True),
        ({"№ 647"}, {"№ 911"}, True),
        ({"733010-8"}, {"502104-8"}, True),
        ({"12-30"}, {"12-30"}, False),
        ({"12-09", "12-30"}, {"12-30"}, False),
        ({"№ 647"}, {"12-30"}, False),
        ({"№ 647"}, set(), False),
    ],
)
def test_two_items_name_two_acts_only_where_the_same_kind_of_name_differs(a: set[str], b: set[str], other: bool) -> None:
    assert other_acts(frozenset(a), frozenset(b)) is other
    assert other_acts(frozenset(b), frozenset(a)) is other
