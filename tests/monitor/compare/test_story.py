"""Is it the same event: what joins, what never joins, and that a trace survives the database."""

import random
from datetime import date, timedelta

import pytest

from monitor.compare.assess import Read, read_documents
from monitor.compare.reading import Document
from monitor.compare.story import WINDOW, Scores, StoryBook, Trace, pack, unpack
from monitor.compare.verdict import load_model
from monitor.compare.vocabulary import vocabulary
from tests.light import BagOfWords

NEWS = "Путин подписал указ о призыве резервистов на военные сборы"
TEXT = "Резервистов призовут на два месяца. Указ касается граждан запаса в Ростовской области."


def read(item: str, title: str, day: str = "2025-03-01", text: str = "") -> Read:
    document = Document(id=item, outlet=item, url="", published=day, lang="ru", title=title, text=text)
    (made,) = read_documents([document], vocabulary(), BagOfWords())
    return made


def place(*items: Read) -> list[str]:
    book = StoryBook(load_model())
    return [book.place(i.trace()) for i in items]


def test_reposts_join_and_another_event_opens_its_own_story() -> None:
    a, b, other = place(
        read("a", NEWS, text=TEXT), read("b", NEWS, "2025-03-02", TEXT), read("c", "Суд в Омске оштрафовал призывника", "2025-03-02")
    )
    assert a == b
    assert other != a


def test_a_story_is_named_after_its_first_item_alone() -> None:
    assert place(read("a", NEWS, text=TEXT))[0] == place(read("a", NEWS, text=TEXT), read("b", NEWS, text=TEXT))[1]
    assert place(read("a", NEWS))[0] != place(read("z", NEWS))[0]


@pytest.mark.parametrize(("days", "joined"), [(1, True), (WINDOW + 1, False), (365, False)])
def test_the_same_words_later_than_the_window_are_another_event(days: int, joined: bool) -> None:
    later = (date(2025, 3, 1) + timedelta(days=days)).isoformat()
    first, second = place(read("a", NEWS, "2025-03-01", TEXT), read("b", NEWS, later, TEXT))
    assert (first == second) is joined


def test_items_without_shared_subject_or_rare_word_never_join() -> None:
    book = StoryBook(load_model())
    a, b = read("a", "Погода").trace(), read("b", "Осенний призыв начался").trace()
    assert book.likeness(a, b) is None


def test_likeness_does_not_depend_on_who_is_asked_first() -> None:
    book = StoryBook(load_model())
    a, b = read("a", NEWS, text=TEXT).trace(), read("b", "Указ о сборах резервистов подписан", "2025-03-04", TEXT).trace()
    assert book.likeness(a, b) == pytest.approx(book.likeness(b, a))


@pytest.mark.parametrize("day", ["2025-03-01", ""])
def test_a_trace_survives_packing(day: str) -> None:
    trace = read("7", NEWS, day, TEXT).trace()
    again = unpack("7", pack(trace))
    assert (again.item, again.day, again.title_lemmas, again.lemmas, again.numbers, again.subjects) == (
        trace.item, trace.day, trace.title_lemmas, trace.lemmas, trace.numbers, trace.subjects,
    )  # fmt: skip
    assert again.title @ trace.title == pytest.approx(float(trace.title @ trace.title), abs=0.01)


def test_a_book_loaded_from_traces_places_like_the_one_that_made_them() -> None:
    first, second = read("a", NEWS, text=TEXT), read("b", NEWS, "2025-03-02", TEXT)
    book = StoryBook(load_model())
    key = book.place(first.trace())
    loaded = StoryBook(load_model())
    loaded.remember(key, unpack("a", pack(first.trace())))
    assert loaded.place(second.trace()) == book.place(second.trace()) == key


@pytest.mark.parametrize("seed", range(5))
def test_an_item_scored_before_others_came_is_placed_as_if_scored_after_them(seed: int) -> None:
    """What lets many workers set items against the stories side by side: whatever came meanwhile, the story is the one a worker alone would have found."""
    chance = random.Random(seed)
    parts = [
        NEWS,
        "Осенний призыв начался.",
        "Суд в Омске оштрафовал призывника.",
        "Путин подписал указ.",
        "Военкомат вручил повестку резервисту.",
    ]
    traces = []
    for n in range(60):
        text = f"{chance.choice(parts)}. Событие{n % 7} " + " ".join(f"слово{chance.randrange(40)}" for _ in range(6))
        day = (date(2025, 3, 1) + timedelta(days=n + chance.randrange(-3, 3))).isoformat() if chance.random() < 0.9 else ""
        traces.append(read(f"i{n}", chance.choice(parts), day, text).trace())
    alone, crowd = StoryBook(load_model()), StoryBook(load_model())
    waiting, stories = list[tuple[Trace, Scores]](), list[str]()
    for trace in traces:
        waiting.append((trace, crowd.score(trace)))
        while len(waiting) > chance.randrange(1, 6):
            first, scores = waiting.pop(0)
            stories.append(crowd.place(first, scores))
            assert stories[-1] == alone.place(first)
    assert 1 < len(set(stories)) < len(stories)


def test_an_item_that_says_nothing_is_placed_too() -> None:
    key, other = place(read("a", "…", ""), read("b", "", "", "!!!"))
    assert key
    assert other
