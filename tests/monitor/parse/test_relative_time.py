"""Times that are relative to now, in the languages of the sources."""

import re

import pytest

from monitor.parse.relative_time import AGO, DAY, HOUR


@pytest.mark.parametrize(
    "text",
    [
        "5 минут назад", "2 ч. назад", "3 дня тому назад", "2 години тому", "15 мин назад", "2 hours ago", "1 hr. ago", "for 2 timer siden", "3 dage siden", "vor 3 Stunden",
        "vor 10 Min.", "2 uur geleden", "3 dagen geleden", "только что", "just now",
    ],
)  # fmt: skip
def test_how_long_ago_is_recognised(text: str) -> None:
    assert re.fullmatch(AGO, text, re.I)


@pytest.mark.parametrize(
    "text", ["через 5 минут", "за 3 дня до суда", "vor dem 3. Gericht", "отсрочка на 12 месяцев", "в течение 10 дней", "uur van vertrek"]
)
def test_a_period_is_not_taken_for_a_past_moment(text: str) -> None:
    assert not re.search(AGO, text, re.I)


@pytest.mark.parametrize(
    "text", ["Сегодня, 14:05", "вчера в 9:30", "today at 10:00", "heute um 14.05", "i dag kl. 14.05", "gisteren om 9:15"]
)
def test_a_day_with_its_hour_is_recognised(text: str) -> None:
    assert re.fullmatch(DAY + HOUR, text, re.I)
