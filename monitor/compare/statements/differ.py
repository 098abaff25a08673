"""`differ`: the item's statements set against the claims': which claim is meant, and which of its numbers has changed.

A number is shown as a change only where it is certain: its sentence carries the news, its words name the aspect that the
claim's value measures, unit, persons and place agree, and it is the one new number of that aspect. Where the sentence
also gives the old value and that is the claim's, less is asked of the words; where it gives another old value, more.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from monitor.baseline import About, Claim, ClaimValue
from monitor.compare.reading.tokenize import lemmas
from monitor.compare.reading.values import near_lemmas
from monitor.compare.statements.acts import meets
from monitor.compare.statements.numbers import Number, Part
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line
from monitor.compare.statements.subjects import Pack, act_key
from monitor.compare.statements.words import CHANGE

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STATEMENT = ("st_aspect", "st_subject", "st_persons", "st_act", "st_value")

# Words that stand beside every second number and tell no measure from another.
_EVERYWHERE = frozenset(
    [
        "рубль",
        "год",
        "день",
        "месяц",
        "неделя",
        "закон",
        "человек",
        "военный",
        "служба",
        "армия",
        "призыв",
        "россия",
        "срок",
        "новый",
        "размер",
        "сумма",
        "число",
        "количество",
        "возраст",
        "указ",
        "план",
    ]
)
_DAYS = {"hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
_LIKE_PEOPLE = frozenset(
    {"people", "men", "servicemen", "casualties", "prisoners", "contract soldiers", "convictions", "verdicts", "users", "contracts"}
)
_LIKE_CASES = frozenset({"cases", "verdicts", "decisions", "rulings", "convictions", "people"})
TOLD = 0.55  # how surely a number measures what a claim's does where the claim's own value stands beside it as the old one
ORDER = 20.0  # beyond that it is another measure
LARGE, FEW = 100_000.0, 2.0  # counts of men do not grow twentyfold; from next to nothing anything can
# Whom a sentence can speak of instead of those a claim speaks of; other words for people say nothing against it.
_DISTINCT = frozenset(
    {
        "conscripts",
        "reservists",
        "mobilised",
        "contract soldiers",
        "prisoners",
        "suspects",
        "naturalised citizens",
        "migrants",
        "foreigners",
        "stateless",
        "students",
        "women",
    }
)
# Where a claim speaks of one place, the item must too; what is said of one place says nothing of the whole country.
_NARROW = frozenset({"moscow", "st_petersburg", "occupied", "abroad"})
# Kinds of text whose numbers are no news.
_SILENT = frozenset(
    {
        "anniversary",
        "retrospective",
        "how_to",
        "unchanged",
        "culture",
        "scam",
        "debtors",
        "court_summons",
        "school",
        "other_service",
        "denial",
        "single_case",
    }
)


@dataclass(frozen=True)
class Change:
    """A number of a claim that the item gives anew. `old`, `new` in English: "7 days", "10,000-30,000 RUB"; `old` "" where the claim has none."""

    claim_id: str
    aspect: str
    measures: str
    old: str
    new: str
    certain: bool
    stated: bool  # whether the item itself gives the claim's value as the old one
    sentence: str
    weight: float  # 0..1: how surely the number measures the aspect
    above: bool = False
    figure: tuple[float, float] = (0.0, 0.0)  # the new number, as the item's sentence gives it

    @property
    def likeness(self) -> float:
        """0..1: how sure it is that both numbers measure the same."""
        return 1.0 if self.certain else 0.5 * self.weight


@dataclass(frozen=True)
class _Known:
    """A value of a claim that can change."""

    position: int
    claim: Claim
    value: ClaimValue
    low: float
    high: float

    @property
    def blank(self) -> bool:
        """Whether the claim speaks of the aspect without a number."""
        return math.isnan(self.high)


class StatementIndex:
    """What all claims of a report say, by aspect, so that an item is set against those only that it can touch."""

    def __init__(self, claims: Sequence[Claim], pack: Pack) -> None:
        """Raises UnknownAspect where a claim names what the pack does not have."""
        self._pack = pack
        self._claims = claims
        names = sorted(pack.aspects)
        self._aspect_ids = {name: i for i, name in enumerate(names)}
        subjects = sorted(pack.subjects)
        self._subject_ids = {name: i for i, name in enumerate(subjects)}
        n = len(claims)
        self._aspect, self._subject = np.full(n, len(names)), np.full(n, len(subjects))
        self._touches: list[tuple[int, int]] = []
        self._persons: dict[str, list[int]] = defaultdict(list)
        self._acts: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
        self._values: dict[str, list[_Known]] = defaultdict(list)
        for i, claim in enumerate(claims):
            if claim.about:
                self._add(i, claim, claim.about)
        for i, claim in enumerate(claims):
            if claim.about:
                self._add_blank(i, claim, claim.about)
        self._places = {claim.id: i for i, claim in enumerate(claims)}
        self._measured: dict[str, list[tuple[str, list[_Known]]]] = defaultdict(list)
        for aspect, known in self._values.items():
            self._measured[pack.subject_of(aspect)].append((aspect, known))

    def _add(self, i: int, claim: Claim, about: About) -> None:
        for aspect in (about.aspect, *about.touches, *(v.aspect for v in claim.values if v.aspect)):
            if aspect not in self._aspect_ids:
                raise UnknownAspect(
                    f"{claim.id}: aspect {aspect!r} is not in the pack {self._pack.name}; add it there, or correct the claim"
                )
        self._aspect[i] = self._aspect_ids[about.aspect]
        self._subject[i] = self._subject_ids[self._pack.subject_of(about.aspect)]
        self._touches += [(i, self._aspect_ids[a]) for a in about.touches]
        for person in about.persons:
            self._persons[person].append(i)
        for act in about.acts:
            if key := act_key(act, self._pack.acts):
                self._acts[key].append((i, act[len(key) + 1 :] or None))
        for value in claim.values:
            if value.aspect and (limits := _limits(value)):
                self._values[value.aspect].append(_Known(i, claim, value, *limits))

    def _add_blank(self, i: int, claim: Claim, about: About) -> None:
        """An aspect with numbers of which no claim of the report gives one: the first number is news."""
        for name in (about.aspect, *about.touches):
            aspect = self._pack.aspects[name]
            if aspect.kind in ("count", "money", "share", "period", "age") and all(k.blank for k in self._values.get(name, ())):
                value = ClaimValue(measures=aspect.says, kind=aspect.kind, value=0.0, unit=aspect.unit, aspect=name)
                self._values[name].append(_Known(i, claim, value, np.nan, np.nan))

    def agreement(self, item: ItemStatements, changes: Iterable[Change], among: Ints | None = None) -> Floats:
        """(claims, len(STATEMENT)): how far what the item speaks of is what each claim speaks of."""
        rows = np.zeros((len(self._claims), len(STATEMENT)))
        aspects, subjects = np.zeros(len(self._aspect_ids) + 1), np.zeros(len(self._subject_ids) + 1)
        for name, weight in item.aspects.items():
            aspects[self._aspect_ids[name]] = weight
        for name, weight in item.subjects.items():
            subjects[self._subject_ids[name]] = weight
        rows[:, 0], rows[:, 1] = aspects[self._aspect], subjects[self._subject]
        for i, aspect in self._touches if item.aspects else ():
            rows[i, 0] = max(rows[i, 0], 0.5 * aspects[aspect])
        for person, weight in item.persons.items():
            if person in _DISTINCT:
                for i in self._persons.get(person, ()):
                    rows[i, 2] = max(rows[i, 2], weight)
        for named in item.acts:
            for i, article in self._acts.get(named.act, ()):
                rows[i, 3] = max(rows[i, 3], meets((named,), named.act, article))
        for change in changes:
            i = self._places[change.claim_id]
            rows[i, 4] = max(rows[i, 4], change.likeness)
        return rows if among is None else rows[among]

    def changes(self, item: ItemStatements) -> tuple[list[Change], dict[int, float]]:
        """(changes, surest first; restated: by position of claim 0..1, that the item gives the claim's own value)."""
        if item.foreign or not any(line.numbers for line in item.lines):
            return [], {}
        found, restated, same = list[Change](), dict[int, float](), list[tuple[tuple[float, float], float]]()
        silent = bool(_SILENT & {k for k, w in item.kinds.items() if w >= IN_TITLE}) or "denial" in item.kinds
        for subject in (s for s, weight in item.subjects.items() if weight >= IN_LEAD):
            for aspect, known in self._measured.get(subject, ()):
                found += self._of_aspect(item, aspect, known, silent, restated, same)
        # A number that is some claim's own is no change of another claim, unless the item says so.
        found = [c for c in found if c.stated or not any(_rounds(c.figure, figure) and w >= c.weight - 0.3 for figure, w in same)]
        best: dict[tuple[str, str], Change] = {}
        for change in sorted(found, key=lambda c: (-c.stated, -c.certain, -c.weight, c.claim_id)):
            best.setdefault((change.claim_id, change.new), change)
        return _one_meaning_each(list(best.values())), restated

    def _of_aspect(
        self,
        item: ItemStatements,
        aspect: str,
        known: Sequence[_Known],
        silent: bool,
        restated: dict[int, float],
        same: list[tuple[tuple[float, float], float]],
    ) -> list[Change]:
        kind = self._pack.aspects[aspect].kind
        bound = [
            (line, n, self._binding(item, line, n, aspect)) for line in item.lines if line.weight for n in line.numbers if _of_kind(n, kind)
        ]
        if not bound:
            return []
        out = list[Change]()
        for k in reversed(known):  # of several values of a claim the newest stands last
            fitting = [(line, n, max(w, self._near(item, line, k))) for line, n, w in bound if _comparable(n, k)]
            told = {
                i
                for i, line in enumerate(item.lines)
                if any(n.part is Part.OLD and _comparable(n, k) and _equal(n, k) for n in line.numbers)
            }
            near_old = {item.lines[j].text for i in told for j in (i - 1, i, i + 1) if 0 <= j < len(item.lines)}
            fitting = [(line, n, max(w, TOLD if line.text in near_old else 0.0)) for line, n, w in fitting]
            fitting = [x for x in fitting if x[2]]
            if any(_equal(n, k) and n.part is not Part.OLD for _, n, _ in fitting):
                restated[k.position] = max((w for _, n, w in fitting if _equal(n, k) and n.part is not Part.OLD), default=1.0)
                same += [(_figure(n, k), w) for _, n, w in fitting if _equal(n, k) and n.part is not Part.OLD]
                if not any(n.part is Part.NEW and not _equal(n, k) for _, n, _ in fitting):
                    continue
            change = self._change(item, aspect, k, fitting, silent)
            if change and (change.stated or all(c.claim_id != change.claim_id for c in out)):
                out.append(change)
        return out

    def _binding(self, item: ItemStatements, line: Line, n: Number, aspect: str) -> float:
        """0..1: how surely the words around a number say that it measures `aspect`."""
        beside = self._pack.beside.get(aspect)
        if beside is None:
            return 0.0
        clause = line.text[n.clause[0] : n.start] + " · " + line.text[n.end : n.clause[1]]
        sentence = line.text[: n.start] + " · " + line.text[n.end :]
        title = item.lines[0].text
        words = (
            1.0
            if beside.search(clause)
            else 0.8
            if beside.search(sentence)
            else 0.6
            if line.weight >= IN_LEAD and beside.search(title)
            else 0.0
        )
        subject = self._pack.subject_of(aspect)
        about = 1.0 if subject in line.subjects else 0.8 if item.subjects.get(subject, 0.0) >= IN_LEAD else 0.4
        cue = 1.0 if aspect in line.aspects else 0.8 if item.aspects.get(aspect, 0.0) >= IN_LEAD else 0.0
        return (0.5 * words + 0.25 * about + 0.25 * cue) if words or cue == 1.0 else 0.0

    def _near(self, item: ItemStatements, line: Line, k: _Known) -> float:
        """0..0.7: how many of the words that the claim gives for its number stand in the sentence or the title."""
        near = near_lemmas(tuple(k.value.near)) - _EVERYWHERE
        if not near:
            return 0.0
        said = _lemmas(line.written)
        own = len(near & said)
        shared = len(near & (said | _lemmas(item.lines[0].written))) if line.carries else own
        return 0.7 if own >= 2 and shared >= 2 else 0.6 if shared >= 2 else 0.5 if own and len(near) == 1 else 0.0

    def _change(
        self, item: ItemStatements, aspect: str, k: _Known, fitting: Sequence[tuple[Line, Number, float]], silent: bool
    ) -> Change | None:
        olds = [(line, n) for line, n, _ in fitting if n.part is Part.OLD]
        olds += [(line, n) for line in item.lines for n in line.numbers if n.part is Part.OLD and n.unit == "?" and _comparable(n, k)]
        stated = any(_equal(n, k) for _, n in olds)
        news = [(line, n, w) for line, n, w in fitting if n.part is Part.NEW and not _equal(n, k) and line.weight]
        news = [x for x in news if self._persons_agree(item, x[0], k) and _place_agrees(item, x[0], k)]
        if not news:
            return None
        line, n, weight = _chosen(news)
        if k.blank and (olds or any(m.part is Part.OLD for m in line.numbers) or weight < 0.9 or line.weight < IN_TITLE):
            return None
        if not k.blank and self._pack.aspects[aspect].grows and _figure(n, k)[1] < k.high:
            return None
        rivals = {_figure(m, k) for _, m, w in news if w >= weight - 0.05} - {_figure(n, k)}
        rivals = {r for r in rivals if not _rounds(r, _figure(n, k))}
        other = [m for at, m in olds if at is line and m.stepped and not _equal(m, k)]
        alone = not rivals and not other and not self._rivals_for(item, line, n, aspect, weight)
        plain = (
            weight >= (0.75 if line.weight == IN_TITLE and self._alone(line, aspect) else 0.8)
            and line.carries
            and self._in_title(item, aspect)
            and (k.value.kind != "date" or _moved(line, aspect))
        )
        certain = not silent and not k.blank and ((stated and weight >= 0.5) or (plain and alone))
        return Change(
            claim_id=k.claim.id,
            aspect=aspect,
            measures=k.value.measures,
            old="" if k.blank else _shown(k.low, k.high, k, n, new=False),
            new=_shown(n.low, n.high, k, n, new=True),
            certain=certain,
            stated=stated,
            sentence=line.written,
            weight=min(1.0, weight + 0.25 * stated),
            above=n.above,
            figure=_figure(n, k),
        )

    def _in_title(self, item: ItemStatements, aspect: str) -> bool:
        """Whether the title speaks of the aspect's subject: numbers of what an item touches in passing are not its news."""
        title = [line for line in item.lines if line.weight == IN_TITLE]
        beside = self._pack.beside[aspect]
        return any(self._pack.subject_of(aspect) in line.subjects or beside.search(line.text) for line in title)

    def _alone(self, line: Line, aspect: str) -> bool:
        """Whether no other subject of the sentence has numbers of the kind."""
        kind, own = self._pack.aspects[aspect].kind, self._pack.subject_of(aspect)
        return not any(a.kind == kind for s in line.subjects - {own} for a in self._pack.subjects[s].aspects.values())

    def _rivals_for(self, item: ItemStatements, line: Line, n: Number, aspect: str, weight: float) -> bool:
        """Whether the number's words say more surely that it measures something else of the same kind."""
        kind = self._pack.aspects[aspect].kind
        others = {
            a for a in (*line.aspects, *self._values) if a != aspect and self._pack.aspects[a].kind == kind and a in self._pack.beside
        }
        near = {a for a in others if a in line.aspects or self._pack.subject_of(a) in line.subjects}
        return any(self._binding(item, line, n, a) > weight for a in near)

    def _persons_agree(self, item: ItemStatements, line: Line, k: _Known) -> bool:
        """Whether the sentence speaks of none but other persons than the claim."""
        assert k.claim.about
        own, said = _DISTINCT & set(k.claim.about.persons), _DISTINCT & line.persons
        return not said or not own or bool(said & own) or any(p in item.persons for p in own)


@lru_cache(maxsize=256)
def _lemmas(sentence: str) -> frozenset[str]:
    return frozenset(lemmas(sentence))


class UnknownAspect(ValueError):
    """A claim speaks of an aspect that no pack knows; the message names both and the fix."""


def _limits(value: ClaimValue) -> tuple[float, float] | None:
    if value.past:
        return None
    one = value.value
    low, high = (one, one) if one is not None else (value.lower, value.upper)
    if value.kind == "date":
        return (_day(one), _day(one)) if isinstance(one, str) else None
    if not isinstance(low, float) and not isinstance(high, float):
        return None
    bottom, top = (float(x) if isinstance(x, float) else None for x in (low, high))
    return (bottom if bottom is not None else top or 0.0, top if top is not None else bottom or 0.0)


def _day(text: str) -> float:
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    return float(year * 10000 + month * 100 + day)


def _of_kind(n: Number, kind: str) -> bool:
    if kind == "age":
        return (n.kind == "period" and n.unit == "years" and 13 <= n.high <= 75) or (
            n.unit == "?" and n.low == n.high and 14 <= n.high <= 75
        )
    if kind == "count":
        return n.kind == "count"
    return n.kind == kind


def _comparable(n: Number, k: _Known) -> bool:
    """Whether number and value are of one unit, and of an order in which one could have become the other."""
    value = k.value
    if value.kind == "date":
        return n.kind == "date" and n.high >= 20_000_000
    if not _of_kind(n, value.kind):
        return n.unit == "?" and n.part is Part.OLD and n.high > 0
    if value.kind == "money" and n.unit != value.unit:
        return False
    if value.kind == "count" and not _one_unit(n.unit, value.unit or "?"):
        return False
    if n.unit == "?" and n.part is Part.NEW and value.kind == "count" and n.high < 100:
        return False
    a, b = _figure(n, k)[1], _measure(k.high, value.unit)
    if value.kind == "age" or k.blank or a <= 0 or b <= 0:
        return True
    order = ORDER if max(a, b) < LARGE else ORDER / 4
    return (a <= b * order and b <= a * order) or value.unit == "summonses" or k.high <= FEW


def _one_unit(found: str, known: str) -> bool:
    return found in ("?", known) or {found, known} <= _LIKE_PEOPLE or {found, known} <= _LIKE_CASES


def _measure(number: float, unit: str | None) -> float:
    return number * _DAYS.get(unit or "", 1.0)


def _figure(n: Number, k: _Known) -> tuple[float, float]:
    if k.value.kind == "period" and n.unit in _DAYS:
        return n.low * _DAYS[n.unit], n.high * _DAYS[n.unit]
    if k.value.kind == "period" and n.unit == "?":
        return _measure(n.low, k.value.unit), _measure(n.high, k.value.unit)
    return n.low, n.high


def _equal(n: Number, k: _Known) -> bool:
    """The same value, as far as both say it: the bound of an age, a rounded count, a year for a day of it."""
    if k.blank:
        return False
    low, high = _figure(n, k)
    a, b = (_measure(k.low, k.value.unit), _measure(k.high, k.value.unit)) if k.value.kind == "period" else (k.low, k.high)
    if k.value.kind == "date":
        return int(high) // 10000 == int(b) // 10000 and (not int(high) % 10000 or not int(b) % 10000 or high == b)
    if k.value.kind == "age" and low == high:
        return high in (a, b)
    tolerance = 0.01 * max(abs(b), 1e-9)
    return abs(high - b) <= tolerance and (abs(low - a) <= tolerance or low == high or n.up_to or k.low == k.high)


def _rounds(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether one is the other, rounded, or its upper end."""
    return abs(a[1] - b[1]) <= 0.01 * max(a[1], b[1], 1e-9)


def _moved(line: Line, aspect: str) -> bool:
    """Whether the sentence says that a date changes: a year alone stands in many sentences."""
    return aspect in line.aspects and bool(CHANGE.search(line.text))


def _chosen(news: Sequence[tuple[Line, Number, float]]) -> tuple[Line, Number, float]:
    """The number that says it best: a step, then a range, then the exact one, then the surest and the earliest."""
    top = max(w for _, _, w in news)
    near = [x for x in news if x[2] >= top - 0.15]
    first = max(near, key=lambda x: (x[1].stepped, x[0].weight, x[2]))
    alike = [x for x in news if _rounds((x[1].low, x[1].high), (first[1].low, first[1].high))]
    return max(alike, key=lambda x: (x[1].low != x[1].high, x[1].high % 1000 != 0, x[0].weight, x[2]))


def _place_agrees(item: ItemStatements, line: Line, k: _Known) -> bool:
    assert k.claim.about
    place = k.claim.about.place
    if place in _NARROW:
        return place in item.places or place in line.places
    return not (
        {"moscow", "st_petersburg", "occupied"} & line.places and "russia" not in line.places and k.value.kind in ("count", "money")
    )


def _one_meaning_each(changes: list[Change]) -> list[Change]:
    """A number measures one thing and is shown for one claim: that whose value the item states as the old one, else the surest.

    Where two aspects are as sure, none is certain.
    """
    out = list[Change]()
    for change in changes:
        rivals = [c for c in changes if c is not change and _rounds(c.figure, change.figure)]
        before = [c for c in rivals if (c.stated, round(c.weight, 2)) > (change.stated, round(change.weight, 2))]
        level = [c for c in rivals if (c.stated, round(c.weight, 2)) == (change.stated, round(change.weight, 2))]
        clear = not before and not any(c.aspect != change.aspect and c.old for c in level)
        first = not any(c.certain and c.aspect == change.aspect and c.new == change.new for c in out)
        out.append(replace(change, certain=change.certain and clear and first))
    return sorted(out, key=lambda c: (-c.certain, -c.stated, -c.weight, c.claim_id))


def _shown(low: float, high: float, k: _Known, n: Number, new: bool) -> str:
    """As people write it: "10,000-30,000 RUB", "30 years"; of an age only the bound that changed."""
    value = k.value
    if value.kind == "date":
        number = int(high)
        parts = (f"{number // 10000:04d}", f"{number // 100 % 100:02d}", f"{number % 100:02d}")
        return "-".join(p for p in parts if p != "00")
    unit = value.unit or ""
    if new and value.kind == "period" and n.unit in _DAYS:
        unit = n.unit
    if value.kind == "age" and low != high and not new and n.low == n.high:
        low = high if n.high > low else low
        low, high = (k.low, k.low) if "lower" in value.measures else (k.high, k.high)
    text = _digits(high) if low == high else f"{_digits(low)}-{_digits(high)}"
    return f"{text} {_counted(unit, high)}".strip()


def _digits(number: float) -> str:
    return f"{number:,.0f}" if abs(number - round(number)) < 1e-6 else f"{number:,.1f}"


_SINGULAR = {
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "cases": "case",
    "ways": "way",
    "drafts": "draft",
    "regions": "region",
    "raids": "raid",
    "hours": "hour",
}


def _counted(unit: str, number: float) -> str:
    return _SINGULAR.get(unit, unit) if number == 1 else unit


def by_claim(changes: Sequence[Change]) -> Mapping[str, list[Change]]:
    """Changes by id of claim."""
    out: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        out[change.claim_id].append(change)
    return out
