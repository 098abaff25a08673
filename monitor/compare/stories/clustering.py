"""`StoryIndex`: groups items about one event into stories.

Two items are compared by their pair similarity (pair_similarity.py). An item joins the story with
the highest mean similarity of its members, if it is above the threshold. A story stays open for
WINDOW days after its last item, so that an anniversary is a story of its own.

Guards against false joins: items more than WINDOW days apart, or far apart in meaning, never join.
The mean over all members prevents chains of weak similarities. The stages of one bill are separate
events: a difference in stage lowers the similarity.
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
# Most members an item is compared with, nearest first: bounds the cost in a large index
NEAREST = 512
DOUBT = 9.0  # limit of the log-odds of one member


@dataclass
class Cluster:
    """A story in the index: its key and its newest members."""

    key: str
    last: date | None
    members: deque[StoryFingerprint] = field(default_factory=lambda: deque(maxlen=MEMBERS))


@dataclass(frozen=True)
class ClusterScores:
    """Similarity of an item to the stories near it, and the state of the index then."""

    alike: dict[str, float]
    members: int  # number of members the index had
    pruned: int = 0  # how often the index had dropped stories; scores of another count are stale


class StoryIndex:
    """The stories of the last WINDOW days. `place` is the only place that decides "is it the same
    story".

    `late`: days by which an item may be older than the newest one placed and still be compared with
    all stories of its own WINDOW.
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
        """The key of the story of `new`; opens a story if none is similar.

        `scores`: result of `score` on this index; members added since are scored here. An item
        that is not topical (nineteen of twenty in a stream) gets its own story and is not
        remembered: nobody reviews it, and comparing it would be most of the work.
        """
        if not new.topical:
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
        """Score `new` against candidate stories. Read-only, so workers may run it in parallel."""
        return ClusterScores({key: self._alike(new, self._stories[key]) for key in self._near(new)}, len(self._owners), self._pruned)

    def remember(self, key: str, known: StoryFingerprint) -> None:
        """Add an item to a story, for example when the index is loaded from the database."""
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
        """Keys of the candidate stories, in the order in which they were opened, from member number
        `since` on. One matrix product finds them.
        """
        like = self._leads[since : len(self._owners)] @ new.lead
        close = np.flatnonzero(like > NEAR)
        if len(close) > NEAREST:
            close = np.sort(close[np.argpartition(-like[close], NEAREST)[:NEAREST]])
        return list(dict.fromkeys(self._owners[since + int(i)] for i in close))

    def _alike(self, new: StoryFingerprint, story: Cluster) -> float:
        odds = [z for member in story.members if (z := self.likeness(new, member)) is not None]
        return sum(max(-DOUBT, min(DOUBT, z)) for z in odds) / len(odds) if odds else -DOUBT

    def likeness(self, a: StoryFingerprint, b: StoryFingerprint) -> float | None:
        """Log-odds that both report one event; None where a guard forbids it."""
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
    """The key of the story that the item opens."""
    return "s" + hashlib.sha256(t.item.encode()).hexdigest()[:12]
