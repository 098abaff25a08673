"""`story`: is this the same event as another item tells of?

Two items are set against each other by seven plain likenesses (title and lead by the encoder, shared rare lemmas, shared numbers, days apart, shared
subjects), weighed by a small logistic regression fitted on pairs of labelled events. An item joins the story whose members are likest on
average, if that is above the threshold; a story lives for WINDOW days after its last item, so that an anniversary is a story of its own.

Guards against false joins: what is more than WINDOW days apart never joins; two items need a shared subject or a shared rare word.
"""

import base64
import hashlib
import json
import math
from collections import deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from monitor.compare.encoder import Vectors
from monitor.compare.features import Floats
from monitor.compare.reading import Document, Reading
from monitor.compare.verdict import Model

WINDOW = 21
MEMBERS = 6  # newest members an item is compared with
# Weight of a lemma that is not among the common ones: names, places, rare words are what tells events apart.
RARE = 7.0
LIKENESSES = ("title", "lead", "shared_title", "shared_words", "contained_words", "numbers", "days", "subjects")


@dataclass(frozen=True)
class Trace:
    """What is kept of an item to recognise its story: small, and the same whether made now or loaded from the database."""

    item: str
    day: date | None  # None where the item bears no date
    title: Vectors
    lead: Vectors
    title_lemmas: frozenset[str]
    lemmas: frozenset[str]
    numbers: frozenset[float]
    subjects: frozenset[str]


@dataclass
class Told:
    """A story in the book: its key and its newest members."""

    key: str
    last: date | None
    members: deque[Trace] = field(default_factory=lambda: deque(maxlen=MEMBERS))


def trace(document: Document, reading: Reading, vectors: Vectors) -> Trace:
    """`vectors`: (units, d), one row per sentence of the reading."""
    lead = vectors[:4].mean(axis=0) if len(vectors) else np.zeros(512, dtype=np.float32)
    norm = float(np.linalg.norm(lead))
    return Trace(
        item=document.id,
        day=date.fromisoformat(document.day) if document.published else None,
        title=vectors[0] if len(vectors) else lead,
        lead=lead / norm if norm else lead,
        title_lemmas=frozenset(reading.units[0].lemmas) if reading.units else frozenset(),
        lemmas=frozenset(x for u in reading.units[:5] for x in u.lemmas),
        numbers=frozenset(v.high for v in reading.values if v.kind == "date" or v.high >= 10),
        subjects=frozenset(reading.subjects),
    )


class StoryBook:
    """The stories of the last WINDOW days. `place` is the one home of "is it the same story"."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._weight = model.lemma_weights  # lemma → inverse document frequency, as far as known
        self._stories: dict[str, Told] = {}

    def place(self, new: Trace) -> str:
        """The key of the story that `new` belongs to; a new story is opened where none is alike."""
        self._forget(new.day)
        best, likest = None, self._model.story_threshold
        for story in self._stories.values():
            alike = self._alike(new, story)
            if alike > likest:
                best, likest = story, alike
        if best is None:
            best = Told("s" + hashlib.sha256(new.item.encode()).hexdigest()[:12], new.day)
            self._stories[best.key] = best
        self.remember(best.key, new)
        return best.key

    def remember(self, key: str, known: Trace) -> None:
        """Put an item into a story, as when loading the book from the database."""
        story = self._stories.setdefault(key, Told(key, known.day))
        story.members.append(known)
        if known.day and (story.last is None or known.day > story.last):
            story.last = known.day

    def _alike(self, new: Trace, story: Told) -> float:
        likenesses = [p for member in story.members if (p := self.likeness(new, member)) is not None]
        if not likenesses:
            return 0.0
        # The likest member speaks first, the average keeps a chain of half-likenesses from running away.
        return 0.6 * max(likenesses) + 0.4 * sum(likenesses) / len(likenesses)

    def likeness(self, a: Trace, b: Trace) -> float | None:
        """0..1: how likely both tell of one event; None where a guard forbids it."""
        if apart(a, b) > WINDOW or not (a.subjects & b.subjects or self._weigh(a.lemmas & b.lemmas) > RARE):
            return None
        z = float(self.likenesses(a, b) @ self._model.story_weights) + self._model.story_intercept
        return 1 / (1 + math.exp(-z))

    def likenesses(self, a: Trace, b: Trace) -> Floats:
        """The (8,) LIKENESSES of a pair."""
        shared = self._weigh(a.lemmas & b.lemmas)
        either, smaller = self._weigh(a.lemmas | b.lemmas), min(self._weigh(a.lemmas), self._weigh(b.lemmas))
        titles = self._weigh(a.title_lemmas | b.title_lemmas)
        return np.array(
            [
                float(a.title @ b.title),
                float(a.lead @ b.lead),
                self._weigh(a.title_lemmas & b.title_lemmas) / titles if titles else 0.0,
                shared / either if either else 0.0,
                shared / smaller if smaller else 0.0,
                float(min(3, len(a.numbers & b.numbers))),
                apart(a, b) / 30,
                len(a.subjects & b.subjects) / max(1, len(a.subjects | b.subjects)),
            ]
        )

    def _weigh(self, words: frozenset[str]) -> float:
        return sum(self._weight.get(w, RARE) for w in words)

    def _forget(self, today: date | None) -> None:
        old = [key for key, story in self._stories.items() if today and story.last and (today - story.last).days > WINDOW]
        for key in old:
            del self._stories[key]


def apart(a: Trace, b: Trace) -> float:
    """Days between two items; half a window where a date is missing."""
    return abs((a.day - b.day).days) if a.day and b.day else WINDOW / 2


def pack(t: Trace) -> bytes:
    """A trace as bytes for the database: JSON, the two vectors as base64 of float16."""
    vectors = {name: base64.b64encode(v.astype(np.float16).tobytes()).decode() for name, v in (("title", t.title), ("lead", t.lead))}
    rest = {
        "day": t.day.isoformat() if t.day else None,
        "title_lemmas": sorted(t.title_lemmas),
        "lemmas": sorted(t.lemmas),
        "numbers": sorted(t.numbers),
        "subjects": sorted(t.subjects),
    }
    return json.dumps({**vectors, **rest}, ensure_ascii=False).encode()


def unpack(item: str, packed: bytes) -> Trace:
    """The reverse of `pack`."""
    d = json.loads(packed)

    def vector(name: str) -> Vectors:
        return np.frombuffer(base64.b64decode(d[name]), dtype=np.float16).astype(np.float32)

    day = date.fromisoformat(d["day"]) if d["day"] else None
    return Trace(
        item,
        day,
        vector("title"),
        vector("lead"),
        frozenset(d["title_lemmas"]),
        frozenset(d["lemmas"]),
        frozenset(d["numbers"]),
        frozenset(d["subjects"]),
    )
