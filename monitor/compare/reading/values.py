"""`values`: money, ages, periods, dates, counts and shares in a text, and their comparison with the
values of claims.

Rules read Russian, Ukrainian and English: a number (digits, "10–30", "до 55", "261 тысяча", "две
недели") and the unit that gives its kind. Two values are compared if kind and unit match and if
both measure the same thing, that is, if the claim's `near` words are beside the item's number. The
method is that of numeric fact checking: the more similar the context, the more a different number
means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from monitor.baseline import ClaimValue
from monitor.compare.reading.tokenize import lemma, lemmas, plain
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.reading.word_files import FOLDER, Ending, Word, WordFile, either
from monitor.strict_yaml import load

_DIGIT = re.compile(r"\d")
_BEFORE = 40  # characters before a number that are searched for a limit ("up to") or a month
FILE = FOLDER / "number_words.yml"


class _Limits(WordFile):
    upper: list[Word]
    other: list[Word]


class _Age(WordFile):
    before: list[Ending]
    limits: list[Word]
    unit: Word


class _NumberWords(WordFile):
    """number_words.yml."""

    spelled: dict[float, list[Word]]
    scales: dict[float, list[Ending]]
    limits: _Limits
    between: list[Word]
    units: dict[str, dict[str, list[Ending]]]
    people_after: list[Word]
    age: _Age
    months: dict[int, list[Ending]]
    no_measure: list[Word]
    any_person: list[Word]


@dataclass(frozen=True)
class _Rules:
    """number_words.yml, compiled."""

    words: _NumberWords
    spelled: dict[str, float]
    scales: list[tuple[re.Pattern[str], float]]
    number: re.Pattern[str]
    number_starts: re.Pattern[str]
    units: list[tuple[str, str, re.Pattern[str]]]  # kind, unit, its words
    people_after: re.Pattern[str]
    age_before: re.Pattern[str]
    date: re.Pattern[str]
    months: list[tuple[re.Pattern[str], int]]
    no_measure: frozenset[str]
    any_person: frozenset[str]


@cache
def _rules(path: Path = FILE) -> _Rules:
    words, _ = load(path, _NumberWords)
    spelled = {word: number for number, own in words.spelled.items() for word in own}
    starts = [re.escape(w) for w in sorted(spelled, key=len, reverse=True)]
    n = either(
        [r"\d{1,3}(?:[ \u00a0]\d{3})+", r"\d{1,3}(?:\.\d{3})+(?![\d,])", r"\d{1,3}(?:,\d{3})+(?![\d.])", r"\d+(?:[.,]\d+)?", *starts]
    )
    scale = rf"(?:\s*{either([p for own in words.scales.values() for p in own])})"
    number = (
        rf"(?:(?<!\w)(?P<limit>{either([*words.limits.upper, *words.limits.other])})\s+)?"
        rf"(?<![\w.,/№-])(?<!№ )(?<!в/ч )(?P<a>{n})(?P<sa>{scale})?"
        rf"(?:\s*{either(words.between)}\s*(?P<b>{n})(?P<sb>{scale})?)?"
        rf"[\s-]*(?P<unit>[%₽$€]|[a-zа-яёіїєґ'№]+)?"
    )
    month = either([p for own in words.months.values() for p in own])
    return _Rules(
        words=words,
        spelled=spelled,
        scales=[(re.compile(either(own)), factor) for factor, own in words.scales.items()],
        number=re.compile(number, re.IGNORECASE),
        number_starts=re.compile(rf"(?<![\w.,/№-])(?:\d|{'|'.join(starts)})", re.IGNORECASE),
        units=[(kind, unit, re.compile(either(own))) for kind, units in words.units.items() for unit, own in units.items()],
        people_after=re.compile(either(words.people_after)),
        age_before=re.compile(rf"{either(words.age.before)}[^.!?\d]{{0,40}}$"),
        date=re.compile(rf"(?<!\d)(?:(?P<d>\d{{1,2}})(?:-?го)?\s+)?(?P<m>{month})(?:\s+(?P<y>20\d\d))?", re.IGNORECASE),
        months=[(re.compile(either(own)), number) for number, own in words.months.items()],
        no_measure=frozenset(words.no_measure),
        any_person=frozenset(words.any_person),
    )


@dataclass(frozen=True)
class FoundValue:
    """A value in a text: `low`..`high` in `unit`; `words` as written; `around`: the lemmas beside
    it.
    """

    kind: str
    unit: str
    low: float
    high: float
    words: str
    start: int
    around: frozenset[str]

    @property
    def shown(self) -> str:
        return self.words.strip(" ,.;")


@dataclass(frozen=True)
class ValueChange:
    """The item gives another value than the claim for what appears to be the same measure."""

    claim_id: str
    measures: str
    old: str
    new: str
    likeness: float  # 0..1: how likely it is the same measure
    start: int


def _number(word: str, lang: str | None) -> float:
    """A number in its language's notation. 1,500 is fifteen hundred in English and one and a half
    in Russian; 1.500 is the reverse in German, Dutch and Danish.
    """
    word = re.sub(r"[ \u00a0]", "", word.lower())
    if (spelled := _rules().spelled.get(word)) is not None:
        return spelled
    english = lang == "en"
    if re.fullmatch(r"\d{1,3}(,\d{3})+", word) and english:
        return float(word.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", word) and not english:
        return float(word.replace(".", ""))
    parts = word.replace(",", ".").split(".")
    return float("".join(parts[:-1]) + "." + parts[-1]) if len(parts) > 1 else float(word)


def _scale(word: str | None) -> float:
    word = (word or "").strip().lower()
    return next((factor for pattern, factor in _rules().scales if pattern.fullmatch(word)), 1.0)


def read_values(text: str, lang: str | None = "ru") -> list[FoundValue]:
    """Every value in `text`, in order. Article numbers, act numbers and years are not values."""
    low_text, rules = plain(text), _rules()
    values = [v for m in _all(rules.number, rules.number_starts, low_text) if (v := _parse_number_match(m, low_text, lang))]
    values += [v for m in _all(rules.date, _DIGIT, low_text) if (v := _date(m, low_text, lang))]
    return sorted(values, key=lambda v: v.start)


def _all(pattern: re.Pattern[str], hint: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """`pattern.finditer(text)`. The slow `pattern` is tried only near matches of the fast
    `hint`.
    """
    at = 0
    while (near := hint.search(text, at)) and (match := pattern.search(text, max(at, near.start() - _BEFORE))):
        yield match
        at = match.end()


def _around(text: str, start: int, end: int, lang: str | None) -> frozenset[str]:
    before = re.split(r"[.!?\n]\s", text[max(0, start - 90) : start])[-1]
    after = re.split(r"[.!?\n]\s", text[end : end + 90])[0]
    return frozenset(lemmas(before, lang) + lemmas(after, lang))


def _parse_number_match(m: re.Match[str], text: str, lang: str | None) -> FoundValue | None:
    """The value of a match of the number expression; None where it measures nothing."""
    rules = _rules()
    first, last, scaled = _ends(m, lang)
    unit_word, limit = (m["unit"] or "").lower(), (m["limit"] or "").lower()
    known = next(((k, u) for k, u, p in rules.units if unit_word and p.fullmatch(unit_word)), None)
    if known is None:
        if not (scaled or first >= 1000) or m["a"].lower() in rules.spelled or (_is_year(first) and not scaled):
            return None
        known = ("count", "people" if rules.people_after.search(text[m.end() : m.end() + 40]) else "?")
    kind, unit = known
    if kind == "period" and unit == "years":
        if _is_year(first):
            return None
        kind = "age" if _is_age(m, text, first, last) else kind
    low, high = min(first, last), max(first, last)
    if m["b"] is None and limit in rules.words.limits.upper:
        low = 0.0
    start = m.start("a") if not limit else m.start()
    return FoundValue(kind, unit, low, high, text[start : m.end()], m.start("a"), _around(text, start, m.end(), lang))


def _ends(m: re.Match[str], lang: str | None) -> tuple[float, float, bool]:
    """(first number, last number of a range, whether a word such as "thousand" multiplies them).
    Both ends of a range share a scale.
    """
    a, sa, b, sb = m["a"], m["sa"], m["b"], m["sb"]
    first = _number(a, lang) * (_scale(sa) if sa else _scale(sb) if b else 1.0)
    last = _number(b, lang) * (_scale(sb) if sb else _scale(sa)) if b else first
    return first, last, bool(sa or sb)


def _is_year(number: float) -> bool:
    return 1900 <= number <= 2100


def _is_age(m: re.Match[str], text: str, first: float, last: float) -> bool:
    """Whether a number of years is an age: a range of ages, or a number beside words of age."""
    age = _rules().words.age
    if 14 <= first < last <= 70:
        return True
    beside = _rules().age_before.search(text[max(0, m.start() - 60) : m.start()])
    return first >= 14 and bool(beside or (m["unit"] or "").lower().startswith(age.unit) or m["limit"] in age.limits)


def _date(m: re.Match[str], text: str, lang: str | None) -> FoundValue | None:
    month = next((n for pattern, n in _rules().months if pattern.fullmatch(m["m"].lower())), None)
    if month is None or not (m["d"] or m["y"]) or (m["d"] and not 1 <= int(m["d"]) <= 31):
        return None
    day, year = int(m["d"] or 0), int(m["y"] or 0)
    number = float(year * 10000 + month * 100 + day)
    return FoundValue("date", "day" if day else "month", number, number, m.group(), m.start(), _around(text, m.start(), m.end(), lang))


# Largest factor between old and new value. A fine of 10,000 may become 200,000, seven days may
# become twenty weeks; beyond that it is another measure.
ORDER = 20.0
_DAYS = {"hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 30.4, "years": 365.25}


def in_days(kind: str, unit: str, number: float) -> float:
    return number * _DAYS[unit] if kind == "period" and unit in _DAYS else number


@lru_cache(maxsize=20_000)
def near_lemmas(near: tuple[str, ...]) -> frozenset[str]:
    return frozenset(x for w in near for x in lemmas(w))


def bounds(value: ClaimValue) -> tuple[float, float] | None:
    """The claim's value as (low, high); None for a date or a value without limits."""
    if value.kind == "date":
        return None
    one = value.value
    low = one if one is not None else value.lower
    high = one if one is not None else value.upper
    if not isinstance(low, float) and not isinstance(high, float):
        return None
    return (float(low) if isinstance(low, float) else 0.0, float(high) if isinstance(high, float) else float("inf"))


