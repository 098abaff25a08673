"""`differ`: the item's statements set against the claims': which claim is meant, and which of its
numbers has changed.

A number is shown as a change only where it is certain: its sentence carries the news, its words
name the aspect that the claim's value measures, unit, persons and place agree, and it is the one
new number of that aspect. Where the sentence also gives the old value and that is the claim's, less
is asked of the words; where it gives another old value, more.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from db.gist import GistValue
from monitor.baseline import About, Claim, ClaimValue
from monitor.compare.statements.acts import meets
from monitor.compare.statements.claim_values import KnownValue, comparable, equal, figure, gist_value, limits, of_kind, plain_text, rounds
from monitor.compare.statements.measures import DISTINCT, Measures, is_narrow, moved, place_agrees, speaks_of
from monitor.compare.statements.number import Number, Part
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line
from monitor.compare.statements.subjects import Pack, act_key
from monitor.compare.statements.value_periods import DRAFTS, Bound, period_at, period_of, series_label

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STATEMENT = ("st_aspect", "st_subject", "st_persons", "st_act", "st_value")

LEAST_BARE = 20.0  # a number without a unit below this is not surely a count
# How surely a number measures what a claim's does where the claim's own value stands beside it as
# the old one

BESIDE_OLD = 0.55
# How much of an aspect counts for a claim that it only touches, and of aspect and subject for a
# claim of one place or of persons of their own whom the item does not name.
TOUCHED, ELSEWHERE = 0.5, 0.5
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
    """A number of a claim for which the item gives a new value. `before` is None where the claim
    has none.
    """

    claim_id: str
    aspect: str
    measures: str
    before: GistValue | None
    after: GistValue
    certain: bool  # whether both measure the same, so that they may be shown side by side
    stated: bool  # whether the item itself gives the claim's value as the old one
    sentence: str
    # How surely the number measures the aspect, 0..1, and a quarter more where `stated`
    weight: float
    above: bool = False
    figure: tuple[float, float] = (0.0, 0.0)  # the new number; a period in days
    written: tuple[float, float] = (0.0, 0.0)  # the new number, as the item's sentence gives it
    # Whether the number is a new one of the aspect, though perhaps of another period, which shows
    # no value.
    sure: bool = False

    @property
    def old(self) -> str:
        """The claim's value in English: "7 days", "10,000-30,000 RUB"; "" where it has none."""
        return plain_text(self.before) if self.before else ""

    @property
    def new(self) -> str:
        """The item's value, likewise."""
        return plain_text(self.after)

    @property
    def likeness(self) -> float:
        """0..1: how sure it is that both numbers measure the same."""
        return 1.0 if self.before and (self.sure or self.certain) else 0.5 * min(1.0, self.weight)


class UnknownAspect(ValueError):
    """A claim speaks of an aspect that no pack knows; the message names both and the fix."""


