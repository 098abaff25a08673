"""The first line of a card: a sure change of the claim, else the item's title with the change it
was recognised by.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from db.models import AssessmentRow
from db.reason_codes import Reason, ReasonCode
from review.view.headline import headline

CHANGE = {"claim": "C-1", "what": "fine for not appearing", "old": "30,000 RUB", "new": "50 тысяч рублей", "likeness": 1.0}


def assessment(changes: list[dict[str, Any]], *reasons: Reason) -> AssessmentRow:
    return AssessmentRow(
        item_version_id=1, report_id="r", comparer="c", score=0.9, flagged=True, severity="high", relation="updates", stage=None, claims=[], changes=changes,
        reasons=[r.stored() for r in reasons], made_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip


def like(claim: str, change: str) -> Reason:
    return Reason(ReasonCode.LIKE_CHANGE, {"claim": claim, "change": change})


def test_a_sure_change_of_the_claim_is_the_headline() -> None:
    shown = headline(assessment([CHANGE]), "A title", "C-1")
    assert shown.line == "Fine for not appearing: 30,000 RUB → 50 тысяч рублей"


@pytest.mark.parametrize(("likeness", "claim"), [(0.7, "C-1"), (0.9, "C-2")])
def test_a_change_that_is_not_sure_enough_leaves_the_title(likeness: float, claim: str) -> None:
    assert headline(assessment([{**CHANGE, "likeness": likeness}]), "  A \n title ", claim).line == "A title"


def test_the_change_that_the_item_reads_like_is_that_of_the_flags_own_claim() -> None:
    found = assessment([], like("C-2", "The ages change."), like("C-1", "The fine changes: it rises."))
    assert headline(found, "A title", "C-1").like == "The fine changes: it rises."
    assert headline(found, "A title", "C-3").like == ""
    assert headline(assessment([], Reason(ReasonCode.NOTHING_FOUND, {})), "A title", "C-1").like == ""
