"""The registry of signals: each record, what it measures, and the page written from it."""

import numpy as np
import pytest

from db.reason_codes import SIGNALS
from monitor.compare.decide.model import load_model
from monitor.compare.reading.annotate import AnnotatedText, Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.features import HAS_TEXT, ItemInputs, Registry, groups
from monitor.compare.signals.known import NO_KNOWN_SIGNALS, KnownSignals
from monitor.compare.signals.pair_signals import PAIR_SIGNALS
from monitor.compare.signals.phrase_match import PhraseMatch
from monitor.compare.signals.semantic import SemanticMatch
from monitor.compare.statements.differ import STATEMENT

REGISTRY = Registry(vocabulary())
PAIRS = np.array([-1.0, 2.0, 0.5, -3.0])
SCORES = np.array([0.1, 0.2, 0.6, 0.0], dtype=np.float32)
HALF = np.array([0.05, 0.1, 0.3, 0.0], dtype=np.float32)
MEANING = SemanticMatch(SCORES, HALF, HALF, SCORES, np.array([0]))
WORDING = PhraseMatch(SCORES, HALF, 0.25, {})


def read(title: str, text: str = "") -> AnnotatedText:
    return read_item(Document("1", "", "", "2025-03-01", "ru", title, text), vocabulary())


def measured(title: str, text: str = "") -> dict[str, float]:
    return measured_with(title, text)


def measured_with(
    title: str, text: str = "", changed: float = 0.7, same: float = 0.0, known: KnownSignals = NO_KNOWN_SIGNALS
) -> dict[str, float]:
    statements = np.zeros((4, len(STATEMENT)))
    return REGISTRY.measure(ItemInputs(read(title, text), PAIRS, MEANING, WORDING, changed, same, statements, known, vocabulary()))


def test_every_signal_has_one_name_a_text_and_a_group_that_an_ablation_takes_away() -> None:
    assert len(set(REGISTRY.names)) == len(REGISTRY.names)
    assert set(REGISTRY.names) == set(SIGNALS)
    assert [s.name for s in REGISTRY.signals if not s.group] == [HAS_TEXT]
    assert {s.group for s in REGISTRY.signals} | {p.group for p in PAIR_SIGNALS} == {*groups(REGISTRY), ""}


def test_no_shipped_weight_pulls_against_its_meaning() -> None:
    model = load_model(vocabulary())
    for signal, weight in zip(REGISTRY.signals, model.weights.tolist(), strict=True):
        assert weight * signal.pull >= 0, signal.name
    assert (model.pair_weights >= 0).all()


def test_nearness_to_claims_is_that_of_the_nearest_ones() -> None:
    found = measured("Осенний призыв начался")
    assert found["pair_best"] == 2.0
    assert found["pair_top3"] == pytest.approx(0.5)
    assert (found["wording"], found["covered"], found["known_words"]) == pytest.approx((0.6, 0.3, 0.25))
    assert (found["value_changed"], found["value_same"]) == (0.7, 0.0)


@pytest.mark.parametrize(
    ("title", "text", "name", "value"),
    [
        ("Мобилизация объявлена", "", "subject_mobilisation", 1.0),
        ("Новости дня", "Объявлена мобилизация.", "subject_mobilisation", 0.6),
        ("Погода", "", "subject_mobilisation", 0.0),
        ("Студентов призывников отправили на фронт", "", "many_people", 2.0),
        ("Студентов поздравили", "", "many_people", 0.0),  # not about military service
        ("Путин подписал указ о призыве", "", "stage_law", 1.0),
        ("Призыв", "Путин подписал указ о призыве.", "stage_law", 0.6),
        ("Мобилизация", "Кремль опроверг слухи о мобилизации.", "stage_denied", 0.3),
        ("Призовут 261 тысячу призывников", "", "large_count", np.log10(261_000) / 6),
        ("Призыв начался", "Текст.", "has_text", 1.0),
        ("Призыв начался", "", "has_text", 0.0),
    ],
)
def test_a_signal_measures_what_it_says(title: str, text: str, name: str, value: float) -> None:
    assert measured(title, text)[name] == pytest.approx(value)