class StatementIndex:
    """What all claims of a report say, by aspect, so that an item is set against those only that it
    can touch.
    """

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
        # Of claims of one place or of persons of their own
        self._narrow: dict[int, About] = {}
        self._persons: dict[str, list[int]] = defaultdict(list)
        self._acts: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
        self._values: dict[str, list[KnownValue]] = defaultdict(list)
        for i, claim in enumerate(claims):
            if claim.about:
                self._add(i, claim, claim.about)
        for i, claim in enumerate(claims):
            if claim.about:
                self._add_blank(i, claim, claim.about)
        self._touched = self._touches()
        self._narrow_at = np.array(list(self._narrow), np.int64)
        self._places = {claim.id: i for i, claim in enumerate(claims)}
        self._measured: dict[str, list[tuple[str, list[KnownValue]]]] = defaultdict(list)
        for aspect, known in self._values.items():
            self._measured[pack.subject_of(aspect)].append((aspect, known))
        self._measures = Measures(pack)

    def _add(self, i: int, claim: Claim, about: About) -> None:
        for aspect in (about.aspect, *about.touches, *(v.aspect for v in claim.values if v.aspect)):
            if aspect not in self._aspect_ids:
                raise UnknownAspect(
                    f"{claim.id}: aspect {aspect!r} is not in the pack {self._pack.name}; add it there, or correct the claim"
                )
        self._aspect[i] = self._aspect_ids[about.aspect]
        self._subject[i] = self._subject_ids[self._pack.subject_of(about.aspect)]
        for person in about.persons:
            self._persons[person].append(i)
        if is_narrow(about):
            self._narrow[i] = about
        for act in about.acts:
            if key := act_key(act, self._pack.acts):
                self._acts[key].append((i, act[len(key) + 1 :] or None))
        for value in claim.values:
            if value.aspect and (ends := limits(value)):
                self._values[value.aspect].append(KnownValue(i, claim, value, *ends))

    def _touches(self) -> tuple[Ints, Ints, Ints, Floats]:
        """(claim, aspect, subject, how much the aspect counts), a place for each aspect that a
        claim touches. An aspect or subject that no claim of the report is about is that of the
        claims which touch it.
        """
        rows, aspects, subjects = [], set(self._aspect.tolist()), set(self._subject.tolist())
        for i, claim in enumerate(self._claims):
            for name in claim.about.touches if claim.about else ():
                aspect, subject = self._aspect_ids[name], self._subject_ids[self._pack.subject_of(name)]
                share = TOUCHED if aspect in aspects else 1.0
                rows.append((i, aspect, len(self._subject_ids) if subject in subjects else subject, share))
        claim_at, aspect_at, subject_at, shares = zip(*rows, strict=True) if rows else ((), (), (), ())
        return np.array(claim_at, np.int64), np.array(aspect_at, np.int64), np.array(subject_at, np.int64), np.array(shares, np.float64)

    def _add_blank(self, i: int, claim: Claim, about: About) -> None:
        """An aspect with numbers of which no claim of the report gives one: the first number is
        news.
        """
        for name in (about.aspect, *about.touches):
            aspect = self._pack.aspects[name]
            if aspect.kind in ("count", "money", "share", "period", "age") and all(k.blank for k in self._values.get(name, ())):
                value = ClaimValue(measures=aspect.says["en"], kind=aspect.kind, value=0.0, unit=aspect.unit, aspect=name)
                self._values[name].append(KnownValue(i, claim, value, np.nan, np.nan))

    def agreement(self, item: ItemStatements, changes: Iterable[Change], among: Ints | None = None) -> Floats:
        """(claims, len(STATEMENT)): how far what the item speaks of is what each claim speaks
        of.
        """
        rows = np.zeros((len(self._claims), len(STATEMENT)))
        aspects, subjects = np.zeros(len(self._aspect_ids) + 1), np.zeros(len(self._subject_ids) + 1)
        for name, weight in item.aspects.items():
            aspects[self._aspect_ids[name]] = weight
        for name, weight in item.subjects.items():
            subjects[self._subject_ids[name]] = weight
        rows[:, 0], rows[:, 1] = aspects[self._aspect], subjects[self._subject]
        if item.subjects:
            claim, aspect, subject, share = self._touched
            np.maximum.at(rows[:, 0], claim, share * aspects[aspect])
            np.maximum.at(rows[:, 1], claim, subjects[subject])
        near = rows[self._narrow_at, :2].any(axis=1)
        for i in self._narrow_at[near]:
            if not speaks_of(item, self._narrow[i]):
                rows[i, :2] *= ELSEWHERE
        for person, weight in item.persons.items():
            if person in DISTINCT:
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
        """(changes, surest first; restated: by position of claim 0..1, that the item gives the
        claim's own value).
        """
        if item.elsewhere or not any(line.numbers for line in item.lines):
            return [], {}
        changes, restated, own_values = list[Change](), dict[int, float](), list[tuple[tuple[float, float], float]]()
        silent = bool(_SILENT & {k for k, w in item.kinds.items() if w >= IN_TITLE}) or "denial" in item.kinds
        for subject in (s for s, weight in item.subjects.items() if weight >= IN_LEAD):
            for aspect, known in self._measured.get(subject, ()):
                changes += self._of_aspect(item, aspect, known, silent, restated, own_values)
        # A number that is some claim's own is no change of another claim, unless the item says so.
        changes = [c for c in changes if c.stated or not any(rounds(c.figure, own) and w >= c.weight - 0.3 for own, w in own_values)]
        best: dict[tuple[str, str], Change] = {}
        for change in sorted(changes, key=lambda c: (-c.stated, -c.sure, -c.weight, c.claim_id)):
            best.setdefault((change.claim_id, change.new), change)
        return _one_meaning_each(list(best.values())), restated

    def _of_aspect(
        self,
        item: ItemStatements,
        aspect: str,
        known: Sequence[KnownValue],
        silent: bool,
        restated: dict[int, float],
        own_values: list[tuple[tuple[float, float], float]],
    ) -> list[Change]:
        kind = self._pack.aspects[aspect].kind
        bound = [
            (line, n, self._measures.binding(item, line, n, aspect))
            for line in item.lines
            if line.weight
            for n in line.numbers
            if of_kind(n, kind)
        ]
        if not bound:
            return []
        out = list[Change]()
        for k in reversed(known):  # of several values of a claim the newest stands last
            fitting = [(line, n, max(w, self._measures.near(item, line, k))) for line, n, w in bound if comparable(n, k)]
            old_lines = {
                i for i, line in enumerate(item.lines) if any(n.part is Part.OLD and comparable(n, k) and equal(n, k) for n in line.numbers)
            }
            near_old = {item.lines[j].text for i in old_lines for j in (i - 1, i, i + 1) if 0 <= j < len(item.lines)}
            fitting = [(line, n, max(w, BESIDE_OLD if line.text in near_old else 0.0)) for line, n, w in fitting]
            fitting = [x for x in fitting if x[2] and (Part.OLD is x[1].part or self._measures.of_one_sort(x[0], x[1], k))]
            if any(equal(n, k) and n.part is not Part.OLD for _, n, _ in fitting):
                restated[k.position] = max((w for _, n, w in fitting if equal(n, k) and n.part is not Part.OLD), default=1.0)
                own_values += [(figure(n, k), w) for _, n, w in fitting if equal(n, k) and n.part is not Part.OLD]
                if not any(n.part is Part.NEW and not equal(n, k) for _, n, _ in fitting):
                    continue
            change = self._change(item, aspect, k, fitting, silent)
            if change and (change.stated or all(c.claim_id != change.claim_id for c in out)):
                out.append(change)
        return out

    def _label(self, item: ItemStatements, line: Line, n: Number, k: KnownValue, stated: bool) -> str | None:
        """What the number and the claim's value both measure, in words that are true of both; None
        where they are of different kinds of period, or the number is of an earlier one.
        """
        measures = k.value.measures
        if k.value.kind not in ("count", "money", "share") or k.value.unit == "drafts":
            return measures
        known, own = period_of(measures.lower()), period_at(line.text, n, item.lines[0].text)
        if not own.fits(known, stated):
            return None
        if not known.year or known.bound in (None, Bound.TOTAL) or own.same_edition(known):
            return measures
        return series_label(measures, any_draft=own.bound in DRAFTS and own.bound != known.bound)

    def _may_be_first(self, item: ItemStatements, line: Line, n: Number, k: KnownValue) -> bool:
        """Whether the number can be shown as the first one of an aspect of which the report gives
        none: a count or a share that the title names. Sums, ages and periods have too many
        readings.
        """
        aspect = k.value.aspect or ""
        if not k.blank or aspect not in line.aspects or k.value.kind not in ("count", "share"):
            return False
        return n.unit != "?" or (n.high >= LEAST_BARE and self._measures.binding(item, line, n, aspect) == 1.0)

    def _change(
        self, item: ItemStatements, aspect: str, k: KnownValue, fitting: Sequence[tuple[Line, Number, float]], silent: bool
    ) -> Change | None:
        olds = [(line, n) for line, n, _ in fitting if n.part is Part.OLD]
        olds += [(line, n) for line in item.lines for n in line.numbers if n.part is Part.OLD and n.unit == "?" and comparable(n, k)]
        stated = any(equal(n, k) for _, n in olds)
        # "В запасе оставят до 60 лет. Сейчас предел 55": what stays at another value than before is
        # new.
        parts = (Part.NEW, Part.SAME) if stated else (Part.NEW,)
        news = [(line, n, w) for line, n, w in fitting if n.part in parts and not equal(n, k) and line.weight]
        if stated and not news:  # "Сейчас их 3 100. Год назад было 2 722"
            news = [(line, n, w) for line, n, w in fitting if n.part is Part.OLD and not equal(n, k) and line.weight == IN_TITLE]
        news = [x for x in news if self._measures.persons_agree(item, x[0], k) and place_agrees(item, x[0], k)]
        if not news:
            return None
        line, n, weight, place = _chosen(news)
        if k.blank and (olds or any(m.part is Part.OLD for m in line.numbers) or weight < 0.9 or line.weight < IN_TITLE):
            return None
        if not k.blank and self._pack.aspects[aspect].grows and figure(n, k)[1] < k.high:
            return None
        # A number of the title is the news; numbers of the text do not rival it.
        rivals = {figure(m, k) for at, m, w in news if w >= weight - 0.05 and at.weight >= place} - {figure(n, k)}
        rivals = {r for r in rivals if not rounds(r, figure(n, k))}
        # Another old value beside it: the sentence is about something else.
        other = [m for at, m in olds if at is line and (m.stepped or not stated) and not equal(m, k)]
        alone = not rivals and not other and not self._measures.rivals_for(item, line, n, aspect, weight)
        # The claim's own value beside a new one in the title: the text gives it for comparison.
        recalled = place == IN_TITLE and any(equal(m, k) and at.weight < IN_TITLE for at, m, _ in fitting)
        enough = 0.65 if recalled else 0.75 if place == IN_TITLE and self._measures.alone(line, aspect) else 0.8
        plain = (
            weight >= enough and line.carries and self._measures.in_title(item, aspect) and (k.value.kind != "date" or moved(line, aspect))
        )
        measures = self._label(item, line, n, k, stated)
        sure = not silent and not k.blank and ((stated and weight >= 0.5) or (plain and alone))
        first = not silent and plain and alone and self._may_be_first(item, line, n, k)
        certain = first or (sure and measures is not None and not _within(n, k))
        return Change(
            claim_id=k.claim.id,
            aspect=aspect,
            measures=measures or k.value.measures,
            before=None if k.blank else gist_value(k.low, k.high, k, n, new=False),
            after=gist_value(n.low, n.high, k, n, new=True),
            sure=sure,
            certain=certain,
            stated=stated,
            sentence=line.written,
            weight=weight + 0.25 * stated,
            above=n.above and n.low == n.high,
            figure=figure(n, k),
            written=(n.low, n.high),
        )


