"""Sentences of a report with the footnotes that they carry, and the sources that a footnote
cites.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from monitor.compare.reading.vocabulary import Pattern, expression
from monitor.report_import.content import Block, NoteSource, ReportContent, ReportSentence
from monitor.strict_yaml import load

_SUP = re.compile(r"\s*<sup>\s*(\d{1,4}(?:\s*,\s*\d{1,4})*)\s*</sup>|\s*\[\^(\d{1,4})\]|([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_GLUED = re.compile(r"(?<=[^\W\d_]|[.,;:!?\"”’»)\]…])(\d{1,3})(?=$|[\s.,;:!?)\"”»\]])")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_END = re.compile(r"(?<=[.!?…])[\"”’»)\]]*(?=\s+[\"“„«(\[’‘]?[A-ZÀ-ÞА-ЯЁ0-9])|(?<=[.!?…][\"”’»)])(?=\s+[A-ZÀ-ÞА-ЯЁ])")
_NUMBER = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)\.?\s+(.*)$")
_AFTER_SENTENCE = re.compile(r"(?:[^\W\d_]|[)\]\"”’»]|\b(?:19|20)\d\d)[.!?…][)\]\"”’»]*$")
NEAR = 12  # letters before a mark that are looked at
SURE_OF_NOTES = 5  # marks after which a text surely has footnotes
NOTES_AHEAD = 6  # numbers that marks in the text may skip
LONGEST = 2000  # characters of a sentence


class _Words(BaseModel):
    """words.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: list[list[str]]
    uncertain: list[Pattern]
    proposed: list[Pattern]
    announced: list[Pattern]
    rule: list[Pattern]
    reported: list[Pattern]
    negated: list[Pattern]
    lacking: list[Pattern]
    banned: list[Pattern]
    weakened: list[Pattern]
    enacted: list[Pattern]
    acts: list[Pattern]
    ages: list[Pattern]
    verbs: list[Pattern]
    about_the_report: list[Pattern]
    skipped_sections: list[Pattern]
    abbreviations: list[str]


@cache
def words() -> _Words:
    """The words by which reports are read. Raises WrongFile."""
    read, _ = load(Path(__file__).with_name("words.yml"), _Words)
    return read


@cache
def cue(name: str) -> re.Pattern[str]:
    """One expression for the patterns of an entry of words.yml."""
    return expression(getattr(words(), name))


def assemble(blocks: Sequence[Block], title: str, kind: str) -> ReportContent:
    """The blocks of a file as a report: headings open sections, notes become sources, text becomes
    sentences.
    """
    notes = _with_links(blocks)
    section, sections, last = "", list[tuple[str, str]](), 0
    sentences, heads, in_table = list[ReportSentence](), "", False
    for place, block in enumerate(blocks):
        if block.kind == "heading":
            number, name = _heading(block.text)
            section = number or name
            sections.append((number, name))
            title = title or name
        elif block.kind in ("text", "table"):
            is_row = block.kind == "table"
            heads, of_row = (heads, heads) if is_row and in_table else (block.text, "")
            clean, marks = strip_marks(block.text, notes.keys(), last)
            last = max([last, *(int(n) for _, n in marks)])
            parts = list(split(clean)) if block.kind == "text" else [(0, clean)]
            starts = [start for start, _ in parts]
            of_part: dict[int, list[str]] = {}
            for at, number in marks:  # behind the sentence that it stands in or after
                if number in notes:
                    of_part.setdefault(bisect_left(starts, at) - 1, []).append(number)
            sentences += [
                ReportSentence(sentence[:LONGEST], section, block.page, tuple(of_part.get(n, ())), place, of_row)
                for n, (_, sentence) in enumerate(parts)
            ]
        in_table = block.kind == "table"
    pages = max((b.page or 0 for b in blocks), default=0)
    parsed = {number: tuple(note_sources(text)) for number, text in notes.items()}
    return ReportContent(title, kind, pages, tuple(sections), tuple(sentences), parsed, dict(notes))


def _heading(text: str) -> tuple[str, str]:
    m = _NUMBER.match(text)
    return (m[1], m[2].strip()) if m else ("", text.strip())


def _with_links(blocks: Sequence[Block]) -> dict[str, str]:
    """The footnotes by number. Addresses that a page gives after its footnotes take the place of
    the words "url", where there are as many of both.
    """
    notes, page, links = dict[str, str](), list[str](), list[str]()

    def settle() -> None:
        if links and sum(len(re.findall(r"\burl\b", notes[n])) for n in page) == len(links):
            fill = iter(links)
            for n in page:
                notes[n] = re.sub(r"\burl\b", lambda _: next(fill), notes[n])
        page.clear()
        links.clear()

    for block in blocks:
        if block.kind == "note":
            if links:
                settle()
            notes.setdefault(block.number, block.text)
            page.append(block.number)
        elif block.kind == "link":
            links.append(block.text)
    settle()
    return notes


