"""Signs that an item repeats what the report knows."""

import pytest

from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.known import old_dates

CLOSED = "2024-06-14"


def weight(title: str, text: str = "", closed: str = CLOSED) -> float:
    return old_dates(read_item(Document("1", "", "", "2026-03-01", "ru", title, text), vocabulary()).statements, closed)


def test_a_date_before_the_research_is_old_by_its_place() -> None:
    assert weight("Закон о повестках от 14 апреля 2023 года: кого он касается") == 1.0
    assert weight("Кого касается закон о повестках", "Его подписали 14 апреля 2023 года.") == pytest.approx(0.7)


def test_another_later_date_is_news() -> None:
    assert weight("Закон о повестках от 14 апреля 2023 года изменили 2 марта 2026 года") == 0.0
    assert weight("Закон о повестках от 14 апреля 2023 года: изменения с 2026 года") == 0.0


def test_a_day_without_a_year_is_near_the_publication() -> None:
    assert weight("Указ о призыве от 14 апреля 2023 года отменён 2 марта") == 0.0


def test_a_month_of_research_is_closed_at_its_end() -> None:
    assert weight("Указ о призыве от 20 июня 2024 года") == 0.0
    assert weight("Указ о призыве от 20 июня 2024 года", closed="2024-06") == 1.0


def test_no_date_says_nothing() -> None:
    assert weight("Путин подписал закон о повестках") == 0.0
