"""`values`: money, ages, periods, dates, counts and shares that a text gives, and the item's set against the claim's.

Reading is by rule, in Russian, Ukrainian and English: a number (digits, "10–30", "до 55", "261 тысяча", "две недели"), then the unit that
makes it a kind. Comparing asks three things: same kind and unit, the same thing measured (the claim's `near` words stand beside the
number), and another number. The method is that of numeric fact checking: the higher the likeness around a number, the more a different number means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.baseline import Value
from monitor.compare.text import lemma, lemmas, plain
from monitor.compare.vocabulary import vocabulary

_SPELLED = {
    "один": 1, "одна": 1, "одного": 1, "одной": 1, "одну": 1, "одним": 1, "два": 2, "две": 2, "двух": 2, "двум": 2, "двумя": 2, "три": 3, "трех": 3, "трем": 3,
    "четыре": 4, "четырех": 4, "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8, "девять": 9, "девяти": 9,
    "десять": 10, "десяти": 10, "двенадцать": 12, "двенадцати": 12, "четырнадцать": 14, "четырнадцати": 14, "пятнадцать": 15, "пятнадцати": 15,
    "двадцать": 20, "двадцати": 20, "тридцать": 30, "тридцати": 30, "полтора": 1.5, "полторы": 1.5, "полутора": 1.5, "полгода": 0.5,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "thirty": 30,
    "дві": 2, "троє": 3, "чотири": 4, "п'ять": 5, "шість": 6, "сім": 7, "десять ": 10,
}  # fmt: skip
_SCALE = [
    (re.compile(r"^(тыс(?:\.|яч\w*)?|тис(?:\.|яч\w*)?|thousand|k)$"), 1e3),
    (re.compile(r"^(млн|миллион\w*|мільйон\w*|million|mln)\.?$"), 1e6),
    (re.compile(r"^(млрд|миллиард\w*|мільярд\w*|billion|bn)\.?$"), 1e9),
]
_N = (
    r"(?:\d{1,3}(?:[ \u00a0]\d{3})+|\d{1,3}(?:\.\d{3})+(?![\d,])|\d{1,3}(?:,\d{3})+(?![\d.])|\d+(?:[.,]\d+)?|"
    + "|".join(sorted(map(re.escape, _SPELLED), key=len, reverse=True))
    + r")"
)
_SCALES = (
    r"(?:\s*(?:тысяч\w*|тыс\.?|тисяч\w*|тис\.?|thousand|млн\.?|миллион\w*|мільйон\w*|million|млрд\.?|миллиард\w*|мільярд\w*|billion|bn))"
)
_NUMBER = re.compile(
    rf"(?:(?<!\w)(?P<limit>до|не более|не больше|не старше|максимум|up to|under|від|от|не менее|не меньше|минимум|более|больше|свыше|понад|at least|more than|over|с|from|старше|почти|около|порядка|примерно)\s+)?"
    rf"(?<![\w.,/№-])(?<!№ )(?<!в/ч )(?P<a>{_N})(?P<sa>{_SCALES})?"
    rf"(?:\s*(?:-|до|to|по|и|или)\s*(?P<b>{_N})(?P<sb>{_SCALES})?)?"
    rf"[\s-]*(?P<unit>[%₽$€]|[a-zа-яёіїєґ'№]+)?",
    re.IGNORECASE,
)
_NUMBER_STARTS = re.compile(r"(?<![\w.,/№-])(?:\d|" + "|".join(map(re.escape, _SPELLED)) + ")", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_BEFORE = 40  # characters before a number in which a limit ("up to") or a month can stand
_UNITS: list[tuple[str, str, re.Pattern[str]]] = [
    ("money", "RUB", re.compile(r"^(руб\w*|₽|rub\w*|roubles?|roebels?|крб)$")),
    ("money", "USD", re.compile(r"^(доллар\w*|\$|usd|dollars?|долар\w*)$")),
    ("money", "EUR", re.compile(r"^(евро|€|eur|euros?|євро)$")),
    ("share", "percent", re.compile(r"^(%|процент\w*|percent|prozent|procent|відсотк\w*)$")),
    ("period", "hours", re.compile(r"^(час(?:а|ов)?|годин\w*|hours?)$")),
    ("period", "days", re.compile(r"^(дн(?:я|ей|ів|і)|день|дневн\w*|сут(?:ок|ки)|календарн\w*|рабоч\w*|days?|tage?n?|dagen?|dage|діб)$")),
    ("period", "weeks", re.compile(r"^(недел\w*|тижн\w*|weeks?|wochen?|weken|uger?)$")),
    ("period", "months", re.compile(r"^(месяц\w*|мес|місяц\w*|months?|monate?n?|maanden?|måneder?)$")),
    ("period", "years", re.compile(r"^(год(?:а|у|ом)?|лет|рок\w*|років|years?|jahre?n?|jaar|jaren|år|летн\w*|річн\w*)$")),
    ("count", "people", re.compile(r"^(человек\w*|людей|люд\w*|россиян\w*|граждан\w*|мужчин\w*|призывник\w*|срочник\w*|контрактник\w*|резервист\w*|доброволь\w*|военн\w*|солдат\w*|мобилизованн\w*|заключ[её]нн\w*|осужд[её]нн\w*|дезертир\w*|уклонист\w*|студент\w*|мигрант\w*|иностран\w*|новобран\w*|боец|бойц\w*|погибш\w*|убит\w*|ранен\w*|people|men|soldiers|menschen|männer|soldaten|reservisten|mensen|mannen|mennesker|mænd|soldater|reservister|reservists|conscripts|russians|осіб|чоловік\w*|військов\w*|recruits|troops|students|юнош\w*|ребят|жител\w*)$")),
    ("count", "cases", re.compile(r"^(дел|дела|приговор\w*|cases|справ)$")),
    ("count", "contracts", re.compile(r"^(контракт\w*|contracts)$")),
    ("count", "summonses", re.compile(r"^(повест\w*|summonses|повісток)$")),
    ("count", "regions", re.compile(r"^(регион\w*|субъект\w*|област\w*|regions|регіон\w*)$")),
    ("count", "countries", re.compile(r"^(стран\w*|государств\w*|countries|країн\w*)$")),
    ("count", "professions", re.compile(r"^(професси\w*|должност\w*|professions)$")),
    ("count", "organisations", re.compile(r"^(организац\w*|учрежден\w*|предприяти\w*|вуз\w*|колледж\w*|institutions|organi[sz]ations)$")),
    ("count", "diseases", re.compile(r"^(заболеван\w*|болезн\w*|diseases)$")),
    ("count", "times", re.compile(r"^(раз|раза|разів|times)$")),
]  # fmt: skip
_AGE_BEFORE = re.compile(
    r"(возраст\w*|старше|моложе|достигш\w*|граждан\w*|мужчин\w*|россиян\w*|человек\w*|людей|aged|age|men|віком)[^.!?\d]{0,40}$"
)
_AGE_AFTER = re.compile(r"^(?:\s*(?:лет|years old|років)\b)|^-?летн")
_MONTHS = {
    "январ": 1, "феврал": 2, "март": 3, "апрел": 4, "ма": 5, "июн": 6, "июл": 7, "август": 8, "сентябр": 9, "октябр": 10, "ноябр": 11, "декабр": 12,
    "січн": 1, "лют": 2, "берез": 3, "квітн": 4, "травн": 5, "червн": 6, "липн": 7, "серпн": 8, "вересн": 9, "жовтн": 10, "листопад": 11, "грудн": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_DATE = re.compile(
    r"(?<!\d)(?:(?P<d>\d{1,2})(?:-?го)?\s+)?(?P<m>январ[яье]\w*|феврал[яье]\w*|марта?|апрел[яье]\w*|ма[йяе]|июн[яье]\w*|июл[яье]\w*|август[ае]?|сентябр[яье]\w*|октябр[яье]\w*|"
    r"ноябр[яье]\w*|декабр[яье]\w*|січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня|january|february|march|april|june|july|august|september|"
    r"october|november|december)(?:\s+(?P<y>20\d\d))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A value that stands in a text: `low`..`high` in `unit`; `words` as written, `around` the lemmas beside it."""

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
    """The item gives another value than the claim for what seems the same measure."""

    claim_id: str
    measures: str
    old: str
    new: str
    likeness: float  # 0..1: how sure it is the same measure
    start: int


