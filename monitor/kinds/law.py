"""Splits the text of a law into the head of the act, its articles, annexes and notes.

Editors' marks ("В редакции Федерального закона от … № …") are removed from the text and stored
separately. Sources: consultant.ru (the table of contents of an act links to one page per article),
pravo.gov.ru (one page per act, superscripts in small print: "78<span class=W9>1</span>" is article
78.1), zakon.rada.gov.ua ("Стаття 22").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from monitor.kinds.markup_text import block_text, plain_indices, without_struck
from monitor.kinds.results import PagePart
from monitor.parse.clean_entry import tidy

MAX_PART = 60_000  # characters of one article; the longest real ones have 30,000
# Old acts are set with spaced letters: "С т а т ь я 1."
WORD = r"(?:С ?т ?а ?т ?ь ?[яи]|Стат(?:тя|ті))"
_ARTICLE = re.compile(rf"^{WORD}\s+(?P<number>\d+(?:[.\-]\d+)*)(?P<dot>\s*\.)?(?:\s+|$|(?=\())(?P<heading>.*)$", re.I)
# characters; real headings name every body concerned and reach 600 characters
LONGEST_HEADING = 2000
# Headings of chapters: between two articles, part of neither.
_DIVISION = re.compile(
    r"^(?:ГЛАВА|РАЗДЕЛ|ПОДРАЗДЕЛ)\s+(?:[IVXLC]+|\d)|^(?:Глава|Раздел|Подраздел)\s+(?:[IVXLC]+|\d+(?:[.\-]\d+)*)(?:\s*\.|\s*$)|^§\s*\d+\s*\.|^(?:ОБЩАЯ|ОСОБЕННАЯ) ЧАСТЬ$"
    r"|^ЧАСТЬ (?:ПЕРВАЯ|ВТОРАЯ|ТРЕТЬЯ|ЧЕТВЕРТАЯ)\b"
)
# An annex behind the articles: "Приложение", "Приложение N 1 к Федеральному закону"; a sentence
# about one ends with a full stop.
_ANNEX = re.compile(
    r"^(?:Приложени[ея]|ПРИЛОЖЕНИ[ЕЯ]|Додаток|ДОДАТОК)(?:\s*(?:№|N|No\.?)?\s*(?P<number>\d+(?:[.-]\d+)?))?(?:\s*$|\s+(?:к|К|до|ДО)\s.{0,250}[^.;:,]$)"
)
_PARENTHESIS = re.compile(r"[(\[][^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*[)\]]")
# A mark of the editors: "(Часть в редакции …)", "(п. 2 введен …)". "(часть 1 статьи 105)" is
# wording of the law.
_MARK = re.compile(
    r"[(\[]\s*(?:(?:п|ч|абз|пп|ст|подп)\.\s|(?:под)?пункт|част[ьи]|абзац|стать[яи]|примечани[ея]|глава|раздел|наименование|преамбула|положени[ея])?(?:[^()\[\];]{0,60}?\s)??"
    r"(?:в\s+ред(?:акции|\.)|дополнен(?:[аоы]|ие|ием)?\b|введен[аоы]?\b|утратил[аои]?\s+силу|исключен[аоы]?\b|с\s+учетом\s+постановлени|см\.\s+текст)",
    re.I,
)
_ACT = re.compile(
    r"от\s+(?P<day>\d{1,2}[.\s](?:\d{1,2}|[а-я]+)[.\s]\d{2,4})(?:\s*г(?:ода|\.)?)?\s*(?:№|N)\s*(?P<number>\d+(?:[-–]\w+)?)", re.I
)
_GONE = re.compile(r"^(?:статья\s+|часть\s+|пункт\s+)?(?:утратил[аои]?\s+силу|исключен[аоы]?)\b", re.I)
_GONE_MARK = re.compile(r"^\W*(?:стать\w+\s+)?(?:утратил[аои]?\s+силу|исключен[аоы]?)\b", re.I)
_NOISE = re.compile(
    r"^(открыть полный текст документа|скачать|печать|вход|перспективы и риски|готовое решение|ст\. \d+.*судебная практика|см\. предыдущую редакцию"
    r"|с \d\d\.\d\d\.\d{4}.*внос[яи]тся изменения.*|кодифицированный документ|\(см\. .*\)|>+|<+|=+)\W*$",
    re.I,
)


def lines_of(soup: BeautifulSoup | Tag) -> list[str]:
    """The lines of the text, without text of the interface. Changes `soup`."""
    without_struck(soup)
    preformatted = [pre.extract().get_text() for pre in soup.find_all("pre")]
    text = plain_indices(tidy("\n".join([block_text(soup), *map(_joined, preformatted)])))
    return [line for line in map(str.strip, text.split("\n")) if line and not _NOISE.match(line)]


def _joined(text: str) -> str:
    """Old acts are typewriter pages: a line without an indent continues the line before."""
    text = re.sub(r"-\n(?=\s{0,3}[а-яё])", "", text.replace("\r", ""))
    text = re.sub(rf"\n[ \t]*(?={WORD}\s+\d)", "\n\n", text)
    return re.sub(r"\n[ \t]*\n+|\n(?=[ \t]{4,})", "\n", re.sub(r"\n(?![ \t]{4,}|\n)", " ", text))


def split(lines: Sequence[str], act: str) -> list[PagePart]:
    """The act's head, its articles, its annexes, and the headings of chapters between articles.

    An article that is also in a table of contents counts where it has a text. The second article of
    the same number (two redactions in one text) has the key "22#2"; those of an annex "annex1.22".
    """
    head, articles, divisions, annexes = list[str](), dict[str, tuple[str, list[str]]](), list[str](), dict[str, list[str]]()
    target, prefix = head, ""
    for line in lines:
        if match := _heading(line):
            number = _free_key(prefix + match["number"].replace("-", "."), articles)
            articles[number] = (match["heading"].strip(), [])
            target = articles[number][1]
            continue
        if articles and (annex := _ANNEX.match(line)):
            prefix = f"annex{annex['number'] or ''}."
            target = annexes.setdefault(prefix.removesuffix("."), [])
        elif articles and len(line) < LONGEST_HEADING and _DIVISION.match(line):
            target = divisions
        target.append(line)
    parts = [_part("head", act, head, None)] if head else []
    parts += [_part(key, heading, text, _article_number(key)) for key, (heading, text) in articles.items()]
    parts += [_part(key, text[0], text[1:], None) for key, text in annexes.items()]
    return parts + ([_part("divisions", "", divisions, None)] if divisions else [])


def _free_key(number: str, articles: Mapping[str, tuple[str, list[str]]]) -> str:
    """`number`, or "number#2", "number#3" where an article of this number already has a text."""
    key, count = number, 1
    while key in articles and articles[key][1]:
        count += 1
        key = f"{number}#{count}"
    return key


def _article_number(key: str) -> str:
    """22 for the keys 22, 22#2 and annex1.22."""
    return re.sub(r"^annex[\d-]*(?:\.\d+)??\.(?=\d)", "", key.split("#")[0])


