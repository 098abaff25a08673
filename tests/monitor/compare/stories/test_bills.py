"""Which bill or article a rule on its way is about."""

import pytest

from monitor.compare.stories.bills import named_bills


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
