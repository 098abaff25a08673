"""`read`: what an item says, as statements: subjects, aspects, persons, places, numbers and acts,
sentence by sentence.

Only sentences that carry the news count for values: the title, the lead, and later ones that share
a subject with them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from monitor.compare.reading.tokenize import plain, sentences
from monitor.compare.statements.acts import ActTitle, NamedAct, act_title, named_acts
from monitor.compare.statements.cue_index import Hit, without_look_alikes
from monitor.compare.statements.number import Number, Part
from monitor.compare.statements.numbers import read_numbers
from monitor.compare.statements.subjects import NUMBERS, Pack
from monitor.compare.statements.words import ONE_PERSON

MOST_SENTENCES = 7
LEAD = 2  # sentences of the text that say what the title says
IN_TITLE, IN_LEAD, FURTHER = 1.0, 0.7, 0.35  # how much a place in the item counts
# "320 тыс. Ещё 50": an abbreviation of a unit ends a sentence where a capital follows.
_UNIT_END = re.compile(r"(?<=\d\s(?:тыс|млн|руб|чел)\.)\s+(?=[А-ЯЁІЇЄ][а-яёіїє]+)|(?<=(?:тыс|млн)\.\sруб\.)\s+(?=[А-ЯЁІЇЄ][а-яёіїє]+)")


@dataclass(frozen=True)
class Line:
    """One plain sentence: where it stands, what its cues say, the numbers in it. Weight: IN_TITLE,
    IN_LEAD or FURTHER.
    """

    text: str
    written: str
    weight: float
    subjects: frozenset[str]
    aspects: frozenset[str]
    persons: frozenset[str]
    places: frozenset[str]
    numbers: tuple[Number, ...]

    @property
    def carries(self) -> bool:
        """Whether it carries the news by its place."""
        return self.weight >= IN_LEAD


@dataclass(frozen=True)
class ItemStatements:
    """What was read; the maps give the weight of the best place."""

    lines: tuple[Line, ...]
    subjects: Mapping[str, float]
    aspects: Mapping[str, float]
    persons: Mapping[str, float]
    places: Mapping[str, float]
    kinds: Mapping[str, float]  # kinds of text that are not news
    acts: tuple[NamedAct, ...]  # named in title or lead
    title_of: ActTitle | None  # where the title is that of an official act
    abroad: float = 0.0  # the best place of a word for another country
    one_person: bool = False  # whether the title is about one person: a case, not a rule

    @property
    def speaks(self) -> bool:
        """Whether it speaks of anything the pack knows."""
        return bool(self.subjects or self.acts)

    @property
    def elsewhere(self) -> bool:
        """Whether title or lead speak of another country, and neither of Russia."""
        return self.abroad >= IN_LEAD and self.places.get("russia", 0.0) < IN_LEAD

    @property
    def foreign(self) -> bool:
        """Whether the title speaks of another country's army, and neither title nor lead of
        Russia.
        """
        return self.abroad >= IN_TITLE and self.places.get("russia", 0.0) < IN_LEAD


def read_statements(head: str, tail: str, lang: str | None, pack: Pack, one_person: bool = False) -> ItemStatements:
    """`head`, `tail`: title and text as written, cleaned (see reading.head_and_body). `one_person`:
    whether the title is about one person.
    """
    written = [(s, IN_TITLE) for s in _split(head)]
    written += [(s, IN_LEAD if i < LEAD else FURTHER) for i, s in enumerate(_split(tail)[: MOST_SENTENCES - 1])]
    texts = [plain(s).replace("’", "'").replace("ʼ", "'") for s, _ in written]
    hits = _placed([without_look_alikes(pack.cues.find(t)) for t in texts], pack)
    about = [frozenset(h.owner[2:] for h in found if h.owner.startswith("s:")) | _subjects_of(found, pack) for found in hits]
    main = frozenset().union(*(s for s, (_, weight) in zip(about, written, strict=True) if weight >= IN_LEAD), frozenset())
    lines = tuple(
        _line(text, sentence, weight if weight > FURTHER or subjects & main else 0.0, found, subjects, lang, bool(main))
        for text, (sentence, weight), found, subjects in zip(texts, written, hits, about, strict=True)
    )
    front = [(text, found, weight) for text, found, (_, weight) in zip(texts, hits, written, strict=True) if weight >= IN_LEAD]
    title = "\n".join(text for text, _, weight in front if weight == IN_TITLE)
    acts = [
        n for text, found, _ in front for n in named_acts(text, ((h.start, h.owner[2:]) for h in found if h.owner.startswith("t:")), pack)
    ]
    places = _best((line.places, line.weight) for line in lines)
    return ItemStatements(
        lines=_inherited(lines),
        subjects=_best((line.subjects, line.weight) for line in lines),
        aspects=_best((line.aspects, line.weight) for line in lines),
        persons=_best((line.persons, line.weight) for line in lines),
        places=places,
        kinds=_best((frozenset(h.owner[2:] for h in found if h.owner.startswith("k:")), weight) for _, found, weight in front),
        acts=tuple(acts),
        title_of=act_title(title),
        abroad=max((w for name, w in places.items() if pack.places[name].abroad), default=0.0),
        one_person=one_person or bool(ONE_PERSON.search(title)),
    )


def _split(text: str) -> list[str]:
    return [part for _, s in sentences(text) for part in _UNIT_END.split(s) if part.strip()]


def _placed(hits: list[list[Hit]], pack: Pack) -> list[list[Hit]]:
    """Without subjects that are spoken of only where their place is named."""
    places = {h.owner[2:] for found in hits for h in found if h.owner.startswith("l:")}
    far = {name for name, s in pack.subjects.items() if s.place and s.place not in places}
    if not far:
        return hits
    return [[h for h in found if not (h.owner[2:] in far or (h.owner[0] == "a" and pack.subject_of(h.owner[2:]) in far))] for found in hits]


def _subjects_of(found: list[Hit], pack: Pack) -> frozenset[str]:
    """An aspect's cue shows its subject too."""
    return frozenset(pack.subject_of(h.owner[2:]) for h in found if h.owner.startswith("a:"))