def _within(n: Number, k: KnownValue) -> bool:
    """Whether a count lies inside the claim's range: another member of the same series is no change
    of it.
    """
    return k.value.kind == "count" and k.low < n.low and n.high < k.high


def _chosen(news: Sequence[tuple[Line, Number, float]]) -> tuple[Line, Number, float, float]:
    """The number that says it best: a step, then a range, then the exact one, then the surest and
    the earliest.
    """
    top = max(w for _, _, w in news)
    near = [x for x in news if x[2] >= top - 0.15]
    first = max(near, key=lambda x: (x[1].stepped, x[0].weight, x[2]))
    alike = [x for x in news if rounds((x[1].low, x[1].high), (first[1].low, first[1].high))]
    line, n, weight = max(alike, key=lambda x: (x[1].low != x[1].high, x[1].high % 1000 != 0, x[0].weight, x[2]))
    return line, n, weight, first[0].weight


def _one_meaning_each(changes: list[Change]) -> list[Change]:
    """A number measures one thing and is shown for one claim: that whose value the item states as
    the old one, else the surest.

    Where two aspects are as sure, none is certain.
    """
    out = list[Change]()
    for change in changes:
        rivals = [c for c in changes if c is not change and rounds(c.written, change.written)]
        before = [c for c in rivals if (c.stated, round(c.weight, 2)) > (change.stated, round(change.weight, 2))]
        level = [c for c in rivals if (c.stated, round(c.weight, 2)) == (change.stated, round(change.weight, 2))]
        clear = not before and not any(c.aspect != change.aspect and c.old for c in level)
        first = not any(c.sure and c.aspect == change.aspect and c.new == change.new for c in out)
        out.append(replace(change, sure=change.sure and clear and first, certain=change.certain and clear and first))
    return sorted(out, key=lambda c: (-c.certain, -c.stated, -c.weight, c.claim_id))
