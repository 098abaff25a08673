"""A value is shown as changed only where it is certain."""

import pytest

from monitor.baseline import load_baselines
from monitor.compare.statements.differ import Change, StatementIndex, UnknownAspect
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import PACK, load_pack

BASELINES = {b.report.id: b for b in load_baselines(PACK.parents[1])}
INDEX = {report: StatementIndex(b.claims, load_pack()) for report, b in BASELINES.items()}


def changes(title: str, text: str = "", lang: str = "ru", report: str = "cedoca-2026") -> list[Change]:
    return [c for c in INDEX[report].changes(read_statements(title, text, lang, load_pack()))[0] if c.certain]


@pytest.mark.parametrize(
    ("lang", "title", "text", "claim", "old", "new"),
    [
        ("ru", "Штраф за игнорирование повестки вырос", "За неявку в военкомат теперь от 50 до 100 тысяч рублей; раньше — от 10 до 30.", "CED-042", "10,000-30,000 RUB", "50,000-100,000 RUB"),
        ("uk", "Штраф за неявку за повісткою в РФ зростає до 50–80 тисяч рублів", "", "CED-042", "10,000-30,000 RUB", "50,000-80,000 RUB"),
        ("de", "Russland: Geldbuße für ignorierte Einberufung steigt auf 50.000 bis 80.000 Rubel", "", "CED-042", "10,000-30,000 RUB", "50,000-80,000 RUB"),
        ("da", "Bøde for at ignorere indkaldelse hæves til 50.000-80.000 rubler", "", "CED-042", "10,000-30,000 RUB", "50,000-80,000 RUB"),
        ("nl", "Rusland verhoogt boete voor negeren van oproep tot 50.000-80.000 roebel", "", "CED-042", "10,000-30,000 RUB", "50,000-80,000 RUB"),
        ("en", "E-summonses to count as served after two days", "", "CED-021", "7 days", "2 days"),
        ("ru", "Решение призывной комиссии будет действовать два года", "", "CED-028", "1 year", "2 years"),
        ("ru", "АГС продлят до 30 месяцев", "", "CED-104", "21 months", "30 months"),
        ("ru", "Отсрочка от мобилизации — при трёх детях", "Закон снизил порог: раньше нужно было четверо детей.", "CED-154", "4 children", "3 children"),
        ("ru", "Пять лет за уклонение от армии: закон принят", "Максимум по статье 328 вырос с двух лет до пяти.", "CED-050", "2 years", "5 years"),
    ],
)  # fmt: skip
def test_a_change_is_shown_old_and_new(lang: str, title: str, text: str, claim: str, old: str, new: str) -> None:
    found = [(c.claim_id, c.old, c.new) for c in changes(title, text, lang)]
    assert found == [(claim, old, new)]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Повестка считается полученной через семь дней", ""),  # what the claim says
        # how-to
        ("Что значат сроки: как считать 10 дней после повестки", "Электронная повестка считается полученной через 10 дней."),
        # anniversary
        ("Годовщина закона о повестках", "Повестка считается полученной через 12 дней."),
        ("В Казахстане призовут 20 тысяч человек", ""),  # another country
        # Another summons
        ("Штраф за неявку в суд — 50 тысяч рублей", "Судебные повестки рассылают по СМС."),
        ("Штраф за неявку по повестке не изменится", "Он останется прежним, от 10 до 30 тысяч рублей."),
        ("Задержаны 500 человек на концерте", "Никого не отправили в военкомат."),
        ("Выплаты ветеранам выросли до 50 тысяч рублей", ""),
    ],
)
def test_silence_where_it_is_not_certain(title: str, text: str) -> None:
    assert changes(title, text) == []
    assert changes(title, text, report="drc-2024") == []


