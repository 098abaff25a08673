"""Texts of laws, article by article: taking them apart, and saying what changed between two redactions.

Formatting is no change: articles are compared by their words, and editors' marks ("В редакции Федерального закона от … № …") are taken out first and
kept beside the text. Named in a difference: the parts that changed, what is new, what was repealed, and which amending acts the new text names.
Read: consultant.ru (an act's table of contents links to a page per article) and pravo.gov.ru (one page per act, upper indices as small print:
"78<span class=W9>1</span>" is article 78.1).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from urllib.parse import urljoin

from bs4 import BeautifulSoup, NavigableString, Tag

from monitor.kinds.results import PagePart
from monitor.parse.clean_entry import content_hash, tidy

MAX_PART = 60_000  # characters of one article; the longest real ones have 30,000
WORD = r"С ?т ?а ?т ?ь ?[яи]"  # old acts are set with spaced letters: "С т а т ь я 1."
_ARTICLE = re.compile(rf"^{WORD}\s+(?P<number>\d+(?:[.\-]\d+)*)(?P<dot>\s*\.)?(?:\s+|$|(?=\())(?P<heading>.*)$", re.I)
LONGEST_HEADING = 2000  # characters; real ones name every body that an article is about and reach 600
# What stands between two articles and belongs to neither.
_DIVISION = re.compile(
    r"^(?:ГЛАВА|РАЗДЕЛ|ПОДРАЗДЕЛ)\s+(?:[IVXLC]+|\d)|^(?:Глава|Раздел|Подраздел)\s+(?:[IVXLC]+|\d+(?:[.\-]\d+)*)(?:\s*\.|\s*$)|^§\s*\d+\s*\.|^(?:ОБЩАЯ|ОСОБЕННАЯ) ЧАСТЬ$"
    r"|^ЧАСТЬ (?:ПЕРВАЯ|ВТОРАЯ|ТРЕТЬЯ|ЧЕТВЕРТАЯ)\b"
)
_SUPERSCRIPT = "sup, span.W9, span.w9, span.doc__superscript"
_PARENTHESIS = re.compile(r"[(\[][^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*[)\]]")
# An editor's mark: "(Часть в редакции …)", "(п. 2 введен …)". A parenthesis of the law itself, "(часть 1 статьи 105)", is its wording.
_MARK = re.compile(
    r"[(\[]\s*(?:(?:п|ч|абз|пп|ст|подп)\.\s|(?:под)?пункт|част[ьи]|абзац|стать[яи]|примечани[ея]|глава|раздел|наименование|преамбула|положени[ея])?(?:[^()\[\];]{0,60}?\s)??"
    r"(?:в\s+ред(?:акции|\.)|дополнен(?:[аоы]|ие|ием)?\b|введен[аоы]?\b|утратил[аои]?\s+силу|исключен[аоы]?\b|с\s+учетом\s+постановлени|см\.\s+текст)",
    re.I,
)
_ACT = re.compile(
    r"от\s+(?P<day>\d{1,2}[.\s](?:\d{1,2}|[а-я]+)[.\s]\d{2,4})(?:\s*г(?:ода|\.)?)?\s*(?:№|N)\s*(?P<number>\d+(?:[-–]\w+)?)", re.I
)
_NUMBER_SIGN = re.compile(r"№|\bN\s?(?=\d)")
_GONE = re.compile(r"^(?:статья\s+|часть\s+|пункт\s+)?(?:утратил[аои]?\s+силу|исключен[аоы]?)\b", re.I)
_GONE_MARK = re.compile(r"^\W*(?:стать\w+\s+)?(?:утратил[аои]?\s+силу|исключен[аоы]?)\b", re.I)
_PIECE = re.compile(r"^(?P<name>\d+(?:[.\-]\d+)*|[а-я](?:\.\d+)?|[a-z])(?P<sign>[.)])\s")
_NOISE = re.compile(
    r"^(открыть полный текст документа|скачать|печать|вход|перспективы и риски|готовое решение|ст\. \d+.*судебная практика|см\. предыдущую редакцию"
    r"|с \d\d\.\d\d\.\d{4}.*внос[яи]тся изменения.*|кодифицированный документ|\(см\. .*\)|>+|<+|=+)\W*$",
    re.I,
)


@dataclass(frozen=True)
class LawChange:
    """What changed in one part. `old` and `new`: the changed paragraphs only."""

    part: PagePart
    what: str  # changed, repealed, new, gone
    old: tuple[str, ...]
    new: tuple[str, ...]
    pieces: tuple[str, ...]  # "часть 2.1", "пункт 3": the numbered pieces the new wording touches
    marks: tuple[str, ...]  # amending acts that are named now and were not before


def lines_of(soup: BeautifulSoup | Tag) -> list[str]:
    """The text's paragraphs, upper indices written with a dot, interface text left out."""
    for tag in soup.select("head, title, script, style, noscript, template, svg, form, button, nav, iframe"):
        tag.decompose()
    for tag in soup.select(_SUPERSCRIPT):
        index = tag.get_text(strip=True)
        if re.fullmatch(r"\d+(?:[-.]\d+)*", index) and _digit_before(tag):
            tag.replace_with(NavigableString("." + index))
    for tag in soup.find_all(re.compile(r"^(p|div|br|li|tr|h[1-6]|table|section|article|blockquote)$")):
        tag.insert_before("\n")
        tag.append("\n")
    preformatted = [pre.extract().get_text() for pre in soup.find_all("pre")]
    text = tidy("\n".join([soup.get_text(), *map(_joined, preformatted)]))
    return [line for line in map(str.strip, text.split("\n")) if line and not _NOISE.match(line)]


