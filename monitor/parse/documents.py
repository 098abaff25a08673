"""Text of PDF and DOCX documents, and the recognition of other files that are no text.

PDF: pypdf. The lines that the page layout breaks are joined into paragraphs; page numbers and
repeated headers and footers are left out. DOCX: python-docx gives the blocks in order; the text of
a paragraph is read here, because python-docx leaves out text that was inserted with tracked
changes. Deleted text is left out, footnote marks and superscript numbers stay apart from the word
before ("22¹").

Call these functions in a parser process only: a document can be built to exhaust time or memory.
"""

import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from monitor.parse.clean_entry import clean_line, tidy

DOCUMENTS = ("PDF", "DOCX")  # kinds of files whose text is read
MAX_PAGES = 600
MAX_CHARACTERS = 2_000_000
MAX_UNPACKED = 100_000_000  # bytes of all parts of a DOCX
PHRASE = 6  # words in a row that are hardly twice in a document
LEAST_TEXT = 40  # characters; a document with less has no text layer
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG picture"), (b"\x89PNG", "PNG picture"), (b"GIF8", "GIF picture"), (b"BM", "BMP picture"), (b"II*\0", "TIFF picture"),
    (b"MM\0*", "TIFF picture"), (b"\0\0\1\0", "icon"), (b"\xd0\xcf\x11\xe0", "old Office document"), (b"{\\rtf", "RTF document"),
    (b"PK\3\4", "zip archive"), (b"PK\5\6", "zip archive"), (b"\x1f\x8b", "gzip archive"), (b"Rar!", "RAR archive"), (b"7z\xbc\xaf", "7z archive"),
    (b"OggS", "Ogg recording"), (b"ID3", "MP3 recording"), (b"fLaC", "FLAC recording"), (b"\x7fELF", "program"), (b"MZ\x90", "program"),
    (b"wOFF", "font"), (b"wOF2", "font"), (b"AT&TFORM", "DjVu document"), (b"%!PS", "PostScript document"),
)  # fmt: skip
_OFFICE_PARTS = {"word/document.xml": "DOCX", "xl/workbook.xml": "XLSX table", "ppt/presentation.xml": "PPTX presentation"}
_SENTENCE_END = re.compile(r"[.!?:;…»\"”)\]]$")
_NEW_PARAGRAPH = re.compile(r"^(?:\d+(?:\.\d+)*[.)]|[а-яa-z][.)]|[-–—•·]|§|стат|глава|раздел|пункт|article|section|annex|приложение)", re.I)
_PAGE_NUMBER = re.compile(r"^[-–—\s]*(?:стр(?:аница)?\.?|page|p\.)?\s*\d{1,4}(?:\s*(?:/|из|of)\s*\d{1,4})?[-–—\s]*$", re.I)


class NotReadable(Exception):
    """The document has no text that can be read; the message says why."""


@dataclass(frozen=True)
class FileText:
    """Text, paragraphs separated by a blank line. The title is its first line: metadata name
    templates and files.
    """

    kind: str
    title: str
    text: str


def file_kind(body: bytes) -> str | None:
    """The kind of a file that is not text: "PDF", "DOCX", "JPEG picture", …; None for text."""
    start = body[:1024]
    if b"%PDF-" in start:
        return "PDF"
    named = next((name for magic, name in _MAGIC if start.startswith(magic)), None)
    if named == "zip archive":
        return _office_kind(body) or named
    if start[:4] == b"RIFF":
        return "WebP picture" if start[8:12] == b"WEBP" else "recording"
    if start[4:8] == b"ftyp":
        return "video"
    if named == "BMP picture" and start.isascii():
        return None  # a text that begins with "BM"
    return named or ("unknown binary file" if _is_binary(start) else None)


