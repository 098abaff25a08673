"""The pattern language of the vocabulary, and what every entry of the shipped one must have."""

import re
import time
from dataclasses import replace

import pytest

from app.tools.demo.server import outlets
from monitor.compare.reading.tokenize import plain
from monitor.compare.reading.vocabulary import BadPattern, Concept, compile_pattern, pattern_starts, starts_of, vocabulary
from monitor.compare.statements.subjects import load_pack


def concept(*patterns: str, unless: str | None = None) -> Concept:
    def whole(p: str) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{compile_pattern(p)})(?!\w)")

    return Concept("x", re.compile("|".join(whole(p).pattern for p in patterns)), whole(unless) if unless else None)


def stands(pattern: str, text: str, unless: str | None = None) -> bool:
    return bool(concept(pattern, unless=unless).find(plain(text)))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("повестк*", "Разослали повестки", True),
        ("повестк*", "без повесток", False),
        ("призыв", "призывник", False),
        ("призыв", "осенний-призыв", False),
        ("военн* билет*", "военного билета", True),
        ("военн* билет*", "военного, билета", True),
        ("военн* билет*", "военного и билета", False),
        ("закон .. призыв*", "закон о новом круглогодичном призыве", True),
        ("закон .. призыв*", "закон раз два три четыре пять призыве", True),
        ("закон .. призыв*", "закон раз два три четыре пять шесть призыве", False),
        ("закон .. призыв*", "Принят закон. Призыв начался", False),
        ("закон .. призыв*", "закон\nпризыв", False),
        ("(осенн*|весенн*) призыв*", "весеннего призыва", True),
        ("(осенн*|весенн*) призыв*", "летнего призыва", False),
        ("моб* (людск* )?резерв*", "мобилизационный резерв", True),
        ("моб* (людск* )?резерв*", "мобилизационный людской резерв", True),
        ("её", "ЕЁ", False),
    ],
)
def test_a_pattern_finds_what_it_says_and_nothing_else(pattern: str, text: str, expected: bool) -> None:
    assert stands(pattern, text) is expected


def test_look_alikes_are_struck_out_before_the_word_is_looked_for() -> None:
    assert not stands("повестк*", "на повестке дня", unless="повестк* дня")
    assert stands("повестк*", "на повестке дня: повестки призывникам", unless="повестк* дня")


def test_hits_tell_where_they_stand_also_behind_a_look_alike() -> None:
    text = plain("повестка дня и повестка в армию")
    (hit,) = concept("повестк*", unless="повестк* дня").find(text)
    assert text[hit.start : hit.end] == hit.words == "повестка"
    assert hit.start > 10


def test_a_pattern_that_does_not_compile_is_named() -> None:
    with pytest.raises(BadPattern, match=r"'\(а\|б'"):
        compile_pattern("(а|б")


def test_every_subject_of_a_topic_and_of_a_list_is_in_the_vocabulary() -> None:
    words = vocabulary()
    known = {c.name for c in words.groups["subjects"]}
    topics = load_pack().topics.values()
    assert {name for topic in topics for name in topic.speaks_of} <= known
    assert words.sets["weak_subjects"] | words.sets["subjects_abroad"] <= known


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("mobilisation", "Путин объявил мобилизацию"), ("mobilisation", "Росія готує нову мобілізацію"), ("mobilisation", "Russia's new mobilization"),
        ("summons", "Призывникам разослали повестки"), ("register", "Заработал единый реестр повесток"), ("reservists", "Резервистов отправят охранять заводы"),
        ("exit_ban", "Запрет на выезд за рубеж для военнообязанных"), ("conscription", "Осенний призыв начался"), ("contract", "Срочников вынуждают подписать контракт с Минобороны"),
    ],
)  # fmt: skip
def test_the_shipped_vocabulary_knows_the_subjects_of_the_field(subject: str, text: str) -> None:
    assert subject in vocabulary().find("subjects", plain(text))


@pytest.mark.parametrize(
    ("subject", "text"),
    [("summons", "Повестка дня саммита"), ("mobilisation", "Мобилизация ресурсов экономики"), ("contract", "Футболист подписал контракт с клубом"), ("conscription", "Путин призвал к миру")],
)  # fmt: skip
def test_the_shipped_vocabulary_is_not_fooled_by_look_alikes(subject: str, text: str) -> None:
    assert subject not in vocabulary().find("subjects", plain(text))


def test_no_text_makes_the_patterns_run_away() -> None:
    began = time.monotonic()
    for text in ("призыв " * 2000, "а" * 20_000, "закон, " * 2000, "(" * 6000):
        for group in vocabulary().groups:
            vocabulary().find(group, plain(text)[:6000])
    assert time.monotonic() - began < 60, "a guard against catastrophic backtracking, not a measure of speed"


@pytest.mark.parametrize(
    ("pattern", "starts"),
    [
        ("повестк*", {"пове"}),
        ("рф", {"рф"}),
        ("(осенн*|рф|в силу) призыв", {"осен", "рф", "в"}),
        ("(в |на )?днр", {"в", "на", "днр"}),
        ("(defen(s|c)e|(a|b)x) y", {"defe", "a", "b"}),
        ("«?вечн*»? призыв", {"вечн"}),
        ("приз(ыв)?", {"приз"}),
        ("войны?", {"войн"}),
        ("e-draft", {"e"}),
        (r"\d+ раз", None),
        (r"(рф|\w+ец) осужд*", None),
    ],
)
def test_what_a_pattern_can_begin_with(pattern: str, starts: set[str] | None) -> None:
    assert pattern_starts(pattern, 4) == (None if starts is None else frozenset(starts))


def test_passing_over_by_the_beginnings_of_words_hides_no_hit() -> None:
    words = vocabulary()
    texts = [plain(t) for o in outlets() for i in o["items"] for t in (i.get("title") or "", i.get("text") or "")]
    for group, concepts in words.groups.items():
        for text in texts:
            assert words.find(group, text) == {c.name: hits for c in concepts if (hits := replace(c, unless_starts=None).find(text))}


def test_patterns_together_begin_with_what_each_begins_with_or_leave_it_open() -> None:
    assert starts_of(["рф", "e-draft"]) == frozenset({"рф", "e"})
    assert starts_of(["рф", r"\d+ раз"]) is None
    assert starts_of([]) == frozenset()
