"""`story`: is this the same event as another item tells of?

Two items are set against each other by plain likenesses (LIKENESSES below: encoder, shared words, numbers, names, claims, stage, days apart), weighed by a
small logistic regression fitted on pairs of labelled events. An item joins the story whose members are likest, if that is above the threshold; a story
lives for WINDOW days after its last item, so that an anniversary is a story of its own.

Guards against false joins: what is more than WINDOW days apart never joins; two items need a shared subject or a shared rare word; the average over a story's
likest members counts, so that a chain of half-likenesses does not run away. Stages of one bill stay separate events: a gap in stage speaks against.
"""

import base64
import hashlib
import json
import math
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from monitor.compare.encoder import Vectors
from monitor.compare.features import Floats
from monitor.compare.reading import Document, Reading
from monitor.compare.verdict import Model

WINDOW = 21
MEMBERS = 12  # newest members an item is compared with
LIKEST = 3  # of them, how many count: one alone lets chains run away, all of them shut out another language
# Weight of a lemma that is not among the common ones: names, places, rare words are what tells events apart.
RARE = 7.0
# Cosine of leads below which two items are not even compared. Measured on labelled events: 0.35 gave the best pairs (F1 0.74 / 0.73 against 0.73 / 0.71 at 0.25),
# and it spares nearly all comparisons.
NEAR = 0.35
LIKENESSES = (
    "title", "lead", "title_words", "words", "contained_words", "numbers", "numbers_conflict", "days", "far", "subjects", "names", "claims", "stage_gap", "countries",
)  # fmt: skip
# The sign each may have: what is shared speaks for, what differs against.
PULLS = (1, 1, 1, 1, 1, 1, -1, -1, -1, 1, 1, 1, -1, 1)


@dataclass(frozen=True)
class Trace:
    """What is kept of an item to recognise its story: small, and the same whether made now or loaded from the database."""

    item: str
    day: date | None  # None where the item bears no date
    title: Vectors
    lead: Vectors
    title_lemmas: frozenset[str]
    lemmas: frozenset[str]
    numbers: frozenset[float]  # counts, sums and days that the text gives
    subjects: frozenset[str]
    names: frozenset[str]  # capitalised words, in Latin letters, so that Картаполов and Kartapolov meet
    claims: frozenset[str]  # the nearest claims
    rank: int  # of the stage, 0 where none
    countries: frozenset[str]


@dataclass
class Told:
    """A story in the book: its key and its newest members."""

    key: str
    last: date | None
    members: deque[Trace] = field(default_factory=lambda: deque(maxlen=MEMBERS))


@dataclass(frozen=True)
class Scores:
    """How alike an item is to the stories near it, and how many members the book had then."""

    alike: dict[str, float]
    members: int


def trace(document: Document, reading: Reading, vectors: Vectors, claims: Iterable[str] = ()) -> Trace:
    """`vectors`: (units, d), one row per sentence of the reading; `claims`: ids of the nearest claims."""
    title = vectors[0] if len(vectors) else np.zeros(512, dtype=np.float32)
    lead = vectors[:4].mean(axis=0) if len(vectors) else title
    norm = float(np.linalg.norm(lead))
    return Trace(
        item=document.id,
        day=date.fromisoformat(document.day) if document.published else None,
        title=_stored(title),
        lead=_stored(lead / norm if norm else lead),
        title_lemmas=frozenset(reading.units[0].lemmas) if reading.units else frozenset(),
        lemmas=frozenset(x for u in reading.units[:5] for x in u.lemmas),
        numbers=frozenset(v.high for v in reading.values if v.kind == "date" or v.high >= 10),
        subjects=frozenset(reading.subjects),
        names=_names([u.text for u in reading.units[:5]]),
        claims=frozenset(claims),
        rank=reading.stage.rank if reading.stage else 0,
        countries=frozenset({*reading.countries_title, *reading.countries_body}),
    )


