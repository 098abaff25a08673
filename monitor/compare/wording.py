"""`wording`: the claim's watch phrases found in the item, by lemma and fuzzily (rapidfuzz).

For each phrase: which share of its weight stands in one sentence of the item (rare words weigh more: inverse document frequency over all
phrases), refined for the best candidates by rapidfuzz's token set ratio over lemmas, which forgives a missing or an inserted word.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from monitor.compare.text import Sentence, lemmas

_REFINED = 30  # candidates per sentence that get the fuzzy look


@dataclass(frozen=True)
class Phrase:
    """One watch phrase of one claim."""

    claim: int  # position of the claim in the prepared baseline
    text: str
    lemmas: tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """How well the item's words match each claim's phrases, 0..1: (claims,) `scores`, and for the best the phrase and sentence."""

    scores: npt.NDArray[np.float32]
    covers: npt.NDArray[np.float32]  # (claims,) share of the title's weight that the claim's words account for
    known_words: float  # the same for all claims together: is the title in the field's words at all
    best: dict[int, tuple[str, str]]  # claim → (phrase, sentence)


class PhraseIndex:
    """All watch phrases of a baseline, ready to be looked up."""

    def __init__(self, phrases: Sequence[tuple[int, str, str]], claims: int) -> None:
        """`phrases`: (claim position, language, text)."""
        self.phrases = [p for claim, lang, text in phrases if (p := Phrase(claim, text, lemmas(text, lang))).lemmas]
        self.claims = claims
        frequency = Counter(x for p in self.phrases for x in set(p.lemmas))
        total = len(self.phrases)
        self.weight = {x: math.log(1 + total / n) for x, n in frequency.items()}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, phrase in enumerate(self.phrases):
            whole = sum(self.weight[x] for x in set(phrase.lemmas))
            for word in set(phrase.lemmas):
                postings[word].append((index, self.weight[word] / whole))
        # A phrase of one or two words says little, however well it is covered.
        self._trust = [min(1.0, 0.4 + 0.2 * len(set(p.lemmas))) for p in self.phrases]
        self._joined = [" ".join(p.lemmas) for p in self.phrases]
        self._words = [frozenset(x for p in self.phrases if p.claim == c for x in p.lemmas) for c in range(claims)]
        self._owners: dict[str, npt.NDArray[np.int64]] = {
            word: np.array([c for c in range(claims) if word in self._words[c]], dtype=np.int64) for word in frequency
        }
        self._postings = {
            word: (np.array([i for i, _ in rows]), np.array([w for _, w in rows], dtype=np.float32)) for word, rows in postings.items()
        }

    def match(self, units: Sequence[Sentence]) -> Wording:
        """Best match per claim over the sentences `units`."""
        scores = np.zeros(self.claims, dtype=np.float32)
        best: dict[int, tuple[str, str]] = {}
        for unit in units:
            covered = np.zeros(len(self.phrases), dtype=np.float32)
            for word in set(unit.lemmas):
                if (posting := self._postings.get(word)) is not None:
                    covered[posting[0]] += posting[1]
            if not covered.any():
                continue
            joined = " ".join(unit.lemmas)
            for index in np.argpartition(-covered, min(_REFINED, len(covered) - 1))[:_REFINED]:
                phrase = self.phrases[int(index)]
                most = float(covered[index]) * self._trust[int(index)]
                if most <= scores[phrase.claim]:
                    continue  # even a perfect fuzzy match could not beat what the claim has
                fuzzy = fuzz.token_set_ratio(self._joined[int(index)], joined) / 100
                score = most * (0.75 + 0.25 * fuzzy)
                if score > scores[phrase.claim]:
                    scores[phrase.claim] = score
                    best[phrase.claim] = (phrase.text, unit.text)
        covers, known = self._cover(units[0].lemmas if units else ())
        return Wording(scores, covers, known, best)

    def _cover(self, title: Sequence[str]) -> tuple[npt.NDArray[np.float32], float]:
        """Which share of the title each claim's words account for. A word that no phrase has weighs as much as a rare one."""
        covers = np.zeros(self.claims, dtype=np.float32)
        rare = max(self.weight.values(), default=1.0)
        whole = known = 0.0
        for word in set(title):
            weight = self.weight.get(word, rare)
            whole += weight
            if (owners := self._owners.get(word)) is not None:
                covers[owners] += weight
                known += weight
        return (covers / whole, known / whole) if whole else (covers, 0.0)
