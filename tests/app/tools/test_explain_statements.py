"""What an item says is shown beside what a claim says, and a number with the reason it is shown or
not.
"""

from dataclasses import replace

import pytest

from app.tools.explain_statements import of_change, of_claim, of_item
from db.gist import GistValue
from monitor.baseline import load_baseline
from monitor.compare.statements.differ import Change
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import PACK, load_pack

CLAIMS = {c.id: c for c in load_baseline(PACK.parents[1] / "cedoca-2026.yml").claims}
CHANGE = Change("CED-021", "a.b", "time", GistValue(7, 7, "days"), GistValue(3, 3, "days"), True, True, "", 1.25, sure=True)


def test_each_sentence_that_counts_is_a_line_with_its_numbers() -> None:
    item = read_statements(
        "Электронная повестка считается полученной через три дня", "Сейчас семь дней. Закон с 1 марта 2026 года.", "ru", load_pack()
    )
    title, old, *_ = of_item(item)
    assert title.startswith("title: summons.delivery.deemed_served")
    assert title.endswith("3 days (new)")
    assert old == "lead: 7 days (old)"
    assert any("2026-03-01 (new)" in line for line in of_item(item))


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("CED-021", "summons.delivery.deemed_served; conscripts; in russia; 7 days"),
        ("CED-025", "up to 30 days"),
        ("CED-096", "from 4 months"),
        ("CED-042", "10,000-30,000 RUB"),
    ],
)
def test_a_claim_is_shown_in_the_same_form(claim: str, says: str) -> None:
    assert of_claim(CLAIMS[claim]).endswith(says)
    assert of_claim(CLAIMS[claim].model_copy(update={"about": None})) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (CHANGE, "CED-021 time: 7 days → 3 days: shown"),
        (replace(CHANGE, certain=False), "not shown, another period or inside the claim's range"),
        (replace(CHANGE, certain=False, sure=False, stated=False, weight=0.6), "not certain (words 0.60, no old value is stated)"),
        (replace(CHANGE, before=None), "CED-021 time: no value → 3 days: shown"),
    ],
)
def test_a_number_is_shown_with_the_reason(change: Change, why: str) -> None:
    assert of_change(change).endswith(why)