def _stored(vector: Vectors) -> Vectors:
    """Rounded as the database keeps it, so that a story book loaded after a restart judges as the one that ran on."""
    return vector.astype(np.float16).astype(np.float32)


_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "sh",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
            "i",
            "i",
            "e",
            "g",
        ],
        strict=True,
    )
)
_CAPITAL = re.compile(r"(?<![.!?…\n«\"“] )(?<!^)\b([A-ZА-ЯЁІЇЄҐ][A-Za-zА-Яа-яЁёіїєґІЇЄҐ]{2,})")


def _names(sentences: Iterable[str]) -> frozenset[str]:
    """The first five Latin letters of each capitalised word that does not begin a sentence: enough to meet across cases and alphabets."""
    return frozenset(_latin(w)[:5] for s in sentences for w in _CAPITAL.findall(s))


@lru_cache(maxsize=20_000)
def _latin(word: str) -> str:
    return "".join(_LATIN.get(c, c) for c in word.lower())


class StoryBook:
    """The stories of the last WINDOW days. `place` is the one home of "is it the same story"."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._weight = model.lemma_weights  # lemma → inverse document frequency, as far as known
        self._stories: dict[str, Told] = {}
        self._leads = np.zeros((64, 512), dtype=np.float32)  # of all members, row by row
        self._owners: list[str] = []
        self._oldest: date | None = None  # no story ended before

    def place(self, new: Trace, scores: Scores | None = None) -> str:
        """The key of the story that `new` belongs to; a new story is opened where none is alike. `scores`: of this book, perhaps from before members came to it.

        An item that speaks of none of our subjects (nineteen of twenty in a stream) is a story of its own and is not remembered: nobody reviews it, and
        looking for its like would be most of the work.
        """
        if not new.subjects:
            return own_story(new)
        scores = scores if scores and not self._forget(new.day) else self.score(new)
        alike = dict(scores.alike)
        grown = dict.fromkeys(key for key in self._owners[scores.members :] if key in alike)
        for key in grown | dict.fromkeys(self._near(new, scores.members)):
            alike[key] = self._alike(new, self._stories[key])
        best = max(alike, key=lambda key: alike[key], default=None)
        if best is None or alike[best] <= self._model.story_threshold:
            best = own_story(new)
        self.remember(best, new)
        return best

    def score(self, new: Trace) -> Scores:
        """Set `new` against the stories near it. The slow part of `place`, and it changes no story: workers do it side by side."""
        self._forget(new.day)
        return Scores({key: self._alike(new, self._stories[key]) for key in self._near(new)}, len(self._owners))

    def remember(self, key: str, known: Trace) -> None:
        """Put an item into a story, as when loading the book from the database."""
        story = self._stories.setdefault(key, Told(key, known.day))
        story.members.append(known)
        if known.day and (story.last is None or known.day > story.last):
            story.last = known.day
        if story.last and (self._oldest is None or story.last < self._oldest):
            self._oldest = story.last
        if len(self._owners) == len(self._leads):
            self._leads = np.concatenate([self._leads, np.zeros_like(self._leads)])
        self._leads[len(self._owners)] = known.lead
        self._owners.append(key)

    def _near(self, new: Trace, since: int = 0) -> list[str]:
        """Keys of the stories worth a closer look, in the order they were opened, by members from number `since` on: one product instead of a comparison with each."""
        close = np.flatnonzero(self._leads[since : len(self._owners)] @ new.lead > NEAR)
        return list(dict.fromkeys(self._owners[since + int(i)] for i in close))

    def _alike(self, new: Trace, story: Told) -> float:
        likenesses = sorted((p for member in story.members if (p := self.likeness(new, member)) is not None), reverse=True)[:LIKEST]
        return sum(likenesses) / len(likenesses) if likenesses else 0.0

    def likeness(self, a: Trace, b: Trace) -> float | None:
        """0..1: how likely both tell of one event; None where a guard forbids it."""
        if apart(a, b) > WINDOW or not (a.subjects & b.subjects or self._weigh(a.lemmas & b.lemmas) > RARE):
            return None
        z = float(self.likenesses(a, b) @ self._model.story_weights) + self._model.story_intercept
        return 1 / (1 + math.exp(-z))

    def likenesses(self, a: Trace, b: Trace) -> Floats:
        """The LIKENESSES of a pair, in their order."""
        shared = self._weigh(a.lemmas & b.lemmas)
        either, smaller = self._weigh(a.lemmas | b.lemmas), min(self._weigh(a.lemmas), self._weigh(b.lemmas))
        titles = self._weigh(a.title_lemmas | b.title_lemmas)
        numbers = a.numbers & b.numbers
        return np.array(
            [
                float(a.title @ b.title),
                float(a.lead @ b.lead),
                self._weigh(a.title_lemmas & b.title_lemmas) / titles if titles else 0.0,
                shared / either if either else 0.0,
                shared / smaller if smaller else 0.0,
                float(min(3, len(numbers))),
                float(bool(a.numbers and b.numbers and not numbers)),
                min(7.0, apart(a, b)) / 7,
                max(0.0, apart(a, b) - 7) / 14,
                _overlap(a.subjects, b.subjects),
                _overlap(a.names, b.names),
                _overlap(a.claims, b.claims),
                min(4, abs(a.rank - b.rank)) / 4 if a.rank and b.rank else 0.25,
                _overlap(a.countries, b.countries),
            ]
        )

    def _weigh(self, words: frozenset[str]) -> float:
        return sum(self._weight.get(w, RARE) for w in words)

    def _forget(self, today: date | None) -> bool:
        """Drop the stories that are over; whether there were any. All are looked through only where the oldest may be over."""
        if not today or self._oldest is None or (today - self._oldest).days <= WINDOW:
            return False
        old = {key for key, story in self._stories.items() if story.last and (today - story.last).days > WINDOW}
        for key in old:
            del self._stories[key]
        self._oldest = min((story.last for story in self._stories.values() if story.last), default=None)
        keep = [i for i, key in enumerate(self._owners) if key not in old]
        self._leads[: len(keep)] = self._leads[keep]
        self._owners = [self._owners[i] for i in keep]
        return bool(old)


def own_story(t: Trace) -> str:
    """The key of the story that the item opens, or is alone."""
    return "s" + hashlib.sha256(t.item.encode()).hexdigest()[:12]


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared out of all (Jaccard)."""
    return len(a & b) / len(a | b) if a and b else 0.0


