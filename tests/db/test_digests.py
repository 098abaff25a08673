"""Flags as they were at a moment, with what a digest says of them."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.digest_entry import entry_of
from db import digests
from db.engine import reading, writing
from db.models import FlagEventRow
from tests.alerts_factory import NOW, YESTERDAY, add_flag, decide, lay_out, reopen
from tests.review.factory import Filled


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def the_flag(session: Session, after: float) -> digests.DigestFlag:
    """The only flag as it was just before so many hours after it was raised."""
    (flag,) = digests.flags_at(session, [1], YESTERDAY + hours(after))
    return flag


def test_a_flag_is_shown_as_it_was_at_each_moment(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        decide(session, flag, "new_or_amended_law", "confirmed", YESTERDAY + hours(1), "C-1", ["C-2"])
        decide(session, flag, "undo", "open", YESTERDAY + hours(3), "C-1")
        decide(session, flag, "still_valid", "dismissed", YESTERDAY + hours(5), "C-1")
        reopen(session, flag, YESTERDAY + hours(7))
    with reading(engine) as session:
        assert digests.flags_at(session, [1], YESTERDAY) == [], "it is not there before it was raised"
        shown = [(f.history.state, f.decision.choice if f.decision else None) for f in (the_flag(session, n) for n in (1, 2, 4, 6, 8))]
        assert shown == [
            ("open", None),
            ("confirmed", "new_or_amended_law"),
            ("open", None),
            ("dismissed", "still_valid"),
            ("open", "still_valid"),
        ]
        assert entry_of(the_flag(session, 8)).choice is None, "what a reopened flag rested on is no longer said"


def test_a_note_on_a_decided_flag_does_not_hide_the_decision(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        decide(session, flag, "new_or_amended_law", "confirmed", YESTERDAY + hours(1), "C-1")
        session.add(
            FlagEventRow(flag_id=flag.id, user_id=1, kind="noted", note="see the gazette", state_after="confirmed", at=YESTERDAY + hours(2))
        )
    with reading(engine) as session:
        before, after = entry_of(the_flag(session, 1.5)), entry_of(the_flag(session, 3))
    assert (after.choice, after.decided_at, after.further) == (before.choice, before.decided_at, before.further)
    assert after.choice == "new_or_amended_law"


def test_what_happened_within_a_period_touches_the_flag(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        decide(session, flag, "still_valid", "dismissed", NOW, "C-1")
    with reading(engine) as session:
        assert digests.touched(session, YESTERDAY, YESTERDAY + hours(1)) == [1]
        assert digests.touched(session, YESTERDAY + hours(1), NOW) == []
        assert digests.touched(session, NOW, NOW + hours(1)) == [1]
        assert digests.of_high_severity(session, [1, 2]) == [1]


def test_each_subject_of_a_story_is_listed_with_its_own_item(filled: Filled) -> None:
    end = filled.flag("Мобилизация закончена", story="s1", score=0.6, subject="mobilisation.end")
    ban = filled.flag("Запрет на выезд", story="s1", score=0.9, subject="exit_ban", claim="REP-002")
    with reading(filled.engine) as session:
        ids = digests.touched(session, filled.now, filled.now + hours(1))
        entries = [entry_of(f) for f in digests.flags_at(session, ids, filled.now + hours(1))]
    assert [(e.flag_id, e.title, e.claim_id) for e in entries] == [
        (end, "Мобилизация закончена", "REP-001"),
        (ban, "Запрет на выезд", "REP-002"),
    ]
