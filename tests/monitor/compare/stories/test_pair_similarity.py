"""How alike two items are: each likeness by itself, the guards, and rarity."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from monitor.compare.decide.model import FILE
from monitor.compare.stories.fingerprint import StoryFingerprint
from monitor.compare.stories.pair_similarity import (
    LIKENESSES,
    WINDOW,
    StoryModel,
    apart,
    blank_stories,
    comparable,
    load_stories,
    rarities,
    save_stories,
)

NONE: frozenset[str] = frozenset()
EAST, NORTH = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
PLAIN = StoryFingerprint(
    item="a", day=date(2025, 3, 1), lang="ru", title=EAST, lead=EAST, title_words=NONE, words=NONE, names=NONE, title_names=NONE,
    places=NONE, title_places=NONE, numbers=frozenset(), title_numbers=frozenset(), dates=frozenset(), subjects=NONE, title_subjects=NONE,
    actors=NONE, claims=NONE, rank=0, title_rank=0, bills=NONE, explains=False,
)  # fmt: skip
RARE = {kind: {"": 4.0, "common": 1.0} for kind in ("words", "names", "numbers", "subjects", "key_subjects", "aspects")}
MODEL = replace(blank_stories(), rarity=RARE)
SHIPPED = load_stories(FILE.with_name("stories.json"))


def alike(name: str, a: StoryFingerprint, b: StoryFingerprint, model: StoryModel = MODEL) -> float:
    return dict(zip([k.name for k in LIKENESSES], model.likenesses(a, b).tolist(), strict=True))[name]


def some(*words: str) -> frozenset[str]:
    return frozenset(words)


@pytest.mark.parametrize(
    ("name", "a", "b", "value"),
    [
        ("title", {"title": EAST}, {"title": NORTH}, 0.0),
        ("title", {"title": EAST}, {"title": EAST}, 1.0),
        ("across", {"title": NORTH}, {"lead": NORTH}, 1.0),
        ("title_words", {"title_words": some("x", "common")}, {"title_words": some("x", "common")}, 1.0),
        ("title_words", {"title_words": some("x")}, {"title_words": some("y")}, 0.0),
        ("title_in_text", {"title_words": some("x", "common")}, {"words": some("common")}, 1 / 5),
        ("names", {"names": some("x", "common")}, {"names": some("x", "common")}, 0.5),
        ("strange_names", {"title_names": some("x")}, {"words": some("x")}, 0.0),
        ("strange_names", {"title_names": some("x")}, {"words": some("y")}, 0.4),
        ("numbers", {"numbers": frozenset({30.0})}, {"numbers": frozenset({30.0})}, 0.4),
        ("strange_numbers", {"title_numbers": frozenset({30.0})}, {"numbers": frozenset({40.0})}, 1.0),
        ("strange_numbers", {"title_numbers": frozenset({30.0})}, {"numbers": frozenset()}, 0.0),
        ("other_dates", {"dates": frozenset({301})}, {"dates": frozenset({302})}, 1.0),
        ("other_actors", {"actors": some("duma")}, {"actors": some("court")}, 1.0),
        ("other_actors", {"actors": some("duma")}, {"actors": NONE}, 0.0),
        ("other_places", {"title_places": some("omsk")}, {"places": NONE}, 1.0),
        ("other_places", {"title_places": some("omsk")}, {"places": some("omsk")}, 0.0),
        ("key_subjects", {"key_subjects": some("exit_ban")}, {"key_subjects": some("exit_ban")}, 1.0),
        ("key_subjects", {"key_subjects": some("exit_ban")}, {"key_subjects": some("mobilisation.end")}, 0.0),
        ("other_key_subjects", {"key_subjects": some("exit_ban")}, {"key_subjects": some("mobilisation.end")}, 1.0),
        ("other_key_subjects", {"key_subjects": some("exit_ban")}, {"key_subjects": NONE}, 0.0),
        ("title_aspects", {"title_aspects": some("exit_ban.list")}, {"title_aspects": some("exit_ban.list")}, 1.0),
        ("aspects_soon", {"title_aspects": some("x"), "day": date(2025, 3, 5)}, {"title_aspects": some("x")}, 0.36787944),
        ("aspects", {"aspects": some("x")}, {"aspects": some("x")}, 1.0),
        ("other_aspects", {"title_aspects": some("x")}, {"title_aspects": some("y")}, 1.0),
        ("other_persons", {"persons": some("students")}, {"persons": some("prisoners")}, 1.0),
        ("other_kind", {"explains": True}, {}, 1.0),
        ("stage_gap", {"rank": 2}, {"rank": 4}, 0.5),
        ("stage_gap", {"rank": 2}, {"rank": 0}, 0.0),
        ("claims", {"claims": some("A", "B")}, {"claims": some("B", "C")}, 1 / 3),
        ("days", {"day": date(2025, 3, 1)}, {"day": date(2025, 3, 1)}, 0.0),
        ("language", {"lang": "ru"}, {"lang": "en"}, 1.0),
    ],
)
def test_each_likeness_measures_what_it_is_named_after(name: str, a: dict[str, object], b: dict[str, object], value: float) -> None:
    one, other = replace(PLAIN, **a), replace(PLAIN, **b)  # type: ignore[arg-type]
    assert alike(name, one, other) == pytest.approx(value)
    assert alike(name, other, one) == pytest.approx(value), "symmetric"


def test_a_title_of_words_that_every_item_has_says_nothing() -> None:
    everywhere = replace(MODEL, rarity={kind: {"": 4.0, "all": 0.0} for kind in RARE})
    one, other = replace(PLAIN, title_words=some("all")), replace(PLAIN, words=some("all"))
    assert alike("title_in_text", one, other, everywhere) == 0.0


def test_no_shipped_weight_has_the_wrong_sign() -> None:
    for likeness, weight in zip(LIKENESSES, SHIPPED.weights.tolist(), strict=True):
        assert weight * likeness.sign >= 0, likeness.name


def test_items_without_a_date_count_as_half_a_window_apart() -> None:
    assert apart(PLAIN, replace(PLAIN, day=date(2025, 3, 8))) == 7
    assert apart(PLAIN, replace(PLAIN, day=None)) == WINDOW / 2


@pytest.mark.parametrize(
    "other",
    [
        {"day": date(2025, 3, 1 + WINDOW + 1)},
        {"lead": NORTH},
        {"title_rank": 7},
        {"acts": frozenset({"12-30"})},
    ],
)
def test_guards_keep_two_items_apart_whatever_else_is_alike(other: dict[str, object]) -> None:
    before = replace(PLAIN, title_rank=3, acts=frozenset({"12-09"}))
    assert comparable(before, PLAIN)
    assert not comparable(before, replace(PLAIN, **other))  # type: ignore[arg-type]


def test_a_word_is_the_rarer_the_fewer_items_have_it() -> None:
    items = [replace(PLAIN, item=str(n), words=some("all", *(("two",) if n < 2 else ()), f"own{n}")) for n in range(9)]
    words = rarities(items)["words"]
    assert words["all"] == 0.0
    assert words["all"] < words["two"] < words[""]
    assert "own3" not in words, "a word of one item is as rare as one never seen"


def test_the_story_model_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    save_stories(SHIPPED, tmp_path / "stories.json")
    again = load_stories(tmp_path / "stories.json")
    assert np.array_equal(again.weights, SHIPPED.weights)
    assert (again.threshold, again.intercept, again.rarity) == (SHIPPED.threshold, SHIPPED.intercept, SHIPPED.rarity)


def test_a_story_model_of_other_likenesses_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stories.json"
    save_stories(SHIPPED, path)
    path.write_text(path.read_text(encoding="utf-8").replace('"title_in_text"', '"heard"'), encoding="utf-8")
    with pytest.raises(ValueError, match="ajour fit"):
        load_stories(path)
