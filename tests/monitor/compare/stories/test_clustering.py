"""Is it the same event: what joins, what never joins, and that a trace survives the database."""

import json
import random
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.runtime.container import Container
from app.runtime.settings import load_settings
from monitor.compare.decide.assess import read_documents
from monitor.compare.decide.model import FILE, blank_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.encoder import Encoder
from monitor.compare.stories.clustering import WINDOW, ClusterScores, StoryFingerprint, StoryIndex, pack, unpack
from monitor.compare.stories.fingerprint import stem
from monitor.compare.stories.pair_similarity import load_stories
from monitor.compare.types import EncodedDocument
from tests.fake_encoder import BagOfWords

MODEL = replace(blank_model(vocabulary()), stories=load_stories(FILE.with_name("stories.json")))
NEWS = "Путин подписал указ о призыве резервистов на военные сборы"
TEXT = "Резервистов призовут на два месяца. Указ касается граждан запаса в Ростовской области."


def read(item: str, title: str, day: str = "2025-03-01", text: str = "") -> EncodedDocument:
    document = Document(id=item, outlet=item, url="", published=day, lang="ru", title=title, text=text)
    (made,) = read_documents([document], vocabulary(), BagOfWords())
    return made


def place(*items: EncodedDocument) -> list[str]:
    book = StoryIndex(MODEL)
    return [book.place(i.fingerprint()) for i in items]


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


def test_items_far_apart_in_meaning_never_join() -> None:
    a, b = read("a", "Погода").fingerprint(), read("b", "Осенний призыв начался").fingerprint()
    assert StoryIndex(MODEL).likeness(a, b) is None


def test_likeness_does_not_depend_on_who_is_asked_first() -> None:
    book = StoryIndex(MODEL)
    a, b = read("a", NEWS, text=TEXT).fingerprint(), read("b", "Указ о сборах резервистов подписан", "2025-03-04", TEXT).fingerprint()
    assert book.likeness(a, b) == pytest.approx(book.likeness(b, a))


@pytest.mark.parametrize("day", ["2025-03-01", ""])
def test_a_trace_survives_packing(day: str) -> None:
    fingerprint = read("7", NEWS, day, TEXT).fingerprint()
    again = unpack("7", pack(fingerprint))
    kept = {f.name for f in fields(StoryFingerprint)} - {"title", "lead"}
    assert {name: getattr(again, name) for name in kept} == {name: getattr(fingerprint, name) for name in kept}
    assert again.title @ fingerprint.title == pytest.approx(float(fingerprint.title @ fingerprint.title), abs=0.01)


def test_a_book_loaded_from_traces_places_like_the_one_that_made_them() -> None:
    first, second = read("a", NEWS, text=TEXT), read("b", NEWS, "2025-03-02", TEXT)
    book = StoryIndex(MODEL)
    key = book.place(first.fingerprint())
    loaded = StoryIndex(MODEL)
    loaded.remember(key, unpack("a", pack(first.fingerprint())))
    assert loaded.place(second.fingerprint()) == book.place(second.fingerprint()) == key


@pytest.mark.parametrize("seed", range(5))
def test_an_item_scored_before_others_came_is_placed_as_if_scored_after_them(seed: int) -> None:
    """What lets many workers set items against the stories side by side: whatever came meanwhile,
    the story is the one a worker alone would have found.
    """
    chance = random.Random(seed)
    parts = [
        NEWS,
        "Осенний призыв начался.",
        "Суд в Омске оштрафовал призывника.",
        "Путин подписал указ.",
        "Военкомат вручил повестку резервисту.",
    ]
    fingerprints = []
    for n in range(60):
        text = f"{chance.choice(parts)}. Событие{n % 7} " + " ".join(f"слово{chance.randrange(40)}" for _ in range(6))
        day = (date(2025, 3, 1) + timedelta(days=n + chance.randrange(-3, 3))).isoformat() if chance.random() < 0.9 else ""
        fingerprints.append(read(f"i{n}", chance.choice(parts), day, text).fingerprint())
    alone, crowd = StoryIndex(MODEL), StoryIndex(MODEL)
    waiting, stories = list[tuple[StoryFingerprint, ClusterScores]](), list[str]()
    for fingerprint in fingerprints:
        waiting.append((fingerprint, crowd.score(fingerprint)))
        while len(waiting) > chance.randrange(1, 6):
            first, scores = waiting.pop(0)
            stories.append(crowd.place(first, scores))
            assert stories[-1] == alone.place(first)
    assert 1 < len(set(stories)) < len(stories)


