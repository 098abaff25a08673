"""Values that are words, and dates: "двадцатидневный", "на пятый день", "через неделю", "полгода",
"5 мая 2025".
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.compare.statements import words as w
from monitor.compare.statements.number import Number, Part, clause_at, number_at

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
    r"(?<!\w)(?:через|за(?! (?:целый |один )?год)|на|в течение|спустя|после|within|after|for|for a|in a|nach|binnen|inden for|efter|na|binnen)\s(?:(?:целую|целый|одну|один|a|one|einer|einem|en|et|een)\s)?(?P<u>недел[юиья]|месяц\w?|год|сутки|неделю|тиждень|місяць|week|month|year|woche|monat|jahr|uge|måned|maand|jaar)(?!\w)"
)
_LONE_UNIT = (("недел", "weeks"), ("week", "weeks"), ("woche", "weeks"), ("uge", "weeks"), ("тижд", "weeks"), ("сутк", "days"), ("меся", "months"), ("місяц", "months"), ("month", "months"), ("monat", "months"), ("måned", "months"), ("maand", "months"))  # fmt: skip
# "A single draft" instead of "twice-yearly call-ups".
_SINGLE = re.compile(r"(?<!\w)(?:a single|single|one|един\w+|одн\w+|один) (?:[\w-]+ ){0,2}(?:draft|call-up|conscription|призыв)(?!\w)")
_TWICE = re.compile(
    r"(?<!\w)(?:twice-yearly|twice-a-year|twice a year|half-yearly|biannual|spring and autumn|весенн\w+ и осенн\w+|два раза в год|дважды в год|двух призывов)(?!\w)"
)
_HALF_YEAR = re.compile(r"(?<!\w)(?<!за )(?:полгода|полугода|півроку|half a year|ein halbes jahr|et halvt år|een half jaar)(?!\w)")
_SHARES = (
    (re.compile(r"(?<!\w)(?:треть|трети|третин\w|a third|one third|ein drittel|en tredjedel|een derde)(?!\w)"), 100 / 3),
    (re.compile(r"(?<!первой )(?<!второй )(?<!first )(?<!second )(?<!\w)(?:половин\w|half|hälfte|halvdelen|helft)(?!\w)"), 50.0),
    (re.compile(r"(?<!\w)(?:кажд\w+ пят\w+|one in five|every fifth|jeder fünfte|hver femte|een op de vijf)(?!\w)"), 20.0),
    (
        re.compile(r"(?<!\w)(?:кажд\w+ четверт\w+|one in four|a quarter of|every fourth|jeder vierte|hver fjerde|een op de vier)(?!\w)"),
        25.0,
    ),
    (
        re.compile(
            r"(?<!\w)(?:до четверти|в четверть|четверть(?= (?:всех|арми|состав|войск|мужчин|призывник))|до чверті|(?:to|at|only|about|just) a quarter|auf ein viertel|til en fjerdedel|tot een kwart)(?!\w)"
        ),
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


def spoken(sentence: str, clauses: list[tuple[int, int]]) -> Iterator[Number]:
    """Values that are words: "двадцатидневный", "на пятый день", "через неделю", "полгода", "каждый
    пятый".
    """
    for m in _ADJECTIVE.finditer(sentence):
        n = float(m["n"]) if m["n"].isdigit() else {"дво": 2.0, "одно": 1.0, "полутора": 1.5}.get(m["n"], w.SPELLED.get(m["n"], 0.0))
        # "18-летним": whom it is about, not what is set
        if n and not (n >= 14 and m["u"] in ("летн", "річн")):
            yield number_at(sentence, n, n, m.start(), m.end(), ("period", _ADJECTIVE_UNIT.get(m["u"], "years")), clauses)
    for m in _ORDINAL_DAY.finditer(sentence):
        n = float(m["n"] or _ORDINALS[m["o"]])
        yield number_at(sentence, n, n, m.start(), m.end(), ("period", "days"), clauses)
    for m in _ORDINAL_OLD.finditer(sentence):
        yield number_at(sentence, *2 * (float(_ORDINALS[m["o"]]),), m.start("o"), m.end(), ("period", "days"), clauses)
    for m in _NTH.finditer(sentence):
        unit = "ways" if re.match(r"способ|way|weg|måde|manier|wijze", m["u"]) else "cases"
        yield number_at(sentence, *2 * (float(_NTHS[m["o"]]),), m.start(), m.end(), ("count", unit), clauses)
    for m in _LONE.finditer(sentence):
        unit = next((u for stem, u in _LONE_UNIT if m["u"].startswith(stem)), "years")
        yield number_at(sentence, 1.0, 1.0, m.start("u"), m.end(), ("period", unit), clauses)
    for m in _SINGLE.finditer(sentence):
        yield number_at(sentence, 1.0, 1.0, m.start(), m.end(), ("count", "drafts"), clauses)
    for m in _TWICE.finditer(sentence):
        yield replace(number_at(sentence, 2.0, 2.0, m.start(), m.end(), ("count", "drafts"), clauses), part=Part.OLD, stepped=True)
    for m in _HALF_YEAR.finditer(sentence):
        yield number_at(sentence, 6.0, 6.0, m.start(), m.end(), ("period", "months"), clauses)
    for pattern, share in _SHARES:
        for m in pattern.finditer(sentence):
            yield number_at(sentence, share, share, m.start(), m.end(), ("share", "percent"), clauses)


def dates(sentence: str, clauses: list[tuple[int, int]]) -> Iterator[Number]:
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
        yield Number("date", "date", number, number, m.start(), m.end(), clause_at(clauses, m.start()))
