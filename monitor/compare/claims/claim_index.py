"""All claims of a report as arrays and inverted indexes, so that the cost per item hardly grows
with the number of claims.

Values are compared in three steps (see values.py): same kind, unit and order of magnitude; same
measure by the words beside both numbers; different number. A claim's superseded values (`past`)
count as known: an explainer that names the old fine reports no change.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from monitor.baseline import Claim, ClaimValue
from monitor.compare.claims.csr import Ints
from monitor.compare.reading.tokenize import lemmas
from monitor.compare.reading.values import ORDER, FoundValue, ValueChange, bounds, in_days, near_lemmas, same_measure, show

Bools = npt.NDArray[np.bool_]
_DIGITS = re.compile(r"\d+")


@cache
def law_words(act: str, article: str | None) -> tuple[str, ...]:
    """How plain text names an act (by number) or the article of a code."""
    act = act.lower().replace("ё", "е")
    if article and act in ("ук рф", "коап рф", "упк рф", "кас рф"):
        return tuple(f"{word} {article} {act}" for word in ("ст.", "статье", "статья", "статьи", "статью"))
    return (act,) if any(ch.isdigit() for ch in act) else ()


class TopicIndex:
    """Finds the claims whose topic matches an item's subjects."""

    def __init__(self, claims: Sequence[Claim], subjects: Mapping[str, frozenset[str]]) -> None:
        """`subjects`: topic → subjects that show it; a topic that no pack has shows nothing."""
        topics = sorted({c.topic for c in claims})
        self._topic = np.array([topics.index(c.topic) for c in claims])
        self._subjects = [subjects.get(t, frozenset()) for t in topics]

    def match(self, subjects: Set[str], among: Ints | None = None) -> Bools:
        """(claims,) True where the topic of the claim has one of `subjects`. `among`: positions of
        the claims to test; default all.
        """
        matching = np.array([bool(s & subjects) for s in self._subjects])
        return np.asarray(matching[self._topic if among is None else self._topic[among]])

    def weigh(self, weights: Iterable[tuple[float, Set[str]]]) -> npt.NDArray[np.float64]:
        """(claims,) sum of the weights whose subjects match the claim's topic."""
        weights = list(weights)
        sums = np.array([sum(w for w, subjects in weights if s & subjects) for s in self._subjects], dtype=np.float64)
        return np.asarray(sums[self._topic])