@pytest.mark.parametrize(
    ("words", "sound"),
    [(("Бастрыкин", "Бастрикін", "Bastrykin"), 1), (("резервистов", "резервістів", "reservists"), 1), (("Иванов", "Петров"), 2)],
)
def test_words_meet_across_alphabets(words: tuple[str, ...], sound: int) -> None:
    assert len({stem(w) for w in words}) == sound


def test_a_trace_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    old = json.loads(pack(read("7", NEWS, text=TEXT).fingerprint()))
    kept = {k: v for k, v in old.items() if k in {"title", "lead", "day", "rank", "subjects", "names", "numbers", "claims"}}
    again = unpack("7", json.dumps({**kept, "title_lemmas": [], "lemmas": [], "countries": []}).encode())
    assert again.subjects
    assert StoryIndex(MODEL).likeness(again, again) is not None


# What the press writes of one event, and of another that sounds alike; with the encoder that ships.
DECREE = [
    ("ru", "2026-04-02", "Путин подписал указ о весеннем призыве", "Указ от 1 апреля: в армию призовут 147 тысяч человек от 18 до 30 лет."),
    ("en", "2026-04-02", "Putin signs spring draft decree", "The decree of 1 April calls up 147,000 men aged 18 to 30."),
    ("uk", "2026-04-02", "Путін підписав указ про весняний призов на строкову службу", "Указ від 1 квітня: до війська призвуть 147 тисяч осіб від 18 до 30 років."),
    ("de", "2026-04-02", "Putin unterzeichnet Dekret zur Frühjahrseinberufung", "Das Dekret vom 1. April sieht die Einberufung von 147.000 Männern vor."),
    ("nl", "2026-04-03", "Poetin tekent decreet over dienstplicht in het voorjaar", "Het decreet van 1 april roept 147.000 mannen van 18 tot 30 jaar op."),
    ("da", "2026-04-03", "Putin underskriver dekret om værnepligt i foråret", "Dekretet af 1. april indkalder 147.000 mænd mellem 18 og 30 år."),
]  # fmt: skip
ALIKE = {
    "another region": [
        ("ru", "2026-04-02", "Власти Омской области повысили выплату за контракт до 2 млн рублей", "Губернатор Омской области подписал указ о разовой выплате."),
        ("ru", "2026-04-03", "Власти Самарской области повысили выплату за контракт до 3 млн рублей", "Губернатор Самарской области подписал указ о разовой выплате."),
    ],
    "another stage": [
        ("ru", "2026-04-02", "Дума приняла в первом чтении законопроект о штрафах за неявку", "Депутаты одобрили поправки о штрафах за неявку по повестке."),
        ("ru", "2026-04-16", "Путин подписал закон о штрафах за неявку", "Президент подписал закон о штрафах за неявку по повестке."),
    ],
    "another year": [
        ("ru", "2025-04-01", "Путин подписал указ о весеннем призыве", "Весной призовут 160 тысяч человек."),
        ("ru", "2026-04-01", "Путин подписал указ о весеннем призыве", "Весной призовут 147 тысяч человек."),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Container(load_settings(data=tmp_path_factory.mktemp("stories"))).encoder


def stories(told: list[tuple[str, str, str, str]], encoder: Encoder) -> list[str]:
    book = StoryIndex(MODEL)
    documents = [Document(f"{n}", f"outlet{n}", "", day, lang, title, text) for n, (lang, day, title, text) in enumerate(told)]
    return [book.place(r.fingerprint()) for r in read_documents(documents, vocabulary(), encoder)]


@pytest.mark.slow
def test_one_event_in_six_languages_is_one_story(encoder: Encoder) -> None:
    assert len(set(stories(DECREE, encoder))) == 1


@pytest.mark.parametrize("told", list(ALIKE.values()), ids=list(ALIKE))
def test_events_alike_in_words_stay_apart(told: list[tuple[str, str, str, str]], encoder: Encoder) -> None:
    assert len(set(stories(told, encoder))) == len(told)


def test_an_item_that_says_nothing_is_placed_too() -> None:
    key, other = place(read("a", "…", ""), read("b", "", "", "!!!"))
    assert key
    assert other


def test_where_more_is_near_than_is_compared_the_nearest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.stories.clustering.NEAREST", 2)
    book = StoryIndex(MODEL)
    key = book.place(read("first", NEWS, text=TEXT).fingerprint())
    for n in range(8):
        book.remember(f"other{n}", read(f"o{n}", f"{NEWS} {n}", text=f"{TEXT} Слово{n} о другом деле в области.").fingerprint())
    assert book.place(read("again", NEWS, text=TEXT).fingerprint()) == key
