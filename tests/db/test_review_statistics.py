"""What reviewing shows of the flags."""

from datetime import timedelta

from db import decisions
from db.engine import reading, writing
from db.enums import Choice, NotAbout
from db.models import FeedbackRow, SubscriberRow
from db.review_statistics import Agreement, PersonDecisions, Precision, ReviewStatistics, review_statistics
from tests.review.factory import Filled, decide


def statistics(filled: Filled, days: int = 30) -> ReviewStatistics:
    with reading(filled.engine) as session:
        return review_statistics(session, filled.now - timedelta(days=days))


def test_decisions_are_counted_by_person_without_those_taken_back(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    one, two, three = (filled.flag(story=f"s{n}") for n in range(3))
    decide(filled, one, Choice.NEW_LAW, anna)
    decide(filled, two, Choice.STILL_VALID, anna)
    taken_back = decide(filled, three, Choice.CONTRADICTS, boris)
    with writing(filled.engine) as session:
        decisions.undo(session, taken_back.id, boris, filled.tick())
    assert statistics(filled).people == [
        PersonDecisions("Anna", {"new_or_amended_law": 1, "still_valid": 1}, 0),
        PersonDecisions("Boris", {}, 1),
    ]


def test_precision_is_the_share_of_updates_among_judged_flags(filled: Filled) -> None:
    anna = filled.user("Anna")
    for n, choice in enumerate((Choice.NEW_LAW, Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.NOT_SURE)):
        flag = filled.flag(story=f"s{n}", source="tass", score=0.65 if n else 0.95)
        decide(filled, flag, choice, anna, reason=NotAbout.OPINION)
    for n in range(3):
        decide(filled, filled.flag(story=f"m{n}", claim="REP-003", score=0.92), Choice.VALUE_CHANGED, anna)
    result = statistics(filled)
    assert result.by_source == [Precision("Tass", 1, 3), Precision("Meduza", 3, 3)], "the weakest first; “not sure” says neither"
    assert result.by_claim == [Precision("REP-001", 1, 3), Precision("REP-003", 3, 3)]
    assert result.by_score == [Precision("0.6–0.7", 0, 2), Precision("0.9–1.0", 4, 4)]
    assert result.by_source[0].share == 1 / 3


def test_a_source_that_was_judged_twice_says_nothing_yet(filled: Filled) -> None:
    anna = filled.user("Anna")
    for n in range(2):
        decide(filled, filled.flag(story=f"s{n}"), Choice.NEW_LAW, anna)
    assert statistics(filled).by_source == []


def test_agreement_counts_flags_that_two_people_judged(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    agreed, differed, alone, asked = (filled.flag(story=f"s{n}") for n in range(4))
    for flag, second in ((agreed, Choice.VALUE_CHANGED), (differed, Choice.STILL_VALID)):
        decide(filled, flag, Choice.NEW_LAW, anna)
        decide(filled, flag, second, boris)
    decide(filled, alone, Choice.NEW_LAW, anna)
    decide(filled, asked, Choice.NOT_SURE, anna)
    assert statistics(filled).agreement == Agreement(both=2, agreed=1, asked=1, answered=0)
    decide(filled, asked, Choice.STILL_VALID, boris)
    assert statistics(filled).agreement == Agreement(both=2, agreed=1, asked=1, answered=1)


def test_what_is_older_than_the_period_is_left_out(filled: Filled) -> None:
    decide(filled, filled.flag(), Choice.NEW_LAW, filled.user("Anna"))
    filled.tick(days=40)
    result = statistics(filled)
    assert (result.people, result.agreement) == ([], Agreement(0, 0, 0, 0))


def test_the_newest_answer_of_a_reader_counts(filled: Filled) -> None:
    flag = filled.flag()
    with writing(filled.engine) as session:
        readers = [SubscriberRow(address=f"r{n}@coi.example", created_at=filled.now) for n in range(2)]
        session.add_all(readers)
        session.flush()
        for reader, verdict in ((readers[0], "useful"), (readers[0], "not_relevant"), (readers[1], "useful")):
            session.add(FeedbackRow(subscriber_id=reader.id, flag_id=flag, verdict=verdict, made_at=filled.now))
            session.flush()
    assert statistics(filled).feedback == {"not_relevant": 1, "useful": 1}


def test_independent_second_readings_are_counted_with_kappa(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    pairs = [
        (Choice.NEW_LAW, Choice.COURT), (Choice.NEW_LAW, Choice.CONTRADICTS), (Choice.STILL_VALID, Choice.STILL_VALID), (Choice.STILL_VALID, Choice.NEW_LAW),
    ]  # fmt: skip
    for n, (opinion, answer) in enumerate(pairs):
        flag = filled.flag(story=f"s{n}")
        decide(filled, flag, Choice.NOT_SURE, anna, opinion=opinion)
        decide(filled, flag, answer, boris)
    found = statistics(filled).agreement
    assert (len(found.independent), found.independent_agreed, found.kappa) == (4, 3, 0.5)


def test_kappa_is_not_defined_where_all_judge_alike(filled: Filled) -> None:
    assert Agreement(0, 0, 0, 0).kappa is None
    assert Agreement(1, 1, 1, 1, ((True, True),)).kappa is None
