"""English labels of enum values, and keys."""

from enum import StrEnum

import pytest

from db.enums import Choice, ClaimStatus, FetchOutcome, FlagState, LaterCondition, Movement, NotAbout, Relation, Role, Severity, Stage
from review.view import labels


@pytest.mark.parametrize(
    ("enum", "table"),
    [
        (Choice, labels.CHOICES), (FlagState, labels.STATES), (ClaimStatus, labels.CLAIM_STATUSES), (Severity, labels.SEVERITIES), (Stage, labels.STAGES),
        (Relation, labels.RELATIONS), (Movement, labels.MOVEMENTS), (NotAbout, labels.NOT_ABOUT), (LaterCondition, labels.CONDITIONS),
        (FetchOutcome, labels.OUTCOMES), (Role, labels.ROLES),
    ],
)  # fmt: skip
def test_every_value_has_a_label_of_its_own(enum: type[StrEnum], table: dict[str, str]) -> None:
    assert set(enum) == set(table)
    assert len(set(table.values())) == len(table)


def test_every_status_has_its_place_in_the_order() -> None:
    assert sorted(labels.CLAIM_STATUS_ORDER) == sorted(ClaimStatus)


def test_no_two_actions_share_a_name_or_a_key() -> None:
    assert len({k.key for k in labels.KEYS}) == len({k.name for k in labels.KEYS}) == len(labels.KEYS)
