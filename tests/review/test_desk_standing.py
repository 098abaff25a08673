"""How claims stand, now and as at any moment; the order of the queue."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import deciding, reviewing
from db.engine import reading, writing
from db.reviewing import Ranked, spread
from db.standing import ClaimStanding, standings
from db.words import Choice, Condition, NotAbout, Standing
from tests.review.desk_world import Filled


def decide(filled: Filled, flag: int, choice: Choice, **given: object) -> deciding.Decision:  # type: ignore[name-defined]
    order = deciding.Order(flag, 1, choice, filled.get_flag(flag).version, reason=NotAbout.TOPIC, condition=Condition.GAZETTE)
    with writing(filled.engine) as session:
        return deciding.decide(session, replace(order, **given), filled.tick(days=1))  # type: ignore[arg-type]


def stand(filled: Filled, claim: str = "REP-001", at: datetime | None = None) -> ClaimStanding:
    with reading(filled.engine) as session:
        return next(s for s in standings(session, "rep-2024", at) if s.claim.id == claim)


@pytest.fixture(autouse=True)
def user(filled: Filled) -> int:
    return filled.user("Anna")


def test_a_claim_nothing_is_flagged_for_stands(filled: Filled) -> None:
    assert stand(filled).standing is Standing.STANDS


@pytest.mark.parametrize(("severity", "standing"), [("high", Standing.IN_DOUBT), ("medium", Standing.WATCH), ("low", Standing.WATCH)])
def test_an_open_flag_puts_its_claim_on_watch_or_in_doubt(filled: Filled, severity: str, standing: Standing) -> None:
    flag = filled.flag(severity=severity)
    found = stand(filled)
    assert (found.standing, found.evidence, found.since) == (standing, (flag,), filled.now)
    assert stand(filled, "REP-002").standing is Standing.STANDS


@pytest.mark.parametrize(
    ("choice", "standing"),
    [(Choice.NEW_LAW, Standing.SUPERSEDED), (Choice.COURT, Standing.SUPERSEDED), (Choice.CONTRADICTS, Standing.IN_DOUBT), (Choice.STILL_VALID, Standing.STANDS),
     (Choice.NOT_ABOUT, Standing.STANDS), (Choice.LATER, Standing.WATCH), (Choice.NOT_SURE, Standing.WATCH)],
)  # fmt: skip
def test_what_a_person_decided_sets_the_standing(filled: Filled, choice: Choice, standing: Standing) -> None:
    flag = filled.flag()
    decide(filled, flag, choice)
    found = stand(filled)
    assert found.standing is standing
    assert (found.checked is not None) is (choice is Choice.STILL_VALID)


def test_the_past_is_shown_as_it_was(filled: Filled) -> None:
    before = filled.now
    filled.tick(days=1)
    flag = filled.flag()
    flagged = filled.tick(days=1)
    decision = decide(filled, flag, Choice.NEW_LAW, statement="New.")
    confirmed = filled.tick(days=1)
    with writing(filled.engine) as session:
        deciding.undo(session, decision.id, 1, filled.tick(days=1))
    undone = filled.tick(days=1)
    story = [
        (stand(filled, at=at).standing, stand(filled, at=at).version.statement == "New.") for at in (before, flagged, confirmed, undone)
    ]
    assert story == [(Standing.STANDS, False), (Standing.WATCH, False), (Standing.SUPERSEDED, True), (Standing.WATCH, False)]


def test_a_flag_moved_to_another_claim_counted_for_the_first_until_then(filled: Filled) -> None:
    flag = filled.flag()
    before = filled.tick(hours=1)
    decide(filled, flag, Choice.WRONG_CLAIM, claim_id="REP-003")
    assert stand(filled, "REP-001", before).standing is Standing.WATCH
    assert stand(filled, "REP-003", before).standing is Standing.STANDS
    assert stand(filled, "REP-001").standing is Standing.STANDS
    assert stand(filled, "REP-003").standing is Standing.WATCH


def test_a_reopened_contradiction_is_on_watch_again(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    decide(filled, flag, Choice.CONTRADICTS)
    filled.compare(filled.item("verstka", "Ещё один голос"), "s1")
    assert stand(filled).standing is Standing.WATCH


def test_a_new_edition_of_the_report_stands_again(filled: Filled) -> None:
    decide(filled, filled.flag(), Choice.NEW_LAW, statement="New.")
    assert stand(filled).standing is Standing.SUPERSEDED
    filled.tick(days=1)
    from db import known

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
        known.register_report(session, head, [body], filled.now)
    assert (stand(filled).standing, stand(filled).version.statement) == (Standing.STANDS, "The fine is 30,000 RUB.")


def ranked(filled: Filled, **wanted: object) -> list[int]:
    with reading(filled.engine) as session:
        return [r.flag_id for r in reviewing.rank(session, reviewing.Wanted(**wanted), filled.now)]  # type: ignore[arg-type]


def test_the_gravest_surest_best_attested_come_first(filled: Filled) -> None:
    weak = filled.flag(score=0.5, source="tass")
    grave = filled.flag(score=0.5, severity="high", source="tass")
    primary = filled.flag(score=0.5, source="gazette")
    sure = filled.flag(score=0.9, source="tass")
    assert ranked(filled) == [grave, sure, primary, weak]


def test_an_old_flag_gives_way_to_a_fresh_one(filled: Filled) -> None:
    old = filled.flag(score=0.7)
    filled.tick(days=60)
    fresh = filled.flag(score=0.6)
    assert ranked(filled) == [fresh, old]


def test_filters_show_exactly_what_they_name(filled: Filled) -> None:
    one, two = filled.flag(severity="high", claim="REP-001"), filled.flag(claim="REP-002", source="tass")
    decide(filled, two, Choice.NOT_SURE)
    assert ranked(filled, severity="high") == [one]
    assert ranked(filled, claim="REP-002") == [two]
    assert ranked(filled, topic="exit_ban") == [two]
    assert ranked(filled, source="tass") == [two]
    assert ranked(filled, second_reader=True) == [two]
    assert ranked(filled, report="other") == []


FLAGS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=120)


@given(FLAGS, st.integers(4, 30))
def test_no_source_or_claim_floods_a_sitting_and_nothing_is_lost(pairs: list[tuple[str, str]], sitting: int) -> None:
    rows = [Ranked(i, float(len(pairs) - i), claim, source) for i, (source, claim) in enumerate(pairs)]
    out = spread(rows, sitting, 0.3)
    assert sorted(r.flag_id for r in out) == list(range(len(pairs)))
    most = max(1, int(sitting * 0.3))
    first, left = out[:sitting], out[sitting:]
    sources, claims = Counter(r.source_id for r in first), Counter(r.claim_id for r in first)
    if max([*sources.values(), *claims.values()], default=0) > most:  # only where all that waited was over its share already
        assert all(sources[r.source_id] >= most or claims[r.claim_id] >= most for r in left)
    assert out[:1] == rows[:1], "the most valuable stays first"


def test_a_flood_from_one_source_leaves_room_for_the_others() -> None:
    flood = [Ranked(i, 100.0 - i, f"c{i}", "loud") for i in range(50)]
    others = [Ranked(50 + i, 1.0, f"d{i}", f"quiet {i}") for i in range(30)]
    first = spread([*flood, *others])[: reviewing.SITTING]
    assert [r.flag_id for r in first if r.source_id == "loud"] == list(range(7)), "30 % of 25, its most valuable ones"


def test_a_sitting_is_not_left_empty_for_the_sake_of_spread() -> None:
    rows = [Ranked(i, 1.0, "c", "s") for i in range(60)]
    assert [r.flag_id for r in spread(rows)] == list(range(60))