def read_document(body: bytes) -> FileText:
    """The text of a PDF or DOCX. Raises NotReadable."""
    kind = file_kind(body)
    if kind == "PDF":
        lines = _pdf(body)
    elif kind == "DOCX":
        lines = _docx(body)
    else:
        raise NotReadable(f"{kind or 'text'} is not read as a document")
    text = tidy("\n\n".join(lines))[:MAX_CHARACTERS]
    if len(text) < LEAST_TEXT:
        raise NotReadable(f"{kind} without a text layer (a scan?): {len(text)} characters")
    if is_garbled(text):
        raise NotReadable(f"{kind} whose fonts do not say which characters they show")
    return FileText(kind, clean_line(text.split("\n", 1)[0])[:300], text)


_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 32)))


def _is_binary(start: bytes) -> bool:
    """Whether the bytes hold control characters that no text has. UTF-16 has zero bytes, but at
    every second place only.
    """
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls <= 0.02 * len(start):
        return False
    halves = [sum(part.count(high) for high in (0, 4)) for part in (start[::2], start[1::2])]
    return not (max(halves) >= 0.3 * len(start) and min(halves) <= 0.1 * max(halves)) and not start.startswith((b"\xff\xfe", b"\xfe\xff"))


def _office_kind(body: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return "broken zip archive"
    return next((kind for part, kind in _OFFICE_PARTS.items() if part in names), None)


def scan_fingerprint(body: bytes) -> str | None:
    """SHA-256 of the pictures in a PDF, which does not change with its metadata; None if there are
    none.
    """
    import pypdf

    digest, pictures = hashlib.sha256(), 0
    try:
        for page in pypdf.PdfReader(BytesIO(body)).pages[:MAX_PAGES]:
            objects: Any = (page.get("/Resources") or {}).get("/XObject") or {}
            for name in objects:
                picture = objects[name].get_object()
                if picture.get("/Subtype") == "/Image":
                    digest.update(picture._data)
                    pictures += 1
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # pypdf raises errors of many kinds for broken files
        return None
    return digest.hexdigest() if pictures else None


@contextmanager
def raising_not_readable(kind: str) -> Iterator[None]:
    """Turn the errors of many kinds that libraries raise for broken files into NotReadable."""
    try:
        yield
    except (MemoryError, NotReadable):
        raise
    except Exception as error:
        raise NotReadable(f"{kind} that cannot be read: {type(error).__name__}: {error}"[:300]) from error


def pdf_pages(body: bytes) -> list[Any]:
    """The pages of a PDF, as pypdf's PageObject. Raises NotReadable for one that is locked or has
    too many pages, and pypdf's own errors for a broken one.
    """
    import pypdf

    reader = pypdf.PdfReader(BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise NotReadable("PDF that asks for a password")
    if len(reader.pages) > MAX_PAGES:
        raise NotReadable(f"PDF of {len(reader.pages)} pages; at most {MAX_PAGES} are read")
    return list(reader.pages)


def pages_with(body: bytes, quote: str) -> list[int]:
    """The pages of a PDF, counted from 1, that have PHRASE words in a row of `quote` (all its
    words, if it has fewer). Raises NotReadable.
    """
    words = _words(quote)
    phrases = {tuple(words[i : i + PHRASE]) for i in range(max(1, len(words) - PHRASE + 1))}
    with raising_not_readable("PDF"):
        pages = [_words(page.extract_text()) for page in pdf_pages(body)]
    size = min(PHRASE, len(words))
    return [n for n, page in enumerate(pages, 1) if size and any(tuple(page[i : i + size]) in phrases for i in range(len(page) - size + 1))]


def _words(text: str) -> list[str]:
    """Words in lower case; a word that the end of a line breaks is one."""
    return re.findall(r"\w+", re.sub(r"(?<=\w)-\s*\n\s*(?=[a-zа-яё])", "", text).lower())


def _pdf(body: bytes) -> list[str]:
    """Paragraphs of a PDF. Raises NotReadable."""
    with raising_not_readable("PDF"):
        pages = [[" ".join(line.split()) for line in page.extract_text().split("\n")] for page in pdf_pages(body)]
    return list(_paragraphs(_without_running_lines(pages)))


def _without_running_lines(pages: list[list[str]]) -> Iterator[str]:
    """Lines of all pages without page numbers and without headers and footers that most pages
    repeat.
    """
    edges = Counter(line for page in pages for line in {*page[:2], *page[-2:]} if line)
    repeated = {line for line, count in edges.items() if len(pages) >= 3 and count > len(pages) / 2}
    for page in pages:
        yield from (line for line in page if line not in repeated and not (_PAGE_NUMBER.match(line) and line in (*page[:2], *page[-2:])))


def _paragraphs(lines: Iterator[str]) -> Iterator[str]:
    """Lines joined into paragraphs: a line that ends a sentence, an empty line and a numbered line
    separate paragraphs.
    """
    current = ""
    for line in lines:
        if current and (not line or _SENTENCE_END.search(current) or _NEW_PARAGRAPH.match(line)):
            yield current
            current = ""
        hyphenated = current.endswith("-") and line[:1].islower()
        current = current[:-1] + line if hyphenated else f"{current} {line}".strip()
    if current:
        yield current


def refuse_large_archive(body: bytes) -> None:
    """Raise NotReadable for a zip that unpacks to more than MAX_UNPACKED."""
    with zipfile.ZipFile(BytesIO(body)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            raise NotReadable(f"DOCX that unpacks to more than {MAX_UNPACKED:,} bytes")


def _docx(body: bytes) -> list[str]:
    """Paragraphs of a DOCX; the cells of a table's row are separated by " | ". Raises
    NotReadable.
    """
    import docx

    with raising_not_readable("DOCX"):
        refuse_large_archive(body)
        document: Any = docx.Document(BytesIO(body))
        return list(_blocks(document.element.body))


def _blocks(parent: Any) -> Iterator[str]:
    """Paragraphs and rows of tables under `parent`, in order."""
    for child in parent:
        if child.tag == f"{_WORD}p":
            yield run_text(child)
        elif child.tag == f"{_WORD}tbl":
            for row in table_rows(child):
                yield " | ".join(" ".join(_blocks(cell)).strip() for cell in row if cell.tag == f"{_WORD}tc")
        elif child.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins", f"{_WORD}customXml"):
            yield from _blocks(child)


def table_rows(table: Any) -> Iterator[Any]:
    """The rows of a table without those of tables in its cells: reading these at every level would
    take twice the time for each level.
    """
    for child in table:
        if child.tag == f"{_WORD}tr":
            yield child
        elif child.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins", f"{_WORD}customXml"):
            yield from table_rows(child)


def run_text(node: Any) -> str:
    """Text of a paragraph or run: insertions included, deletions not, superscript digits as
    such.
    """
    parts = list[str]()
    for child in node:
        match child.tag:
            case tag if tag == f"{_WORD}t":
                parts.append(child.text or "")
            case tag if tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
                parts.append("\t" if tag == f"{_WORD}tab" else "\n")
            case tag if tag == f"{_WORD}noBreakHyphen":
                parts.append("-")
            case tag if tag in (f"{_WORD}del", f"{_WORD}moveFrom", f"{_WORD}pPr", f"{_WORD}rPr", _FALLBACK):
                continue
            case _:
                text = run_text(child)
                raised = child.find(f"{_WORD}rPr/{_WORD}vertAlign[@{_WORD}val='superscript']")
                parts.append(text.translate(_SUPERSCRIPT) if raised is not None else text)
    return "".join(parts)


def is_garbled(text: str) -> bool:
    """Whether over a twentieth of the characters are replacements, private or control characters,
    or glyph numbers.
    """
    odd = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or "\x80" <= c <= "\x9f" for c in text)
    return odd + sum(len(m) for m in re.findall(r"\(cid:\d+\)|/g\d{2,}", text)) > 0.05 * len(text)
