"""Numbers of a sentence with the part they play: the news, what was before, what stays.

"From 10,000 to 30,000 roubles; until now 500" holds one range and one old value. A number is read
with its unit, in six languages, spelt out or in digits; its part follows from the words of its
clause ("instead of", "until now", "stays"). Article and act numbers and years are no values; a year
or a day as such is a date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.compare.reading.tokenize import morphology
from monitor.compare.statements import words as w
from monitor.compare.statements.number import Number, clause_at, number_at
from monitor.compare.statements.number_parts import part_of, stepped
from monitor.compare.statements.spoken_values import dates, spoken

_DIGITS = r"\d{1,3}(?:[ \u00a0']\d{3})+(?!\d)|\d{1,3}(?:[.,]\d{3})+(?![\d.,]\d)|\d+(?:[.,]\d+)?"
_WORDS = "|".join(sorted(map(re.escape, w.SPELLED), key=len, reverse=True))
_TOKEN = re.compile(
    rf"(?<![\w.,/№#])(?<!\D-)(?:(?P<digits>{_DIGITS})(?![\d/]|-?фз|-лет\w|-річн|-year|-jähr|-årig|-jarig)|(?P<word>{_WORDS})(?![\w-]))"
)
_SCALED_BEFORE = re.compile(rf"(?:\d|{_WORDS}|hundreds of|сотни|несколько|several|ein|en|et|een)\s$")
_DIGIT = re.compile(r"\d")
_ANY_WORD = re.compile(r"[^\W\d_][\w'-]*")
# How words begin that can be a value by themselves: "двадцатидневный", "на пятый день", "через
# неделю", "половина".
_BEGIN = (
    "полгод",
    "полугод",
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
    "чверт",
    "quarter",
    "kvart",
    "kwart",
    "viertel",
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
    """Whether a value can stand in `text`: a cheap check before the costly ones."""
    if _DIGIT.search(text):
        return True
    return any(word in w.SPELLED or word.startswith(_BEGIN) or any(x in word for x in _INSIDE) for word in _ANY_WORD.findall(text))


_SCALE = re.compile(r"\s?(тыс(?:яч\w*|\.)?|тис(?:яч\w*|\.)?|thousand|tausend|tusinde?|duizend|mil|tysi\w*|tys\.?|хиляди|млн\.?|миллион\w*|мільйон\w*|million(?:en|er|s)?|mln\.?|mio\.?|miljoen|millones|milion\w*|милиона|млрд\.?|миллиард\w*|billion|bn|mrd\.?|miljard|k)(?!\w)")  # fmt: skip
_NO_VALUE = re.compile(
    r"(?:№|ст\.|статьи|статье|статью|статья|части|часть|пункта|пункт|пункте|article|art\.|section|paragraph|no\.|nr\.|указ|закон|постановлени[ея]|приказ|законопроект|§|в/ч|ст|стат(?:тя|тю|ті))\s*$"
)
_GLUE = re.compile(r"\s?(?:-|до|по|to|bis|til|tot|і|и|and|und|og|en)\s?")
_RANGE_BEFORE = re.compile(r"(?:от|від|between|from|zwischen|mellem|tussen|с|со|з|von|fra|van)\s$")
_CLAUSE_END = re.compile(
    r"(?<!\d),(?!\d)|(?<=\d),(?=\s)|[;:()]|(?<!\w)(?:а(?! не)|но|but|while|whereas|aber|sondern|men|mens|maar|terwijl|але)(?!\w)"
)


def read_numbers(sentence: str, lang: str | None) -> list[Number]:
    """Every value in one plain sentence (see text.plain), in order, with its part."""
    if not _has_number(sentence):
        return []
    clauses = _clauses(sentence)
    days = list(dates(sentence, clauses))
    found = [n for n in (*_digits(sentence, lang, clauses, days), *spoken(sentence, clauses)) if n]
    taken = sorted({(n.start, n.end): n for n in found}.values(), key=lambda n: (n.start, -n.end))
    kept = list[Number]()
    for n in taken:
        if not kept or n.start >= kept[-1].end:
            kept.append(n)
    kept = stepped(sentence, sorted((*kept, *days), key=lambda n: n.start))
    return [n if n.stepped else replace(n, part=part_of(sentence, n)) for n in kept]


def _clauses(sentence: str) -> list[tuple[int, int]]:
    """Parts between commas, brackets and "but". A few words without a number ("now", "as before")
    belong to what they govern.
    """
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


@dataclass(frozen=True)
class _Token:
    value: float
    start: int
    end: int
    scaled: bool
    weak: bool


def _tokens(sentence: str, lang: str | None) -> list[_Token]:
    """Numerals as they stand, compound ones joined ("двадцать один", "полтора миллиона"), with
    their scale.
    """
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
            # An article, a paragraph, the number of an act; a part or point of an act has no four
            # digits
            continue
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
    return _millions(sentence, [_scaled(sentence, t) for t in joined])


def _scaled(sentence: str, token: _Token) -> _Token:
    m = _SCALE.match(sentence, token.end)
    if not m:
        return token
    factor = 1e3 if m[1] == "k" else next(f for pattern, f in w.SCALES if pattern.match(m[1]))
    return _Token(token.value * factor, token.start, m.end(), True, False)


def _millions(sentence: str, tokens: list[_Token]) -> list[_Token]:
    """ "два миллиона четыреста (тысяч)" as one number: hundreds behind millions are thousands."""
    out = list[_Token]()
    for token in tokens:
        last = out[-1] if out else None
        follows = last is not None and last.scaled and last.value >= 1e6 and sentence[last.end : token.start] == " "
        if last is not None and follows and 100 <= (token.value / 1000 if token.scaled else token.value) < 1000:
            thousands = token.value if token.scaled else token.value * 1000
            out[-1] = _Token(last.value + thousands, last.start, token.end, True, False)
        else:
            out.append(token)
    return out


def _digit_value(digits: str, lang: str | None) -> float:
    """1,500 is fifteen hundred in English; 1.500 is in German, Danish, Dutch and Spanish; three
    digits after either sign never are a fraction there.
    """
    digits = re.sub(r"[ \u00a0']", "", digits)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        sign = "." if lang in ("de", "da", "nl", "es", "bg", "pl", "ro", "pt", "it") else ","
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
                yield number_at(sentence, low, following.value, token.start, end, unit or ("count", "?"), clauses)
                continue
            unit, end = _unit_after(sentence, token.end)
        before = _currency_before(sentence, token.start)
        unit = unit or before or _noun_before(sentence, token.start)
        if unit is None and token.weak and not _old_alone(sentence, token):
            continue
        yield number_at(sentence, token.value, token.value, token.start, end, unit or _unsaid(sentence, token, clauses), clauses)


def _old_alone(sentence: str, token: _Token) -> bool:
    """ "вместо одного": a number word without a unit, which is the old value of the number
    before.
    """
    rest = sentence[token.end :].lstrip(" .!?»")
    return bool(w.OLD_BEFORE.search(sentence[max(0, token.start - 40) : token.start].rstrip())) and (not rest or rest[0] in ",;:()")


_MONEY = re.compile(
    r"(?<!\w)(?:штраф\w*|выплат\w*|плат[ия]т\w*|преми[яию]\w*|бонус\w*|взятк\w*|получи(?:шь|те)?|заплат\w+|fine[ds]?|bonus\w*|payments?|paid|pays?|geldstrafe|bøde|boete|виплат\w*|премі\w*)(?!\w)"
)


def _unsaid(sentence: str, token: _Token, clauses: list[tuple[int, int]]) -> tuple[str, str]:
    """What a number without a unit counts: roubles beside a word of money, an unknown thing where a
    noun follows.
    """
    a, b = clause_at(clauses, token.start)
    if token.scaled and _MONEY.search(sentence, a, b):
        return "money", "RUB"
    m = re.compile(r"\s([а-яіїєґ-]{4,}|[a-z-]{4,}s)(?!\w)").match(sentence, token.end)
    if m and token.value >= 5 and (m[1][0] < "а" or _counted(m[1])):
        return "count", "other"
    return "count", "?"


def _counted(word: str) -> bool:
    """Whether `word` has the form of a noun behind a number: "363 профессий", "по 363
    профессиям".
    """
    forms = morphology(word).tag.grammemes
    return "NOUN" in forms and ("gent" in forms or ("plur" in forms and bool({"datv", "ablt", "loct"} & forms)))


def _bare(sentence: str, token: _Token) -> float:
    """The numeral of a scaled token without its scale, so that "10-30 тысяч" scales both ends."""
    m = _TOKEN.match(sentence, token.start)
    value = (_digit_value(m["digits"], None) if m["digits"] else w.SPELLED[m["word"]]) if m else token.value
    return value or 1.0


def _is_range(sentence: str, a: _Token, glue: str) -> bool:
    """Whether "A glue B" is one range: "10-30", "от 10 до 30"; "с 27 до 30" only where nothing is
    said to change.
    """
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
