"""Numbers of a sentence with the part they play: the news, what was before, what stays.

"From 10,000 to 30,000 roubles; until now 500" holds one range and one old value. A number is read with its unit, in six
languages, spelt out or in digits; its part is told by the words of its clause ("instead of", "until now", "stays").
Article and act numbers and years are no values; a year or a day as such is a date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.compare.reading.tokenize import morphology
from monitor.compare.statements import words as w


class Part(StrEnum):
    """What a number is in its sentence."""

    NEW = "new"  # stated as news
    OLD = "old"  # what was before, by the sentence's own words
    SAME = "same"  # said to stay as it is
    ASIDE = "aside"  # a reminder, or a comparison with something else


@dataclass(frozen=True)
class Number:
    """A value in a sentence: `low`..`high` in `unit`; [start, end) in the sentence; `clause`: [start, end) of its clause."""

    kind: str  # period, money, share, count, date
    unit: str  # "?" where a bare number has none
    low: float
    high: float
    start: int
    end: int
    clause: tuple[int, int]
    part: Part = Part.NEW
    above: bool = False  # "more than"
    up_to: bool = False
    about: bool = False
    stepped: bool = False  # the new end of "from A to B", or its old one


_DIGITS = r"\d{1,3}(?:[ \u00a0']\d{3})+(?!\d)|\d{1,3}(?:[.,]\d{3})+(?![\d.,]\d)|\d+(?:[.,]\d+)?"
_WORDS = "|".join(sorted(map(re.escape, w.SPELLED), key=len, reverse=True))
_TOKEN = re.compile(
    rf"(?<![\w.,/№#])(?<!\D-)(?:(?P<digits>{_DIGITS})(?![\d/]|-?фз|-лет\w|-річн|-year|-jähr|-årig|-jarig)|(?P<word>{_WORDS})(?![\w-]))"
)
_SCALED_BEFORE = re.compile(rf"(?:\d|{_WORDS}|hundreds of|сотни|несколько|several|ein|en|et|een)\s$")
_DIGIT = re.compile(r"\d")
_ANY_WORD = re.compile(r"[^\W\d_][\w'-]*")
# How words begin that can be a value by themselves: "двадцатидневный", "на пятый день", "через неделю", "половина".
_BEGIN = (
    "полгод",
    "півроку",
    "недел",
    "годов",
    "месяц",
    "месячн",
    "суток",
    "сутки",
    "трет",
    "перв",
    "втор",
    "четверт",
    "пят",
    "шест",
    "седьм",
    "двенадцат",
    "двадцат",
    "тридцат",
    "половин",
    "кажды",
    "half",
    "third",
    "every",
    "год",
    "тижд",
    "week",
    "month",
    "year",
    "woche",
    "monat",
    "jahr",
    "uge",
    "måned",
    "maand",
    "jaar",
    "single",
    "дважды",
    "twice",
    "spring",
    "весенн",
)
_INSIDE = ("дневн", "месячн", "недельн", "летн")


def _has_number(text: str) -> bool:
    """Whether a value can stand in `text`: a cheap look before the costly ones."""
    if _DIGIT.search(text):
        return True
    return any(word in w.SPELLED or word.startswith(_BEGIN) or any(x in word for x in _INSIDE) for word in _ANY_WORD.findall(text))


_SCALE = re.compile(r"\s?(тыс(?:яч\w*|\.)?|тис(?:яч\w*|\.)?|thousand|tausend|tusinde?|duizend|млн\.?|миллион\w*|мільйон\w*|million(?:en|er|s)?|mln\.?|mio\.?|miljoen|millones|млрд\.?|миллиард\w*|billion|bn|mrd\.?|miljard|k)(?!\w)")  # fmt: skip
_NO_VALUE = re.compile(
    r"(?:№|ст\.|статьи|статье|статью|статья|части|часть|пункта|пункт|пункте|article|art\.|section|paragraph|no\.|nr\.|указ|закон|постановлени[ея]|приказ|законопроект|§|в/ч|ст|стат(?:тя|тю|ті))\s*$"
)
_GLUE = re.compile(r"\s?(?:-|до|по|to|bis|til|tot|і|и|and|und|og|en)\s?")
_RANGE_BEFORE = re.compile(r"(?:от|від|between|from|zwischen|mellem|tussen|с|со|з|von|fra|van)\s$")
_STEP_FROM = re.compile(r"(?<!\w)(?:с|со|з|із|from|von|fra|van)\s$")
_STEP_TO = re.compile(r"(?:до|на|to|auf|til|naar)")
_CLAUSE_END = re.compile(
    r"(?<!\d),(?!\d)|(?<=\d),(?=\s)|[;:()]|(?<!\w)(?:а(?! не)|но|but|while|whereas|aber|sondern|men|mens|maar|terwijl|але)(?!\w)"
)
_ADJECTIVE = re.compile(
    rf"(?<!\w)(?P<n>\d+|{'|'.join(sorted((x for x in w.SPELLED if x.endswith(('и', 'х', 'а')) and len(x) > 2), key=len, reverse=True))}|дво|три|полутора|одно)[- ]?(?P<u>дневн|суточн|недельн|месячн|летн|годичн|денн|тижнев|місячн|річн)\w+"
)
_ADJECTIVE_UNIT = {
    "дневн": "days",
    "суточн": "days",
    "денн": "days",
    "недельн": "weeks",
    "тижнев": "weeks",
    "месячн": "months",
    "місячн": "months",
}
_ORDINALS = {
    "перв": 1, "втор": 2, "трет": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9, "десят": 10, "двенадцат": 12, "четырнадцат": 14, "пятнадцат": 15, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
_ORDINAL_DAY = re.compile(
    rf"(?<!\w)(?:(?P<o>{'|'.join(_ORDINALS)})(?:ый|ого|ому|ом|ые|ых|ой|ий|ьего|ьи|ые|ые)|(?P<n>\d+)-(?:й|го|е|ый))\s(?:день|дня|дню|сутки|суток)"
)
_ORDINAL_OLD = re.compile(rf"(?<!\w)(?:вместо|а не с|а не на)\s(?P<o>{'|'.join(_ORDINALS)})(?:ого|ьего)(?!\w)")
_NTHS = {**{o: n for o, n in _ORDINALS.items() if 1 < n < 8}, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "vierte": 4, "dritte": 3, "fjerde": 4, "tredje": 3, "vierde": 4, "derde": 3}  # fmt: skip
_NTH = re.compile(
    rf"(?<!\w)(?P<o>{'|'.join(_NTHS)})(?:ый|ой|ий|ое|ье|r|n|s)?\s(?:[^\W\d_]+\s)?(?P<u>способ|случай|дело|way|case|weg|fall|måde|tilfælde|manier|wijze|geval)(?!\w)"
)
_LONE = re.compile(
    r"(?<!\w)(?:через|за|на|в течение|спустя|within|after|for|for a|in a|nach|binnen|inden for|efter|na|binnen|за|через)\s(?:(?:целую|целый|одну|один|a|one|einer|einem|en|et|een)\s)?(?P<u>недел[юиья]|месяц\w?|год|сутки|неделю|тиждень|місяць|week|month|year|woche|monat|jahr|uge|måned|maand|jaar)(?!\w)"
)
_LONE_UNIT = (("недел", "weeks"), ("week", "weeks"), ("woche", "weeks"), ("uge", "weeks"), ("тижд", "weeks"), ("сутк", "days"), ("меся", "months"), ("місяц", "months"), ("month", "months"), ("monat", "months"), ("måned", "months"), ("maand", "months"))  # fmt: skip
# "A single draft" instead of "twice-yearly call-ups".
_SINGLE = re.compile(r"(?<!\w)(?:a single|single|one|един\w+|одн\w+|один) (?:[\w-]+ ){0,2}(?:draft|call-up|conscription|призыв)(?!\w)")
_TWICE = re.compile(
    r"(?<!\w)(?:twice-yearly|twice-a-year|twice a year|half-yearly|biannual|spring and autumn|весенн\w+ и осенн\w+|два раза в год|дважды в год|двух призывов)(?!\w)"
)
_HALF_YEAR = re.compile(r"(?<!\w)(?:полгода|полугода|півроку|half a year|ein halbes jahr|et halvt år|een half jaar)(?!\w)")
_SHARES = (
    (re.compile(r"(?<!\w)(?:треть|трети|третин\w|a third|one third|ein drittel|en tredjedel|een derde)(?!\w)"), 100 / 3),
    (re.compile(r"(?<!первой )(?<!второй )(?<!first )(?<!second )(?<!\w)(?:половин\w|half|hälfte|halvdelen|helft)(?!\w)"), 50.0),
    (re.compile(r"(?<!\w)(?:кажд\w+ пят\w+|one in five|every fifth|jeder fünfte|hver femte|een op de vijf)(?!\w)"), 20.0),
    (
        re.compile(r"(?<!\w)(?:кажд\w+ четверт\w+|one in four|a quarter of|every fourth|jeder vierte|hver fjerde|een op de vier)(?!\w)"),
        25.0,
    ),
    (re.compile(r"(?<!\w)(?:кажд\w+ десят\w+|one in ten|every tenth)(?!\w)"), 10.0),
)
_MONTHS = {
    "янв": 1, "фев": 2, "март": 3, "апр": 4, "мая": 5, "май": 5, "мае": 5, "июн": 6, "июл": 7, "авг": 8, "сент": 9, "окт": 10, "нояб": 11, "дек": 12,
    "січн": 1, "лют": 2, "берез": 3, "квітн": 4, "травн": 5, "червн": 6, "липн": 7, "серпн": 8, "вересн": 9, "жовтн": 10, "листопад": 11, "грудн": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "mai": 5, "maj": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
_DATE = re.compile(
    rf"(?<![\w.])(?:(?P<d>\d{{1,2}})(?:-?го|\.)?\s)?(?P<m>(?:{'|'.join(_MONTHS)})[a-zа-яіїє]*)\.?(?:\s(?:\d{{1,2}},\s)?(?P<y>20\d\d))?(?!\w)|(?<![\w.,/№-])(?P<only>20[2-4]\d)(?:-?(?:м|й|го|му))?(?![\w%]|\s?(?:руб|чел|people|men|тыс))"
)


def read_numbers(sentence: str, lang: str | None) -> list[Number]:
    """Every value in one plain sentence (see text.plain), in order, with its part."""
    if not _has_number(sentence):
        return []
    clauses = _clauses(sentence)
    dates = list(_dates(sentence, clauses))
    found = [n for n in (*_digits(sentence, lang, clauses, dates), *_spoken(sentence, clauses)) if n]
    taken = sorted({(n.start, n.end): n for n in found}.values(), key=lambda n: (n.start, -n.end))
    kept = list[Number]()
    for n in taken:
        if not kept or n.start >= kept[-1].end:
            kept.append(n)
    kept = _stepped(sentence, sorted((*kept, *dates), key=lambda n: n.start))
    return [n if n.stepped else replace(n, part=_part(sentence, n)) for n in kept]


def _clauses(sentence: str) -> list[tuple[int, int]]:
    """Parts between commas, brackets and "but". A few words without a number ("now", "as before") belong to what they govern."""
    edges = [0, *(m.start() for m in _CLAUSE_END.finditer(sentence)), len(sentence)]
    parts = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a] or [(0, len(sentence))]
    out, i = list[tuple[int, int]](), 0
    while i < len(parts):
        a, b = parts[i]
        text = sentence[a:b]
        short = len(text.split()) <= 4 and not _has_number(text)
        if short and out and w.SAME_CLAUSE.search(text) and sentence[b : b + 1] != ":":
            out[-1] = (out[-1][0], b)
        elif short and i + 1 < len(parts) and (w.OLD_CLAUSE.search(text) or w.SAME_CLAUSE.search(text) or w.ASIDE.search(text)):
            parts[i + 1] = (a, parts[i + 1][1])
        else:
            out.append((a, b))
        i += 1
    return out or parts


def _clause(clauses: list[tuple[int, int]], at: int) -> tuple[int, int]:
    return next((c for c in clauses if c[0] <= at < c[1]), clauses[-1])


@dataclass(frozen=True)
class _Token:
    value: float
    start: int
    end: int
    scaled: bool
    weak: bool


def _tokens(sentence: str, lang: str | None) -> list[_Token]:
    """Numerals as they stand, compound ones joined ("двадцать один", "полтора миллиона"), with their scale."""
    joined = list[_Token]()
    for m in _TOKEN.finditer(sentence):
        if (m["word"] in w.DANISH_ONLY and lang != "da") or (m["word"] in w.WHOLE and _SCALED_BEFORE.search(sentence, 0, m.start())):
            continue
        value = _digit_value(m["digits"], lang) if m["digits"] else w.SPELLED[m["word"]]
        if (
            m["digits"]
            and (named := _NO_VALUE.search(sentence, max(0, m.start() - 20), m.start()))
            and (value < 1000 or named.group()[0] not in "чп")
        ):
            continue  # an article, a paragraph, the number of an act; a part or point of an act has no four digits
        token = _Token(value, m.start(), m.end(), False, bool(m["word"]) and m["word"] in w.WEAK_NUMBERS)
        last = joined[-1] if joined else None
        if (
            last
            and m["word"]
            and not last.scaled
            and last.value >= 20
            and value < 10 ** (len(str(int(last.value))) - 1)
            and sentence[last.end : m.start()] == " "
        ):
            joined[-1] = _Token(last.value + value, last.start, m.end(), False, False)
        else:
            joined.append(token)
    return [_scaled(sentence, t) for t in joined]


def _scaled(sentence: str, token: _Token) -> _Token:
    m = _SCALE.match(sentence, token.end)
    if not m:
        return token
    factor = 1e3 if m[1] == "k" else next(f for pattern, f in w.SCALES if pattern.match(m[1]))
    return _Token(token.value * factor, token.start, m.end(), True, False)


def _digit_value(digits: str, lang: str | None) -> float:
    """1,500 is fifteen hundred in English; 1.500 is in German, Danish, Dutch and Spanish; three digits after either sign never are a fraction there."""
    digits = re.sub(r"[ \u00a0']", "", digits)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        sign = "." if lang in ("de", "da", "nl", "es", "ro", "pt", "it") else ","
        if sign in digits or digits.count(",") + digits.count(".") > 1 or lang in (None, "ru", "uk"):
            return float(re.sub(r"[.,]", "", digits))
    return float(digits.replace(",", "."))


def _digits(sentence: str, lang: str | None, clauses: list[tuple[int, int]], dates: list[Number]) -> Iterator[Number | None]:
    tokens = [t for t in _tokens(sentence, lang) if not any(d.start <= t.start < d.end for d in dates)]
    used = 0
    for i, token in enumerate(tokens):
        if i < used:
            continue
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        unit, end = _unit_after(sentence, token.end)
        if following and (glue := _GLUE.fullmatch(sentence, token.end, following.start)) and _is_range(sentence, token, glue.group()):
            unit, end = _unit_after(sentence, following.end)
            low = token.value * (following.value / _bare(sentence, following) if following.scaled and not token.scaled else 1.0)
            if low <= following.value:
                used = i + 2
                yield _number(sentence, low, following.value, token.start, end, unit or ("count", "?"), clauses)
                continue
            unit, end = _unit_after(sentence, token.end)
        before = _currency_before(sentence, token.start)
        unit = unit or before or _noun_before(sentence, token.start)
        if unit is None and token.weak:
            continue
        yield _number(sentence, token.value, token.value, token.start, end, unit or _unsaid(sentence, token, clauses), clauses)


_MONEY = re.compile(
    r"(?<!\w)(?:штраф\w*|выплат\w*|плат[ия]т\w*|преми[яию]\w*|бонус\w*|взятк\w*|fine[ds]?|bonus\w*|payments?|paid|pays?|geldstrafe|bøde|boete|виплат\w*|премі\w*)(?!\w)"
)


def _unsaid(sentence: str, token: _Token, clauses: list[tuple[int, int]]) -> tuple[str, str]:
    """What a number without a unit counts: roubles beside a word of money, an unknown thing where a noun follows."""
    a, b = _clause(clauses, token.start)
    if token.scaled and _MONEY.search(sentence, a, b):
        return "money", "RUB"
    m = re.compile(r"\s([а-яіїєґ-]{4,}|[a-z-]{4,}s)(?!\w)").match(sentence, token.end)
    if m and token.value >= 5 and (m[1][0] < "а" or {"NOUN", "gent"} <= morphology(m[1]).tag.grammemes):
        return "count", "other"
    return "count", "?"


def _bare(sentence: str, token: _Token) -> float:
    """The numeral of a scaled token without its scale, so that "10-30 тысяч" scales both ends."""
    m = _TOKEN.match(sentence, token.start)
    value = (_digit_value(m["digits"], None) if m["digits"] else w.SPELLED[m["word"]]) if m else token.value
    return value or 1.0


def _is_range(sentence: str, a: _Token, glue: str) -> bool:
    """Whether "A glue B" is one range: "10-30", "от 10 до 30"; "с 27 до 30" only where nothing is said to change."""
    sign = glue.strip()
    if sign == "-":
        return True
    before = sentence[max(0, a.start - 9) : a.start]
    if sign in ("до", "по", "to", "bis", "til", "tot"):
        if re.search(r"(?:от|від|between)\s$", before):
            return True
        if not _RANGE_BEFORE.search(before):
            return True
        return not w.CHANGE.search(sentence)
    return bool(re.search(r"(?:between|zwischen|mellem|tussen)\s$", before))


def _unit_after(sentence: str, at: int) -> tuple[tuple[str, str] | None, int]:
    """((kind, unit), end) of the unit word after a number; up to two words may stand between."""
    place, known = at, True
    for step in range(3):
        m = re.compile(r"[\s-]?([%₽$€]|[^\W\d_][\w'’-]*)").match(sentence, place)
        if not m:
            break
        word = m[1]
        for kind, unit, pattern in w.UNIT_WORD:
            if pattern.fullmatch(word) and (step == 0 or known or unit == "people"):
                return (kind, unit), m.end()
        known = known and bool(w.BETWEEN.fullmatch(word))
        if step == 2 or not (known or (step == 0 and len(word) > 3 and word not in w.NO_QUALITY)):
            break
        place = m.end()
    return None, at


def _noun_before(sentence: str, at: int) -> tuple[str, str] | None:
    """ "дел три": a count's noun may stand before it."""
    m = re.search(r"(?<!\w)(дел|случаев|облав|способов|приговоров)\s$", sentence[max(0, at - 12) : at])
    return next(((k, u) for k, u, pattern in w.UNIT_WORD if m and pattern.fullmatch(m[1])), None)


