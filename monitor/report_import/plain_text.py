"""Plain text and Markdown as blocks. Both may come out of a PDF: lines broken by the page,
footnotes at the foot of a page in the middle of a sentence, every line followed by an empty one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.report_import.content import Block, joined_lines

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_NUMBERED = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+([A-ZÀ-ÞА-ЯЁ«“\"].{1,110})$")
_NOTE = re.compile(r"^\s*(?:<sup>|\[\^?)?(\d{1,4})(?:</sup>|\]:?)?\s+(?=\S)")
_MARKED_NOTE = re.compile(r"^\s*(?:<sup>(\d{1,4})</sup>|\[\^(\d{1,4})\]:)\s*")
_TOC = re.compile(r"(?:\.{3,}|…{2,}|\s{3,}|\t)\s*\d{1,3}\s*$")
_RAISED_WORD = re.compile(r"\s*<sup>\s*([^\W\d]+)\s*</sup>")  # "17<sup>de</sup>" is "17de"
_LINK = re.compile(r"^\s*<?https?://\S+>?\s*$")
_REST_OF_LINK = re.compile(r"^\s*(?!https?:)(?=\S*[%/_=-])\S{12,}\s*$")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*(?:\|?[\s:|-]+\|?|[-*_]{3,})\s*$")
_SENTENCE_END = re.compile(r"[.!?:;…»”\"')\]]\s*(?:\d{1,3})?$")
_ITEM = re.compile(r"^\s*(?:[-*•–▪]|\d{1,2}\)|[a-z]\))\s+")
_MD = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[((?:[^\[\]])*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"<(?!/?sup\b)[^<>]{1,80}>"), ""),
)
_NUMBERED_SENTENCE = re.compile(r"^\s*\d+[.)]\s|^\s*\d+\s+[a-zæøåäöüß]|^\s*\d+\s?%")
SPACED = 0.7  # share of lines followed by an empty one from which a text counts as double-spaced
NOTES_AHEAD = 3  # numbers that footnotes may skip


def text_blocks(text: str, *, markdown: bool) -> list[Block]:
    """The blocks of a text. A line that begins with the number of the next footnote begins a
    footnote.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    return list(_TextReader(markdown=markdown, spaced=_is_double_spaced(lines)).blocks(lines))


def _is_double_spaced(lines: Sequence[str]) -> bool:
    """Whether empty lines stand between the lines of one paragraph too."""
    inside = [(a, b) for a, b in zip(lines, lines[1:], strict=False) if len(a.strip()) > 60]
    return len(inside) > 20 and sum(not b.strip() for _, b in inside) > SPACED * len(inside) and not _mostly_ends(lines)


def _mostly_ends(lines: Sequence[str]) -> bool:
    """Whether most long lines end a sentence: then each line is a paragraph."""
    long = [line.rstrip() for line in lines if len(line.strip()) > 60]
    return sum(bool(_SENTENCE_END.search(line)) for line in long) > 0.6 * len(long)


class _TextReader:
    """The lines of a text, one after the other; blocks as soon as they are whole."""

    def __init__(self, *, markdown: bool, spaced: bool) -> None:
        self._markdown, self._spaced = markdown, spaced
        self._paragraph, self._note = list[str](), list[str]()
        self._number, self._next_note = "", 1  # of the footnote that is read; of the next one
        self._last_heading: tuple[int, ...] = (0,)
        self._after_link = False

    def blocks(self, lines: Iterable[str]) -> Iterator[Block]:
        """The blocks of all lines."""
        empty = False
        for raw in lines:
            line = _plain(raw) if self._markdown else raw.rstrip()
            if not line.strip():
                empty = True
                yield from self._end_note()
                if not self._spaced and not (self._paragraph and not _SENTENCE_END.search(self._paragraph[-1])):
                    yield from self._end_paragraph()
                continue
            yield from self._line(line, after_empty=empty)
            empty = False
        yield from self._end_note()
        yield from self._end_paragraph()

    def _line(self, line: str, *, after_empty: bool) -> Iterator[Block]:
        if self._is_link(line):
            yield from self._end_note()
            if _LINK.match(line):
                yield Block("link", line.strip())
            return
        before = self._paragraph if self._spaced or not after_empty else ()
        if (heading := _heading(line, self._markdown, before)) and _follows(heading, self._last_heading):
            self._last_heading = _numbers(heading) or self._last_heading
            yield from self._end_note()
            yield from self._end_paragraph()
            yield heading
        elif begins := _note_number(line, self._next_note, self._markdown):
            yield from self._end_note()
            self._number, rest = begins
            self._next_note = int(self._number) + 1
            self._note.append(rest)
        elif self._note and not after_empty:
            self._note.append(line)
        elif _TABLE.match(line):
            yield from self._end_paragraph()
            if not _RULE.match(line):
                yield Block("table", " | ".join(cell.strip() for cell in line.strip().strip("|").split("|")))
        elif not _RULE.match(line):
            if self._paragraph and _ITEM.match(line):
                yield from self._end_paragraph()
            self._paragraph.append(_ITEM.sub("", line))

    def _is_link(self, line: str) -> bool:
        """Whether a line is an address, or the rest of one that the line before began."""
        self._after_link = bool(_LINK.match(line) or (self._after_link and _REST_OF_LINK.match(line)))
        return self._after_link

    def _end_paragraph(self) -> Iterator[Block]:
        if self._paragraph:
            yield Block("text", joined_lines(self._paragraph))
            self._paragraph.clear()

    def _end_note(self) -> Iterator[Block]:
        if self._note:
            yield Block("note", joined_lines(self._note), number=self._number)
            self._note.clear()


def _heading(line: str, markdown: bool, before: Sequence[str]) -> Block | None:
    if markdown and (m := _HEADING.match(line)):
        return Block("heading", m[2].strip("* "), level=len(m[1]))
    m = _NUMBERED.match(line)
    if not m or _TOC.search(line) or (before and not _SENTENCE_END.search(before[-1])):
        return None
    title = m[2].strip()
    if title[-1] in ".,;:" or re.search(r"\(\d\d\.\d\d\.\d\d\)|https?:|\burl\b", title):
        return None
    return Block("heading", f"{m[1]} {title}", level=m[1].count(".") + 1)


def _numbers(heading: Block) -> tuple[int, ...]:
    """The number of a heading: "2.1 Title" → (2, 1); () where it has none."""
    m = re.match(r"(\d+(?:\.\d+)*)\.?\s", heading.text)
    return tuple(int(n) for n in m[1].split(".")) if m else ()


def _follows(heading: Block, last: tuple[int, ...]) -> bool:
    """Whether the number of a heading can come after `last`: a footnote begins with a number
    too.
    """
    numbers = _numbers(heading)
    return not numbers or last[0] <= numbers[0] <= last[0] + 1


def _note_number(line: str, expected: int, markdown: bool) -> tuple[str, str] | None:
    """(number, rest) where `line` begins the next footnote."""
    m = _MARKED_NOTE.match(line) if markdown else None
    if m:
        return m[1] or m[2], line[m.end() :]
    m = None if markdown else _NOTE.match(line)
    if m and not _TOC.search(line) and expected <= int(m[1]) <= expected + NOTES_AHEAD and not _NUMBERED_SENTENCE.match(line):
        return m[1], line[m.end() :]
    return None


def _plain(line: str) -> str:
    """A Markdown line without its marks; marks of footnotes (<sup>) stay."""
    for pattern, by in _MD:
        line = pattern.sub(by, line)
    return _RAISED_WORD.sub(r"\1", line).rstrip()