def apart(a: Trace, b: Trace) -> float:
    """Days between two items; half a window where a date is missing."""
    return abs((a.day - b.day).days) if a.day and b.day else WINDOW / 2


_SETS = ("title_lemmas", "lemmas", "numbers", "subjects", "names", "claims", "countries")


def pack(t: Trace) -> bytes:
    """A trace as bytes for the database: JSON, the two vectors as base64 of float16."""
    vectors = {name: base64.b64encode(v.astype(np.float16).tobytes()).decode() for name, v in (("title", t.title), ("lead", t.lead))}
    sets = {name: sorted(getattr(t, name)) for name in _SETS}
    return json.dumps({**vectors, **sets, "day": t.day.isoformat() if t.day else None, "rank": t.rank}, ensure_ascii=False).encode()


def unpack(item: str, packed: bytes) -> Trace:
    """The reverse of `pack`."""
    d = json.loads(packed)

    def vector(name: str) -> Vectors:
        return np.frombuffer(base64.b64decode(d[name]), dtype=np.float16).astype(np.float32)

    day = date.fromisoformat(d["day"]) if d["day"] else None
    sets = {name: frozenset(d[name]) for name in _SETS}
    return Trace(item=item, day=day, title=vector("title"), lead=vector("lead"), rank=d["rank"], **sets)