class LawIndex:
    """Finds the claims that rest on an act or article named in a text."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        owners: dict[str, list[int]] = defaultdict(list)
        for position, claim in enumerate(claims):
            for law in claim.law:
                for words in law_words(law.act, law.article):
                    owners[words].append(position)
        self._owners: dict[str, list[tuple[str, Ints]]] = defaultdict(list)  # by their first number
        for words, rows in owners.items():
            self._owners[_first_number(words)].append((words, np.array(rows)))
        self._claims = len(claims)

    def match(self, plain: str) -> Bools:
        """(claims,) True where `plain` names a law of the claim."""
        named = np.zeros(self._claims, dtype=bool)
        for number in {"", *_DIGITS.findall(plain)} & self._owners.keys():
            for words, rows in self._owners[number]:
                if words in plain:
                    named[rows] = True
        return named


def _first_number(words: str) -> str:
    number = _DIGITS.search(words)
    return number.group() if number else ""


@dataclass(frozen=True)
class _Kind:
    """All values of one kind, one row each, in the order of the claims; periods in days."""

    claim: Ints
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    unit: npt.NDArray[np.str_]
    past: Bools
    values: list[ClaimValue]
    near: list[frozenset[str]]

    def of(self, among: Ints) -> "_Kind":
        """The rows of the claims `among`, renumbered to their index in that array."""
        first, end = np.searchsorted(self.claim, among), np.searchsorted(self.claim, among, side="right")
        rows = [row for a, b in zip(first.tolist(), end.tolist(), strict=True) for row in range(a, b)]
        return _Kind(
            claim=np.repeat(np.arange(len(among)), end - first),
            low=self.low[rows],
            high=self.high[rows],
            unit=self.unit[rows],
            past=self.past[rows],
            values=[self.values[r] for r in rows],
            near=[self.near[r] for r in rows],
        )


class ValueIndex:
    """All values of all claims, indexed by kind."""

    def __init__(self, claims: Iterable[tuple[str, Sequence[ClaimValue]]], people: frozenset[str]) -> None:
        """`claims`: (id, values) of each, in order of position; `people`: see
        `values.kinds_of_people`.
        """
        self._people = people
        claims = list(claims)
        self._ids = [claim_id for claim_id, _ in claims]
        rows: dict[str, list[tuple[int, ClaimValue, float, float]]] = defaultdict(list)
        for position, (_, values) in enumerate(claims):
            for value in values:
                if limits := bounds(value):
                    unit = value.unit or ""
                    rows[value.kind].append((position, value, in_days(value.kind, unit, limits[0]), in_days(value.kind, unit, limits[1])))
        self._kinds = {kind: self._arrays(r) for kind, r in rows.items()}

    @staticmethod
    def _arrays(rows: list[tuple[int, ClaimValue, float, float]]) -> _Kind:
        return _Kind(
            claim=np.array([c for c, _, _, _ in rows]),
            low=np.array([low for _, _, low, _ in rows]),
            high=np.array([high for _, _, _, high in rows]),
            unit=np.array([v.unit or "" for _, v, _, _ in rows]),
            past=np.array([v.past for _, v, _, _ in rows]),
            values=[v for _, v, _, _ in rows],
            near=[near_lemmas(tuple(v.near)) for _, v, _, _ in rows],
        )

    def compare(self, values: Sequence[FoundValue], among: Ints | None = None) -> tuple[dict[int, list[ValueChange]], dict[int, float]]:
        """(changes, restated) by position of claim; claims without a comparable value are left out.

        `restated`: 0..1, the share of comparable values that are the same. `among`: the only claims
        to compare; positions are then those in `among`.
        """
        changes: dict[int, list[ValueChange]] = defaultdict(list)
        same: Counter[int] = Counter()
        compared: Counter[int] = Counter()
        kinds = {kind: self._kinds[kind] for kind in {f.kind for f in values} & self._kinds.keys()}
        if among is not None:
            kinds = {kind: all_of.of(among) for kind, all_of in kinds.items()}
        for f in values:
            if f.kind not in kinds:
                continue
            kind = kinds[f.kind]
            comparable = self._comparable(f, kind)
            known = set(kind.claim[comparable & self._same(f, kind)].tolist())
            same.update(known)
            compared.update(known)
            for claim, (likeness, row) in self._likeliest(f, kind, comparable, known).items():
                value = kind.values[row]
                limits = bounds(value)
                assert limits is not None
                compared[claim] += 1
                name = self._ids[claim if among is None else int(among[claim])]
                changes[claim].append(ValueChange(name, value.measures, show(value, limits), f.shown, likeness, f.start))
        restated = {claim: same[claim] / n for claim, n in compared.items()}
        return {c: sorted(rows, key=lambda x: -x.likeness) for c, rows in changes.items()}, restated

    @staticmethod
    def _comparable(f: FoundValue, kind: _Kind) -> Bools:
        if f.kind in ("age", "share", "period"):
            same_unit = np.ones(len(kind.claim), dtype=bool)
        else:
            same_unit = kind.unit == f.unit
            if f.kind == "count" and f.unit == "?":
                same_unit |= np.isin(kind.unit, ("people", "contracts", "summonses"))
        size = in_days(f.kind, f.unit, f.high)
        known = np.where(np.isinf(kind.high), kind.low, kind.high)
        near_enough = (known <= 0) | (size <= 0) | ((size <= known * ORDER) & (size * ORDER >= known))
        return np.asarray(same_unit & near_enough)

    @staticmethod
    def _same(f: FoundValue, kind: _Kind) -> Bools:
        a, b = in_days(f.kind, f.unit, f.low), in_days(f.kind, f.unit, f.high)
        tolerance = 0.02 * max(abs(b), 1e-9)
        inside = (b >= kind.low - tolerance) & (b <= kind.high + tolerance)
        return np.asarray(inside & ((a == 0.0) | (a >= kind.low - tolerance)))

    def _likeliest(self, f: FoundValue, kind: _Kind, comparable: Bools, known: set[int]) -> dict[int, tuple[float, int]]:
        """For each claim not in `known`: (likeness, row) of the value most likely to measure the
        same.
        """
        beside = f.around | frozenset(lemmas(f.words))
        best: dict[int, tuple[float, int]] = {}
        for row in np.flatnonzero(comparable & ~kind.past).tolist():
            claim = int(kind.claim[row])
            if claim not in known and (likeness := same_measure(kind.near[row], beside, self._people)) > best.get(claim, (0.0, 0))[0]:
                best[claim] = (likeness, row)
        return best