def _currency_before(sentence: str, at: int) -> tuple[str, str] | None:
    sign = sentence[max(0, at - 1) : at].strip() or sentence[max(0, at - 2) : at].strip()
    return {"$": ("money", "USD"), "€": ("money", "EUR"), "₽": ("money", "RUB")}.get(sign)


def _number(sentence: str, low: float, high: float, start: int, end: int, unit: tuple[str, str], clauses: list[tuple[int, int]]) -> Number:
    before = sentence[max(0, start - 24) : start].rstrip()
    return Number(
        kind=unit[0], unit=unit[1], low=low, high=high, start=start, end=end, clause=_clause(clauses, start),
        above=bool(w.ABOVE.search(before)), up_to=bool(w.UP_TO.search(before)), about=bool(w.APPROXIMATE.search(before)),
    )  # fmt: skip


def _spoken(sentence: str, clauses: list[tuple[int, int]]) -> Iterator[Number]:
    """Values that are words: "двадцатидневный", "на пятый день", "через неделю", "полгода", "каждый пятый"."""
    for m in _ADJECTIVE.finditer(sentence):
        n = float(m["n"]) if m["n"].isdigit() else {"дво": 2.0, "одно": 1.0, "полутора": 1.5}.get(m["n"], w.SPELLED.get(m["n"], 0.0))
        if n and not (n >= 14 and m["u"] in ("летн", "річн")):  # "18-летним": whom it is about, not what is set
            yield _number(sentence, n, n, m.start(), m.end(), ("period", _ADJECTIVE_UNIT.get(m["u"], "years")), clauses)
    for m in _ORDINAL_DAY.finditer(sentence):
        n = float(m["n"] or _ORDINALS[m["o"]])
        yield _number(sentence, n, n, m.start(), m.end(), ("period", "days"), clauses)
    for m in _ORDINAL_OLD.finditer(sentence):
        yield _number(sentence, *2 * (float(_ORDINALS[m["o"]]),), m.start("o"), m.end(), ("period", "days"), clauses)
    for m in _NTH.finditer(sentence):
        unit = "ways" if re.match(r"способ|way|weg|måde|manier|wijze", m["u"]) else "cases"
        yield _number(sentence, *2 * (float(_NTHS[m["o"]]),), m.start(), m.end(), ("count", unit), clauses)
    for m in _LONE.finditer(sentence):
        unit = next((u for stem, u in _LONE_UNIT if m["u"].startswith(stem)), "years")
        yield _number(sentence, 1.0, 1.0, m.start("u"), m.end(), ("period", unit), clauses)
    for m in _SINGLE.finditer(sentence):
        yield _number(sentence, 1.0, 1.0, m.start(), m.end(), ("count", "drafts"), clauses)
    for m in _TWICE.finditer(sentence):
        yield replace(_number(sentence, 2.0, 2.0, m.start(), m.end(), ("count", "drafts"), clauses), part=Part.OLD, stepped=True)
    for m in _HALF_YEAR.finditer(sentence):
        yield _number(sentence, 6.0, 6.0, m.start(), m.end(), ("period", "months"), clauses)
    for pattern, share in _SHARES:
        for m in pattern.finditer(sentence):
            yield _number(sentence, share, share, m.start(), m.end(), ("share", "percent"), clauses)


