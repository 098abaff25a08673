"""What a number measures, by the words around it."""

from monitor.compare.statements.measures import Measures
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import load_pack

MEASURES = Measures(load_pack())
ASPECT = next(a for a, aspect in load_pack().aspects.items() if a.startswith("summons") and aspect.kind == "period")


def binding(title: str) -> float:
    item = read_statements(title, "", "ru", load_pack())
    line = item.lines[0]
    return max(MEASURES.binding(item, line, n, ASPECT) for n in line.numbers)


def test_a_number_beside_the_words_of_an_aspect_measures_it() -> None:
    assert binding("Электронная повестка считается полученной через 5 дней") > 0.7


def test_a_number_of_a_sentence_about_something_else_does_not() -> None:
    item = read_statements("Новый закон о повестках", "Отпуск длится 5 дней.", "ru", load_pack())
    last = item.lines[-1]
    assert last.numbers
    assert all(MEASURES.binding(item, last, n, ASPECT) < 0.7 for n in last.numbers)
