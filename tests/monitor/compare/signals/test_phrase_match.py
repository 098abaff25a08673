"""Watch phrases found in an item by lemma, forgiving a missing or an inserted word."""

import numpy as np
import pytest

from monitor.compare.reading.tokenize import read_sentences
from monitor.compare.signals.phrase_match import PhraseIndex, PhraseMatch

PHRASES = [(0, "ru", "запрет на выезд для получивших повестку"), (0, "en", "exit ban for summoned men"), (1, "ru", "выплата за подписание контракта с Минобороны"), (2, "ru", "мобилизация")]  # fmt: skip


def match(text: str) -> PhraseMatch:
    return PhraseIndex(PHRASES, 3).match(read_sentences(text, "ru"))


def test_a_phrase_in_other_forms_is_found_for_its_claim_alone() -> None:
    found = match("Запреты на выезды получившим повестки.")
    assert found.scores[0] > 0.6
    assert found.scores[0] > 2 * max(found.scores[1], found.scores[2])


def test_more_of_a_phrase_scores_higher() -> None:
    whole, part, none = match("запрет на выезд для получивших повестку"), match("запрет на выезд"), match("погода в Москве")
    assert whole.scores[0] > part.scores[0] > none.scores[0] == 0


def test_an_inserted_word_costs_little() -> None:
    assert match("запрет на срочный выезд для мужчин, получивших повестку").scores[0] > 0.8 * match(PHRASES[0][2]).scores[0]


def test_a_phrase_of_one_word_says_less_than_a_whole_one() -> None:
    assert match("мобилизация").scores[2] < match(PHRASES[0][2]).scores[0]


def test_words_scattered_over_sentences_are_no_phrase() -> None:
    scattered = match("Запрет введён. Выезд открыт. Получили хлеб. Повестка дня.")
    assert scattered.scores[0] < match(PHRASES[0][2]).scores[0]


def test_the_best_phrase_and_sentence_are_kept_as_written() -> None:
    phrase, sentence = match("Ничего. Запрет на выезд для получивших повестку! Конец.").best[0]
    assert phrase == PHRASES[0][2]
    assert sentence.startswith("Запрет на выезд")


def test_scores_stay_between_nought_and_one() -> None:
    scores = match(" ".join(p for _, _, p in PHRASES) * 5).scores
    assert (scores >= 0).all()
    assert (scores <= 1.0001).all()


def test_no_sentences_and_no_phrases_give_nought() -> None:
    assert not match("").scores.any()
    assert not PhraseIndex([], 0).match(read_sentences("запрет", "ru")).scores.any()


@pytest.mark.parametrize("text", ["Запрет на выезд. Контракт с Минобороны подписан.", "Мобилизация", "Погода", ""])
def test_a_claim_matches_the_same_alone_and_among_all(text: str) -> None:
    index, units = PhraseIndex(PHRASES, 3), read_sentences(text, "ru")
    whole, part = index.match(units), index.match(units, np.array([0, 1]))
    assert part.scores.tolist() == whole.scores[:2].tolist()
    assert part.covers.tolist() == whole.covers[:2].tolist()
    assert part.known_words == whole.known_words
    assert part.best == {claim: found for claim, found in whole.best.items() if claim < 2}
