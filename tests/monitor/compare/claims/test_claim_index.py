"""All claims of a report at once: topics, laws, and values set against those of an item."""

from typing import Any

import numpy as np
import pytest

from app.runtime.settings import SHIPPED_BASELINE
from monitor.baseline import Claim, ClaimReliability, ClaimValue, LawReference, WatchPhrases, load_baseline
from monitor.compare.claims.claim_index import LawIndex, TopicIndex, ValueIndex
from monitor.compare.reading.values import kinds_of_people, read_values
from monitor.compare.reading.vocabulary import vocabulary

PEOPLE = kinds_of_people(vocabulary())


def fine(**fields: Any) -> ClaimValue:
    return ClaimValue.model_validate({"measures": "fine for not appearing", "kind": "money", "unit": "RUB", "near": ["штраф", "неявка"], "from": 10_000.0, "to": 30_000.0, **fields})  # fmt: skip


def changes(text: str, *claim: ClaimValue) -> list[tuple[str, str]]:
    found, _ = ValueIndex([("EXA-001", claim)], PEOPLE).compare(read_values(text))
    return [(c.old, c.new) for c in found.get(0, [])]


def restated(text: str, *claim: ClaimValue) -> float:
    return ValueIndex([("EXA-001", claim)], PEOPLE).compare(read_values(text))[1].get(0, 0.0)


def test_another_sum_for_the_same_thing_is_a_change_from_old_to_new() -> None:
    ((old, new),) = changes("штраф за неявку вырастет: 50 тысяч рублей", fine())
    assert old == "10,000–30,000 RUB"
    assert "50 тысяч" in new


@pytest.mark.parametrize("text", ["штраф за неявку 30 тысяч рублей", "штраф за неявку от 10 до 30 тысяч рублей", "штраф за неявку до 30 000 рублей", "штраф за неявку 20 тысяч рублей"])  # fmt: skip
def test_the_same_sum_or_one_within_the_range_is_no_change(text: str) -> None:
    assert changes(text, fine()) == []
    assert restated(text, fine()) == 1.0


@pytest.mark.parametrize("text", ["выплата за контракт 50 тысяч рублей", "штраф за неявку 50 дней", "штраф за неявку 500 долларов", "ст. 328 УК, штраф"])  # fmt: skip
def test_another_measure_unit_or_kind_is_not_compared(text: str) -> None:
    assert changes(text, fine()) == []
    assert restated(text, fine()) == 0.0


def test_a_value_the_claim_itself_calls_superseded_is_known() -> None:
    old = fine(**{"from": 500.0, "to": 3000.0, "past": True})
    assert changes("раньше штраф за неявку был 3 тысячи рублей", fine(), old) == []
    assert changes("штраф за неявку 50 тысяч рублей", old) == [], "a superseded value is never the old side of a change"


@pytest.mark.parametrize("text", ["ограничения за неявку на 30 дней", "ограничения за неявку на один месяц"])
def test_periods_are_compared_across_their_units(text: str) -> None:
    claim = ClaimValue.model_validate({"measures": "restrictions", "kind": "period", "value": 30.0, "unit": "days", "near": ["неявка"]})
    assert changes(text, claim) == []
    assert restated(text, claim) == 1.0


def test_an_age_limit_is_compared_by_its_upper_end() -> None:
    claim = ClaimValue.model_validate(
        {"measures": "age limit", "kind": "age", "to": 55.0, "unit": "years", "near": ["контракт", "возраст"]}
    )
    assert changes("контракт в возрасте до 55 лет", claim) == []
    assert len(changes("контракт в возрасте до 65 лет", claim)) == 1


