"""How claims stand, now and as at any moment."""

from dataclasses import replace
from datetime import datetime

import pytest

from db import decisions, reports, review_queue
from db.claim_status import ClaimState, claim_states
from db.engine import reading, writing
from db.enums import Choice, ClaimStatus, LaterCondition, NotAbout
from db.models import DecisionRow
from tests.review.factory import Filled


def decide(filled: Filled, flag: int, choice: Choice, **given: object) -> DecisionRow:
    order = decisions.DecisionRequest(
        flag, 1, choice, filled.get_flag(flag).version, reason=NotAbout.TOPIC, condition=LaterCondition.GAZETTE
    )
    with writing(filled.engine) as session:
        return decisions.decide(session, replace(order, **given), filled.tick(days=1))  # type: ignore[arg-type]


def stand(filled: Filled, claim: str = "REP-001", at: datetime | None = None) -> ClaimState:
    with reading(filled.engine) as session:
        return next(s for s in claim_states(session, "rep-2024", at) if s.claim.id == claim)


@pytest.fixture(autouse=True)
def user(filled: Filled) -> int:
    return filled.user("Anna")


def test_a_claim_nothing_is_flagged_for_stands(filled: Filled) -> None:
    assert stand(filled).status is ClaimStatus.STANDS


@pytest.mark.parametrize(
    ("severity", "status"), [("high", ClaimStatus.IN_DOUBT), ("medium", ClaimStatus.WATCH), ("low", ClaimStatus.WATCH)]
)
def test_an_open_flag_puts_its_claim_on_watch_or_in_doubt(filled: Filled, severity: str, status: ClaimStatus) -> None:
    flag = filled.flag(severity=severity)
    found = stand(filled)
    assert (found.status, found.evidence, found.since) == (status, (flag,), filled.now)
    assert stand(filled, "REP-002").status is ClaimStatus.STANDS


@pytest.mark.parametrize(
    ("choice", "status"),
    [(Choice.NEW_LAW, ClaimStatus.CHANGED), (Choice.COURT, ClaimStatus.CHANGED), (Choice.CONTRADICTS, ClaimStatus.CONTRADICTED), (Choice.STILL_VALID, ClaimStatus.STANDS),
     (Choice.NOT_ABOUT, ClaimStatus.STANDS), (Choice.LATER, ClaimStatus.WATCH), (Choice.NOT_SURE, ClaimStatus.WATCH)],
)  # fmt: skip
def test_what_a_person_decided_sets_the_status(filled: Filled, choice: Choice, status: ClaimStatus) -> None:
    flag = filled.flag()
    decide(filled, flag, choice)
    found = stand(filled)
    assert found.status is status
    assert (found.checked is not None) is (choice not in (Choice.NOT_ABOUT, Choice.LATER, Choice.NOT_SURE))


def test_the_past_is_shown_as_it_was(filled: Filled) -> None:
    before = filled.now
    filled.tick(days=1)
    flag = filled.flag()
    flagged = filled.tick(days=1)
    decision = decide(filled, flag, Choice.NEW_LAW, statement="New.")
    confirmed = filled.tick(days=1)
    with writing(filled.engine) as session:
        decisions.undo(session, decision.id, 1, filled.tick(days=1))
    undone = filled.tick(days=1)
    story = [(stand(filled, at=at).status, stand(filled, at=at).version.statement == "New.") for at in (before, flagged, confirmed, undone)]
    assert story == [(ClaimStatus.STANDS, False), (ClaimStatus.WATCH, False), (ClaimStatus.SUPERSEDED, True), (ClaimStatus.WATCH, False)]


def test_a_flag_moved_to_another_claim_counted_for_the_first_until_then(filled: Filled) -> None:
    flag = filled.flag()
    before = filled.tick(hours=1)
    decide(filled, flag, Choice.WRONG_CLAIM, claim_id="REP-003")
    assert stand(filled, "REP-001", before).status is ClaimStatus.WATCH
    assert stand(filled, "REP-003", before).status is ClaimStatus.STANDS
    assert stand(filled, "REP-001").status is ClaimStatus.STANDS
    assert stand(filled, "REP-003").status is ClaimStatus.WATCH


