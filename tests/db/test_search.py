"""Stems of search words: the stem of each inflected form is a prefix of the other forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search import LEAST, stems


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