@pytest.mark.parametrize(
    ("title", "text", "other_only"),
    [
        ("В Германии вводят призыв", "", 1.0),
        ("В России и в Германии вводят призыв", "", 0.0),
        ("Призыв вводят весной", "Так решили в Германии.", 1.0),  # a short text with one place
        ("Призыв вводят весной", "Так решили в Германии. " + "Слово за слово. " * 30, 0.0),
        # Where men flee to, another country is part of the story
        ("Казахстан выдал дезертира", "", 0.0),
    ],
)
def test_another_country_alone_is_distinguished_from_one_in_passing(title: str, text: str, other_only: float) -> None:
    assert measured(title, text)["other_only"] == other_only


def test_a_reason_quotes_the_places_a_signal_rests_on() -> None:
    reading = read("Призывникам в Германии разослали повестки")
    quoted = {s.name: [hit.words for hit in s.quotes(reading)] for s in REGISTRY.signals}
    assert quoted["subject_summons"] == ["повестки"]
    assert quoted["other_title"] == ["германии"]
    assert quoted["subject_mobilisation"] == quoted["pair_best"] == []


def test_a_claims_own_number_is_known_unless_the_title_says_that_something_moved() -> None:
    known = KnownSignals(restated=0.8, old_dates=0.7)
    explained = measured_with("Штраф за неявку в военкомат составляет 30 тысяч рублей", changed=0.0, known=known)
    assert (explained["st_restated"], explained["only_known"], explained["old_dates"]) == (0.8, 1.6, 0.7)
    assert measured_with("Штраф за неявку в военкомат назначили", changed=0.0, known=known)["only_known"] == 0.8
    assert measured_with("Штраф за неявку в военкомат повысили", changed=0.0, known=known)["only_known"] == 0.0
    assert measured_with("Госдума приняла закон о штрафе за неявку в военкомат", changed=0.0, known=known)["only_known"] == 0.0
    assert measured_with("Штраф за неявку в военкомат назначили", changed=0.9, known=known)["only_known"] == 0.0


@pytest.mark.parametrize(
    ("title", "text", "general"),
    [
        ("Повестка закрывает границу", "Не явившемуся грозит штраф.", True),
        ("Повестка закрыла границу", "Не явившемуся грозит штраф.", False),
        ("Повестка закрывает границу", "Первого не явившегося оштрафовали.", False),
        ("Повестка впервые закрывает границу", "Не явившемуся грозит штраф.", False),
        ("Повестка закрывает границу", "", False),  # a headline alone
    ],
)
def test_a_text_without_a_verb_in_the_past_explains_a_rule(title: str, text: str, general: bool) -> None:
    assert measured(title, text)["general"] == general


def test_a_title_that_reports_counts_even_where_an_explanation_follows() -> None:
    assert measured("В России заработал реестр повесток. Как проверить себя")["tells_news"] == 1.0
    assert measured("Как проверить себя в реестре повесток")["tells_news"] == 0.0


def test_a_signal_of_the_item_alone_is_the_same_for_other_claims() -> None:
    reading, words = read("Подписан указ о призыве 135 тысяч человек", "Осенью повестки получат все."), vocabulary()
    inputs = ItemInputs(reading, PAIRS, MEANING, WORDING, 0.7, 0.2, np.zeros((4, len(STATEMENT))), NO_KNOWN_SIGNALS, words)
    other = SemanticMatch(HALF, SCORES, SCORES, HALF, np.array([0]))
    wording = PhraseMatch(HALF, SCORES, 0.75, {})
    others = ItemInputs(reading, PAIRS + 1, other, wording, 0.1, 0.9, np.ones((4, len(STATEMENT))), KnownSignals(0.4, 0.6), words)
    differ = {s.name for s in REGISTRY.signals if float(s.measure(inputs)) != float(s.measure(others))}
    assert differ
    assert differ <= {s.name for s in REGISTRY.signals if s.of_claims}
    assert Registry(words).measure(others) == {s.name: float(s.measure(others)) for s in REGISTRY.signals}


def test_the_values_of_an_item_are_never_those_of_the_item_before() -> None:
    registry, words, statements = Registry(vocabulary()), vocabulary(), np.zeros((4, len(STATEMENT)))
    for title in ("Подписан указ о призыве", "Погода в Москве", "Подписан указ о призыве"):
        inputs = ItemInputs(read(title), PAIRS, MEANING, WORDING, 0.0, 0.0, statements, NO_KNOWN_SIGNALS, words)
        assert registry.measure(inputs) == {s.name: float(s.measure(inputs)) for s in registry.signals}
