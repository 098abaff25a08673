"""Which lines of a page mean nothing."""

import pytest

from monitor.kinds.volatile import is_volatile, masked


@pytest.mark.parametrize(
    "line",
    [
        "Страница сгенерирована за 0.23 секунды", "Page generated in 0.41 s", "Сейчас на сайте: 41 человек", "Онлайн: 17", "Прочитали 530 человек",
        "12 345 просмотров", "Просмотров: 1 204", "Москва −3 °C USD 98,12 EUR 104,50", "Обновлено 28 ноября 2026", "Рейтинг: 4,7 (123 голоса)", "Скачали 12 раз",
        "17 users online", "5 минут назад", "© 2026 Портал", "Комментарии (12)",
    ],
)  # fmt: skip
def test_counters_clocks_and_rates_mean_nothing(line: str) -> None:
    assert is_volatile(line)


@pytest.mark.parametrize(
    "line",
    [
        "Призвано 135 тысяч человек", "На военную службу призывают граждан от 18 до 30 лет", "Выплата составит 400 000 рублей, или 4 000 EUR по курсу договора",
        "Призыв идёт с 1 октября по 31 декабря", "Служба длится 12 месяцев", "Срок обжалования – 10 дней", "В реестре 41 человек", "Оценка годности: категория В",
        "Обновлённый реестр повесток заработал во всех регионах страны, сообщило министерство обороны в своём канале",
    ],
)  # fmt: skip
def test_figures_that_say_something_stay(line: str) -> None:
    assert not is_volatile(line)


def test_a_countdown_and_a_token_are_compared_without_their_values() -> None:
    assert masked("До призыва осталось 34 дня, явка обязательна").split() == ["До", "призыва", ",", "явка", "обязательна"]
    assert masked("Заявление 5f3a9c1b2d4e6f708192a3b4c5d6e7f8 подано").split() == ["Заявление", "подано"]