@pytest.mark.slow
def test_claims_compared_together_give_what_each_gives_alone() -> None:
    claims = load_baseline(SHIPPED_BASELINE / "cedoca-2026.yml").claims
    index = ValueIndex(((c.id, c.values) for c in claims), PEOPLE)
    texts = (
        "штраф за неявку по повестке вырос до 200 тысяч рублей, повестка считается полученной через 14 дней",
        "в 2026 году призовут 261 тысячу человек от 18 до 30 лет; выплата за контракт снижена до 400 тысяч рублей",
        "по 18 159 делам о самовольном оставлении части; 7 дней, 20 дней, 30 дней; штраф от 10 до 30 тысяч рублей",
    )
    for text in texts:
        found = read_values(text)
        changes, restated = index.compare(found)
        for position, claim in enumerate(claims):
            one_changes, one_restated = ValueIndex([(claim.id, claim.values)], PEOPLE).compare(found)
            assert changes.get(position, []) == one_changes.get(0, [])
            assert restated.get(position, 0.0) == one_restated.get(0, 0.0)


def test_two_values_of_one_claim_are_half_restated_where_one_of_them_changed() -> None:
    payment = ClaimValue.model_validate(
        {"measures": "payment", "kind": "money", "unit": "RUB", "value": 400_000.0, "near": ["выплата", "контракт"]}
    )
    text = "штраф за неявку 30 тысяч рублей. А выплата за контракт теперь 600 тысяч рублей"
    assert changes(text, fine(), payment) == [("400,000 RUB", "600 тысяч рублей")]
    assert restated(text, fine(), payment) == 0.5


def test_among_some_claims_positions_are_those_among_them() -> None:
    index = ValueIndex([("EXA-001", []), ("EXA-002", [fine()]), ("EXA-003", [fine(near=["выплата", "контракт"])])], PEOPLE)
    found = read_values("штраф за неявку 50 тысяч рублей")
    everywhere, _ = index.compare(found)
    some, _ = index.compare(found, np.array([1, 2]))
    assert {p: [c.claim_id for c in rows] for p, rows in everywhere.items()} == {1: ["EXA-002"]}
    assert {p: [c.claim_id for c in rows] for p, rows in some.items()} == {0: ["EXA-002"]}


def claim(topic: str, *law: tuple[str, str | None]) -> Claim:
    return Claim(
        id="EXA-001", key="a", section="1", topic=topic, statement="a", quote="a", as_of="2024", status=ClaimReliability.IN_FORCE,
        watch=WatchPhrases(ru=["слово"]), changes_if=["b"], law=[LawReference(act=act, article=article) for act, article in law],
    )  # fmt: skip


SHOWN_BY = {"mobilisation": frozenset({"mobilisation"}), "register_esummons": frozenset({"register", "summons"})}


def test_a_topic_is_met_by_the_subjects_it_is_about() -> None:
    index = TopicIndex([claim("mobilisation"), claim("register_esummons"), claim("mobilisation")], SHOWN_BY)
    assert index.match({"mobilisation"}).tolist() == [True, False, True]
    assert index.match({"summons"}).tolist() == [False, True, False]
    assert index.match({"summons"}, np.array([1, 2])).tolist() == [True, False]
    assert index.match(set()).tolist() == [False, False, False]


def test_a_topics_weight_is_the_sum_over_title_and_text() -> None:
    index = TopicIndex([claim("mobilisation"), claim("register_esummons"), claim("other")], SHOWN_BY)
    assert index.weigh([(0.5, {"mobilisation", "summons"}), (0.25, {"summons"})]).tolist() == [0.5, 0.75, 0.0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("приговор по ст. 337 ук рф", [True, False, False]),
        ("осужден по статье 337 ук рф", [True, False, False]),
        ("ст. 338 ук рф", [False, False, False]),
        ("внесен закон 53-фз", [False, True, False]),
        ("поправки в конституцию", [False, False, False]),
    ],
)
def test_a_claim_is_met_by_the_article_or_numbered_act_it_rests_on(text: str, named: list[bool]) -> None:
    claims = [claim("other", ("УК РФ", "337")), claim("other", ("53-ФЗ", None)), claim("other", ("Конституция", None))]
    assert LawIndex(claims).match(text).tolist() == named
