"""Two people judge a flag without knowing what the other says."""

import pytest

from db import decisions, flag_messages, review_queue
from db.engine import reading, writing
from db.enums import Choice, NotAbout
from db.second_reading import hidden_decisions, says_update, second_reading
from tests.review.factory import Filled, decide


def test_the_first_readers_judgement_is_hidden_from_others_until_the_second_has_judged(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    flag, other = filled.flag(story="s1"), filled.flag(story="s2")
    result = decide(filled, flag, Choice.NOT_SURE, anna, opinion=Choice.NEW_LAW, claim_id="REP-002", note="It is signed.")
    with writing(filled.engine) as session:
        decisions.note(session, flag, anna, "Signed, I think.", filled.tick())
        decisions.note(session, flag, boris, "I look at it.", filled.tick())
    assert (filled.get_flag(flag).state, filled.get_flag(flag).claim_id) == ("open", "REP-001"), (
        "the claim is chosen by the second reader too"
    )
    with reading(filled.engine) as session:
        for viewer, hidden in ((boris, {result.id: anna}), (None, {result.id: anna}), (anna, {})):
            assert hidden_decisions(session, viewer, [flag, other]) == hidden
        steps = review_queue.history(session, flag, boris)
        assert [(s.who, s.hidden) for s in steps] == [(None, True), ("Boris", False)]
        assert steps[0].decision is None
        assert [c.text for c in flag_messages.comments(session, [flag], boris)] == ["I look at it."]
        assert [c.text for c in flag_messages.comments(session, [flag], anna)] == ["Signed, I think.", "I look at it."]
    decide(filled, flag, Choice.STILL_VALID, boris)
    with reading(filled.engine) as session:
        assert hidden_decisions(session, boris, [flag]) == {}
        assert [s.who for s in review_queue.history(session, flag, boris)] == ["Anna", "Anna", "Boris", "Boris"]


@pytest.mark.parametrize(
    ("opinion", "answer", "agreed"),
    [
        (Choice.NEW_LAW, Choice.VALUE_CHANGED, True),
        (Choice.CONTRADICTS, Choice.STILL_VALID, False),
        (Choice.NOT_ABOUT, Choice.STILL_VALID, True),
    ],
)
def test_both_judgements_are_compared_as_update_or_none(filled: Filled, opinion: Choice, answer: Choice, agreed: bool) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    flag = filled.flag()
    decide(filled, flag, Choice.NOT_SURE, anna, opinion=opinion, reason=NotAbout.OLD)
    decision = decide(filled, flag, answer, boris)
    with reading(filled.engine) as session:
        both = second_reading(session, decision)
    assert both is not None
    assert (both.first_reader, both.first_name, both.opinion, both.agreed) == (anna, "Anna", opinion, agreed)


def test_without_an_opinion_there_is_nothing_to_compare(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    flag = filled.flag()
    decide(filled, flag, Choice.NOT_SURE, anna)
    later = decide(filled, flag, Choice.STILL_VALID, boris)
    with reading(filled.engine) as session:
        assert second_reading(session, later) is None


@pytest.mark.parametrize("choice", [Choice.LATER, Choice.DUPLICATE, Choice.WRONG_CLAIM, Choice.NOT_SURE, Choice.UNDO])
def test_only_a_judgement_can_be_read_twice(filled: Filled, choice: Choice) -> None:
    flag = filled.flag()
    assert says_update(choice) is None
    with pytest.raises(decisions.Refused, match="a second reading needs a judgement"):
        decide(filled, flag, Choice.NOT_SURE, filled.user("Anna"), opinion=choice)
