"""`wording`: a claim's watch phrases in the item, by lemma and by fuzzy match (rapidfuzz).

Score of a phrase: the share of its weight found in one sentence of the item. A word weighs by its
inverse document frequency over all phrases. The best candidates are refined by rapidfuzz's token
set ratio over lemmas, which tolerates a missing or an additional word.
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
# Words of phrases: (number of the word, row of the phrase, share of the phrase's weight)
Entries = tuple[Ints, Ints, Scores]
_REFINED = 30  # candidates per sentence that get the fuzzy match


@dataclass(frozen=True)
class Phrase:
    """One watch phrase of one claim."""

    claim: int  # position of the claim in the prepared baseline
    text: str
    lemmas: tuple[str, ...]


@dataclass(frozen=True)
class PhraseMatch:
    """Match of the item with each claim's phrases, 0..1: (claims,) `scores`; for the best claims
    the phrase and the sentence.
    """

    scores: Scores
    covers: Scores  # (claims,) share of the title's weight that the claim's words account for
    # The same for all claims together: whether the title uses terms of the field.
    known_words: float
    best: dict[int, tuple[str, str]]  # claim → (phrase, sentence)

    def of(self, claims: Ints) -> "PhraseMatch":
        """The match of the claims at these positions alone."""
        best = {new: self.best[old] for new, old in enumerate(claims.tolist()) if old in self.best}
        return PhraseMatch(self.scores[claims], self.covers[claims], self.known_words, best)


class PhraseIndex:
    """All watch phrases of a baseline, indexed by lemma."""

    def __init__(self, phrases: Sequence[tuple[int, str, str]], claims: int) -> None:
        """`phrases`: (claim position, language, text), in order of claim."""
        self.phrases = [p for claim, lang, text in phrases if (p := Phrase(claim, text, lemmas(text, lang))).lemmas]
        self.claims = claims
        words = [sorted(set(p.lemmas)) for p in self.phrases]
        frequency = Counter(x for own in words for x in own)
        self.weight = {x: math.log(1 + len(self.phrases) / n) for x, n in frequency.items()}
        whole = [sum(self.weight[x] for x in own) for own in words]
        # A match of a phrase of one or two words is weak evidence.
        self._trust = np.array([min(1.0, 0.4 + 0.2 * len(own)) for own in words])
        self._joined = [" ".join(p.lemmas) for p in self.phrases]
        self._owner = np.array([p.claim for p in self.phrases], dtype=np.int64)
        self._all = np.arange(len(self.phrases))
        self._of_claim = Ragged(np.bincount(self._owner, minlength=claims).tolist())
        self._of_phrase = Ragged([len(own) for own in words])
        # Weight of a title's word that is in no phrase: that of the rarest word.
        self._rare = max(self.weight.values(), default=1.0)
        self._weights = np.array(list(self.weight.values()))
        self._number = {x: n for n, x in enumerate(frequency)}
        self._words = np.array([self._number[x] for own in words for x in own], dtype=np.int64)
        self._shares = np.array([self.weight[x] / w for own, w in zip(words, whole, strict=True) for x in own], dtype=np.float32)
        by_word = np.argsort(self._words, kind="stable")
        bounds = np.cumsum(np.bincount(self._words, minlength=len(self._number)))[:-1]
        self._postings = dict(zip(self._number, np.split(by_word, bounds), strict=True)) if self._number else {}
        # Per word: the claims whose phrases have it, and the most it can add to their score.
        pairs, inverse = np.unique(self._words * claims + self._owner[self._of_phrase.owners], return_inverse=True)
        adds = np.zeros(len(pairs), dtype=np.float32)
        np.maximum.at(adds, inverse, self._shares * self._trust[self._of_phrase.owners])
        of_word, self._claim, self._adds = pairs // claims, pairs % claims, adds
        self._of_word = np.searchsorted(of_word, np.arange(len(self._number) + 1)).tolist()

    def match(self, units: Sequence[Sentence], among: Ints | None = None) -> PhraseMatch:
        """Best match per claim over the sentences `units`. `among`: positions of the only claims to
        compare.
        """
        phrases, owners = (self._all, self._owner) if among is None else self._of_claim.of(among)
        inside = [self._entries(unit) for unit in units] if among is None else self._entries_among(units, phrases)
        scores = np.zeros(self.claims if among is None else len(among))
        best: dict[int, tuple[str, str]] = {}
        for unit, (_, rows, shares) in zip(units, inside, strict=True):
            covered = np.bincount(rows, weights=shares, minlength=len(phrases))
            likely = np.flatnonzero(covered)
            if len(likely) > _REFINED:
                likely = likely[np.argpartition(-covered[likely], _REFINED)[:_REFINED]]
            most = covered[likely] * self._trust[phrases[likely]]
            # Even a perfect fuzzy match of the others could not beat what their claims have.
            open_ = most > scores[owners[likely]]
            likely, most = likely[open_], most[open_]
            likely, most = likely[order := np.argsort(-most, kind="stable")], most[order]
            joined, now = " ".join(unit.lemmas), scores.tolist()
            for claim, phrase, could in zip(owners[likely].tolist(), phrases[likely].tolist(), most.tolist(), strict=True):
                if could <= now[claim]:
                    continue
                score = could * (0.75 + 0.25 * fuzz.token_set_ratio(self._joined[phrase], joined) / 100)
                if score > now[claim]:
                    now[claim] = scores[claim] = score
                    best[claim] = (self.phrases[phrase].text, unit.text)

        title = dict.fromkeys(units[0].lemmas if units else ())
        whole = sum(self.weight.get(x, self._rare) for x in title)
        known = sum(self.weight[x] for x in title if x in self._number)
        covers = np.zeros(len(scores))
        if inside:
            words, rows, _ = inside[0]
            # Each word of a claim counts once.
            claim_words = np.unique(owners[rows] * len(self._number) + words)
            covers += np.bincount(
                claim_words // len(self._number), weights=self._weights[claim_words % len(self._number)], minlength=len(scores)
            )
        return PhraseMatch(scores.astype(np.float32), (covers / (whole or 1.0)).astype(np.float32), known / (whole or 1.0), best)

    def _entries(self, unit: Sentence) -> Entries:
        """The words of the phrases that are in the sentence."""
        # In alphabetical order, as within a phrase: the same additions in the same order.
        postings = [self._postings[x] for x in sorted(self._postings.keys() & unit.lemmas)]
        entries = np.concatenate(postings) if postings else np.zeros(0, dtype=np.int64)
        return self._words[entries], self._of_phrase.owners[entries], self._shares[entries]

    def _entries_among(self, units: Sequence[Sentence], phrases: Ints) -> list[Entries]:
        """The same for each sentence and the phrases at these positions alone; rows are positions
        in `phrases`.
        """
        present = np.zeros((len(units), len(self._number)), dtype=bool)
        for row, unit in zip(present, units, strict=True):
            row[[self._number[x] for x in unit.lemmas if x in self._number]] = True
        entries, rows = self._of_phrase.of(phrases)
        words = self._words[entries]
        # Few words of the phrases are in the item.
        in_item = np.flatnonzero(np.any(present, axis=0)[words])
        words, rows, shares = words[in_item], rows[in_item], self._shares[entries[in_item]]
        return [(words[found], rows[found], shares[found]) for found in (row[words] for row in present)]

    def at_most(self, units: Sequence[Sentence]) -> Scores:
        """(claims,) upper bound of the score of `match`, as if all words of a claim were in one
        phrase. Fast for very long reports.
        """
        best = np.zeros(self.claims, dtype=np.float32)
        for unit in units:
            score = np.zeros_like(best)
            for word in sorted({self._number[x] for x in unit.lemmas if x in self._number}):
                entries = slice(self._of_word[word], self._of_word[word + 1])
                score[self._claim[entries]] += self._adds[entries]
            np.maximum(best, score, out=best)
        return np.minimum(best, 1.0, out=best)
