"""The form of a claim: an entry that goes through it unchanged comes back as it was."""

import pytest

from monitor.baseline import claim_body, load_baseline
from review.view.claim_form import WrongField, as_typed, body_of, form_of
from tests.baselines import BASELINE


def test_every_claim_of_the_example_report_survives_the_form() -> None:
    for claim in load_baseline(BASELINE / "examples" / "agents-2025.yml").claims:
        body = claim_body(claim)
        shown = form_of(body)
        form = {name: str(value) for name, value in shown.items() if name not in ("changes", "open")} | (
            {"open": "on"} if shown["open"] else {}
        )
        again = body_of(form, {"changes": shown["changes"]}, body)
        assert again["about"] == body["about"]
        assert {k: v for k, v in again.items() if k not in ("about", "watch")} == {
            k: v for k, v in body.items() if k not in ("about", "watch")
        }
        assert again["watch"] == {language: phrases for language, phrases in body["watch"].items() if phrases}


@pytest.mark.parametrize("values", ["a: b: c", "[1, 2]", "!!python/object/apply:os.getcwd []", "{a: *b}"])
def test_a_line_of_values_that_is_none_is_refused(values: str) -> None:
    with pytest.raises(WrongField, match="values"):
        body_of({"values": values}, {}, {})


def test_what_was_typed_is_shown_again_with_every_field() -> None:
    assert as_typed({"statement": "x"}, {}).keys() == form_of({}).keys()