def _digit_before(tag: Tag) -> bool:
    before = tag.find_previous(string=lambda s: bool(s and s.strip()))
    return bool(before and re.search(r"[\dа-я]\s*$", str(before)))


def _joined(text: str) -> str:
    """Old acts are set as typewriter pages: a line that starts without an indent goes on with the one before."""
    text = re.sub(r"-\n(?=\s{0,3}[а-яё])", "", text.replace("\r", ""))
    text = re.sub(rf"\n[ \t]*(?={WORD}\s+\d)", "\n\n", text)
    return re.sub(r"\n[ \t]*\n+|\n(?=[ \t]{4,})", "\n", re.sub(r"\n(?![ \t]{4,}|\n)", " ", text))


def split(lines: Sequence[str], act: str) -> list[PagePart]:
    """The act's head, its articles, and the headings of chapters between them. An article that stands in a table of contents as well counts where it has a text."""
    head, articles, divisions = list[str](), dict[str, tuple[str, list[str]]](), list[str]()
    into = head
    for line in lines:
        if found := _heading(line):
            number = found["number"].replace("-", ".")
            if number in articles and articles[number][1]:
                number = f"{number}#{len(articles)}"  # the same number twice: two redactions in one text, both kept
            articles[number] = (found["heading"].strip(), [])
            into = articles[number][1]
            continue
        if articles and len(line) < LONGEST_HEADING and _DIVISION.match(line):
            into = divisions
        into.append(line)
    parts = [_part("head", act, head, None)] if head else []
    parts += [_part(number, heading, text, number.split("#")[0]) for number, (heading, text) in articles.items()]
    return parts + ([_part("divisions", "", divisions, None)] if divisions else [])


def _heading(line: str) -> re.Match[str] | None:
    """An article's heading. Without a dot behind its number a line may be a sentence ("Статья 5 дополнена …"): then a heading begins with a capital."""
    found = _ARTICLE.match(line) if len(line) < LONGEST_HEADING else None
    if found and not found["dot"] and found["heading"] and not found["heading"][:1].isupper() and found["heading"][:1] not in "(«[":
        return None
    return found