def _line(text: str, written: str, weight: float, found: list[Hit], subjects: frozenset[str], lang: str | None, topical: bool) -> Line:
    def owners(kind: str) -> frozenset[str]:
        return frozenset(h.owner[2:] for h in found if h.owner.startswith(kind))

    numbers = tuple(read_numbers(text, lang)) if topical else ()
    return Line(text, written, weight, subjects, owners("a:"), owners("p:"), owners("l:"), numbers)


def _best(found: Iterable[tuple[frozenset[str], float]]) -> dict[str, float]:
    out: dict[str, float] = {}
    for names, weight in found:
        for name in names:
            out[name] = max(out.get(name, 0.0), weight)
    return {n: w for n, w in out.items() if w > 0}


def _inherited(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """A bare old value takes kind and unit of the number before it: "24 месяца вместо нынешних
    21".
    """
    out, last = list[Line](), None
    for line in lines:
        numbers = list[Number]()
        for n in line.numbers:
            if n.unit == "?" and n.part in (Part.OLD, Part.SAME, Part.NEW) and last is not None and _could_be(n, last):
                factor = _scale(n, last) if n.part is Part.OLD else 1.0
                n = replace(n, kind=last.kind, unit=last.unit, low=n.low * factor, high=n.high * factor)
            if n.kind in NUMBERS and n.unit not in ("?", "date") and n.part is not Part.ASIDE:
                last = n
            numbers.append(n)
        out.append(replace(line, numbers=tuple(numbers)))
    return tuple(out)


def _could_be(n: Number, last: Number) -> bool:
    # "до 33 … верхняя граница 35": a bare new number only where it is of the size of an age or a
    # period
    if n.part is Part.NEW:
        return last.kind == "period" and n.high < 100 and last.high / 3 <= n.high <= last.high * 3
    return n.high <= last.high * 20 and (n.high * 20 >= last.high or last.high >= 1000)


def _scale(n: Number, last: Number) -> float:
    """ "до 300 тысяч; раньше — от 10 до 100": the old value is in thousands too."""
    return next((f for f in (1.0, 1e3, 1e6) if last.high / 20 <= n.high * f <= last.high * 20), 1.0)