def _dates(sentence: str, clauses: list[tuple[int, int]]) -> Iterator[Number]:
    """Days, months and years, as YYYYMMDD with zeros for what is not said."""
    for m in _DATE.finditer(sentence):
        if m["only"]:
            year, month, day = int(m["only"]), 0, 0
        else:
            stem = next(s for s in sorted(_MONTHS, key=len, reverse=True) if m["m"].startswith(s))
            year, month, day = int(m["y"] or 0), _MONTHS[stem], int(m["d"] or 0)
            if not (year or day) or day > 31:
                continue
        number = float(year * 10000 + month * 100 + day)
        yield Number("date", "date", number, number, m.start(), m.end(), _clause(clauses, m.start()))


def _stepped(sentence: str, numbers: list[Number]) -> list[Number]:
    """ "from A to B" where something changes: A is the old value, B the new one, in B's unit where A bears none."""
    out, i = list[Number](), 0
    while i < len(numbers):
        a, b = numbers[i], numbers[i + 1] if i + 1 < len(numbers) else None
        if b and _is_step(sentence, a, b):
            unit = (b.kind, b.unit) if b.unit != "?" else (a.kind, a.unit)
            if (a.unit in ("?", unit[1]) or b.unit == "?") and "date" not in {a.kind, b.kind} - {unit[0]}:
                factor = _same_scale(a, b)
                out.append(
                    replace(
                        a,
                        low=a.low * factor,
                        high=a.high * factor,
                        kind=unit[0],
                        unit=unit[1],
                        part=Part.OLD,
                        stepped=True,
                        up_to=False,
                        above=False,
                    )
                )
                out.append(replace(b, kind=unit[0], unit=unit[1], part=Part.NEW, stepped=True, up_to=False, above=False))
                i += 2
                continue
        out.append(a)
        i += 1
    return out


