"""Does a title report an event, or explain a state?"""

import pytest

from monitor.compare.reading.tense import read_grammar


@pytest.mark.parametrize(
    ("title", "past", "present", "future", "infinitive"),
    [
        ("путин подписал указ", 1, 0, 0, 0),
        ("указ подписан", 1, 0, 0, 0),
        ("призывников задерживают в метро", 0, 1, 0, 0),
        ("резервистов призовут на сборы", 0, 0, 1, 0),
        ("как оформить отсрочку", 0, 0, 0, 1),
        ("рада ухвалила закон", 1, 0, 0, 0),
        ("military register", 0, 0, 0, 0),
        ("", 0, 0, 0, 0),
    ],
)
def test_verbs_are_counted_by_tense(title: str, past: int, present: int, future: int, infinitive: int) -> None:
    found = read_grammar(title)
    assert (found.past, found.present, found.future, found.infinitive) == (past, present, future, infinitive)


@pytest.mark.parametrize(
    ("title", "asks"),
    [
        ("кого призовут осенью", True),
        ("реестр повесток: как он работает", True),
        ("призыв - и когда он начнется", True),
        ("призыв - когда он начнется", True),
        ("призыв начался?", True),
        ("what men should know", True),
        ("wer muss zur armee", True),
        ("hvad betyder loven", True),
        ("закон, который подписал путин", False),
        ("как-то раз", False),
    ],
)
def test_a_question_or_a_clause_with_a_question_word_asks(title: str, asks: bool) -> None:
    assert read_grammar(title).asks is asks