def test_a_reopened_contradiction_is_on_watch_again(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    decide(filled, flag, Choice.CONTRADICTS)
    filled.compare(filled.item("verstka", "Ещё один голос"), "s1")
    assert stand(filled).status is ClaimStatus.WATCH


def test_a_new_edition_of_the_report_stands_again(filled: Filled) -> None:
    decide(filled, filled.flag(), Choice.NEW_LAW, statement="New.")
    assert stand(filled).status is ClaimStatus.SUPERSEDED
    filled.tick(days=1)
    from db import reports

    head = {
        "id": "rep-2024",
        "title": "Second edition",
        "publisher": "DRC",
        "published": "2026-03",
        "research_closed": "2026-03-01",
        "language": "da",
    }
    body = {"id": "REP-001", "section": "1.1", "topic": "exit_ban", "statement": "The fine is 30,000 RUB."}
    with writing(filled.engine) as session:
        reports.register_report(session, head, [body], filled.now)
    assert (stand(filled).status, stand(filled).version.statement) == (ClaimStatus.STANDS, "The fine is 30,000 RUB.")


def test_a_claim_another_claims_flag_touches_is_on_watch_at_most_until_it_is_decided(filled: Filled) -> None:
    flag = filled.flag(severity="high", named=[("REP-001", 0.9), ("REP-002", 0.6), ("REP-003", 0.4), ("REP-004", 0.6)])
    found = stand(filled, "REP-002")
    assert (found.status, found.evidence, found.touched, found.only_touched) == (ClaimStatus.WATCH, (), (flag,), True)
    assert found.since == filled.get_flag(flag).raised_at
    assert stand(filled, "REP-001").status is ClaimStatus.IN_DOUBT
    assert stand(filled, "REP-001").touched == ()
    assert [stand(filled, c).status for c in ("REP-003", "REP-004")] == [ClaimStatus.STANDS] * 2, "too far, too low in the list"
    before = filled.tick(hours=1)
    decide(filled, flag, Choice.NEW_LAW)
    assert stand(filled, "REP-002").status is ClaimStatus.STANDS
    assert stand(filled, "REP-002", before).only_touched, "the past is shown as it was"


def test_its_own_flag_weighs_more_than_one_that_only_touches_it(filled: Filled) -> None:
    touching = filled.flag(story="a", named=[("REP-001", 0.9), ("REP-002", 0.6)])
    own = filled.flag(story="b", claim="REP-002", severity="high")
    found = stand(filled, "REP-002")
    assert (found.status, found.evidence, found.touched, found.only_touched) == (ClaimStatus.IN_DOUBT, (own,), (touching,), False)


def test_a_flag_moved_away_no_longer_touches_what_it_was_nearest_to(filled: Filled) -> None:
    flag = filled.flag(named=[("REP-001", 0.9), ("REP-002", 0.6)])
    decide(filled, flag, Choice.WRONG_CLAIM, claim_id="REP-002")
    assert (stand(filled, "REP-001").status, stand(filled, "REP-002").evidence) == (ClaimStatus.STANDS, (flag,))
    assert stand(filled, "REP-002").touched == ()


@pytest.mark.parametrize(
    ("choice", "status"),
    [(Choice.NEW_LAW, ClaimStatus.CHANGED), (Choice.CONTRADICTS, ClaimStatus.CONTRADICTED), (Choice.STILL_VALID, ClaimStatus.STANDS)],
)
def test_what_was_decided_for_several_claims_counts_for_each_and_is_undone_for_each(
    filled: Filled, choice: Choice, status: ClaimStatus
) -> None:
    flag = filled.flag(named=[("REP-001", 0.9), ("REP-002", 0.6)])
    decision = decide(filled, flag, choice, also=("REP-002", "REP-003", "REP-001"))
    decided = filled.tick(hours=1)
    for claim in ("REP-001", "REP-002", "REP-003"):
        found = stand(filled, claim)
        assert (found.status, found.touched) == (status, ())
        assert found.evidence == (() if choice is Choice.STILL_VALID else (flag,))
        assert (found.checked is not None) is (choice not in (Choice.NOT_ABOUT, Choice.LATER, Choice.NOT_SURE))
    with writing(filled.engine) as session:
        decisions.undo(session, decision.id, 1, filled.tick())
    assert [stand(filled, c).status for c in ("REP-001", "REP-002", "REP-003")] == [
        ClaimStatus.WATCH,
        ClaimStatus.WATCH,
        ClaimStatus.STANDS,
    ]
    assert stand(filled, "REP-003", decided).status is status


def test_one_claim_alone_stands_as_it_does_among_all(filled: Filled) -> None:
    for n, named in enumerate([[("REP-001", 0.9), ("REP-002", 0.6)], [("REP-002", 0.9), ("REP-003", 0.7)], [("REP-004", 0.9)]]):
        flag = filled.flag(story=f"s{n}", named=named)
        if n == 1:
            decide(filled, flag, Choice.CONTRADICTS, also=("REP-004",))
    with reading(filled.engine) as session:
        for one in claim_states(session, "rep-2024"):
            (alone,) = claim_states(session, "rep-2024", claim_id=one.claim.id)
            assert alone == one


@pytest.mark.parametrize("later", [Choice.STILL_VALID, Choice.NEW_LAW])
def test_a_contradiction_or_a_bill_is_settled_by_a_later_finding(filled: Filled, later: Choice) -> None:
    decide(filled, filled.flag(story="a"), Choice.CONTRADICTS)
    decide(filled, filled.flag(story="b", stage="proposed"), Choice.NEW_LAW)
    assert stand(filled).status is ClaimStatus.CONTRADICTED
    decide(filled, filled.flag(story="c"), later)
    assert stand(filled).status is (ClaimStatus.STANDS if later is Choice.STILL_VALID else ClaimStatus.CHANGED)


def test_a_contradiction_with_a_grave_open_flag_is_in_doubt(filled: Filled) -> None:
    decide(filled, filled.flag(story="a"), Choice.CONTRADICTS)
    decide(filled, filled.flag(story="b", stage="introduced"), Choice.NEW_LAW)
    grave = filled.flag(story="c", severity="high")
    assert (stand(filled).status, stand(filled).evidence[0]) == (ClaimStatus.IN_DOUBT, grave)


def test_a_confirmed_bill_keeps_the_claim_on_watch_until_it_is_undone(filled: Filled) -> None:
    flag = filled.flag(stage="reading_2")
    decision = decide(filled, flag, Choice.NEW_LAW)
    assert (stand(filled).status, stand(filled).evidence) == (ClaimStatus.WATCH, (flag,))
    with writing(filled.engine) as session:
        decisions.undo(session, decision.id, 1, filled.tick())
        decisions.decide(session, decisions.DecisionRequest(flag, 1, Choice.NOT_ABOUT, 3, reason=NotAbout.OLD), filled.tick())
    assert stand(filled).status is ClaimStatus.STANDS


def test_undo_leaves_no_version_behind(filled: Filled) -> None:
    original = stand(filled).version
    first = decide(filled, filled.flag(story="a"), Choice.NEW_LAW, statement="First.")
    held = stand(filled)
    second = decide(filled, filled.flag(story="b"), Choice.NEW_LAW, statement="Second.")
    with writing(filled.engine) as session:
        decisions.undo(session, second.id, 1, filled.tick())
    again = stand(filled)
    assert (again.version.id, again.since, again.event_on) == (held.version.id, held.since, held.event_on)
    with writing(filled.engine) as session:
        assert [v.statement for v, _ in review_queue.claim_versions(session, "REP-001")] == [original.statement, "First."]
        assert reports.current_claims(session, ["REP-001"])["REP-001"].id == held.version.id
        decisions.undo(session, first.id, 1, filled.tick())
        assert [v.id for v, _ in review_queue.claim_versions(session, "REP-001")] == [original.id]
        assert reports.current_claims(session, ["REP-001"])["REP-001"].id == original.id
    assert stand(filled, at=second.made_at).version.statement == "Second.", "the past is shown as it was"
