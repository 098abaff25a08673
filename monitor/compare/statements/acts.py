"""Titles of official acts, read by grammar: kind, date, number, and which acts and articles they
change or repeal.

"Федеральный закон от 04.11.2025 № 412-ФЗ «О внесении изменений в статью 31 Федерального закона «О
воинской обязанности и военной службе»»" is a law that changes article 31 of 53-ФЗ. Acts are known
by their numbers and by the names in the pack.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.compare.statements.subjects import Pack

_KINDS = (
    ("law", r"федеральн\w+ (?:конституционн\w+ )?закон"),
    ("decree", r"указ(?:а)? президента"),
    ("decree", r"распоряжени[ея] президента"),
    ("government", r"(?:постановлени[ея]|распоряжени[ея]) правительства"),
    ("court", r"(?:постановлени[ея]|определени[ея]) (?:конституционного|верховного|пленума верховного) суда"),
    ("court", r"постановлени[ея] пленума"),
    ("order", r"приказ\w* (?:мин\w+|мвд|фсб|фсо|росгвардии|генерального|федеральной)"),
    ("regional", r"закон (?:(?:[а-я]+(?:-[а-я]+)* (?:–\W*\w+ )?){1,4}(?:области|края|округа)|республики|города)"),
    ("regional", r"(?:указ|постановление) (?:губернатора|главы|мэра|кабинета министров)"),
    ("bill", r"(?:законопроект|проект (?:федерального )?закона)"),
    ("draft", r"проект (?:указа|постановления|приказа)"),
)
_HEAD = tuple((kind, re.compile(rf"^\W{{0,3}}{pattern}")) for kind, pattern in _KINDS)
_NUMBER = re.compile(r"(?:№|n)\s?(\d+(?:-\w+)?(?:-\w+)?)")
_DAY = re.compile(r"от (\d{1,2})\.(\d{1,2})\.(20\d\d)|от (\d{1,2}) ([а-я]+) (20\d\d)")
_MONTHS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_ARTICLES = re.compile(r"стать(?:ю|и|е|ей|я|ях|ями)\s((?:\d+(?:\.\d+)*(?:,\s|\sи\s|\s)?)+)|ст\.\s?(\d+(?:\.\d+)*)")
_BY_NUMBER = (
    (re.compile(r"(?<!\d)(\d+-ф(?:к)?з)(?!\w)"), "{}"),
    (re.compile(r"указ\w*(?: президента)?(?: российской федерации| рф)?(?: от [^№]{6,24})? (?:№|n)\s?(\d+)(?![\d-])"), "указ {}"),
    (
        re.compile(r"(?:постановлени\w+)(?: правительства)?(?: российской федерации| рф)?(?: от [^№]{6,24})? (?:№|n)\s?(\d+)(?![\d-])"),
        "постановление {}",
    ),
)
_REPEALS = re.compile(r"(?:признан\w+|признать) утративш\w+ силу|об отмене|о прекращении действия|отмен\w+ указ")
_CHANGES = re.compile(
    r"о внесении (?:изменени[йя]|поправ\w+)|внес\w+ (?:изменени[йя]|поправк\w+)|меня\w+ стать|изменени[яй] в|поправк\w+ (?:в|к)|измени\w+"
)


@dataclass(frozen=True)
class NamedAct:
    """An act that a text names, as the pack calls it, with the articles named beside it."""

    act: str
    articles: frozenset[str]


@dataclass(frozen=True)
class ActTitle:
    """An official title, read."""

    kind: str  # law, decree, government, court, order, regional, bill, draft
    number: str | None
    day: str | None  # ISO
    changes: bool
    repeals: bool


def act_title(plain: str) -> ActTitle | None:
    """What kind of act `plain` (see text.plain) is the title of; None where it is no official
    title.
    """
    kind = next((k for k, pattern in _HEAD if pattern.match(plain)), None)
    number = _NUMBER.search(plain)
    named = "«о" in plain or '"о' in plain or (kind == "court" and ("по делу о" in plain or "по жалоб" in plain))
    if kind is None or not (number or named):
        return None
    return ActTitle(kind, number[1] if number else None, _day(plain), bool(_CHANGES.search(plain)), bool(_REPEALS.search(plain)))


def _day(plain: str) -> str | None:
    m = _DAY.search(plain)
    if not m:
        return None
    if m[1]:
        return f"{m[3]}-{int(m[2]):02d}-{int(m[1]):02d}"
    month = next((i for i, stem in enumerate(_MONTHS, start=1) if m[5].startswith(stem)), 0)
    return f"{m[6]}-{month:02d}-{int(m[4]):02d}" if month else None


def named_acts(plain: str, by_name: Iterable[tuple[int, str]], pack: Pack) -> tuple[NamedAct, ...]:
    """The acts that `plain` names, in order, each with its articles. `by_name`: (start, act) of
    names of acts found in it.
    """
    places = sorted({*_numbered(plain, pack), *by_name})
    if not places:
        return ()
    articles = [(m.start(), frozenset(re.findall(r"\d+(?:\.\d+)*", m[1] or m[2]))) for m in _ARTICLES.finditer(plain)]
    out: dict[str, set[str]] = {}
    for start, act in places:
        near = [numbers for at, numbers in articles if start - 120 <= at <= start + 90]
        out.setdefault(act, set()).update(*near[-2:] or [frozenset[str]()])
    return tuple(NamedAct(act, frozenset(found)) for act, found in out.items())


def _numbered(plain: str, pack: Pack) -> Iterator[tuple[int, str]]:
    for pattern, form in _BY_NUMBER:
        for m in pattern.finditer(plain):
            key = form.format(m[1])
            key = key.replace("-фз", "-ФЗ").replace("-фкз", "-ФКЗ")
            if key in pack.acts:
                yield m.start(), key


def meets(named: Iterable[NamedAct], act: str, article: str | None) -> float:
    """0..1: how surely one of `named` is the act (and article) of a claim; another article is
    another matter.
    """
    best = 0.0
    for n in named:
        if n.act == act:
            same = 0.6 if article is None or not n.articles else 1.0 if article in n.articles else 0.15
            best = max(best, same)
    return best
