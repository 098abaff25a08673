"""Deciding: what each choice does, conflicts, undo."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from db import decision_log, decisions, labelled_items, reports, review_queue
from db.claim_status import claim_states
from db.engine import reading, writing
from db.enums import UPDATES, Choice, ClaimStatus, FlagState, LaterCondition, NotAbout
from db.models import ClaimVersionRow, DecisionRow, FlagRow
from tests.review.factory import Filled, decide


def statement(filled: Filled, claim: str = "REP-001") -> str:
    with reading(filled.engine) as session:
        return reports.current_claims(session, [claim])[claim].statement


@pytest.mark.parametrize("choice", sorted(UPDATES))
def test_a_confirmed_update_puts_a_new_version_on_the_claim(filled: Filled, anna_id: int, choice: Choice) -> None:
    flag = filled.flag()
    decision = decide(filled, flag, choice, anna_id, statement="The fine is 30,000 RUB.", in_force="2026-04-01")
    assert statement(filled) == "The fine is 30,000 RUB."
    assert filled.get_flag(flag).state == FlagState.CONFIRMED
    with reading(filled.engine) as session:
        version = session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.decision_id == decision.id)).one()
    assert version.number == 2
    assert version.body["update"] == {
        "decision": decision.id, "choice": choice.value, "flag": flag, "in_force": "2026-04-01", "event": "2026-04-01",
    }  # fmt: skip
    assert version.body["as_of"] == "2026-04-01"
    assert version.body["quote"] == "Bøden er 10.000 RUB.", "the rest of the claim is kept"


def test_without_a_wording_the_claim_is_changed_on_the_day_of_the_event_and_keeps_its_words(filled: Filled, anna_id: int) -> None:
    flag = filled.flag(changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч\nрублей", "likeness": 1.0}])
    filled.tick(days=9)
    decision = decide(filled, flag, Choice.VALUE_CHANGED, anna_id)
    assert statement(filled) == "Statement 1: the fine is 10,000 RUB."
    assert decision.facts["effect"] == "changed"
    with reading(filled.engine) as session:
        version = session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.decision_id == decision.id)).one()
        state = next(s for s in claim_states(session, "rep-2024") if s.claim.id == "REP-001")
        confirmed = reports.confirmed_claims(session, "rep-2024")
    assert (version.body["update"]["pending"], version.body["update"]["event"], version.body["as_of"]) == (True, "2026-03-02", "2026-03-02")
    assert (state.status, state.event_on) == (ClaimStatus.CHANGED, "2026-03-02")
    assert [c.changes for c in confirmed] == [({"what": "the fine", "old": "10,000 RUB", "new": "30 тысяч\nрублей"},)], (
        "items are compared with the new value"
    )


def test_a_wording_written_later_takes_the_place_of_the_pending_one(filled: Filled, anna_id: int) -> None:
    flag = filled.flag()
    decide(filled, flag, Choice.NEW_LAW, anna_id)
    decide(filled, flag, Choice.NEW_LAW, anna_id, statement="The fine is 30,000 RUB.")
    with reading(filled.engine) as session:
        state = next(s for s in claim_states(session, "rep-2024") if s.claim.id == "REP-001")
    assert (state.status, state.version.statement) == (ClaimStatus.SUPERSEDED, "The fine is 30,000 RUB.")


@pytest.mark.parametrize("choice", sorted(UPDATES))
@pytest.mark.parametrize("stage", ["rumour", "proposed", "introduced", "reading_1", "reading_2", "adopted", "denied"])
def test_a_bill_or_a_rumour_never_supersedes(filled: Filled, anna_id: int, choice: Choice, stage: str) -> None:
    flag = filled.flag(stage=stage)
    decision = decide(filled, flag, choice, anna_id, also=("REP-002",))
    assert (filled.get_flag(flag).state, decision.facts["effect"]) == (FlagState.CONFIRMED, "announced")
    with reading(filled.engine) as session:
        assert session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.decision_id.is_not(None))).all() == []
        states = {s.claim.id: s.status for s in claim_states(session, "rep-2024")}
    assert (states["REP-001"], states["REP-002"]) == (ClaimStatus.WATCH, ClaimStatus.WATCH)


def test_a_bill_takes_a_wording_only_with_the_day_it_is_in_force(filled: Filled, anna_id: int) -> None:
    flag = filled.flag(stage="reading_1")
    with pytest.raises(decisions.Refused, match="reports no law yet"):
        decide(filled, flag, Choice.NEW_LAW, anna_id, statement="The fine is 30,000 RUB.")
    assert filled.get_flag(flag).state == FlagState.OPEN
    decide(filled, flag, Choice.NEW_LAW, anna_id, statement="The fine is 30,000 RUB.", in_force="2026-03-01")
    assert statement(filled) == "The fine is 30,000 RUB."


@pytest.mark.parametrize("stage", ["signed", "published", "in_force", "repealed", "court", None])
def test_law_practice_and_courts_change_the_claim(filled: Filled, anna_id: int, stage: str | None) -> None:
    assert decide(filled, filled.flag(stage=stage), Choice.NEW_LAW, anna_id).facts["effect"] == "changed"


@pytest.mark.parametrize(
    ("choice", "state", "more"),
    [
        (Choice.CONTRADICTS, FlagState.CONFIRMED, {}),
        (Choice.STILL_VALID, FlagState.DISMISSED, {}),
        (Choice.NOT_ABOUT, FlagState.DISMISSED, {"reason": NotAbout.OPINION}),
        (Choice.LATER, FlagState.LATER, {"condition": LaterCondition.GAZETTE}),
        (Choice.WRONG_CLAIM, FlagState.OPEN, {"claim_id": "REP-003"}),
        (Choice.NOT_SURE, FlagState.OPEN, {}),
    ],
)
def test_other_choices_leave_the_wording_alone(
    filled: Filled, anna_id: int, choice: Choice, state: FlagState, more: dict[str, object]
) -> None:
    flag, before = filled.flag(), statement(filled)
    decide(filled, flag, choice, anna_id, **more)
    assert (filled.get_flag(flag).state, statement(filled)) == (state, before)


def test_wrong_claim_moves_the_flag_and_later_growth_does_not_move_it_back(filled: Filled, anna_id: int) -> None:
    flag = filled.flag(story="s1")
    decide(filled, flag, Choice.WRONG_CLAIM, anna_id, claim_id="REP-003")
    filled.compare(filled.item("tass", "Штраф подняли ещё"), "s1", score=0.99, severity="high")
    grown = filled.get_flag(flag)
    assert (grown.claim_id, grown.severity) == ("REP-003", "high")


@pytest.mark.parametrize(
    ("choice", "more", "says"),
    [
        (Choice.NOT_ABOUT, {}, "why"),
        (Choice.LATER, {}, "until when"),
        (Choice.WRONG_CLAIM, {}, "name the claim"),
        (Choice.WRONG_CLAIM, {"claim_id": "NO-1"}, "no claim"),
        (Choice.DUPLICATE, {}, "duplicates"),
        (Choice.DUPLICATE, {"into": 1}, "duplicate of itself"),
        (Choice.UNDO, {}, "undo"),
    ],
)
def test_a_choice_that_lacks_something_is_refused_and_changes_nothing(
    filled: Filled, anna_id: int, choice: Choice, more: dict[str, object], says: str
) -> None:
    flag = filled.flag()
    with pytest.raises(decisions.Refused, match=says):
        decide(filled, flag, choice, anna_id, **more)
    assert (filled.get_flag(flag).state, filled.get_flag(flag).version) == ("open", 1)
    with reading(filled.engine) as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 0


def test_the_second_of_two_reviewers_gets_an_error_that_names_what_the_first_did(filled: Filled, anna_id: int) -> None:
    flag, boris_id = filled.flag(), filled.user("Boris")
    decide(filled, flag, Choice.STILL_VALID, anna_id)
    with pytest.raises(decisions.Conflict, match="Anna decided at 09:00 UTC on 02 March: still valid"):
        decide(filled, flag, Choice.NEW_LAW, boris_id, version=1)
    assert filled.get_flag(flag).state == "dismissed"


def test_merging_keeps_both_findable_and_never_makes_chains(filled: Filled, anna_id: int) -> None:
    first, second, third = filled.flag(story="a"), filled.flag(story="b"), filled.flag(story="c")
    decide(filled, second, Choice.DUPLICATE, anna_id, into=first)
    with reading(filled.engine) as session:
        assert [f.id for f in review_queue.merged(session, first)] == [second]
    with pytest.raises(decisions.Refused, match="itself merged"):
        decide(filled, third, Choice.DUPLICATE, anna_id, into=second)
    with pytest.raises(decisions.Refused, match="merged into this one"):
        decide(filled, first, Choice.DUPLICATE, anna_id, into=third)


def test_undo_restores_flag_and_wording_and_leaves_both_in_the_log(filled: Filled, anna_id: int) -> None:
    flag, before = filled.flag(), statement(filled)
    decision = decide(filled, flag, Choice.NEW_LAW, anna_id, statement="New.")
    with writing(filled.engine) as session:
        decisions.undo(session, decision.id, anna_id, filled.tick())
    assert (filled.get_flag(flag).state, statement(filled)) == ("open", before)
    with reading(filled.engine) as session:
        assert [d.choice for d in decision_log.log(session)] == ["new_or_amended_law", "undo"]
        assert [v.number for v, _ in review_queue.claim_versions(session, "REP-001")] == [1], "the claim shows no false history"
        assert decision_log.verify(session).broken is None


def test_undo_is_refused_once_something_rests_on_it(filled: Filled, anna_id: int) -> None:
    flag = filled.flag()
    first = decide(filled, flag, Choice.WRONG_CLAIM, anna_id, claim_id="REP-003")
    second = decide(filled, flag, Choice.STILL_VALID, anna_id)
    for decision, fine in ((first, False), (second, True), (second, False), (first, True)):
        if fine:
            with writing(filled.engine) as session:
                decisions.undo(session, decision.id, anna_id, filled.tick())
        else:
            with pytest.raises(decisions.Refused, match="decide again"), writing(filled.engine) as session:
                decisions.undo(session, decision.id, anna_id, filled.tick())


def test_undo_is_refused_when_the_wording_was_changed_again(filled: Filled, anna_id: int) -> None:
    one, two = filled.flag(story="a"), filled.flag(story="b")
    first = decide(filled, one, Choice.NEW_LAW, anna_id, statement="A")
    decide(filled, two, Choice.NEW_LAW, anna_id, statement="B")
    with pytest.raises(decisions.Refused, match="wording of REP-001"), writing(filled.engine) as session:
        decisions.undo(session, first.id, anna_id, filled.tick())
    assert (statement(filled), filled.get_flag(one).state) == ("B", "confirmed"), "a refused undo changes nothing"


def test_undo_goes_back_twenty_steps(filled: Filled, anna_id: int) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(20)]
    for flag in flags:
        decide(filled, flag, Choice.STILL_VALID, anna_id)
    for _ in flags:
        with writing(filled.engine) as session:
            last = decisions.last_of(session, anna_id)
            assert last is not None
            decisions.undo(session, last.id, anna_id, filled.tick())
    with reading(filled.engine) as session:
        assert decisions.last_of(session, anna_id) is None
    assert {filled.get_flag(f).state for f in flags} == {"open"}


def test_the_same_baseline_read_again_does_not_undo_a_confirmed_update(filled: Filled, anna_id: int) -> None:
    decide(filled, filled.flag(), Choice.NEW_LAW, anna_id, statement="New.")
    filled.claims()
    assert statement(filled) == "New."


def test_later_keeps_the_day(filled: Filled, anna_id: int) -> None:
    flag, day = filled.flag(), filled.now + timedelta(days=3)
    decide(filled, flag, Choice.LATER, anna_id, until=day)
    assert filled.get_flag(flag).until == day


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["undo", *Choice])), max_size=14)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_order_of_decisions_and_undos_keeps_the_chain_and_can_be_taken_back(filled: Filled, steps: list[tuple[int, str]]) -> None:
    user = filled.user(f"user {filled.counter}")
    flags = [filled.flag(story=f"p{filled.counter}-{n}") for n in range(3)]
    start = [_state(filled.get_flag(f)) for f in flags]
    wording = statement(filled)
    for n, step in steps:
        try:
            if step == "undo":
                _undo_last(filled, user)
            else:
                decide(
                    filled,
                    flags[n],
                    Choice(step),
                    user,
                    reason=NotAbout.TOPIC,
                    condition=LaterCondition.GAZETTE,
                    claim_id="REP-001",
                    into=flags[0],
                )
        except decisions.Refused:
            pass
    while _undo_last(filled, user):
        pass
    assert [_state(filled.get_flag(f)) for f in flags] == start
    assert statement(filled) == wording
    with reading(filled.engine) as session:
        assert decision_log.verify(session).broken is None


def _undo_last(filled: Filled, user: int) -> bool:
    with writing(filled.engine) as session:
        last = decisions.last_of(session, user)
        if last is not None:
            decisions.undo(session, last.id, user, filled.tick())
        return last is not None


def _state(flag: FlagRow) -> tuple[object, ...]:
    return (flag.state, flag.claim_id, flag.second_reader, flag.until, flag.condition, flag.merged_into)


def test_what_belongs_to_another_choice_is_left_out(filled: Filled, anna_id: int) -> None:
    flag = filled.flag()
    more = {
        "reason": NotAbout.OLD,
        "condition": LaterCondition.GAZETTE,
        "until": filled.now,
        "in_force": "2026-01-01",
        "statement": "New.",
        "into": 7,
    }
    decision = decide(filled, flag, Choice.STILL_VALID, anna_id, **more)
    assert set(decision.facts) == {"before", "seen"}
    kept = filled.get_flag(flag)
    assert (kept.until, kept.condition, kept.merged_into, decision.until) == (None, None, None, None)


def test_one_decision_for_several_claims_gives_each_its_own_change(filled: Filled, anna_id: int) -> None:
    changes = [
        {"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч", "likeness": 1.0},
        {"claim": "REP-002", "what": "the term", "old": "1 year", "new": "2 года", "likeness": 1.0},
    ]
    flag = filled.flag(changes=changes)
    before = [statement(filled, c) for c in ("REP-001", "REP-002")]
    decision = decide(filled, flag, Choice.VALUE_CHANGED, anna_id, statement="The fine is 30,000 RUB.", also=("REP-002", "REP-001"))
    assert decision.facts["also"] == ["REP-002"], "its own claim is not named twice"
    assert statement(filled) == "The fine is 30,000 RUB."
    assert statement(filled, "REP-002") == before[1], "its wording is pending"
    with reading(filled.engine) as session:
        assert [(c.claim_id, [x["what"] for x in c.changes]) for c in reports.confirmed_claims(session, "rep-2024")] == [
            ("REP-001", ["the fine"]),
            ("REP-002", ["the term"]),
        ]
    with reading(filled.engine) as session:
        assert [r.label["claims"] for r in labelled_items.labelled(session)] == [["REP-001", "REP-002"]]
        assert decision_log.verify(session).broken is None
    with writing(filled.engine) as session:
        decisions.undo(session, decision.id, anna_id, filled.tick())
    assert [statement(filled, c) for c in ("REP-001", "REP-002")] == before


def test_undo_for_several_claims_is_all_or_nothing(filled: Filled, anna_id: int) -> None:
    one, two = filled.flag(story="a"), filled.flag(story="b", claim="REP-002")
    first = decide(filled, one, Choice.NEW_LAW, anna_id, statement="A", also=("REP-002",))
    decide(filled, two, Choice.NEW_LAW, anna_id, statement="B")
    with pytest.raises(decisions.Refused, match="wording of REP-002"), writing(filled.engine) as session:
        decisions.undo(session, first.id, anna_id, filled.tick())
    assert (statement(filled), statement(filled, "REP-002"), filled.get_flag(one).state) == ("A", "B", "confirmed")


def test_further_claims_are_of_the_same_report_and_belong_to_choices_that_say_something_of_a_claim(filled: Filled, anna_id: int) -> None:
    filled.claims("oth-2025")
    flag = filled.flag()
    with pytest.raises(decisions.Refused, match="OTH-001 is no claim of this report"):
        decide(filled, flag, Choice.NEW_LAW, anna_id, also=("OTH-001",))
    decision = decide(filled, flag, Choice.NOT_SURE, anna_id, also=("REP-002",))
    assert "also" not in decision.facts
