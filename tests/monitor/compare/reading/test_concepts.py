"""What claim and item speak of, in the vocabulary's concepts."""

import pytest

from monitor.baseline import Claim, ClaimReliability, WatchPhrases
from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.concepts import ConceptIndex
from monitor.compare.reading.vocabulary import vocabulary


def claim(number: int, *phrases: str) -> Claim:
    return Claim(
        id=f"EXA-{number:03d}", key="a", section="1", topic="other", statement="x", quote="x", as_of="2024", status=ClaimReliability.IN_FORCE,
        watch=WatchPhrases(ru=list(phrases)), changes_if=["x"],
    )  # fmt: skip


INDEX = ConceptIndex(
    [claim(1, "повестки призывникам", "повестка по почте"), claim(2, "мобилизация граждан", "новая мобилизация"), claim(3, "погода")],
    vocabulary(),
)


def match(title: str, text: str = "") -> list[float]:
    return INDEX.match(read_item(Document("1", "", "", "2025-03-01", "ru", title, text), vocabulary())).tolist()


def test_other_words_for_the_same_things_bring_an_item_near() -> None:
    summons, mobilisation, weather = match("Electronic summonses are sent")
    assert summons > 0.5
    assert mobilisation == weather == 0.0


def test_a_claim_of_no_concepts_and_an_item_of_none_are_near_nothing() -> None:
    assert match("Погода в Москве") == [0.0, 0.0, 0.0]


def test_an_item_of_several_things_is_nearer_to_the_claim_whose_things_it_speaks_of_in_the_title() -> None:
    first, second, _ = match("Объявлена мобилизация", "Разосланы повестки.")
    assert 0 < first < second <= 1


def test_likeness_is_at_most_one() -> None:
    assert max(match("Новая мобилизация")) == pytest.approx(1.0, abs=0.01)