@pytest.mark.parametrize(
    ("title", "report"),
    [
        # A year, the claim has an autumn
        ("Указ о призыве на весь 2026 год охватывает 261 тысячу человек", "cedoca-2026"),
        ("Указ о призыве на весь 2026 год охватывает 261 тысячу человек", "drc-2024"),
        ("Kremlin to call up 261,000 men over the whole of 2026 under a draft decree", "cedoca-2026"),
        # An earlier edition
        ("Указ об осеннем призыве 2024 года: призовут 133 тысячи человек", "cedoca-2026"),
        # spring, not autumn
        ("Указ о весеннем призыве 2026 года: призовут 150 тысяч человек", "cedoca-2026"),
        # Inside the range of the claim
        ("Указ об осеннем призыве: призовут 133 тысячи человек", "drc-2024"),
        # Half a year, not a year
        ("За первое полугодие 2025 года контракт подписали 210 тысяч человек", "cedoca-2026"),
        # trades, not people
        ("Альтернативную службу разрешат по 363 профессиям и должностям", "cedoca-2026"),
    ],
)
def test_values_of_different_periods_are_not_set_side_by_side(title: str, report: str) -> None:
    assert changes(title, report=report) == []


@pytest.mark.parametrize(
    ("title", "measures", "new"),
    [
        ("Указ об осеннем призыве 2026 года: призовут 140 тысяч человек", "target of an autumn draft", "140,000 people"),
        ("Указ об осеннем призыве 2025 года: призовут 140 тысяч человек", "target of the autumn 2025 draft", "140,000 people"),
        (
            "Минобороны: за 2025 год контракт подписали 417 тысяч человек",
            "contracts signed in a year (Ministry of Defence)",
            "417,000 people",
        ),
    ],
)
def test_a_later_edition_is_shown_under_the_name_of_the_series(title: str, measures: str, new: str) -> None:
    assert [(c.measures, c.new) for c in changes(title)] == [(measures, new)]


def test_a_value_that_is_not_shown_still_counts_for_the_flag() -> None:
    item = read_statements("Указ о призыве на весь 2026 год охватывает 261 тысячу человек", "", "ru", load_pack())
    found, _ = INDEX["cedoca-2026"].changes(item)
    assert [(c.claim_id, c.certain, c.likeness) for c in found if c.sure] == [("CED-007", False, 1.0)]


def test_each_number_is_one_claims() -> None:
    found = changes(
        "Дума приняла большой закон о повестках",
        "Электронная повестка будет считаться полученной через три дня, сейчас — семь. Срок для введения ограничений за неявку сократят с двадцати дней до двенадцати.",
    )
    assert {(c.claim_id, c.old, c.new) for c in found} == {("CED-021", "7 days", "3 days"), ("CED-044", "20 days", "12 days")}


def test_a_claim_that_names_an_unknown_aspect_is_refused() -> None:
    claim = BASELINES["cedoca-2026"].claims[0]
    assert claim.about
    wrong = claim.model_copy(update={"about": claim.about.model_copy(update={"aspect": "weather.today"})})
    with pytest.raises(UnknownAspect, match=r"CED-001: aspect 'weather.today' is not in the pack"):
        StatementIndex([wrong], load_pack())


def test_the_claim_is_found_by_what_the_item_speaks_of() -> None:
    index, item = (
        INDEX["cedoca-2026"],
        read_statements("Загранпаспорт призывники будут сдавать на хранение", "", "ru", load_pack()),
    )
    rows = index.agreement(item, [])
    best = BASELINES["cedoca-2026"].claims[int((rows[:, 0] * 2 + rows[:, 1]).argmax())]
    assert best.about
    assert best.about.aspect.startswith("exit_ban.")


@pytest.mark.slow
def test_hostile_text_is_survived() -> None:
    for text in ("повестка " * 5_000, "\n" * 20_000, "7 дней " * 3_000, "«" * 9_000, "\u202e\u0000\ufeff" * 500):
        changes("Повестка", text[:6000])