_REPLACED = re.compile(
    r"^(?:[\w-]+ ){0,2}(?:замен\w+|смен\w+|замін\w+|is replaced (?:by|with)|are replaced (?:by|with)|replaced (?:by|with)|gives way to)(?: на)?$"
)


def _is_step(sentence: str, a: Number, b: Number) -> bool:
    between = sentence[a.end : b.start].strip()
    if between == "→" or _REPLACED.search(between):
        return a.kind == b.kind or "?" in (a.unit, b.unit)
    if not _STEP_FROM.search(sentence[max(0, a.start - 6) : a.start]):
        return False
    word = between.split(" ")[-1] if between else ""
    if len(between.split()) > 4 or not _STEP_TO.fullmatch(word):
        return False
    return word in ("на", "auf", "naar") or bool(w.CHANGE.search(sentence))


def _same_scale(a: Number, b: Number) -> float:
    """ "с 10 до 30 тысяч": the first one is in thousands too."""
    scaled = any(b.high >= f * 1 and a.high * f <= b.high * 20 and a.high * f * 20 >= b.high for f in (1e3, 1e6)) and a.high < b.high / 20
    return next((f for f in (1e3, 1e6) if scaled and a.high * f * 20 >= b.high and a.high * f <= b.high * 20), 1.0)


