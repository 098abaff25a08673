"""PDF as blocks: lines by their place on the page, so that columns are read one after the other,
headings are recognised by size and number, and footnotes by small print at the foot of a page.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, pairwise, takewhile
from typing import Any

from monitor.parse.documents import LEAST_TEXT, NotReadable, is_garbled, pdf_pages, raising_not_readable
from monitor.report_import.content import Block, joined_lines

SMALL = 0.93  # of the size of the running text: small print
LARGE = 1.12  # of it: a heading
GUTTER = 12.0  # points between two columns
SAME_LINE = 3.0  # points
SAME_PLACE = 2.0  # points between the beginnings of cells of one column
# Characters of a cell that stands apart; the lines of two columns of text are longer
LONGEST_CELL = 34
LONGEST_ALIGNED = 80  # of cells that begin at the same places
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+[A-ZÀ-ÞА-ЯЁ]")
_NOTE = re.compile(r"^(\d{1,4})[.)]?\s*(?=\S)")
_PAGE_NUMBER = re.compile(r"^[-–—\s]*(?:page|p\.|side|pagina|seite)?\s*\d{1,4}(?:\s*(?:/|of|af|van|von)\s*\d{1,4})?[-–—\s]*$", re.I)
_END = re.compile(r"[.!?:;…»”\"')\]⁰¹²³⁴⁵⁶⁷⁸⁹]$")
_ITEM = re.compile(r"^(?:[-•–▪●]|\d{1,2}\)|[a-z]\))\s+")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}\s*$|…{2,}\s*\d{1,4}\s*$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": ""})
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass
class _Line:
    text: str
    x: float
    y: float
    size: float
    page: int
    right: float
    pieces: list[tuple[float, str]] = field(default_factory=list)  # (x, text) of its parts as drawn
    row: bool = False  # of a table


@dataclass(frozen=True)
class _Piece:
    text: str
    x: float
    y: float
    size: float


def pdf_blocks(body: bytes) -> tuple[str, list[Block]]:
    """(title, blocks) of a PDF. Raises NotReadable, also for a scan without text."""
    with raising_not_readable("PDF"):
        pages = [_lines(_pieces(page), number) for number, page in enumerate(pdf_pages(body), start=1)]
    text = "".join(line.text for page in pages for line in page)
    if len(text) < LEAST_TEXT:
        raise NotReadable(f"PDF without a text layer (a scan?): {len(text)} characters. Run it through text recognition first")
    if is_garbled(text):
        raise NotReadable("PDF whose fonts do not say which characters they show")
    sizes = Counter(round(line.size, 1) for page in pages for line in page for _ in line.text)
    normal = sizes.most_common(1)[0][0]
    repeated = _running_lines(pages)
    title = _title_lines(pages, normal, repeated)
    return " ".join(line.text.strip() for line in title)[:300], list(_blocks(pages, normal, repeated, title))


def _pieces(page: Any) -> list[_Piece]:
    pieces = list[_Piece]()

    def visit(text: str, user: Sequence[float], matrix: Sequence[float], _font: Any, size: float) -> None:
        scale = abs(matrix[3] or matrix[0] or 1) * abs(user[3] or 1)
        text = text.translate(_LIGATURES)
        if text.strip():
            x = matrix[4] * user[0] + user[4]
            y = matrix[5] * user[3] + user[5]
            pieces.extend(
                _Piece(part, x, y - 1.2 * n * size * scale, size * scale)
                for n, part in enumerate(text.strip("\n").split("\n"))
                if part.strip()
            )

    page.extract_text(visitor_text=visit)
    return pieces


def _lines(pieces: Sequence[_Piece], page: int) -> list[_Line]:
    """Pieces of a page as lines, column by column."""
    lines = list[_Line]()
    for piece in sorted(_on_baseline(pieces), key=lambda p: (-p.y, p.x)):
        last = next(
            (
                line
                for line in reversed(lines[-8:])
                if abs(line.y - piece.y) <= SAME_LINE + (line.size - piece.size) / 2 and _joins(line, piece)
            ),
            None,
        )
        width = 0.5 * piece.size * len(piece.text)
        if last is None:
            lines.append(_Line(piece.text, piece.x, piece.y, piece.size, page, piece.x + width, [(piece.x, piece.text)]))
            continue
        raised = piece.size < SMALL * last.size and piece.text.strip().isdigit()
        gap = "" if raised or _touches(last, piece) else " "
        last.text += gap + (piece.text.strip().translate(_RAISED) if raised else piece.text)
        last.right = max(last.right, piece.x + width)
        if not raised:
            last.pieces.append((piece.x, piece.text))
    columns = _in_columns(lines)
    return columns if columns is not lines else _with_rows(lines)


def _with_rows(lines: Sequence[_Line]) -> list[_Line]:
    """`lines` with the cells of each row of a table as one line: neighbouring rows of as many short
    cells, one below the other.
    """
    beside = list[list[_Line]]()
    for line in lines:
        if beside and abs(beside[-1][0].y - line.y) <= SAME_LINE:
            beside[-1].append(line)
        else:
            beside.append([line])
    rows = [sorted(row, key=lambda line: line.x) for row in beside]
    out = list[_Line]()
    for n, row in enumerate(rows):
        near = (*rows[max(0, n - 1) : n], *rows[n + 1 : n + 2])
        if any(_is_below(row, other) for other in near):
            texts = (" ".join(text.split()) for line in row for _, text in line.pieces)
            out.append(_Line(" | ".join(texts), row[0].x, row[0].y, row[0].size, row[0].page, row[-1].right, row=True))
        else:
            out += row
    return out


def _is_below(row: Sequence[_Line], other: Sequence[_Line]) -> bool:
    """Whether two rows are of one table: their cells begin at the same places, or stand one below
    the other with wide gaps between them.
    """
    cells, others = ([piece for line in r for piece in line.pieces] for r in (row, other))
    longest = max((len(text) for _, text in (*cells, *others)), default=0)
    if len(cells) < 2 or len(cells) != len(others) or longest > LONGEST_ALIGNED:
        return False
    after = all(b[0] - a[0] > SAME_LINE * len(a[1]) for r in (cells, others) for a, b in pairwise(r))
    if after and all(abs(a - b) < SAME_PLACE for (a, _), (b, _) in zip(cells, others, strict=True)):
        return True
    apart = longest <= LONGEST_CELL and len(row) == len(other) == len(cells)
    return apart and all(a.x < b.right and b.x < a.right for a, b in zip(row, other, strict=True))


def _touches(line: _Line, piece: _Piece) -> bool:
    """Whether no space belongs between a line and its next piece."""
    return (
        line.text.endswith((" ", "-", "(", "[", "“", "«", "‘"))
        or piece.text.startswith((" ", ",", ";", ".", ":", ")", "]", "”", "»", "’", "'"))
        or piece.x - line.right < 0.1 * piece.size
    )


def _on_baseline(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Raised small pieces, the marks of footnotes, moved down to the line that they stand in."""
    moved = list[_Piece]()
    for p in pieces:
        near = (
            (q for q in pieces if p.size < SMALL * q.size and 0 < p.y - q.y < 0.7 * q.size and q.x <= p.x)
            if p.text.strip().isdigit()
            else ()
        )
        base = max(near, key=lambda q: q.x, default=None)
        moved.append(_Piece(p.text, p.x, base.y, p.size) if base else p)
    return moved


