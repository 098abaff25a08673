"""DOCX as blocks: headings by their style, footnotes and endnotes with their numbers, rows of
tables. Macros are ignored: only the text parts of the archive are read.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from lxml import etree

from monitor.parse.documents import raising_not_readable, refuse_large_archive, run_text, table_rows
from monitor.report_import.content import Block

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_HEADING = re.compile(r"(?:heading|overskrift|kop|überschrift|titre|rubrik)\s*(\d)", re.I)
_TITLE = re.compile(r"^(?:title|titel|titre)$", re.I)
_NOTE_PARTS = {"footnote": "/word/footnotes.xml", "endnote": "/word/endnotes.xml"}


def docx_blocks(body: bytes) -> tuple[str, list[Block]]:
    """(title, blocks) of a DOCX. Pages are counted where Word has saved where they break. Raises
    NotReadable.
    """
    import docx

    with raising_not_readable("DOCX"):
        refuse_large_archive(body)
        document: Any = docx.Document(BytesIO(body))
        reader = _Reader(document)
        blocks = list(reader.blocks(document.element.body))
        blocks += reader.note_blocks()
        return reader.title, blocks


class _Reader:
    """One document: its styles, its notes, and the page that has been reached."""

    def __init__(self, document: Any) -> None:
        self.title = ""
        self._styles = {s.style_id: s.name or "" for s in document.styles}
        self._parts = {kind: _part(document, name) for kind, name in _NOTE_PARTS.items()}
        self._links = {rel.rId: rel.target_ref for rel in document.part.rels.values() if rel.is_external}
        self._numbers: dict[tuple[str, str], str] = {}  # (kind, id) → number, in order of reference
        self._saved_breaks = any(True for _ in document.element.body.iter(f"{_W}lastRenderedPageBreak"))
        self._page = 1

    @property
    def _at(self) -> int | None:
        return self._page if self._saved_breaks else None

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Paragraphs and rows of tables, in order."""
        for child in parent:
            if child.tag == f"{_W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                for row in table_rows(child):
                    if sum(cell.tag == f"{_W}tc" for cell in row) == 1:  # a box around text
                        yield from (b for cell in row if cell.tag == f"{_W}tc" for b in self.blocks(cell))
                        continue
                    cells = [" ".join(b.text for b in self.blocks(cell)).strip() for cell in row if cell.tag == f"{_W}tc"]
                    yield Block("table", " | ".join(cells), page=self._at)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
                yield from self.blocks(child)

    def _paragraph(self, node: Any) -> Iterator[Block]:
        first = self._page
        text = "".join(self._text(node)).strip()
        style = self._style(node)
        if not text or re.match(r"(?i)toc|indholdsfortegnelse|inhopg|verzeichnis", style):
            return
        page = first if self._saved_breaks else None
        if level := _HEADING.search(style):
            yield Block("heading", text, level=int(level[1]), page=page)
        elif _TITLE.match(style):
            self.title = self.title or text
        else:
            yield Block("text", text, page=page)

    def _style(self, node: Any) -> str:
        named = node.find(f"{_W}pPr/{_W}pStyle")
        return self._styles.get(named.get(f"{_W}val"), "") if named is not None else ""

    def _text(self, node: Any) -> Iterator[str]:
        """The text of a paragraph; references to notes as <sup>number</sup>."""
        for child in node:
            if child.tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
                kind = child.tag.removeprefix(_W).removesuffix("Reference")
                key = (kind, child.get(f"{_W}id") or "")
                self._numbers.setdefault(key, str(len(self._numbers) + 1))
                yield f"<sup>{self._numbers[key]}</sup>"
            elif child.tag == f"{_W}lastRenderedPageBreak" or (child.tag == f"{_W}br" and child.get(f"{_W}type") == "page"):
                self._page += child.tag == f"{_W}lastRenderedPageBreak"
            elif child.tag in (f"{_W}r", f"{_W}hyperlink", f"{_W}ins", f"{_W}smartTag", f"{_W}sdt", f"{_W}sdtContent"):
                yield from self._text(child)
            elif child.tag not in (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr"):
                yield run_text([child])

    def note_blocks(self) -> Iterator[Block]:
        """The notes that the text refers to, with the addresses of their links."""
        for (kind, note_id), number in self._numbers.items():
            root, links = self._parts[kind]
            note = next((n for n in root if n.get(f"{_W}id") == note_id), None) if root is not None else None
            if note is not None:
                text = "".join(_note_text(note, links)).strip()
                yield Block("note", text, number=number)


def _note_text(node: Any, links: Mapping[str, str]) -> Iterator[str]:
    for child in node:
        if child.tag == f"{_W}hyperlink":
            shown, address = run_text(child), links.get(child.get(f"{_R}id") or "", "")
            yield shown if not address or address in shown else address if shown.strip() == "url" else f"{shown} {address}"
        elif child.tag == f"{_W}p":
            yield "".join(_note_text(child, links)) + " "
        elif child.tag not in (f"{_W}pPr", f"{_W}rPr", f"{_W}del"):
            yield run_text([child])


def _part(document: Any, name: str) -> tuple[Any, dict[str, str]]:
    """(root, links) of a part of the archive; (None, {}) where there is none."""
    part = next((p for p in document.part.package.iter_parts() if str(p.partname) == name), None)
    if part is None:
        return None, {}
    root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    return root, {rel.rId: rel.target_ref for rel in part.rels.values() if rel.is_external}
