"""Text as the signals see it: sentences, lemmas, plain text."""

import pytest

from monitor.compare.reading.tokenize import lemma, lemmas, plain, read_sentences, sentences, unquoted


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Он сел. Она встала.", 2),
        ("По ст. 338 УК РФ осуждён один. Второй оправдан.", 2),
        ("А. Б. Иванов подписал указ.", 1),
        ("Штраф 30 тыс. руб. за неявку.", 1),
        ("Что? Да! Вот…", 3),
        ("Заголовок\nТекст под ним", 2),
        ("«Кто явится?» — спросил он.", 1),
        ("The law passed. It took effect on Jan 1.", 2),
        ("", 0),
        (" \n \n", 0),
    ],
)
def test_sentences_end_where_people_see_their_end(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_a_sentence_knows_where_it_stands() -> None:
    text = "Первое предложение.  Второе, «с цитатой». \n\n Третье"
    for start, sentence in sentences(text):
        assert text[start:].lstrip().startswith(sentence)


def test_no_word_is_lost_between_sentences() -> None:
    text = "Указ № 647 подписан. По ст. 59 Конституции РФ служат все! Кто? Неизвестно…\nКонец"
    assert sorted("".join(s for _, s in sentences(text)).replace(" ", "")) == sorted("".join(text.split()))


def test_plain_text_forgets_case_yo_dashes_and_odd_spaces() -> None:
    assert plain("Ещё\u00a0ОДИН —\u202fПризыв – 2025") == "еще один - призыв - 2025"


@pytest.mark.parametrize(
    ("words", "one"),
    [
        (("призыва", "призыву", "Призывом"), "призыв"),
        (("повестка", "повесток", "повестками"), "повестка"),
        (("мобилизовать", "мобилизованных", "мобилизации"), "мобилизация"),
    ],
)
def test_forms_and_families_of_a_word_are_one_lemma(words: tuple[str, ...], one: str) -> None:
    assert {lemma(w.lower()) for w in words} == {one}


def test_quoted_speech_is_left_out_unless_there_is_nothing_else() -> None:
    assert unquoted("«Я не хотел никого убивать». Дезертиров стало вдвое больше").strip() == ". Дезертиров стало вдвое больше"
    assert unquoted("«Если хочешь жить здесь, подписывай контракт»") == "«Если хочешь жить здесь, подписывай контракт»"
    assert unquoted("Повестки приходят на «Госуслуги»") == "Повестки приходят на «Госуслуги»"


def test_ukrainian_words_are_read_as_ukrainian_whatever_the_stated_language() -> None:
    assert lemma("військових", "ru") == lemma("військових", "uk")


def test_stop_words_carry_no_subject() -> None:
    assert lemmas("и в на это the of") == ()
    assert "призыв" in lemmas("И вот это призыв в России")


@pytest.mark.parametrize("text", ["", "123", "!!!", "😀" * 100, "а" * 5000, "\x00\x01", "العربية 中文"])
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(read_sentences(text, None), list)
    assert isinstance(lemmas(text, None), tuple)