def strip_marks(text: str, notes: Collection[str], last: int) -> tuple[str, list[tuple[int, str]]]:
    """(text without the marks of footnotes, [(position, number)]). `last`: the highest number met
    so far; a number that is glued to a word is a mark only if it comes next. Behind the end of a
    sentence it may be one whose footnote is missing.
    """
    out, marks, done = "", list[tuple[int, str]](), 0
    for m in sorted([*_SUP.finditer(text), *_GLUED.finditer(text)], key=lambda m: m.start()):
        if m.start() < done:
            continue
        raised = m.re is _SUP
        numbers = re.findall(r"\d+", m.group().translate(_RAISED))
        known = all(n in notes for n in numbers) or (
            last >= SURE_OF_NOTES and bool(_AFTER_SENTENCE.search(text[max(0, m.start() - NEAR) : m.start()]))
        )
        fits = known and last < int(numbers[-1]) <= last + NOTES_AHEAD
        if not raised and not fits:
            continue
        out += text[done : m.start()]
        done = m.end()
        marks += [(len(out), n) for n in numbers if n in notes or fits]
        last = max([last, *(int(n) for n in numbers if fits)])
    return out + text[done:], marks


def split(text: str) -> Iterator[tuple[int, str]]:
    """(start, sentence) of a paragraph in a language with Latin letters."""
    begin = 0
    for m in _END.finditer(text):
        if _is_abbreviation(text[begin : m.end()], text[m.end() : m.end() + 12]):
            continue
        yield from _stripped(text, begin, m.end())
        begin = m.end()
    yield from _stripped(text, begin, len(text))


def _stripped(text: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    piece = text[begin:end]
    if piece.strip():
        yield begin + len(piece) - len(piece.lstrip()), piece.strip()


def _is_abbreviation(piece: str, after: str) -> bool:
    """Whether the full stop at the end of `piece` ends no sentence."""
    m = re.search(r"([^\W\d_](?:[^\W\d_]|\.)*)\.$", piece)
    if m:
        # Not the s of "regio's."
        initial = len(m[1]) == 1 and not re.search(r"['’]$", piece[: m.start()])
        return m[1].lower() in _abbreviations() or initial
    months = _written_dates()[1]
    word = re.match(r"\s+(\w+)", after)
    # "am 24. Februar"
    return bool(re.search(r"(?<!\d)\d{1,2}\.$", piece) and word and word[1].lower() in months)


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(words().abbreviations)


_DATES = (
    re.compile(r"(?<!\d)(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4}|\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})[./](?P<y>(?:19|20)\d{2})(?!\d)"),
)


@cache
def _written_dates() -> tuple[re.Pattern[str], dict[str, int]]:
    months = {name: i for i, names in enumerate(words().months, start=1) for name in names}
    names = "|".join(sorted(months, key=len, reverse=True))
    return re.compile(
        rf"(?:(?<!\d)(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er)? )?\b(?P<n>{names})\.?,? (?P<y>(?:19|20)\d{{2}})(?!\d)", re.I
    ), months


def dates_in(text: str) -> list[str]:
    """The dates that `text` states, as YYYY-MM-DD or YYYY-MM, in order of place."""
    written, months = _written_dates()
    found = [(m.start(), m["y"], months[m["n"].lower()], int(m["d"] or 0)) for m in written.finditer(text)]
    for pattern in _DATES:
        for m in pattern.finditer(text):
            if not any(abs(m.start() - at) < 11 for at, *_ in found):
                found.append((m.start(), m["y"] if len(m["y"]) == 4 else f"20{m['y']}", int(m["m"]), int(m.groupdict().get("d") or 0)))
    out = list[str]()
    for _, year, month, day in sorted(found):
        try:
            date(int(year), month, day or 1)
        except ValueError:
            continue
        out.append(f"{year}-{month:02d}" + (f"-{day:02d}" if day else ""))
    return out


_URL = re.compile(r"https?://[^\s;,)\]>]+")
# What a removed date leaves behind
_BEFORE_A_DATE = re.compile(r"\s+(?:of|from|dated|van|af|fra|vom|von|du)$", re.I)
_PAGES = re.compile(r",?\s*(?:pp?\.|side|s\.|blz\.|pag\.)\s*\d[\d\s,–-]*", re.I)


def note_sources(text: str) -> Iterator[NoteSource]:
    """The sources that a footnote cites: parts between semicolons, each "Outlet: Title (date)
    address" or "Outlet, date, address".
    """
    for part in re.split(r";\s+(?=\S)", text):
        url = m.group().rstrip(".") if (m := _URL.search(part)) else ""
        stated = dates_in(part)
        rest = _PAGES.sub("", _URL.sub("", re.sub(r"\burl\b", "", part)))
        for pattern in (*_DATES, _written_dates()[0]):
            rest = pattern.sub("", rest)
        rest = re.sub(r"\(\s*\)|,\s*(?=,|$)", "", rest).strip(" ,.:()[]")
        outlet, _, title = rest.partition(": ") if ": " in rest[:80] else rest.partition(", ")
        outlet, title = (_BEFORE_A_DATE.sub("", name.strip(" ,")) for name in (outlet, title))
        if outlet and len(outlet) <= 80 and (url or stated or re.search(r"\burl\b", part)):
            yield NoteSource(outlet, title, stated[-1] if stated else "", url)
