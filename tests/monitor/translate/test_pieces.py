"""Pieces of a text for a translation model."""

from monitor.translate.pieces import MOST, pieces


def test_sentences_are_pieces() -> None:
    assert pieces("Закон принят. Штраф вырос! Почему?") == ["Закон принят.", "Штраф вырос!", "Почему?"]


def test_a_long_sentence_is_cut_after_a_pause_and_nothing_is_lost() -> None:
    long = "Закон о повестках принят Государственной думой, " * 20
    parts = pieces(long)
    assert all(len(p) <= MOST for p in parts)
    assert all(p.endswith(",") for p in parts)
    assert " ".join(parts) == long.strip()


def test_a_sentence_without_pauses_is_cut_between_words_or_within_one() -> None:
    words = "слово " * 100
    assert all(len(p) <= MOST and not p.endswith("сло") for p in pieces(words))
    assert " ".join(pieces(words)) == words.strip()
    assert [len(p) for p in pieces("я" * (MOST + 5))] == [MOST, 5]


def test_an_empty_text_has_no_pieces() -> None:
    assert pieces(" \n ") == []
