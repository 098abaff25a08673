"""Stems of search words: the stem of each inflected form is a prefix of the other forms. Words that
name a subject find the items about it.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import search
from db.engine import reading, writing
from db.models import ClaimRow
from db.search import LEAST, stems
from tests.review.factory import Filled


@pytest.mark.parametrize(
    "forms",
    [
        "повестка повестки повесток повестками",
        "призывник призывника призывников",
        "мобилизация мобилизации мобилизацию",
        "отсрочка отсрочки отсрочек",
        "законы закона законов законами",
        "военкомат военкомата военкоматов",
        "мобілізація мобілізації мобілізацію",
        "deputy deputies",
        "reservist reservists",
        "summons summonses",
    ],
)
def test_each_form_of_a_word_finds_the_others(forms: str) -> None:
    for stem in stems(forms):
        assert [form for form in forms.split() if not form.startswith(stem)] == [], stem


@pytest.mark.parametrize("word", ["53", "указ", "суд", "2026", "№31", "t72b3m"])
def test_short_words_and_numbers_stay_whole(word: str) -> None:
    assert stems(word) == [word]


@given(st.text("абвгдеёжзийклмнопрстуфхцчшщыьэюяіїєґabcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_stem_is_a_prefix_of_its_word(word: str) -> None:
    [stem] = stems(word)
    assert word.startswith(stem)
    assert stem == word or len(stem) >= LEAST


@pytest.mark.parametrize("words", ["exit bans", "exit ban", "udrejseforbud", "Statement 2 fine"])
def test_words_that_name_a_subject_find_items_in_other_languages(filled: Filled, words: str) -> None:
    with writing(filled.engine) as session:
        claim = session.get_one(ClaimRow, "REP-002")
        claim.subject, claim.phrase = "exit_ban", {"en": "exit bans", "da": "udrejseforbud"}
    filled.flag("Призывникам закроют границу", story="s1", claim="REP-002", subject="exit_ban")
    filled.compare(filled.item("tass", "Выезд ограничат"), "s2", flag=False, score=0.3, subject="exit_ban")
    filled.compare(filled.item("tass", "Футбол"), "s3", flag=False, score=0.05, subject="exit_ban")
    filled.flag("Другая тема", story="s4", claim="REP-001", subject="fines")
    with reading(filled.engine) as session:
        query = search.with_subjects(session, search.SearchQuery(words))
        hits = [h.version.title for h in search.find_items(session, query)]
        assert hits == ["Выезд ограничат", "Призывникам закроют границу"]
        assert search.count_items(session, query) == 2
        assert search.subjects_named(session, words) == {"exit_ban": "exit bans"}


def test_russian_words_are_searched_in_texts_only(filled: Filled) -> None:
    filled.flag("Штраф вырос", claim="REP-001", subject="fines")
    with reading(filled.engine) as session:
        assert search.subjects_named(session, "штраф за неявку") == {}, "it is a watch phrase of a claim"


def test_words_that_name_no_subject_are_searched_in_texts_only(filled: Filled) -> None:
    filled.flag("Штраф вырос", claim="REP-001", subject="fines")
    with reading(filled.engine) as session:
        assert search.subjects_named(session, "football") == {}
        assert search.find_items(session, search.SearchQuery("football")) == []


@pytest.mark.parametrize(("words", "titles"), [("0_0", ["Знак 0_0"]), ("а𞤀б", []), ("²", [])])
def test_words_that_the_index_splits_or_does_not_know_are_no_error(filled: Filled, words: str, titles: list[str]) -> None:
    filled.item("tass", "Знак 0_0")
    with reading(filled.engine) as session:
        assert [h.version.title for h in search.find_items(session, search.SearchQuery(words))] == titles