def _heading(line: str) -> re.Match[str] | None:
    """The heading of an article. Without a dot after the number it must begin with a capital:
    "Статья 5 дополнена …" is a sentence."""
    match = _ARTICLE.match(line) if len(line) < LONGEST_HEADING else None
    if match and not match["dot"] and match["heading"] and not match["heading"][:1].isupper() and match["heading"][:1] not in "(«[":
        return None
    return match


def _part(key: str, heading: str, lines: Iterable[str], article: str | None) -> PagePart:
    marks, kept = list[str](), list[str]()
    for line in [heading, *lines]:
        marks += [m for m in _PARENTHESIS.findall(line) if _MARK.match(m)]
        if (line_text := without_marks(line)) and re.search(r"\w", line_text):
            kept.append(line_text)
    title = without_marks(heading)
    body = [line for line in kept if line != title] if article else kept
    text = "\n\n".join(body)[:MAX_PART]
    gone = bool(_GONE.match(title) or _GONE.match(text)) or (not text and any(_GONE_MARK.match(m.strip("([ ")) for m in marks))
    return PagePart(key if article is None else f"art.{key}", title, text, article, tuple(acts_in(marks)), gone)


def without_marks(line: str) -> str:
    return " ".join(_PARENTHESIS.sub(lambda m: " " if _MARK.match(m.group()) else m.group(), line).split())


def acts_in(marks: Iterable[str]) -> list[str]:
    """The amending acts named in `marks`, as "365-ФЗ от 24.09.2022", each once, in order."""
    acts = (f"{m['number'].replace('–', '-')} от {m['day']}" for mark in marks for m in _ACT.finditer(mark.replace(" ", " ")))
    return list(dict.fromkeys(acts))


def is_repealed(lines: Sequence[str]) -> bool:
    """Whether the whole act is repealed: a line above its title says so."""
    return any(_GONE.match(line) for line in takewhile(lambda line: not _ARTICLE.match(line), lines[:6]))


def contents(soup: BeautifulSoup, base: str) -> dict[str, tuple[str, str]]:
    """Article number → (address of its page, its line), from the table of contents of an act."""
    pages = dict[str, tuple[str, str]]()
    for a in soup.select("a[href]"):
        line = " ".join(a.get_text(" ").split())
        if match := _ARTICLE.match(line):
            pages.setdefault(match["number"].replace("-", "."), (urljoin(base, str(a["href"])).split("#")[0], line))
    return pages
