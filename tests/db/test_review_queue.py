"""The order of the queue: what comes first, and that nothing floods a sitting."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import review_queue
from db.engine import reading
from db.enums import Choice
from db.review_queue import HeldBack, RankedFlag, held_back, spread
from tests.review.factory import Filled, decide


def ranked(filled: Filled, **wanted: object) -> list[int]:
    with reading(filled.engine) as session:
        return [r.flag_id for r in review_queue.rank(session, review_queue.QueueFilter(**wanted), filled.now)]  # type: ignore[arg-type]


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


def test_the_flags_of_a_story_stand_together_behind_the_gravest(filled: Filled) -> None:
    end = filled.flag(story="s1", score=0.4, subject="mobilisation.end")
    other = filled.flag(story="s2", score=0.6)
    ban = filled.flag(story="s1", score=0.9, severity="high", subject="exit_ban")
    assert ranked(filled) == [ban, end, other]


def test_a_story_that_touches_two_reports_is_one_place_in_the_queue(filled: Filled) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1", score=0.9, severity="high")
    between = filled.flag(story="s2", score=0.8)
    two = filled.flag(story="s1", source="tass", score=0.3, report="other-2026", claim="OTH-001")
    assert ranked(filled) == [one, two, between]


def test_filters_show_exactly_what_they_name(filled: Filled) -> None:
    one, two = filled.flag(severity="high", claim="REP-001"), filled.flag(claim="REP-002", source="tass")
    decide(filled, two, Choice.NOT_SURE, filled.user("Anna"))
    assert ranked(filled, severity="high") == [one]
    assert ranked(filled, claim="REP-002") == [two]
    assert ranked(filled, topic="exit_ban") == [two]
    assert ranked(filled, source="tass") == [two]
    assert ranked(filled, second_reader=True) == [two]
    assert ranked(filled, report="other") == []


FLAGS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=120)


@given(FLAGS, st.integers(4, 30))
def test_no_source_or_claim_floods_a_sitting_and_nothing_is_lost(pairs: list[tuple[str, str]], sitting: int) -> None:
    rows = [RankedFlag(i, float(len(pairs) - i), claim, source, i) for i, (source, claim) in enumerate(pairs)]
    out = spread(rows, sitting, 0.3)
    assert sorted(r.flag_id for r in out) == list(range(len(pairs)))
    most = max(1, int(sitting * 0.3))
    first, left = out[:sitting], out[sitting:]
    sources, claims = Counter(r.source_id for r in first), Counter(r.claim_id for r in first)
    # Only where all that waited was over its share already
    if max([*sources.values(), *claims.values()], default=0) > most:
        assert all(sources[r.source_id] >= most or claims[r.claim_id] >= most for r in left)
    assert out[:1] == rows[:1], "the most valuable stays first"


def test_a_flood_from_one_source_leaves_room_for_the_others() -> None:
    flood = [RankedFlag(i, 100.0 - i, f"c{i}", "loud", i) for i in range(50)]
    others = [RankedFlag(50 + i, 1.0, f"d{i}", f"quiet {i}", 50 + i) for i in range(30)]
    first = spread([*flood, *others])[: review_queue.SITTING]
    assert [r.flag_id for r in first if r.source_id == "loud"] == list(range(7)), "30 % of 25, its most valuable ones"


def test_a_sitting_is_not_left_empty_for_the_sake_of_spread() -> None:
    rows = [RankedFlag(i, 1.0, "c", "s", i) for i in range(60)]
    assert [r.flag_id for r in spread(rows)] == list(range(60))


def test_what_a_sitting_holds_back_is_named_once_by_claim_then_by_source() -> None:
    now = [RankedFlag(n, 1.0, "A" if n < 2 else f"x{n}", "tass" if n in (0, 1) else f"s{n}", n) for n in range(4)]
    later = [
        RankedFlag(4, 1.0, "A", "tass", 4),
        RankedFlag(5, 1.0, "B", "tass", 5),
        RankedFlag(6, 1.0, "A", "", 6),
        RankedFlag(7, 1.0, "x3", "s9", 7),
        RankedFlag(8, 1, None, "", 8),
    ]
    assert held_back([*now, *later], 0, sitting=4, share=0.5) == [HeldBack("claim", "A", (4, 6)), HeldBack("source", "tass", (5,))]
    assert held_back(now, 0, sitting=4, share=0.5) == [], "nothing comes after it"
    assert held_back([*later, *now], 5, sitting=4, share=0.5) == []


def test_a_queue_of_thousands_lists_the_first_and_counts_all(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        filled.flag(story=f"s{n // 2}", claim=f"REP-00{1 + n % 2}", subject=f"subject.{n % 2}", score=0.9 - n / 10)
    monkeypatch.setattr(review_queue, "MOST_LISTED", 3)
    with reading(filled.engine) as session:
        assert len(review_queue.rank(session, review_queue.QueueFilter(), filled.now)) == 3
        assert review_queue.count_flags(session, review_queue.QueueFilter()) == (4, 2)
        assert review_queue.count_flags(session, review_queue.QueueFilter(claim="REP-001")) == (2, 2)
        assert review_queue.count_flags(session, review_queue.QueueFilter(state="confirmed")) == (0, 0)
