"""The weekly sample of unflagged items: what it holds, that it is drawn once, and what it says of
missed updates.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db import labelled_items, recall_audit
from db.engine import reading, writing
from db.enums import AuditVerdict, Choice
from db.models import AssessmentRow, RecallAuditRow
from tests.review.factory import Filled, decide

WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
NEXT_WEEK = WEDNESDAY + timedelta(days=7)


def unflagged(filled: Filled, title: str, score: float, **given: object) -> int:
    version = filled.item("tass", title, text=f"Текст «{title}».")
    filled.compare(version, f"s-{title}", flag=False, score=score, **given)  # type: ignore[arg-type]
    return version


def draw(filled: Filled, now: datetime = NEXT_WEEK) -> int:
    with writing(filled.engine) as session:
        return recall_audit.draw(session, now)


def sample(filled: Filled) -> list[tuple[str, str, int]]:
    """(title, group, size of the group)."""
    with reading(filled.engine) as session:
        rows = [recall_audit.audit_item(session, i) for i in session.scalars(select(RecallAuditRow.id))]
        return sorted((r.version.title, r.audit.group, r.audit.group_size) for r in rows if r)


def judge(filled: Filled, title: str, verdict: AuditVerdict, user: int) -> int | None:
    with writing(filled.engine) as session:
        ids = session.scalars(select(RecallAuditRow.id)).all()
        audit_id = next(i for i in ids if (row := recall_audit.audit_item(session, i)) and row.version.title == title)
        flag = recall_audit.judge(session, audit_id, verdict, user, filled.tick())
        return flag.id if flag else None


@pytest.fixture
def week(filled: Filled) -> Filled:
    """Thirty unflagged items of one week, scored 0.00 to 0.29."""
    filled.now = WEDNESDAY
    for n in range(30):
        unflagged(filled, f"n{n:02}", n / 100)
    return filled


def test_the_nearest_to_the_threshold_and_a_random_rest_are_drawn(week: Filled) -> None:
    assert draw(week) == 15
    drawn = sample(week)
    assert [t for t, group, _ in drawn if group == "near"] == [f"n{n}" for n in range(22, 30)]
    assert {size for _, group, size in drawn if group == "near"} == {8}
    assert [size for _, group, size in drawn if group == "random"] == [22] * 7


def test_the_sample_of_a_week_is_drawn_once_and_another_desk_draws_the_same(week: Filled) -> None:
    draw(week)
    first = sample(week)
    assert draw(week, NEXT_WEEK + timedelta(days=2)) == 0
    with writing(week.engine) as session:
        for row in session.scalars(select(RecallAuditRow)):
            session.delete(row)
    draw(week)
    assert sample(week) == first


def test_what_is_flagged_old_or_of_another_week_is_left_out(filled: Filled) -> None:
    filled.now = WEDNESDAY - timedelta(days=7)
    unflagged(filled, "earlier", 0.2)
    filled.now = datetime(2024, 6, 10, tzinfo=UTC)  # published before the report's research closed
    old = filled.item("tass", "old")
    filled.now = WEDNESDAY
    filled.compare(old, "s-old", flag=False, score=0.2)
    filled.flag("flagged", story="s1")
    filled.compare(filled.item("tass", "beside"), "s1", flag=False, score=0.2)
    unflagged(filled, "this", 0.2)
    draw(filled)
    assert sample(filled) == [("this", "near", 1)]


def test_a_missed_update_becomes_a_flag_and_counts_in_the_estimate(week: Filled, anna_id: int) -> None:
    draw(week)
    randoms = [t for t, group, _ in sample(week) if group == "random"]
    for title in randoms[1:]:
        judge(week, title, AuditVerdict.NO_UPDATE, anna_id)
    flag = judge(week, randoms[0], AuditVerdict.UPDATE, anna_id)
    assert flag is not None
    assert judge(week, randoms[0], AuditVerdict.UPDATE, anna_id) == flag, "a second press raises no second flag"
    assert (week.get_flag(flag).state, week.get_flag(flag).severity) == ("open", "medium")
    with reading(week.engine) as session:
        row = session.get_one(AssessmentRow, week.get_flag(flag).assessment_id)
        assert row.gist, "every flagged assessment has a gist"
        assert row.gist["code"] == "reported"
        (result,) = recall_audit.results(session)
    assert (result.week, result.items, result.judged, result.missed) == ("2026-03-02", 15, 7, 1)
    assert result.estimate == pytest.approx(22 / 7)
    assert result.at_most == pytest.approx(8 * 1.0 + 22 * 0.5131, abs=0.01)


def test_answers_become_training_data(week: Filled, anna_id: int) -> None:
    draw(week)
    judge(week, "n29", AuditVerdict.NO_UPDATE, anna_id)
    judge(week, "n28", AuditVerdict.UNSURE, anna_id)
    flag = judge(week, "n27", AuditVerdict.UPDATE, anna_id)
    assert flag is not None
    decide(week, flag, Choice.NEW_LAW, anna_id)
    with reading(week.engine) as session:
        audited = [(r.item["title"], r.label["flag"], r.label["class"]) for r in labelled_items.audited(session)]
        decided = [(r.item["title"], r.label["flag"]) for r in labelled_items.labelled(session)]
    assert (audited, decided) == ([("n29", False, "hard")], [("n27", True)])


def test_judged_items_and_old_samples_are_not_shown_again(week: Filled, anna_id: int) -> None:
    draw(week)
    judge(week, "n29", AuditVerdict.NO_UPDATE, anna_id)
    with reading(week.engine) as session:
        assert len(recall_audit.waiting(session, NEXT_WEEK)) == 14
        assert recall_audit.waiting(session, NEXT_WEEK + timedelta(weeks=3)) == []


@pytest.mark.parametrize(("hits", "of", "most"), [(0, 0, 1.0), (0, 7, 0.3543), (1, 7, 0.5131), (7, 7, 1.0)])
def test_the_upper_end_of_the_interval(hits: int, of: int, most: float) -> None:
    assert recall_audit.upper(hits, of) == pytest.approx(most, abs=1e-4)