def _joins(line: _Line, piece: _Piece) -> bool:
    """Whether a piece continues a line: not across the gutter of two columns."""
    return piece.x >= line.x and piece.x - line.right < max(GUTTER, 2 * piece.size)


def _in_columns(lines: list[_Line]) -> list[_Line]:
    """Lines of a page of two columns: the left one first, between lines over the whole width."""
    starts = sorted(line.x for line in lines)
    if len(lines) < 8:
        return lines
    left, right = starts[len(starts) // 10], starts[-len(starts) // 4]
    middle = (left + right) / 2
    beside = [line for line in lines if line.x >= middle]
    across = [line for line in lines if line.x < middle and line.right > right + 40]
    if right - left < 120 or len(beside) < len(lines) / 4 or len(across) > len(lines) / 4:
        return lines
    top = max(line.y for line in beside)
    head = [line for line in lines if line.y > top + SAME_LINE]
    body = [line for line in lines if line.y <= top + SAME_LINE]
    return [*head, *(line for line in body if line.x < middle), *(line for line in body if line.x >= middle)]


def _running_lines(pages: Sequence[Sequence[_Line]]) -> set[str]:
    """Headers and footers that most pages repeat, without their numbers."""
    edges = Counter(_bare(line.text) for page in pages for line in {id(x): x for x in (*_top(page), *_bottom(page))}.values())
    return {text for text, count in edges.items() if text and len(pages) >= 3 and count > len(pages) / 2}


def _top(page: Sequence[_Line]) -> list[_Line]:
    return sorted(page, key=lambda line: -line.y)[:2]


def _bottom(page: Sequence[_Line]) -> list[_Line]:
    return sorted(page, key=lambda line: line.y)[:2]


def _bare(text: str) -> str:
    return re.sub(r"\d+", "", text).strip()


def _title_lines(pages: Sequence[Sequence[_Line]], normal: float, repeated: set[str]) -> list[_Line]:
    """The first of the largest lines of the first page, where they are larger than the text, and
    those of its size that follow it. A line with a number is a heading and no title.
    """
    lines = [line for line in (pages[0] if pages else ()) if _bare(line.text) not in repeated]
    largest = max((line.size for line in lines), default=0.0)
    if largest <= LARGE * normal:
        return []
    from_largest = dropwhile(lambda line: line.size < 0.98 * largest, lines)
    return list(takewhile(lambda line: line.size >= 0.98 * largest and not _NUMBERED.match(line.text.strip()), from_largest))


def _blocks(pages: Sequence[Sequence[_Line]], normal: float, repeated: set[str], title: Sequence[_Line]) -> Iterator[Block]:
    """Lines as blocks; the footnotes last. A paragraph goes on over a page break unless a sentence
    ended there.
    """
    text, start, before, notes = list[str](), 1, None, list[_Line]()
    titles = {id(line) for line in title}
    for page in pages:
        edges = {id(line) for line in (*_top(page), *_bottom(page))}
        printed = [
            line
            for line in page
            if _bare(line.text) not in repeated
            and not (id(line) in edges and _PAGE_NUMBER.match(line.text))
            and id(line) not in titles
            and not _LEADERS.search(line.text)  # of the table of contents
        ]
        body, own_notes = _apart_notes(printed, normal, notes)
        notes += own_notes
        for line in body:
            words = " ".join(line.text.split())
            heading = (not line.row and line.size > LARGE * normal) or (
                _NUMBERED.match(words) and len(words) < 100 and not _END.search(words) and _apart(before, line)
            )
            apart = before is not None and (before.page != line.page or _apart(before, line))
            if text and (heading or line.row or _ITEM.match(words) or (apart and _END.search(text[-1]))):
                yield Block("text", joined_lines(text), page=start)
                text = []
            if line.row:
                yield Block("table", words, page=line.page)
            elif heading:
                yield Block("heading", words, level=words.split(" ")[0].count(".") + 1, page=line.page)
            else:
                start = start if text else line.page
                text.append(_ITEM.sub("", words))
            before = line
    if text:
        yield Block("text", joined_lines(text), page=start)
    yield from _note_blocks(notes)


def _apart_notes(page: Sequence[_Line], normal: float, earlier: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
    """(running text, footnotes) of a page: small print from the first number of a footnote on, or
    at its foot where the last footnote of the page before goes on.
    """
    small = [line.size < SMALL * normal and not line.row for line in page]
    foot = next((n + 1 for n in reversed(range(len(page))) if not small[n]), 0)
    open_note = bool(earlier) and not _END.search(earlier[-1].text.strip())
    body, notes = list[_Line](), list[_Line]()
    for n, line in enumerate(page):
        begins = _NOTE.match(line.text.strip().translate(_LOWERED)) or (open_note and n >= foot)
        (notes if small[n] and (notes or begins) else body).append(line)
    return body, notes


_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _apart(before: _Line | None, line: _Line) -> bool:
    """Whether more than the usual space stands between two lines."""
    return before is None or before.page != line.page or abs(before.y - line.y) > 1.6 * max(line.size, before.size) or before.y < line.y


def _note_blocks(lines: Sequence[_Line]) -> Iterator[Block]:
    """The footnotes; their numbers may begin anew on a page or in a chapter."""
    number, note, page = "", list[str](), 1
    for line in lines:
        text = " ".join(line.text.translate(_LOWERED).split())
        m = _NOTE.match(text)
        anew = m is not None and line.page != page and m[1] == "1"
        if m and (not number or anew or int(number) < int(m[1]) <= int(number) + 6):
            if number:
                yield Block("note", joined_lines(note), number=number, page=page)
            number, note, page = m[1], [text[m.end() :]], line.page
        else:
            note.append(text)
    if number:
        yield Block("note", joined_lines(note), number=number, page=page)
