"""The index of cues finds what trying every cue would find, and no more."""

import pytest

from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.cue_index import CueIndex, Hit, without_look_alikes
from monitor.compare.statements.subjects import load_pack


def found(index: CueIndex, text: str) -> set[str]:
    return {h.owner for h in index.find(plain(text))}


def test_a_cue_of_two_parts_holds_in_either_order_and_never_over_a_sentence() -> None:
    index = CueIndex([("x", "штраф* .. неявк*")])
    assert found(index, "За неявку введут новый штраф")
    assert found(index, "Штраф за неявку")
    assert not found(index, "Штраф вырос. Неявка наказуема")


def test_a_cue_is_found_where_its_word_may_be_missing_or_is_a_number() -> None:
    index = CueIndex([("agc", "альтернативн* (гражданск* )?служб*"), ("age", "до \\d\\d лет")])
    assert found(index, "альтернативная служба") == found(index, "альтернативная гражданская служба") == {"agc"}
    assert found(index, "призыв до 35 лет") == {"age"}


@pytest.mark.slow
def test_every_cue_of_the_shipped_pack_is_an_expression() -> None:
    pack = load_pack()
    for cue in pack.cues:
        assert cue.expression.pattern


def test_a_short_word_of_a_cue_is_a_word_and_no_beginning() -> None:
    index = CueIndex([("x", "в части")])
    assert found(index, "Служил в части")
    assert not found(index, "Высокой части")
    assert index.find("вчера частично") == []


def test_the_index_finds_what_trying_every_cue_finds() -> None:
    index = load_pack().cues
    text = plain(
        "Путин подписал указ: с 1 октября призовут 135 тысяч человек, выезд за границу закроют в день повестки, а не через 7 дней."
    )
    every = {(cue.owner, m.start(), m.end()) for cue in index for m in cue.expression.finditer(text)}
    assert every
    assert every <= {(h.owner, h.start, h.end) for h in index.find(text)}


def test_a_cue_needs_all_its_words_and_shares_some_with_others() -> None:
    index = CueIndex([("a", "призыв* на сборы"), ("b", "призыв* (на|в) флот*"), ("c", "призыв*"), ("d", "сбор*")])
    assert found(index, "Призыв на сборы") == {"a", "c", "d"}
    assert found(index, "Призывников на флот") == {"b", "c"}
    assert found(index, "На сборы во флоте") == {"d"}


def test_the_index_gives_the_same_after_more_words_than_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.statements.cue_index.MOST_WORDS", 2)
    index = CueIndex([("a", "призыв* на сборы"), ("d", "сбор*")])
    for _ in range(2):
        assert found(index, "Осенний призыв на сборы начат") == {"a", "d"}


def test_a_look_alike_hides_what_it_covers_of_its_own_subject_alone() -> None:
    subject, aspect, other, alike = Hit("s:summons", 2, 9), Hit("a:summons.served", 5, 9), Hit("s:draft", 2, 9), Hit("n:summons", 0, 12)
    assert without_look_alikes([alike, subject, aspect, other]) == [alike, other]
    assert without_look_alikes([alike, after := Hit("s:summons", 12, 20)]) == [alike, after]


def test_a_look_alike_of_a_group_hides_that_group_alone() -> None:
    alike, moscow, region = Hit("n:l:moscow", 0, 25), Hit("l:moscow", 0, 10), Hit("l:regions", 0, 10)
    assert without_look_alikes([alike, moscow, region]) == [alike, region]
