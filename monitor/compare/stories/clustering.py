"""`story`: is this the same event as another item tells of?

Two items are set against each other by their likenesses (likeness.py). An item joins the story whose members are likest on average, if that is above the
threshold; a story lives for WINDOW days after its last item, so that an anniversary is a story of its own.

Guards against false joins: what is more than WINDOW days apart never joins, nor what is far apart in meaning; all members of a story have a say, so that a
chain of half-likenesses does not run away. Stages of one bill stay separate events: a gap in stage speaks against.
"""

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from monitor.compare.decide.model import Model
from monitor.compare.stories.fingerprint import StoryFingerprint, pack, unpack
from monitor.compare.stories.pair_similarity import NEAR, WINDOW, apart, comparable

__all__ = ["WINDOW", "ClusterScores", "StoryFingerprint", "StoryIndex", "apart", "own_story", "pack", "unpack"]

MEMBERS = 12  # newest members an item is compared with
NEAREST = 512  # members looked at, the nearest of those that are near: with thousands in three weeks, an item costs hardly more the more there are
DOUBT = 9.0  # log-odds beyond which more certainty of one member does not count


@dataclass
class Cluster:
    """A story in the book: its key and its newest members."""

    key: str
    last: date | None
    members: deque[StoryFingerprint] = field(default_factory=lambda: deque(maxlen=MEMBERS))


@dataclass(frozen=True)
class ClusterScores:
    """How alike an item is to the stories near it, and how the book stood then."""

    alike: dict[str, float]
    members: int  # number of members the book had
    pruned: int = 0  # how often the book had dropped expired stories: other scores are of no use then


class StoryIndex:
    """The stories of the last WINDOW days. `place` is the one home of "is it the same story".

    `late`: days by which an item may be older than the newest one placed and still meet all the stories of its own WINDOW.
    """

    def __init__(self, model: Model, late: int = 0) -> None:
        self._model = model.stories
        self._keep = WINDOW + late
        self._pruned = 0
        self._stories: dict[str, Cluster] = {}
        self._leads = np.zeros((64, 512), dtype=np.float32)  # of all members, row by row
        self._owners: list[str] = []
        self._oldest: date | None = None  # no story ended before

    def place(self, new: StoryFingerprint, scores: ClusterScores | None = None) -> str:
        """The key of the story that `new` belongs to; a new story is opened where none is alike. `scores`: of this book, perhaps from before members came to it.

        An item that speaks of none of our subjects (nineteen of twenty in a stream) is a story of its own and is not remembered: nobody reviews it, and
        looking for its like would be most of the work.
        """
        if not new.subjects:
            return own_story(new)
        self._forget(new.day)
        scores = scores if scores and scores.pruned == self._pruned else self.score(new)
        alike = dict(scores.alike)
        grown = dict.fromkeys(key for key in self._owners[scores.members :] if key in alike)
        for key in grown | dict.fromkeys(self._near(new, scores.members)):
            alike[key] = self._alike(new, self._stories[key])
        best = max(alike, key=lambda key: alike[key], default=None)
        if best is None or alike[best] <= self._model.threshold:
            best = own_story(new)
        self.remember(best, new)
        return best

    def score(self, new: StoryFingerprint) -> ClusterScores:
        """Score `new` against the stories near it. The slow part of `place`. Read-only, so that workers may run it in parallel."""
        return ClusterScores({key: self._alike(new, self._stories[key]) for key in self._near(new)}, len(self._owners), self._pruned)

    def remember(self, key: str, known: StoryFingerprint) -> None:
        """Put an item into a story, as when loading the book from the database."""
        story = self._stories.setdefault(key, Cluster(key, known.day))
        story.members.append(known)
        if known.day and (story.last is None or known.day > story.last):
            story.last = known.day
        if story.last and (self._oldest is None or story.last < self._oldest):
            self._oldest = story.last
        if len(self._owners) == len(self._leads):
            self._leads = np.concatenate([self._leads, np.zeros_like(self._leads)])
        self._leads[len(self._owners)] = known.lead
        self._owners.append(key)

    def _near(self, new: StoryFingerprint, since: int = 0) -> list[str]:
        """Keys of the stories worth a closer look, in the order they were opened, by members from number `since` on: one product instead of a comparison with each."""
        like = self._leads[since : len(self._owners)] @ new.lead
        close = np.flatnonzero(like > NEAR)
        if len(close) > NEAREST:
            close = np.sort(close[np.argpartition(-like[close], NEAREST)[:NEAREST]])
        return list(dict.fromkeys(self._owners[since + int(i)] for i in close))

    def _alike(self, new: StoryFingerprint, story: Cluster) -> float:
        odds = [z for member in story.members if (z := self.likeness(new, member)) is not None]
        return sum(max(-DOUBT, min(DOUBT, z)) for z in odds) / len(odds) if odds else -DOUBT

    def likeness(self, a: StoryFingerprint, b: StoryFingerprint) -> float | None:
        """Log-odds that both tell of one event; None where a guard forbids it."""
        return self._model.log_odds(a, b) if comparable(a, b) else None

    def _forget(self, today: date | None) -> None:
        """Remove expired stories. Scans only when the oldest may have expired."""
        if not today or self._oldest is None or (today - self._oldest).days <= self._keep:
            return
        old = {key for key, story in self._stories.items() if story.last and (today - story.last).days > self._keep}
        for key in old:
            del self._stories[key]
        self._oldest = min((story.last for story in self._stories.values() if story.last), default=None)
        keep = [i for i, key in enumerate(self._owners) if key not in old]
        self._leads[: len(keep)] = self._leads[keep]
        self._owners = [self._owners[i] for i in keep]
        self._pruned += bool(old)


def own_story(t: StoryFingerprint) -> str:
    """The key of the story that the item opens, or is alone."""
    return "s" + hashlib.sha256(t.item.encode()).hexdigest()[:12]