def _number(word: str, lang: str | None) -> float:
    """A number as its language writes it: 1,500 is fifteen hundred in English and one and a half in Russian, 1.500 the other way round in German, Dutch, Danish."""
    word = re.sub(r"[ \u00a0]", "", word.lower())
    if word in _SPELLED:
        return float(_SPELLED[word])
    english = lang == "en"
    if re.fullmatch(r"\d{1,3}(,\d{3})+", word) and english:
        return float(word.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", word) and not english:
        return float(word.replace(".", ""))
    parts = word.replace(",", ".").split(".")
    return float("".join(parts[:-1]) + "." + parts[-1]) if len(parts) > 1 else float(word)


def _scale(word: str | None) -> float:
    word = (word or "").strip().lower()
    return next((factor for pattern, factor in _SCALE if pattern.match(word)), 1.0)


def read_values(text: str, lang: str | None = "ru") -> list[Found]:
    """Every value in `text`, in order. Article numbers, act numbers and years are not values."""
    low_text = plain(text)
    found = [v for m in _all(_NUMBER, _NUMBER_STARTS, low_text) if (v := _one(m, low_text, lang))]
    found += [v for m in _all(_DATE, _DIGIT, low_text) if (v := _date(m, low_text, lang))]
    return sorted(found, key=lambda v: v.start)


def _all(pattern: re.Pattern[str], hint: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """`pattern.finditer(text)`, but the costly `pattern` is tried only near a place of the cheap `hint`, without which nothing it finds is a value."""
    at = 0
    while (near := hint.search(text, at)) and (match := pattern.search(text, max(at, near.start() - _BEFORE))):
        yield match
        at = match.end()


def _around(text: str, start: int, end: int, lang: str | None) -> frozenset[str]:
    before = re.split(r"[.!?\n]\s", text[max(0, start - 90) : start])[-1]
    after = re.split(r"[.!?\n]\s", text[end : end + 90])[0]
    return frozenset(lemmas(before, lang) + lemmas(after, lang))


def _one(m: re.Match[str], text: str, lang: str | None) -> Found | None:
    a, sa, b, sb = m["a"], m["sa"], m["b"], m["sb"]
    scale_b = _scale(sb)
    scale_a = _scale(sa) if sa else (scale_b if b else 1.0)
    first = _number(a, lang) * scale_a
    last = _number(b, lang) * (scale_b if sb else (_scale(sa) if sa else 1.0)) if b else first
    unit_word = (m["unit"] or "").lower()
    kind_unit = next(((k, u) for k, u, p in _UNITS if unit_word and p.match(unit_word)), None)
    scaled = bool(sa or sb)
    if kind_unit is None:
        if not (scaled or first >= 1000) or a.lower() in _SPELLED or (1900 <= first <= 2100 and not scaled):
            return None
        kind_unit = (
            "count",
            "people" if re.search(r"(человек|людей|россиян|контракт|военн|погиб)", text[m.end() : m.end() + 40]) else "?",
        )
    kind, unit = kind_unit
    if kind == "period" and unit == "years":
        if 1900 <= first <= 2100:
            return None
        if 14 <= first < last <= 70 or (
            first >= 14
            and (
                _AGE_BEFORE.search(text[max(0, m.start() - 60) : m.start()])
                or unit_word.startswith("летн")
                or m["limit"] in ("старше", "не старше")
            )
        ):
            kind = "age"
    limit = (m["limit"] or "").lower()
    low, high = min(first, last), max(first, last)
    if b is None and limit in ("до", "не более", "не больше", "не старше", "максимум", "up to", "under"):
        low = 0.0
    start = m.start("a") if not limit else m.start()
    return Found(kind, unit, low, high, text[start : m.end()], m.start("a"), _around(text, start, m.end(), lang))


def _date(m: re.Match[str], text: str, lang: str | None) -> Found | None:
    month_word = m["m"].lower()
    month = next((n for stem, n in sorted(_MONTHS.items(), key=lambda x: -len(x[0])) if month_word.startswith(stem)), None)
    if month is None or not (m["d"] or m["y"]) or (m["d"] and not 1 <= int(m["d"]) <= 31):
        return None
    day, year = int(m["d"] or 0), int(m["y"] or 0)
    number = float(year * 10000 + month * 100 + day)
    return Found("date", "day" if day else "month", number, number, m.group(), m.start(), _around(text, m.start(), m.end(), lang))


ORDER = 20.0  # a fine of 10,000 may become 200,000, seven days may become twenty weeks; beyond that it is another measure
_DAYS = {"hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 30.4, "years": 365.25}


def in_days(kind: str, unit: str, number: float) -> float:
    return number * _DAYS[unit] if kind == "period" and unit in _DAYS else number


@lru_cache(maxsize=20_000)
def near_lemmas(near: tuple[str, ...]) -> frozenset[str]:
    return frozenset(x for w in near for x in lemmas(w))


def bounds(value: Value) -> tuple[float, float] | None:
    """The claim's value as (low, high); None where it is a date or open on both sides."""
    if value.kind == "date":
        return None
    one = value.value
    low = one if one is not None else value.lower
    high = one if one is not None else value.upper
    if not isinstance(low, float) and not isinstance(high, float):
        return None
    return (float(low) if isinstance(low, float) else 0.0, float(high) if isinstance(high, float) else float("inf"))


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
    ]
)


def same_measure(near: frozenset[str], around: frozenset[str]) -> float:
    """0..1: how likely the number beside `around` measures what the claim's number beside `near` does.

    Two telling words together are sure (1.0); one of several is a hint (0.4); one where the claim names only one is likely (0.7).
    """
    telling = near - _EVERYWHERE
    people, others = near & _people(), around & _people()
    if people and others and not people & others:  # eighteen thousand foreigners are not eighteen thousand prisoners
        return 0.0
    shared = len(telling & around)
    if shared == 0:
        return 0.0
    return 1.0 if shared >= 2 else (0.7 if len(telling) == 1 else 0.4)


@lru_cache(maxsize=1)
def _people() -> frozenset[str]:
    """Lemmas of kinds of people, as comparison writes them."""
    return frozenset(lemma(p) for p in vocabulary().sets["persons"]) - {"гражданин", "россиянин", "мужчина", "военный", "житель", "человек"}


def show(value: Value, limits: tuple[float, float]) -> str:
    """A claim's value as people write it: "10,000–30,000 RUB", "up to 55 years"."""
    low, high = limits
    unit = value.unit or ""
    if high == float("inf"):
        return f"at least {_digits(low)} {unit}"
    if value.value is None and value.lower is None:
        return f"up to {_digits(high)} {unit}"
    return f"{_digits(low)} {unit}" if low == high else f"{_digits(low)}–{_digits(high)} {unit}"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"
