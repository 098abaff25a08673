"""Terms near a subject that no cue knows."""

from monitor.compare.statements.subjects import load_pack
from monitor.compare.statements.unknown_terms import LEAST, UnknownTerm, unknown_terms

PACK = load_pack()
ELSEWHERE = [(f"В городе номер {n} открыли парк у моста", "ru") for n in ("один", "два", "три", "семь", "восемь", "девять")]


def found(titles: list[str]) -> dict[str, UnknownTerm]:
    return {t.term: t for t in unknown_terms([*((t, "ru") for t in titles), *ELSEWHERE], PACK)}


def test_a_new_word_beside_a_subject_is_counted_with_its_subject_and_an_example() -> None:
    titles = [f"Электронные повестки доставляет голубятник {place}" for place in ("Омска", "Читы", "Тулы")]
    term = found(titles)["голубятник"]
    assert (term.near, term.elsewhere, term.example) == (3, 0, titles[0])
    assert term.subject in PACK.subjects


def test_words_of_cues_and_rare_words_are_left_out() -> None:
    terms = found([f"Электронные повестки доставляет голубятник {place}" for place in ("Омска", "Читы", "Тулы")])
    assert not any("повестка" in term for term in terms)
    assert "омск" not in terms
    assert LEAST == 3


def test_a_word_that_stands_everywhere_is_no_term_of_the_subject() -> None:
    assert "город" not in found([f"Повестки разослали в городе {place}" for place in ("Омск", "Чита", "Тула")])


def test_a_title_that_ran_twice_counts_once() -> None:
    assert "голубятник" not in found(["Электронные повестки доставляет голубятник"] * 5)
