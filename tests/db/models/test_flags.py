"""What the tables of comparing and review refuse."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("story", {"key": "s-other"}),
        ("story_bill", {"bill": "another bill"}),
        ("flag", {"subject": "another subject"}),
        ("decision", {"previous_hash": "b" * 64, "hash": "c" * 64}),
        ("assessment", {"comparer": "another"}),
        ("recall_audit", {"week": "2026-W02"}),
    ],
)
def test_there_is_one_of_each(allowed: Callable[..., bool], table: str, other: dict[str, str]) -> None:
    assert not allowed(table)
    assert allowed(table, **other)


def test_the_chain_of_decisions_has_no_forks(allowed: Callable[..., bool]) -> None:
    assert not allowed("decision", hash="c" * 64), "two decisions that follow the same one"
    assert not allowed("decision", previous_hash="b" * 64), "two decisions with the same hash"


def test_another_comparer_makes_another_assessment(allowed: Callable[..., bool]) -> None:
    assert allowed("assessment", comparer="another")
    assert not allowed("assessment")


def test_every_event_of_a_flag_is_a_row(allowed: Callable[..., bool]) -> None:
    assert allowed("flag_event")


@pytest.mark.parametrize(
    ("table", "column"), [("flag", "story_id"), ("flag", "claim_id"), ("assessment", "item_version_id"), ("decision", "user_id")]
)
def test_what_points_nowhere_is_refused(allowed: Callable[..., bool], table: str, column: str) -> None:
    new = {"flag": {"subject": "another"}, "decision": {"previous_hash": "b" * 64, "hash": "c" * 64}}.get(table, {})
    assert not allowed(table, **new, **{column: 99 if column != "claim_id" else "no such claim"})
