"""The history of a flag: one fold over decisions and reopenings, with undo."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.engine import reading, writing
from db.enums import Choice, FlagState
from db.flag_history import HistoricFlag, PastDecision, Reopening, decisions_in_force, flags_at, flags_now, in_force, replay
from db.models import (
    AssessmentRow,
    DecisionRow,
    FetchRow,
    FlagEventRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    ReportRow,
    SourceRow,
    StoryRow,
    UserRow,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RAISED = HistoricFlag(1, "A-001", "high", NOW)


def decided(
    number: int, choice: Choice, state: FlagState, claim: str = "A-001", also: tuple[str, ...] = (), hours: int = 0
) -> PastDecision:
    return PastDecision(number, 1, choice.value, claim, also, state.value, NOW + timedelta(hours=hours or number))


def reopened(number: int, hours: int) -> Reopening:
    return Reopening(number, 1, FlagState.OPEN.value, NOW + timedelta(hours=hours))


def test_a_flag_to_which_nothing_happened_is_as_it_was_raised() -> None:
    assert replay(RAISED, [], []) == RAISED


def test_the_newest_decision_says_state_claim_and_what_it_rests_on() -> None:
    moved = decided(1, Choice.WRONG_CLAIM, FlagState.OPEN, "A-002")
    flag = replay(RAISED, [moved, decided(2, Choice.NEW_LAW, FlagState.CONFIRMED, "A-002", ("A-003",))], [])
    assert (flag.state, flag.claim_id, flag.choice, flag.also, flag.decision_id) == ("confirmed", "A-002", Choice.NEW_LAW, ("A-003",), 2)
    assert flag.since == NOW + timedelta(hours=2)


def test_an_undo_brings_back_the_decision_before_with_what_it_said() -> None:
    first = decided(1, Choice.STILL_VALID, FlagState.DISMISSED, also=("A-009",))
    flag = replay(RAISED, [first, decided(2, Choice.NEW_LAW, FlagState.CONFIRMED), decided(3, Choice.UNDO, FlagState.DISMISSED)], [])
    assert (flag.state, flag.choice, flag.also, flag.decision_id) == ("dismissed", Choice.STILL_VALID, ("A-009",), 1)


def test_when_everything_is_undone_the_flag_rests_on_nothing() -> None:
    undone = [decided(1, Choice.NEW_LAW, FlagState.CONFIRMED), decided(2, Choice.UNDO, FlagState.OPEN)]
    flag = replay(RAISED, undone, [])
    assert (flag.state, flag.choice, flag.decision_id, flag.also) == ("open", None, None, ())


@pytest.mark.parametrize(("hours", "state", "by"), [(1, "confirmed", None), (2, "open", 7), (3, "open", 7)])
def test_a_reopening_counts_where_it_is_not_older_than_the_newest_decision(hours: int, state: str, by: int | None) -> None:
    flag = replay(RAISED, [decided(1, Choice.NEW_LAW, FlagState.CONFIRMED, hours=2)], [reopened(7, hours)])
    assert (flag.state, flag.reopened_by) == (state, by)
    assert flag.decision_id == 1, "the decision before a reopening is still known"


@pytest.mark.slow
@given(st.lists(st.sampled_from([Choice.NEW_LAW, Choice.LATER, Choice.UNDO]), max_size=12))
def test_each_undo_takes_back_one_decision_and_never_more(choices: list[Choice]) -> None:
    effective: list[int] = []
    for number, choice in enumerate(choices):
        effective = [*effective, number] if choice is not Choice.UNDO else effective[:-1]
    rows = [decided(n, c, FlagState.OPEN) for n, c in enumerate(choices)]
    assert [d.id for d in in_force(rows)] == effective


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """One flag: confirmed after an hour, undone after two, noted by a person after three, confirmed
    again after four, noted after five.
    """
    with writing(engine) as session:
        session.add(SourceRow(id="s", name="s", kind="feed", url="https://s.example/rss", tier=2, config={}))
        session.add(ReportRow(id="r", title="t", publisher="p", published="2026", research_closed="2026", language="en"))
        session.add(UserRow(id=1, name="anna", role="reviewer", password_hash=None, created_at=NOW))
        session.add(StoryRow(id=1, key="s1", title="t", first_at=NOW, last_at=NOW, items=1, origins=1))
        session.flush()
        session.add(FetchRow(id=1, source_id="s", started_at=NOW, ended_at=NOW, outcome="new_items", reason="ok", url="u"))
        session.add(ItemRow(id=1, source_id="s", key="k", url="u", first_seen_at=NOW, story_id=1))
        session.flush()
        session.add(ItemVersionRow(id=1, item_id=1, number=1, title="t", text="", notes=[], content_hash="h", fetch_id=1, seen_at=NOW))
        session.flush()
        session.add(
            AssessmentRow(id=1, item_version_id=1, report_id="r", comparer="c", score=0.9, flagged=True, severity="high", relation="updates", claims=[], changes=[], reasons=[], made_at=NOW)
        )  # fmt: skip
        session.flush()
        session.add(
            FlagRow(id=1, story_id=1, report_id="r", assessment_id=1, score=0.9, severity="high", relation="updates", state="confirmed", raised_at=NOW, changed_at=NOW)
        )  # fmt: skip
        session.flush()
        for number, (choice, state, hours) in enumerate(
            [("contradicts", "confirmed", 1), ("undo", "open", 2), ("still_valid", "dismissed", 4)], 1
        ):
            session.add(
                DecisionRow(
                    id=number, flag_id=1, user_id=1, choice=choice, made_at=NOW + timedelta(hours=hours), previous_hash=str(number), hash=f"h{number}",
                    state_after=state, facts={"also": ["A-002"], "before": {"claim_id": None}} if choice != "undo" else {"undoes": 1},
                )
            )  # fmt: skip
        for hours, state in ((3, "open"), (5, "dismissed")):
            session.add(FlagEventRow(flag_id=1, user_id=1, kind="noted", note="n", state_after=state, at=NOW + timedelta(hours=hours)))
    return engine


@pytest.mark.parametrize(
    ("hours", "state", "choice", "since"), [(0, "open", None, 0), (1, "confirmed", "contradicts", 1), (2, "open", None, 2), (3, "open", None, 2), (6, "dismissed", "still_valid", 4)]
)  # fmt: skip
def test_a_flag_is_rebuilt_as_it_was_and_a_note_changes_nothing(
    filled: Engine, hours: int, state: str, choice: str | None, since: int
) -> None:
    with reading(filled) as session:
        (flag,) = flags_at(session, "r", NOW + timedelta(hours=hours))
    assert (flag.state, flag.choice, flag.since) == (state, choice, NOW + timedelta(hours=since))


def test_a_flag_is_not_there_before_it_was_raised(filled: Engine) -> None:
    with reading(filled) as session:
        assert flags_at(session, "r", NOW - timedelta(hours=1)) == []


def test_now_and_as_at_now_are_the_same_and_name_the_decision_in_force(filled: Engine) -> None:
    with reading(filled) as session:
        (now,), (then,) = flags_now(session, "r"), flags_at(session, "r", NOW + timedelta(days=1))
        assert (now.choice, now.also, now.decision_id) == (then.choice, then.also, then.decision_id) == ("still_valid", ("A-002",), 3)
        assert {i: d.id for i, d in decisions_in_force(session, [1, 2]).items()} == {1: 3}