_INSTEAD = re.compile(
    r"(?<!\w)(?:вместо|а не|против|rather than|instead of|than|compared|up from|down from|against|statt|i stedet for|in plaats van|замість|чем)(?!\w)"
)


def _part(sentence: str, n: Number) -> Part:
    """What the words of its clause make of a number."""
    clause, before = sentence[n.clause[0] : n.clause[1]], sentence[max(0, n.start - 40) : n.start].rstrip()
    after = _INSTEAD.search(sentence, n.end, n.clause[1])
    clause = sentence[n.clause[0] : after.start()] if after else clause
    if n.kind == "share" and re.search(r"(?:(?<!\w)на|by|um|med|met)(?: \w+)?$", before):
        return Part.ASIDE  # "by 40 percent": how much something changed, not what it is
    if w.OLD_BEFORE.search(before):
        return Part.OLD
    if w.ASIDE.search(clause):
        return Part.ASIDE
    if w.SAME_CLAUSE.search(clause):
        return Part.SAME
    if sentence[n.clause[0]] == "(" and n.clause[1] - n.clause[0] < n.end - n.clause[0] + 12:
        return Part.OLD if not w.NEW_CLAUSE.search(clause) else Part.NEW
    if w.OLD_CLAUSE.search(clause) and not w.NEW_CLAUSE.search(clause):
        return Part.OLD
    return Part.NEW