def same_measure(near: frozenset[str], around: frozenset[str], people: frozenset[str]) -> float:
    """0..1: how likely both numbers measure the same thing. `near`: lemmas of the claim's number;
       `around`: lemmas beside the item's number.

    `people`: see `kinds_of_people`. 1.0 if two specific lemmas match; 0.4 if one of several does;
    0.7 if the claim's only one does.
    """
    specific = near - _rules().no_measure
    ours, theirs = near & people, around & people
    if ours and theirs and not ours & theirs:  # 18,000 foreigners are not 18,000 prisoners
        return 0.0
    shared = len(specific & around)
    if shared == 0:
        return 0.0
    return 1.0 if shared >= 2 else (0.7 if len(specific) == 1 else 0.4)


def kinds_of_people(words: Vocabulary) -> frozenset[str]:
    """Lemmas of kinds of people, without those of people in general."""
    return frozenset(lemma(p) for p in words.sets["persons"]) - _rules().any_person


def show(value: ClaimValue, limits: tuple[float, float]) -> str:
    """A claim's value for display: "10,000–30,000 RUB", "up to 55 years"."""
    low, high = limits
    unit = value.unit or ""
    if high == float("inf"):
        return f"at least {_digits(low)} {unit}"
    if value.value is None and value.lower is None:
        return f"up to {_digits(high)} {unit}"
    return f"{_digits(low)} {unit}" if low == high else f"{_digits(low)}–{_digits(high)} {unit}"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"
