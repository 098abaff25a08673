"""Answers of the reading aid: which flags wait, and what of an answer is shown."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from db import reading_aid
from db.engine import reading, writing
from db.erasure import erase, name_pattern, search
from db.models import ReadingAidRow
from db.reading_aid import AidNote, AidResult
from tests.alerts_factory import NOW, TITLE, Tale, add_flag, lay_out

KEPT = AidResult(1, "m", NOW, "C-1", "value", "Thirty days.", 0, len(TITLE))


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        add_flag(session, Tale(claim="C-2", title="Другая новость"))


def test_the_newest_flags_wait_first_with_what_a_question_needs(engine: Engine) -> None:
    with reading(engine) as session:
        newest, oldest = reading_aid.waiting(session, 10)
        assert [w.assessment_id for w in reading_aid.waiting(session, 1)] == [2]
    assert (newest.assessment_id, oldest.assessment_id) == (2, 1)
    assert (oldest.report_id, oldest.origin, oldest.outlet, oldest.title) == ("cedoca", "file", "Paper", TITLE)
    assert oldest.claims == (("C-1", "What the report says in C-1."),)


def test_a_flag_is_asked_about_once_also_where_the_answer_was_dropped(engine: Engine) -> None:
    with writing(engine) as session:
        reading_aid.store(session, KEPT)
        reading_aid.store(session, AidResult(2, "m", NOW, dropped="it is not JSON"))
    with reading(engine) as session:
        assert reading_aid.waiting(session, 10) == []
        assert reading_aid.notes(session, [1, 2]) == {1: AidNote("m", "C-1", "value", "Thirty days.", TITLE)}
    with pytest.raises(IntegrityError), writing(engine) as session:
        reading_aid.store(session, KEPT)


def test_a_note_is_not_there_before_it_was_made(engine: Engine) -> None:
    with writing(engine) as session:
        reading_aid.store(session, KEPT)
    with reading(engine) as session:
        assert reading_aid.notes(session, [1], NOW) == {}
        assert list(reading_aid.notes(session, [1], NOW + timedelta(seconds=1))) == [1]


def test_after_an_erasure_nothing_is_quoted_from_the_changed_text(engine: Engine) -> None:
    with writing(engine) as session:
        add_flag(session, Tale(claim="C-2", title="Суд", text="Суд оправдал Петрушевского. Приговор вступил в силу."))
        reading_aid.store(session, AidResult(3, "m", NOW, "C-2", "rule", "A court acquitted Petrushevsky.", 0, 20))
    pattern = name_pattern(["Петрушевского", "Petrushevsky"])
    found = search(engine, pattern)
    erase(engine, found, pattern, "request of 1 December", NOW)
    with reading(engine) as session:
        assert reading_aid.notes(session, [3]) == {}
        assert session.scalars(select(ReadingAidRow.gist)).one() == "A court acquitted [erased]."