def test_the_number_of_the_title_is_the_news() -> None:
    found = changes("«Медиазона» насчитала 21 300 дел о самоволке", "Дел о самоволке в прошлом месяце поступило 1 450.")
    assert ("CED-063", "21,300 cases") in {(c.claim_id, c.new) for c in found}
    assert "1,450 cases" not in {c.new for c in found}


def test_what_stays_at_another_value_than_before_is_new() -> None:
    assert [(c.claim_id, c.new) for c in changes("В запасе рядовых оставят до 60 лет", "Сейчас предел 55 лет.")] == [
        ("CED-141", "60 years")
    ]


def test_a_penalty_of_one_person_changes_no_rule() -> None:
    for title, lang in (
        ("Man fined 60,000 roubles for not reacting to a draft summons", "en"),
        ("Mand idømt bøde på 60.000 rubler efter indkaldelse", "da"),
    ):
        item = read_statements(title, "", lang, load_pack())
        assert not [c for c in INDEX["cedoca-2026"].changes(item)[0] if c.certain]
    item = read_statements("Уклониста оштрафовали на 60 тысяч рублей за неявку по повестке", "", "ru", load_pack(), one_person=True)
    assert not [c for c in INDEX["cedoca-2026"].changes(item)[0] if c.certain]


def test_another_country_in_the_lead_shows_no_value() -> None:
    assert changes("В запасе рядовых будут состоять до 60 лет", "Закон приняли в Финляндии.") == []


def test_a_first_count_is_shown_where_the_report_gives_none_and_a_sum_is_not() -> None:
    found = changes("Погибли не менее 640 срочников: журналисты составили список", report="drc-2024")
    assert {(c.old, c.new) for c in found} == {("", "640 people")}
    assert changes("Штраф за неявку по повестке вырос до 100 тысяч рублей", report="drc-2024") == []


def test_an_average_is_no_limit() -> None:
    assert changes("Средний возраст первого контракта вырос до 45 лет") == []


def test_an_age_is_no_term_and_a_term_no_age() -> None:
    item = read_statements(
        "Rusland verhoogt maximumleeftijd voor dienstplicht tot 35 jaar", "Nu ligt de grens bij 30 jaar.", "nl", load_pack()
    )
    found = [(c.claim_id, c.new) for c in INDEX["drc-2024"].changes(item)[0] if c.certain]
    assert found == [("DRC-072", "35 years")]
    found = [
        (c.claim_id, c.new)
        for c in changes(
            "Дезертирам — до двадцати лет: закон подписан", "До сих пор за дезертирство во время мобилизации давали от 5 до 15 лет."
        )
    ]
    assert found == [("CED-061", "20 years")]


def test_the_stay_that_is_fined_is_not_the_stay_that_requires_deregistration() -> None:
    assert changes("Штраф за несообщение военкомату о выезде за границу более чем на три месяца") == []


def leads(title: str, report: str, first: str, second: str) -> bool:
    """Whether the statements of `title` speak more of the claim `first` than of `second`."""
    claims = [c.id for c in BASELINES[report].claims]
    rows = INDEX[report].agreement(read_statements(title, "", "ru", load_pack()), [])
    return bool(rows[claims.index(first), :2].sum() > rows[claims.index(second), :2].sum())


def test_an_aspect_that_no_claim_is_about_is_that_of_the_claim_it_touches() -> None:
    assert leads("Студентов зовут в войска беспилотников", "drc-2024", "DRC-062", "DRC-064")
    assert leads("Казахстан выдал России дезертира", "drc-2024", "DRC-104", "DRC-002")


def test_a_claim_of_one_place_waits_for_its_place() -> None:
    assert leads("В Рязани призывникам пришли электронные повестки", "drc-2024", "DRC-025", "DRC-034")
    assert leads("Московский военный округ рассылает электронные повестки", "drc-2024", "DRC-025", "DRC-034")


def test_a_claim_about_foreigners_is_not_that_of_other_persons() -> None:
    assert leads("Студентов зовут на контракт", "drc-2024", "DRC-062", "DRC-056")
