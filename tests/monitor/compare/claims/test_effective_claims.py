"""What a person has confirmed is what the next item is compared with."""

from pathlib import Path

import pytest

from db.reports import ConfirmedClaim
from monitor.baseline import Baseline, Claim, load_baseline
from monitor.compare.claims.claim_index import ValueIndex
from monitor.compare.claims.effective_claims import as_confirmed
from monitor.compare.reading.values import read_values

ROOT = Path(__file__).resolve().parents[4]
FINE = "fine for not reacting to a summons"


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return load_baseline(ROOT / "baseline" / "cedoca-2026.yml")


def claim(baseline: Baseline, *changes: tuple[str, str, str]) -> Claim:
    told = tuple({"what": what, "old": old, "new": new} for what, old, new in changes)
    renewed = as_confirmed(baseline, [ConfirmedClaim("CED-042", "The fine is 50,000 RUB.", "2026-11-24", told)])
    return next(c for c in renewed.claims if c.id == "CED-042")


def seen(claim: Claim, text: str) -> list[tuple[str, str]]:
    return [(c.old, c.new) for c in ValueIndex([(claim.id, claim.values)], frozenset()).compare(read_values(text))[0].get(0, [])]


def test_without_decisions_the_report_stands_as_printed(baseline: Baseline) -> None:
    assert as_confirmed(baseline, []) is baseline


def test_the_confirmed_value_is_known_and_the_next_change_is_a_change_of_it(baseline: Baseline) -> None:
    told = "Штраф за неявку по повестке составляет 50 тысяч рублей"
    printed = next(c for c in baseline.claims if c.id == "CED-042")
    assert seen(printed, told) == [("10,000–30,000 RUB", "50 тысяч рублей")]
    now = claim(baseline, (FINE, "10,000–30,000 RUB", "50 тысяч рублей"))
    assert now.statement == "The fine is 50,000 RUB."
    assert seen(now, told) == []
    assert seen(now, "Штраф за неявку по повестке был от 10 до 30 тысяч рублей") == [], "the old value is known too"
    assert seen(now, "Штраф за неявку по повестке составит 80 тысяч рублей") == [("50,000 RUB", "80 тысяч рублей")]


def test_a_value_of_which_only_the_upper_end_is_given_stays_so(baseline: Baseline) -> None:
    now = claim(baseline, (FINE, "10,000–30,000 RUB", "до 50 тысяч рублей"))
    assert seen(now, "Штраф за неявку по повестке 100 тысяч рублей") == [("up to 50,000 RUB", "100 тысяч рублей")]


def test_changes_follow_one_another(baseline: Baseline) -> None:
    now = claim(baseline, (FINE, "10,000–30,000 RUB", "50 тысяч рублей"), (FINE, "50,000 RUB", "80 тысяч рублей"))
    assert seen(now, "Штраф за неявку по повестке составляет 80 тысяч рублей") == []
    assert seen(now, "Штраф за неявку по повестке 100 тысяч рублей") == [("80,000 RUB", "100 тысяч рублей")]


@pytest.mark.parametrize("change", [(FINE, "1 RUB", "50 тысяч рублей"), ("another measure", "10,000–30,000 RUB", "50 тысяч рублей"), (FINE, "10,000–30,000 RUB", "больше прежнего")])  # fmt: skip
def test_words_in_which_no_such_value_is_read_change_no_value(baseline: Baseline, change: tuple[str, str, str]) -> None:
    printed = next(c for c in baseline.claims if c.id == "CED-042")
    assert claim(baseline, change).values == printed.values


def test_other_claims_are_untouched(baseline: Baseline) -> None:
    renewed = as_confirmed(baseline, [ConfirmedClaim("CED-042", "The fine is 50,000 RUB.", "2026-11-24", ())])
    assert [c for c in renewed.claims if c.id != "CED-042"] == [c for c in baseline.claims if c.id != "CED-042"]
