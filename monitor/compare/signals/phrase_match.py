"""`wording`: the claim's watch phrases found in the item, by lemma and fuzzily (rapidfuzz).

For each phrase: which share of its weight stands in one sentence of the item (rare words weigh more: inverse document frequency over all
phrases), refined for the best candidates by rapidfuzz's token set ratio over lemmas, which forgives a missing or an inserted word.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from monitor.compare.claims.csr import Ints, Ragged
from monitor.compare.reading.tokenize import Sentence, lemmas

Scores = npt.NDArray[np.float32]
_REFINED = 30  # candidates per sentence that get the fuzzy look


@dataclass(frozen=True)
class Phrase:
    """One watch phrase of one claim."""

    claim: int  # position of the claim in the prepared baseline
    text: str
    lemmas: tuple[str, ...]


@dataclass(frozen=True)
class PhraseMatch:
    """How well the item's words match each claim's phrases, 0..1: (claims,) `scores`, and for the best the phrase and sentence."""

    scores: Scores
    covers: Scores  # (claims,) share of the title's weight that the claim's words account for
    known_words: float  # the same for all claims together: is the title in the field's words at all
    best: dict[int, tuple[str, str]]  # claim → (phrase, sentence)

    def of(self, claims: Ints) -> "PhraseMatch":
        """For the claims at these places alone."""
        best = {new: self.best[old] for new, old in enumerate(claims.tolist()) if old in self.best}
        return PhraseMatch(self.scores[claims], self.covers[claims], self.known_words, best)


class PhraseIndex:
    """All watch phrases of a baseline, ready to be looked up."""

    def __init__(self, phrases: Sequence[tuple[int, str, str]], claims: int) -> None:
        """`phrases`: (claim position, language, text), in order of claim."""
        self.phrases = [p for claim, lang, text in phrases if (p := Phrase(claim, text, lemmas(text, lang))).lemmas]
        self.claims = claims
        words = [sorted(set(p.lemmas)) for p in self.phrases]
        frequency = Counter(x for own in words for x in own)
        self.weight = {x: math.log(1 + len(self.phrases) / n) for x, n in frequency.items()}
        whole = [sum(self.weight[x] for x in own) for own in words]
        # A phrase of one or two words says little, however well it is covered.
        self._trust = np.array([min(1.0, 0.4 + 0.2 * len(own)) for own in words])
        self._joined = [" ".join(p.lemmas) for p in self.phrases]
        self._owner = np.array([p.claim for p in self.phrases], dtype=np.int64)
        self._all = np.arange(len(self.phrases))
        self._of_claim = Ragged(np.bincount(self._owner, minlength=claims).tolist())
        self._of_phrase = Ragged([len(own) for own in words])
        self._rare = max(self.weight.values(), default=1.0)  # what a title's word weighs that no phrase has: as much as a rare one
        self._weights = np.array(list(self.weight.values()))
        self._number = {x: n for n, x in enumerate(frequency)}
        self._words = np.array([self._number[x] for own in words for x in own], dtype=np.int64)
        self._shares = np.array([self.weight[x] / w for own, w in zip(words, whole, strict=True) for x in own], dtype=np.float32)
        # For each word the claims whose phrases have it, and how much it can add to their score at most.
        pairs, inverse = np.unique(self._words * claims + self._owner[self._of_phrase.owners], return_inverse=True)
        adds = np.zeros(len(pairs), dtype=np.float32)
        np.maximum.at(adds, inverse, self._shares * self._trust[self._of_phrase.owners])
        of_word, self._claim, self._adds = pairs // claims, pairs % claims, adds
        self._of_word = np.searchsorted(of_word, np.arange(len(self._number) + 1)).tolist()

    def match(self, units: Sequence[Sentence], among: Ints | None = None) -> PhraseMatch:
        """Best match per claim over the sentences `units`; `among`: positions of the only claims to look at."""
        phrases, owners = (self._all, self._owner) if among is None else self._of_claim.of(among)
        spoken = np.zeros((len(units), len(self._number)), dtype=bool)
        for row, unit in zip(spoken, units, strict=True):
            row[[self._number[x] for x in unit.lemmas if x in self._number]] = True
        entries, said_in = (slice(None), self._of_phrase.owners) if among is None else self._of_phrase.of(phrases)
        words, shares = self._words[entries], self._shares[entries]
        heard = np.flatnonzero(np.any(spoken, axis=0)[words])  # few words of the phrases stand in the item at all
        words, shares, said_in = words[heard], shares[heard], said_in[heard]

        scores = [0.0] * (self.claims if among is None else len(among))
        best: dict[int, tuple[str, str]] = {}
        for unit, row in zip(units, spoken, strict=True):
            covered = np.bincount(said_in, weights=row[words] * shares, minlength=len(phrases))
            likely = np.flatnonzero(covered)
            if len(likely) > _REFINED:
                likely = likely[np.argpartition(-covered[likely], _REFINED)[:_REFINED]]
            most = covered[likely] * self._trust[phrases[likely]]
            likely, most = likely[order := np.argsort(-most, kind="stable")], most[order]
            joined = " ".join(unit.lemmas)
            for claim, phrase, could in zip(owners[likely].tolist(), phrases[likely].tolist(), most.tolist(), strict=True):
                if could <= scores[claim]:
                    continue  # even a perfect fuzzy match could not beat what the claim has
                score = could * (0.75 + 0.25 * fuzz.token_set_ratio(self._joined[phrase], joined) / 100)
                if score > scores[claim]:
                    scores[claim] = score
                    best[claim] = (self.phrases[phrase].text, unit.text)

        title = dict.fromkeys(units[0].lemmas if units else ())
        whole = sum(self.weight.get(x, self._rare) for x in title)
        known = sum(self.weight[x] for x in title if x in self._number)
        in_title = spoken[0][words] if units else np.zeros(0, dtype=bool)
        said = np.unique(owners[said_in[in_title]] * len(self._number) + words[in_title])  # each word of a claim once
        covers = np.bincount(said // len(self._number), weights=self._weights[said % len(self._number)], minlength=len(scores))
        return PhraseMatch(np.array(scores, dtype=np.float32), (covers / (whole or 1.0)).astype(np.float32), known / (whole or 1.0), best)

    def at_most(self, units: Sequence[Sentence]) -> Scores:
        """(claims,) what `match` can give each claim at most, as if the words of all its phrases stood in one: quick, for very many claims."""
        best = np.zeros(self.claims, dtype=np.float32)
        for unit in units:
            score = np.zeros_like(best)
            for word in sorted({self._number[x] for x in unit.lemmas if x in self._number}):
                entries = slice(self._of_word[word], self._of_word[word + 1])
                score[self._claim[entries]] += self._adds[entries]
            np.maximum(best, score, out=best)
        return np.minimum(best, 1.0, out=best)
