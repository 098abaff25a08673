"""Fitting the likeness of two items from labelled events."""

from dataclasses import replace

import pytest

from monitor.compare.decide.assess import read_documents
from monitor.compare.decide.model import blank_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.stories.clustering import StoryIndex
from monitor.compare.stories.pair_similarity import LIKENESSES
from monitor.compare.training.train_stories import FOLDS, Counted, TrainingItem, _folds, fit_stories, scores
from tests.fake_encoder import BagOfWords

pytest.importorskip("scipy")
EVENTS = (
    "Путин подписал указ о призыве резервистов на сборы",
    "Госдума приняла закон о реестре повесток",
    "Суд оштрафовал призывника за неявку по повестке",
    "Минобороны сократило выплаты за контракт",
    "Студентов колледжа заставили подписать контракт",
    "Казахстан выдал дезертира, бежавшего с фронта",
)
MODEL = blank_model(vocabulary())


def training_items() -> list[TrainingItem]:
    """Three outlets on each event, day after day, and one item without a label."""
    documents = [
        Document(f"{event}-{outlet}", "", "", f"2025-03-{1 + event:02d}", "ru", f"{EVENTS[event]}{end}", "")
        for event in range(len(EVENTS))
        for outlet, end in enumerate(("", ", сообщили СМИ", " в среду"))
    ]
    documents.append(Document("alone", "", "", "2025-03-03", "ru", "Военкомат объявил набор", ""))
    return [
        TrainingItem("d", r.document.published, r.fingerprint(), r.document.id.split("-")[0] if "-" in r.document.id else None)
        for r in read_documents(documents, vocabulary(), BagOfWords())
    ]


def test_f1_of_pairs_counts_pairs_of_one_story_against_pairs_of_one_event() -> None:
    assert Counted(both=6, story=10, event=8).f1 == pytest.approx(12 / 18)
    assert Counted().f1 == 0.0


def test_every_event_is_held_out_once() -> None:
    folds = _folds(training_items(), 0)
    assert len(folds) == FOLDS
    assert sorted(e for fold in folds for e in fold) == [str(n) for n in range(len(EVENTS))]


@pytest.mark.slow
def test_the_fitted_likeness_tells_events_apart_and_keeps_the_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.training.train_stories.PARTITIONS", 1)
    monkeypatch.setattr("monitor.compare.training.train_stories.FOLDS", 5)
    monkeypatch.setattr("monitor.compare.training.train_stories.THRESHOLDS", (-1.5, -0.5))
    items = training_items()
    fitted = fit_stories(items, MODEL, "digest")
    assert fitted.about["data"] == "digest"
    assert fitted.about["held_out"]["d"] > 0.8
    assert all(w * k.sign >= 0 for k, w in zip(LIKENESSES, fitted.weights.tolist(), strict=True))
    assert scores(items, lambda: StoryIndex(replace(MODEL, stories=fitted)))["d"] > 0.8


def test_a_dataset_without_events_has_no_score() -> None:
    nameless = [replace(t, event=None) for t in training_items()]
    assert scores(nameless, lambda: StoryIndex(MODEL)) == {}
