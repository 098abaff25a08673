"""A closed flag opens again when what it rested on changes, and only then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db import decisions, reopening
from db.engine import reading, writing
from db.enums import Choice, LaterCondition, Movement, NotAbout
from db.models import FlagEventRow
from tests.review.factory import Filled

CLOSING = [Choice.NEW_LAW, Choice.STILL_VALID, Choice.NOT_ABOUT]


def close(filled: Filled, flag: int, choice: Choice = Choice.STILL_VALID, **given: object) -> None:
    order = decisions.DecisionRequest(flag, 1, choice, filled.get_flag(flag).version, reason=NotAbout.TOPIC)
    with writing(filled.engine) as session:
        decisions.decide(session, replace(order, **given), filled.tick())  # type: ignore[arg-type]


def events(filled: Filled) -> list[str]:
    with reading(filled.engine) as session:
        return [e.kind for e in session.query(FlagEventRow).order_by(FlagEventRow.id)]


@pytest.fixture(autouse=True)
def user(filled: Filled) -> int:
    return filled.user("Anna")


@pytest.mark.parametrize("choice", CLOSING)
@pytest.mark.parametrize("flagged", [True, False])
def test_a_changed_text_reopens(filled: Filled, choice: Choice, flagged: bool) -> None:
    filled.compare(filled.item("meduza", "Штраф 10 тысяч", key="k"), "s1")
    close(filled, 1, choice)
    filled.compare(filled.item("meduza", "Штраф 30 тысяч", key="k"), "s1", flag=flagged)
    flag = filled.get_flag(1)
    assert (flag.state, flag.movement, events(filled)) == ("open", Movement.BACK, ["reopened_text_changed"])


@pytest.mark.parametrize("choice", CLOSING)
def test_a_new_independent_origin_reopens(filled: Filled, choice: Choice) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag, choice)
    filled.compare(filled.item("verstka", "Своё расследование"), "s1", flag=False)
    assert (filled.get_flag(flag).state, events(filled)) == ("open", ["reopened_new_origin"])


def test_a_reprint_that_names_its_origin_does_not_reopen(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag)
    filled.compare(filled.item("tass", "Перепечатка", origin="meduza"), "s1")
    assert (filled.get_flag(flag).state, events(filled)) == ("dismissed", [])


def test_the_primary_text_reopens(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag, Choice.NEW_LAW)
    filled.compare(filled.item("gazette", "Федеральный закон № 1-ФЗ", origin="meduza"), "s1")
    assert (filled.get_flag(flag).state, events(filled)) == ("open", ["reopened_primary_text"])


def test_comparing_the_same_texts_again_does_not_reopen(filled: Filled) -> None:
    version = filled.item("gazette", "Закон")
    filled.compare(version, "s1")
    close(filled, 1)
    filled.compare(version, "s1", comparer="c2")
    assert (filled.get_flag(1).state, events(filled)) == ("dismissed", [])


def test_an_item_on_another_subject_of_the_story_does_not_reopen(filled: Filled) -> None:
    flag = filled.flag(story="s1", subject="mobilisation.end")
    close(filled, flag)
    filled.compare(filled.item("gazette", "Запрет на выезд"), "s1", subject="exit_ban")
    assert (filled.get_flag(flag).state, filled.get_flag(flag + 1).state) == ("dismissed", "open")


def test_an_edit_reopens_also_where_it_makes_the_text_one_on_another_subject(filled: Filled) -> None:
    filled.compare(filled.item("meduza", "Указ", key="k"), "s1", subject="mobilisation.end")
    close(filled, 1)
    filled.compare(filled.item("meduza", "Указ и запрет на выезд", key="k"), "s1", subject="exit_ban")
    assert [filled.get_flag(n).state for n in (1, 2)] == ["open", "open"]


def test_another_story_does_not_reopen(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag)
    filled.flag(story="s2", source="gazette")
    assert filled.get_flag(flag).state == "dismissed"


def test_what_is_merged_into_a_flag_lets_that_one_open(filled: Filled) -> None:
    first, second = filled.flag(story="a"), filled.flag(story="b")
    close(filled, second, Choice.DUPLICATE, into=first)
    close(filled, first)
    filled.compare(filled.item("verstka", "Ещё кто-то"), "b")
    assert (filled.get_flag(first).state, filled.get_flag(second).state) == ("open", "dismissed")


@pytest.mark.parametrize(("condition", "source", "opens"), [
    (LaterCondition.GAZETTE, "gazette", True), (LaterCondition.GAZETTE, "verstka", False), (LaterCondition.TWO_ORIGINS, "verstka", True), (LaterCondition.TWO_ORIGINS, "meduza", False),
])  # fmt: skip
def test_what_was_put_off_waits_for_its_condition(filled: Filled, condition: LaterCondition, source: str, opens: bool) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag, Choice.LATER, condition=condition)
    filled.compare(filled.item(source, "Новое"), "s1", flag=False)
    assert filled.get_flag(flag).state == ("open" if opens else "later")


def test_what_was_put_off_comes_back_on_its_day_and_once(filled: Filled) -> None:
    flag = filled.flag()
    close(filled, flag, Choice.LATER, until=filled.now + timedelta(days=2))
    for days, woken in ((1, 0), (1, 1), (1, 0)):
        with writing(filled.engine) as session:
            assert len(reopening.reopen_due(session, filled.tick(days=days, seconds=1))) == woken
    assert (filled.get_flag(flag).state, events(filled)) == ("open", ["reopened_date_reached"])


def test_a_decision_begun_before_the_reopening_is_refused(filled: Filled) -> None:
    flag = filled.flag(story="s1")
    close(filled, flag)
    seen = filled.get_flag(flag).version
    filled.compare(filled.item("verstka", "Новое"), "s1")
    with pytest.raises(decisions.Conflict, match="reopened new origin at 09:00 UTC on 02 March"), writing(filled.engine) as session:
        decisions.decide(session, decisions.DecisionRequest(flag, 1, Choice.NEW_LAW, seen), filled.now)


@pytest.mark.parametrize(("hours", "movement"), [(0, Movement.NEW), (2, Movement.GROWING)])
def test_growth_is_named_once_the_flag_has_been_there_for_a_while(filled: Filled, hours: int, movement: Movement) -> None:
    flag = filled.flag(story="s1")
    filled.tick(hours=hours, seconds=1)
    filled.compare(filled.item("verstka", "Новое"), "s1")
    assert filled.get_flag(flag).movement == movement
