"""Probability that two items report one event: a small logistic regression over named similarities
(train_stories.py fits it).

The event key comes first: subjects, aspects, persons and acts of the item's statements. Different
acts never share a story. Shared features raise the similarity, one-sided features lower it. Words
are weighted by IDF over on-topic items: "reservists" counts little, "Bastrykin" much. Items in
different languages share fewer words; the feature `language` compensates for it.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from db.enums import Stage
from monitor.compare.reading.legal_stage import RANK
from monitor.compare.signals.pair_signals import Floats
from monitor.compare.stories.bills import other_acts
from monitor.compare.stories.fingerprint import StoryFingerprint

WINDOW = 21  # days
SOON = 4.0  # days in which a shared aspect loses most (1 − 1/e) of its additional weight
# Cosine of the leads below which two items are not compared. It saves most comparisons. Held-out F1
# by 0.1 / 0.15 / 0.2 / 0.3: 0.88 / 0.87 / 0.76 / 0.78 (cedoca-2026). Languages that the encoder
# does not know are far from those it does.
NEAR = 0.15


@dataclass(frozen=True)
class StoryModel:
    """The fitted numbers. `weights` apply to (value − mean) / scale. `rarity`: kind of word → word
    → IDF; "" holds the IDF of unlisted words.
    """

    weights: Floats
    means: Floats
    scales: Floats
    intercept: float
    threshold: float  # mean log-odds above which an item joins a story
    rarity: Mapping[str, Mapping[str, float]]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return hashlib.sha256(json.dumps([list(map(float, self.weights)), self.threshold]).encode()).hexdigest()[:12]

    def log_odds(self, a: StoryFingerprint, b: StoryFingerprint) -> float:
        """Log-odds that both report one event."""
        return float(self.weights @ ((self.likenesses(a, b) - self.means) / self.scales)) + self.intercept

    def likenesses(self, a: StoryFingerprint, b: StoryFingerprint) -> Floats:
        """Feature vector of a pair, in the order of LIKENESSES; symmetric."""
        return np.array([likeness.measure(self, a, b) for likeness in LIKENESSES])

    def rare(self, kind: str, words: Collection[str]) -> float:
        """Sum of the IDF of `words`."""
        if not words:
            return 0.0
        known = self.rarity[kind]
        unknown = known[""]
        return sum([known.get(w, unknown) for w in words])

    def capped(self, kind: str, words: Collection[str]) -> float:
        """0..1: the sum of the IDF, capped at 10."""
        return min(10.0, self.rare(kind, words)) / 10

    def share(self, title: frozenset[str], text: frozenset[str]) -> float:
        """0..1: the share of `title`, by IDF, that is in `text`."""
        if not (shared := title & text):
            return 0.0
        return self.rare("words", shared) / (self.rare("words", title) or 1.0)

    def cosine(self, kind: str, a: frozenset[str], b: frozenset[str]) -> float:
        """0..1: cosine of two sets of words, each weighted by its IDF."""
        if not (shared := a & b):
            return 0.0
        return self._squares(kind, shared) / math.sqrt(self._squares(kind, a) * self._squares(kind, b))

    def _squares(self, kind: str, words: frozenset[str]) -> float:
        known = self.rarity[kind]
        unknown = known[""]
        return sum([known.get(w, unknown) ** 2 for w in words]) or 1e-9


def _strange(some: frozenset[Any], others: frozenset[Any], also_beside_none: bool = False) -> bool:
    """Whether both sets have members but none in common. `also_beside_none`: `others` may be
    empty.
    """
    return bool(some) and (bool(others) or also_beside_none) and not some & others


def _written(numbers: Iterable[float]) -> list[str]:
    return [f"{n:g}" for n in numbers]


def apart(a: StoryFingerprint, b: StoryFingerprint) -> float:
    """Days between two items; half a window where a date is missing."""
    return abs((a.day - b.day).days) if a.day and b.day else WINDOW / 2


@dataclass(frozen=True)
class Likeness:
    """One similarity of two items: name, sign and measure."""

    name: str
    sign: int  # the only sign its fitted weight may have
    # Symmetric in the two items
    measure: Callable[[StoryModel, StoryFingerprint, StoryFingerprint], float]


# The order of stories.json.
LIKENESSES = (
    # Cosine of the titles, of the first sentences, and of one's title with the other's first
    # sentences.
    Likeness("title", +1, lambda _, a, b: float(a.title @ b.title)),
    Likeness("lead", +1, lambda _, a, b: float(a.lead @ b.lead)),
    Likeness("across", +1, lambda _, a, b: max(float(a.title @ b.lead), float(b.title @ a.lead))),
    # Words in both titles, and the share of one title that is in the other's text; by IDF.
    Likeness("title_words", +1, lambda m, a, b: m.cosine("words", a.title_words, b.title_words)),
    Likeness("title_in_text", +1, lambda m, a, b: max(m.share(a.title_words, b.words), m.share(b.title_words, a.words))),
    # Names in both; names in one title that are missing in the other's text.
    Likeness("names", +1, lambda m, a, b: m.capped("names", a.names & b.names)),
    Likeness("strange_names", -1, lambda m, a, b: m.capped("words", a.title_names - b.words) + m.capped("words", b.title_names - a.words)),
    # The same for numbers. A number counts against only where the other's text gives other numbers.
    Likeness("numbers", +1, lambda m, a, b: m.capped("numbers", _written(a.numbers & b.numbers))),
    Likeness(
        "strange_numbers", -1, lambda _, a, b: float(_strange(a.title_numbers, b.numbers)) + float(_strange(b.title_numbers, a.numbers))
    ),
    # Both name days, none in common.
    Likeness("other_dates", -1, lambda _, a, b: float(_strange(a.dates, b.dates))),
    # Subjects of both, and those of both titles, by IDF.
    Likeness("subjects", +1, lambda m, a, b: m.cosine("subjects", a.subjects, b.subjects)),
    Likeness("rare_subjects", +1, lambda m, a, b: m.capped("subjects", a.title_subjects & b.title_subjects)),
    # The event key: subjects, aspects and persons of the pack, shared by rarity, or none in common.
    Likeness("key_subjects", +1, lambda m, a, b: m.cosine("key_subjects", a.key_subjects, b.key_subjects)),
    Likeness("other_key_subjects", -1, lambda _, a, b: float(_strange(a.key_subjects, b.key_subjects))),
    Likeness("title_aspects", +1, lambda m, a, b: m.cosine("aspects", a.title_aspects, b.title_aspects)),
    Likeness("aspects_soon", +1, lambda m, a, b: m.cosine("aspects", a.title_aspects, b.title_aspects) * math.exp(-apart(a, b) / SOON)),
    Likeness("aspects", +1, lambda m, a, b: m.cosine("aspects", a.aspects, b.aspects)),
    Likeness("other_aspects", -1, lambda _, a, b: float(_strange(a.title_aspects, b.title_aspects))),
    Likeness("other_persons", -1, lambda _, a, b: float(_strange(a.persons, b.persons))),
    # Both titles name an actor, none in common; a place in one title that the other does not name.
    Likeness("other_actors", -1, lambda _, a, b: float(_strange(a.actors, b.actors))),
    Likeness(
        "other_places",
        -1,
        lambda _, a, b: float(_strange(a.title_places, b.places, True) or _strange(b.title_places, a.places, True)),
    ),
    # One reports, the other explains or comments.
    Likeness("other_kind", -1, lambda _, a, b: float(a.explains != b.explains)),
    Likeness("stage_gap", -1, lambda _, a, b: min(4, abs(a.rank - b.rank) if a.rank and b.rank else 0) / 4),
    # Shared among the nearest claims.
    Likeness("claims", +1, lambda _, a, b: len(a.claims & b.claims) / len(a.claims | b.claims) if a.claims and b.claims else 0.0),
    Likeness("days", -1, lambda _, a, b: math.log1p(apart(a, b)) / 3),
    Likeness("language", +1, lambda _, a, b: float(a.lang != b.lang)),
)


def comparable(a: StoryFingerprint, b: StoryFingerprint) -> bool:
    """Whether two items may share a story at all. These are guards; there are too few labelled
    events to fit them as weights.
    """
    return (
        apart(a, b) <= WINDOW
        and float(a.lead @ b.lead) > NEAR
        and not _signed_since(a.title_rank, b.title_rank)
        and not other_acts(a.acts, b.acts)
        and not (_strange(a.title_places, b.places) and _strange(b.title_places, a.places, True))
    )


def _signed_since(a: int, b: int) -> bool:
    """Whether one title has a pending rule and the other a signed one. None of 7 labelled pairs
    like that was about one event.
    """
    return 1 < min(a, b) <= RANK[Stage.ADOPTED] < max(a, b)


def rarities(fingerprints: Iterable[StoryFingerprint], most: int = 1500) -> dict[str, dict[str, float]]:
    """Inverse document frequency of words, names, numbers and subjects: of the `most` most frequent
    of each; the rest counts as unseen.
    """
    seen = list(fingerprints)
    kinds: dict[str, list[Iterable[str]]] = {
        "words": [t.words for t in seen],
        "names": [t.names for t in seen],
        "numbers": [_written(t.numbers) for t in seen],
        "subjects": [t.subjects for t in seen],
        "key_subjects": [t.key_subjects for t in seen],
        "aspects": [t.aspects for t in seen],
    }
    out: dict[str, dict[str, float]] = {}
    for kind, texts in kinds.items():
        counts = Counter(word for words in texts for word in words)
        common = sorted((-n, w) for w, n in counts.items() if n > 1)[:most]
        out[kind] = {"": round(math.log(len(seen) + 1), 2)} | {w: round(math.log((len(seen) + 1) / (1 - n)), 2) for n, w in common}
    return out


@cache
def load_stories(path: Path) -> StoryModel:
    """The shipped model. Raises ValueError where the file does not match the code."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if list(data["likenesses"]) != [likeness.name for likeness in LIKENESSES]:
        raise ValueError(f"{path.name} was fitted on other likenesses than this code has; run `ajour fit`")
    rows = list(data["likenesses"].values())
    weights, means, scales = (np.array([r[part] for r in rows]) for part in ("weight", "mean", "scale"))
    return StoryModel(weights, means, scales, data["intercept"], data["threshold"], data["rarity"], data["about"])


def blank_stories() -> StoryModel:
    """A model before fitting: every similarity has the same weight."""
    n = len(LIKENESSES)
    return StoryModel(np.array([likeness.sign for likeness in LIKENESSES], dtype=float), np.zeros(n), np.ones(n), 0.0, 0.0, rarities([]))


def save_stories(model: StoryModel, path: Path) -> None:
    """Write the file that `load_stories` reads. Numbers are rounded to six digits, so that a diff
    is readable.
    """
    rows = zip([k.name for k in LIKENESSES], model.weights, model.means, model.scales, strict=True)
    data = {
        "version": model.version,
        "about": model.about,
        "threshold": round(model.threshold, 6),
        "intercept": round(model.intercept, 6),
        "likenesses": {n: {"weight": round(float(w), 6), "mean": round(float(m), 6), "scale": round(float(s), 6)} for n, w, m, s in rows},
        "rarity": model.rarity,
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
