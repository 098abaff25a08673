"""The states of claims that are kept while nothing has changed."""

from collections.abc import Callable
from typing import Any

import pytest

from db import decisions
from db.engine import reading, writing
from db.enums import Choice, ClaimStatus
from db.models import FlagRow
from review.kept_states import present_states
from tests.review.factory import Filled, decide


def statuses(filled: Filled, memory: dict[Any, Any]) -> dict[str, ClaimStatus]:
    with reading(filled.engine) as session:
        return {s.claim.id: s.status for s in present_states(session, "rep-2024", memory)}


def test_nothing_is_read_again_while_nothing_has_changed(filled: Filled) -> None:
    memory: dict[Any, Any] = {}
    filled.flag()
    statuses(filled, memory)
    kept = memory["claim_states"]["rep-2024"]
    statuses(filled, memory)
    assert memory["claim_states"]["rep-2024"] is kept


def contradict_and_undo(filled: Filled) -> None:
    decide(filled, 1, Choice.CONTRADICTS, 1)
    with writing(filled.engine) as session:
        last = decisions.last_of(session, 1)
        assert last is not None
        decisions.undo(session, last.id, 1, filled.tick())


def reopen(filled: Filled) -> None:
    with writing(filled.engine) as session:
        flag = session.get_one(FlagRow, 1)
        flag.severity, flag.changed_at = "high", filled.tick()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda filled: decide(filled, 1, Choice.VALUE_CHANGED, 1), ClaimStatus.CHANGED),
        (lambda filled: decide(filled, 1, Choice.STILL_VALID, 1), ClaimStatus.STANDS),
        (contradict_and_undo, ClaimStatus.WATCH),
        (reopen, ClaimStatus.IN_DOUBT),
    ],
)
def test_every_change_is_seen_at_once(filled: Filled, change: Callable[[Filled], object], status: ClaimStatus) -> None:
    filled.user("Anna")
    filled.flag()
    memory: dict[Any, Any] = {}
    assert statuses(filled, memory)["REP-001"] is ClaimStatus.WATCH
    change(filled)
    assert statuses(filled, memory)["REP-001"] is status


def test_a_new_edition_of_the_report_is_seen(filled: Filled) -> None:
    memory: dict[Any, Any] = {}
    assert len(statuses(filled, memory)) == 4
    filled.claims(n=6)
    assert len(statuses(filled, memory)) == 6
