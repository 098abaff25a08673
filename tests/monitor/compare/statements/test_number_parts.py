"""The part of a number, by a step or by the words of its clause."""

import pytest

from monitor.compare.statements.number import Number, Part
from monitor.compare.statements.number_parts import part_of, stepped


def days(sentence: str, text: str, unit: str = "days") -> Number:
    start = sentence.index(text)
    return Number("period", unit, float(text), float(text), start, start + len(text), (0, len(sentence)))


def test_a_step_gives_the_old_value_the_unit_of_the_new_one() -> None:
    sentence = "срок увеличили с 30 до 45 дней"
    old, new = stepped(sentence, [days(sentence, "30", "?"), days(sentence, "45")])
    assert (old.part, old.unit, new.part) == (Part.OLD, "days", Part.NEW)


def test_a_range_is_no_step() -> None:
    sentence = "призывают с 18 до 30 лет"
    assert not any(n.stepped for n in stepped(sentence, [days(sentence, "18", "?"), days(sentence, "30", "years")]))


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("теперь 30 дней", Part.NEW),
        ("раньше было 30 дней", Part.OLD),
        ("вместо 30 дней", Part.OLD),
        ("по-прежнему 30 дней", Part.SAME),
        ("прежняя редакция закона давала 30 дней", Part.OLD),
        ("until now 30 days", Part.OLD),
        ("tot nu toe 30 dagen", Part.OLD),
        ("для сравнения 30 дней", Part.ASIDE),
    ],
)
def test_the_words_of_the_clause_tell_the_part(sentence: str, part: Part) -> None:
    assert part_of(sentence, days(sentence, "30")) == part
