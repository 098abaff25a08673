"""Reading values out of texts, and showing a claim's."""

import pytest

from monitor.baseline import ClaimValue
from monitor.compare.reading.values import FoundValue, bounds, read_values, show


def values(text: str, lang: str = "ru") -> list[tuple[str, str, float, float]]:
    return [(v.kind, v.unit, v.low, v.high) for v in read_values(text, lang) if v.kind != "date"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("штраф 30 тысяч рублей", ("money", "RUB", 30_000, 30_000)),
        ("штраф от 10 до 30 тысяч рублей", ("money", "RUB", 10_000, 30_000)),
        ("штраф 10–30 тыс. рублей", ("money", "RUB", 10_000, 30_000)),
        ("выплата 2,5 млн рублей", ("money", "RUB", 2_500_000, 2_500_000)),
        ("выплата 400 000 рублей", ("money", "RUB", 400_000, 400_000)),
        ("выплата 400\u00a0000 рублей", ("money", "RUB", 400_000, 400_000)),
        ("вербовщику платят 500 долларов", ("money", "USD", 500, 500)),
        ("призвать 261 тысячу человек", ("count", "people", 261_000, 261_000)),
        ("армия вырастет до 1,5 млн военнослужащих", ("count", "people", 0, 1_500_000)),
        ("мужчины в возрасте до 55 лет", ("age", "years", 0, 55)),
        ("граждане от 18 до 30 лет", ("age", "years", 18, 30)),
        ("мужчины 18-30 лет", ("age", "years", 18, 30)),
        ("запрет действует 30 дней", ("period", "days", 30, 30)),
        ("приговор: семь лет колонии", ("period", "years", 7, 7)),
        ("сборы продлятся два месяца", ("period", "months", 2, 2)),
        ("явиться в течение двух недель", ("period", "weeks", 2, 2)),
        ("снизили на 20%", ("share", "percent", 20, 20)),
        ("в 15 регионах", ("count", "regions", 15, 15)),
    ],
)
def test_russian_values_are_read_with_kind_unit_and_bounds(text: str, expected: tuple[str, str, float, float]) -> None:
    assert expected in values(text)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("виплата 400 тисяч рублів і 100 доларів", "uk", ("money", "USD", 100, 100)),
        ("призвуть 135 тисяч осіб", "uk", ("count", "people", 135_000, 135_000)),
        ("a fine of 30,5 thousand rubles", "en", ("money", "RUB", 30_500, 30_500)),
        ("up to 55 years for men", "en", None),
        ("call up 160 thousand people", "en", ("count", "people", 160_000, 160_000)),
        ("within two weeks", "en", ("period", "weeks", 2, 2)),
    ],
)
def test_values_are_read_in_ukrainian_and_english_too(text: str, lang: str, expected: tuple[str, str, float, float] | None) -> None:
    found = values(text, lang)
    assert expected in found if expected else found


@pytest.mark.parametrize(
    "text",
    [
        "по статье 338 УК РФ",
        "ст. 21.5 КоАП",
        "закон № 53-ФЗ",
        "указ № 647",
        "законопроект №1033342-8",
        "в 2025 году",
        "с 2024 по 2026 годы",
        "осенью 2025",
        "самолёт Су-34",
        "https://t.me/channel/1234",
        "в/ч 12345-67",
        "законопроект № 1033342-8",
        "",
        "ничего не изменилось",
    ],
)
def test_articles_acts_years_and_names_are_not_values(text: str) -> None:
    assert values(text) == []


def test_each_value_remembers_its_words_and_where_they_stand() -> None:
    text = "за неявку грозит штраф до 30 тысяч рублей"
    (found,) = read_values(text)
    assert "30 тысяч рублей" in found.shown
    assert text[found.start :].startswith("30")
    assert {"неявка", "штраф"} & found.around


@pytest.mark.parametrize("text", ["9" * 5000 + " рублей", "1 " * 5000, "до " * 3000 + "5 лет", "1-" * 3000, "тыс " * 3000])
def test_hostile_numbers_are_survived(text: str) -> None:
    assert all(isinstance(v, FoundValue) for v in read_values(text))


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"value": 261_000.0}, "261,000 people"),
        ({"from": 10.0, "to": 20.0}, "10–20 people"),
        ({"to": 55.0}, "up to 55 people"),
        ({"from": 5.0}, "at least 5 people"),
        ({"value": 1.5}, "1.5 people"),
    ],
)
def test_a_claims_value_is_shown_as_people_write_it(fields: dict[str, float], shown: str) -> None:
    value = ClaimValue.model_validate({"measures": "x", "kind": "count", "unit": "people", **fields})
    limits = bounds(value)
    assert limits is not None
    assert show(value, limits) == shown


def test_values_far_apart_are_all_found_with_their_limits() -> None:
    between = "слово " * 60
    text = f"{between}не более 30 дней {between}до двух лет {between}в мае {between}17 мая 2025 {between}мая 2026"
    assert [(f.kind, f.low, f.high) for f in read_values(text)] == [
        ("period", 0.0, 30.0), ("period", 0.0, 2.0), ("date", 20250517.0, 20250517.0), ("date", 20260500.0, 20260500.0),
    ]  # fmt: skip