def _part(key: str, heading: str, lines: Iterable[str], article: str | None) -> PagePart:
    marks, kept = list[str](), list[str]()
    for line in [heading, *lines]:
        marks += [m for m in _PARENTHESIS.findall(line) if _MARK.match(m)]
        if (bare := without_marks(line)) and re.search(r"\w", bare):
            kept.append(bare)
    title = without_marks(heading)
    body = [line for line in kept if line != title] if article else kept
    text = "\n\n".join(body)[:MAX_PART]
    gone = bool(_GONE.match(title) or _GONE.match(text)) or (not text and any(_GONE_MARK.match(m.strip("([ ")) for m in marks))
    return PagePart(key if article is None else f"art.{key}", title, text, article, tuple(acts_in(marks)), gone)


def without_marks(line: str) -> str:
    return " ".join(_PARENTHESIS.sub(lambda m: " " if _MARK.match(m.group()) else m.group(), line).split())


def acts_in(marks: Iterable[str]) -> list[str]:
    """The amending acts that marks name, as "365-ФЗ от 24.09.2022", each once, in order."""
    found = (f"{m['number'].replace('–', '-')} от {m['day']}" for mark in marks for m in _ACT.finditer(mark.replace(" ", " ")))
    return list(dict.fromkeys(found))


def is_repealed(lines: Sequence[str]) -> bool:
    """Whether the act as a whole has lost its force: the banner above its title says so."""
    return any(_GONE.match(line) for line in takewhile(lambda line: not _ARTICLE.match(line), lines[:6]))


def part_hash(part: PagePart) -> str:
    """Hash of a part's words; marks, case and punctuation do not count, nor whether a number is written with № or N."""
    return content_hash(_NUMBER_SIGN.sub(" ", part.title), _NUMBER_SIGN.sub(" ", part.text) + (" утратила силу" if part.repealed else ""))


def difference(old_title: str, old_text: str, old_marks: Sequence[str], part: PagePart) -> LawChange:
    """What changed from the last version of `part` to this one."""
    old, new = [old_title, *_paragraphs(old_text)], [part.title, *_paragraphs(part.text)]
    matcher = SequenceMatcher(None, [_words(p) for p in old], [_words(p) for p in new], autojunk=False)
    gone, come, pieces = list[str](), list[str](), list[str]()
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            come += new[c:d]
            pieces += [_piece(new, i) for i in range(c, d)] or [_piece(old, i) for i in range(a, b)]
    marks = [m for m in part.marks if m not in set(old_marks)]
    what = "repealed" if part.repealed else "changed"
    return LawChange(
        part, what, tuple(filter(None, gone)), tuple(filter(None, come)), tuple(dict.fromkeys(filter(None, pieces))), tuple(marks)
    )


def _paragraphs(text: str) -> list[str]:
    return [p for p in text.split("\n\n") if p]


def _words(paragraph: str) -> str:
    return " ".join(re.findall(r"\w+", _NUMBER_SIGN.sub(" ", paragraph).lower().replace("ё", "е")))


def _piece(lines: Sequence[str], index: int) -> str:
    """The numbered piece that a paragraph belongs to: its own number, or that of the nearest one above it."""
    for i in range(index, max(-1, index - 6), -1):
        if found := _PIECE.match(lines[i]):
            return f"{'часть' if found['sign'] == '.' else 'пункт'} {found['name']}"
        if lines[i].lower().startswith("примечани"):
            return "примечание"
    return ""


def contents(soup: BeautifulSoup, base: str) -> dict[str, tuple[str, str]]:
    """Article number → (address of its page, its line), from an act's table of contents."""
    found = dict[str, tuple[str, str]]()
    for a in soup.select("a[href]"):
        line = " ".join(a.get_text(" ").split())
        if match := _ARTICLE.match(line):
            found.setdefault(match["number"].replace("-", "."), (urljoin(base, str(a["href"])).split("#")[0], line))
    return found
