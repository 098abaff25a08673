"""Stored items are compared again when a comparer changed: only what is new is stored, no flag is
touched.
"""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from db import recomparison
from db.assessments import NewAssessment
from db.engine import reading, writing
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, ReportRow
from db.recomparison import ComparedAgain
from tests.review.factory import Filled

LATER = timedelta(days=1)


@pytest.fixture
def filled(engine: Engine) -> Filled:
    result = Filled.with_claims(engine)
    result.flag()  # item 1, flagged for REP-001 by comparer "c"
    return result


def new(claim: str, comparer: str, *, flag: bool = True, subject: str = "exit_ban") -> NewAssessment:
    return NewAssessment("rep-2024", comparer, 0.9, flag, "high", "updates", None, [{"id": claim, "score": 0.9}], [], [], subject)


def store(filled: Filled, *assessments: NewAssessment) -> list[int]:
    with writing(filled.engine) as session:
        version = session.scalars(select(ItemVersionRow)).one()
        compared = ComparedAgain(version, session.get_one(ItemRow, version.item_id), assessments)
        return [f.id for f in recomparison.store_again(session, [compared], filled.now + LATER)]


def stored(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(AssessmentRow.comparer).order_by(AssessmentRow.id)))


def test_a_changed_comparer_begins_one_pass_and_the_first_one_none(filled: Filled) -> None:
    with writing(filled.engine) as session:
        assert recomparison.plan(session, {"rep-2024": "one"}) == []
        assert recomparison.plan(session, {"rep-2024": "one"}) == []
        assert recomparison.next_versions(session, filled.now, 10) == ([], [])
        assert recomparison.plan(session, {"rep-2024": "two"}) == ["rep-2024"]
        reports, versions = recomparison.next_versions(session, filled.now, 10)
        assert (reports, [v.version.id for v in versions]) == (["rep-2024"], [1])
        assert recomparison.next_versions(session, filled.now, 10) == ([], [])
        assert session.get_one(ReportRow, "rep-2024").again_from is None


def test_items_older_than_ninety_days_are_left_alone(filled: Filled) -> None:
    with writing(filled.engine) as session:
        recomparison.plan(session, {"rep-2024": "one"})
        recomparison.plan(session, {"rep-2024": "two"})
        assert recomparison.next_versions(session, filled.now + timedelta(days=91), 10) == (["rep-2024"], [])


def test_what_says_the_same_is_not_stored_again(filled: Filled) -> None:
    before = stored(filled.engine)
    assert store(filled, new("REP-001", "again")) == []
    assert stored(filled.engine) == before


def test_a_flag_that_is_there_is_not_touched_and_a_missing_one_is_raised_once(filled: Filled) -> None:
    with reading(filled.engine) as session:
        flag = session.scalars(select(FlagRow)).one()
        known = (flag.changed_at, flag.score, flag.subject)
    assert store(filled, new("REP-002", "again", subject=known[2])) == []
    with reading(filled.engine) as session:
        flag = session.scalars(select(FlagRow)).one()
        assert (flag.changed_at, flag.score, flag.subject) == known
    assert len(store(filled, new("REP-003", "third", subject="another"))) == 1
    assert store(filled, new("REP-003", "third", subject="another")) == []
    with reading(filled.engine) as session:
        assert len(session.scalars(select(FlagRow)).all()) == 2


def test_versions_that_were_compared_are_known(filled: Filled) -> None:
    with reading(filled.engine) as session:
        assert recomparison.compared_before(session, [1, 2]) == {1}
