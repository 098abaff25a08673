"""Reports as files of our own making: the same text as DOCX, PDF, HTML, Markdown and plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from tests.monitor.word_files import NAMESPACE, add_rows, saved

TITLE = "Russia: duties of foreign agents"
SECTIONS = (
    ("1", "Status"),
    ("1.1", "Register of foreign agents"),
    ("2", "Penalties for foreign agents"),
)
# (section, sentences with marks "^n")
TEXT = (
    ("1", "A person can be declared a foreign agent if the ministry considers it to be under foreign influence.^1 Money from abroad is no longer required by the law on foreign agents."),
    ("1.1", "The register of foreign agents held about 1,000 names on 15 June 2025.^2 New names are added to the register of foreign agents nearly every Friday, according to two sources."),
    ("2", "A foreign agent who publishes without the label must pay a fine of 30,000 to 50,000 roubles.^3 It is unclear how many foreign agents were prosecuted for this in 2024."),
)  # fmt: skip
NOTES = {
    "1": "Outlet One: The law explained (14.07.2022) https://one.example/law",
    "2": "Ministry of Justice, 27/06/2025, https://minjust.example/register; Outlet Two: A thousand names (16.06.25) https://two.example/names",
    "3": "Code of Administrative Offences, 03/2025, https://law.example/19-34",
}
TABLE = (("Year", "Fines of foreign agents"), ("2024", "512"))


def sentences() -> list[str]:
    """The sentences as they must be quoted."""
    return [
        s if s.endswith(".") else f"{s}."
        for _, text in TEXT
        for s in text.replace("^1", "").replace("^2", "").replace("^3", "").split(". ")
    ]


def as_docx() -> bytes:
    document = docx.Document()
    document.add_paragraph(TITLE, style="Title")
    for number, title in SECTIONS:
        document.add_paragraph(f"{number} {title}", style=f"Heading {number.count('.') + 1}")
        for section, text in TEXT:
            if section == number:
                _marked(document.add_paragraph(), text)
    add_rows(document.add_table(rows=0, cols=2), TABLE)
    return saved(document, "footnote", {int(n) + 1: note for n, note in NOTES.items()})


def _marked(paragraph: Any, text: str) -> None:
    for n, piece in enumerate(text.split("^")):
        if n:
            mark = (
                f'<w:r {NAMESPACE}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="{int(piece[0]) + 1}"/></w:r>'
            )
            paragraph._p.append(parse_xml(mark))
            piece = piece[1:]
        paragraph.add_run(piece)


@dataclass(frozen=True)
class Put:
    """Text at a place on a page, in points from the lower left."""

    x: float
    y: float
    size: float
    text: str


def pdf_of(pages: Sequence[Sequence[Put]]) -> bytes:
    """A PDF with text at exact places, in Helvetica."""
    writer = PdfWriter()
    for puts in pages:
        page = writer.add_blank_page(600, 800)
        shown = "".join(f"BT /F {p.size} Tf 1 0 0 1 {p.x} {p.y} Tm ({p.text.replace('(', '[').replace(')', ']')}) Tj ET\n" for p in puts)
        stream = DecodedStreamObject()
        stream.set_data(shown.encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
        fonts = DictionaryObject({NameObject("/F"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def as_pdf() -> bytes:
    """One page per section, a running header, page numbers, footnotes in small print, raised
    marks.
    """
    pages = []
    for place, (number, title) in enumerate(SECTIONS, start=1):
        puts = [Put(50, 780, 8, "Country report, July 2025"), Put(300, 20, 8, str(place))]
        if place == 1:
            puts.append(Put(50, 740, 20, TITLE))
        puts.append(Put(50, 700, 14, f"{number} {title}"))
        text = next(text for section, text in TEXT if section == number)
        y = 670.0
        for line in _wrapped(text, 80):
            puts += _pieces(line, 50, y)
            y -= 14
        y = 70.0
        mark = text[text.index("^") + 1]
        for line in _wrapped(f"{mark} {NOTES[mark].replace('(', '').replace(')', '')}", 95):
            puts.append(Put(50, y, 8, line))
            y -= 10
        pages.append(puts)
    return pdf_of(pages)


def _pieces(line: str, x: float, y: float) -> list[Put]:
    out = list[Put]()
    for n, piece in enumerate(line.split("^")):
        if n:
            out.append(Put(x, y + 4, 6, piece[0]))
            x, piece = x + 4, piece[1:]
        if piece:
            out.append(Put(x, y, 11, piece))
            x += 5.2 * len(piece)
    return out


def _wrapped(text: str, width: int) -> list[str]:
    lines, line = list[str](), ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def as_columns() -> bytes:
    """One page of two columns; the first column goes on in the second."""
    words = " ".join(text.replace("^1", "").replace("^2", "").replace("^3", "") for _, text in TEXT)
    lines = _wrapped(words, 38)
    half = (len(lines) + 1) // 2
    left = [Put(50, 700 - 14 * n, 11, line) for n, line in enumerate(lines[:half])]
    right = [Put(320, 700 - 14 * n, 11, line) for n, line in enumerate(lines[half:])]
    side_by_side = [put for pair in zip(left, [*right, *right[-1:]], strict=False) for put in pair]
    return pdf_of([[Put(50, 740, 18, "1 Foreign agents"), *dict.fromkeys(side_by_side)]])


def as_markdown() -> bytes:
    parts = [f"# {TITLE}\n"]
    for number, title in SECTIONS:
        text = next(text for section, text in TEXT if section == number)
        parts.append(f"## {number} {title}\n\n{_replaced(text, '<sup>{}</sup>')}\n")
    parts += [f"<sup>{n}</sup> {said}\n" for n, said in NOTES.items()]
    parts.append("\n".join("| " + " | ".join(row) + " |" for row in TABLE))
    return "\n".join(parts).encode()


def as_text() -> bytes:
    """As copied from a PDF: lines broken, the footnotes in the middle of the text."""
    parts = [TITLE]
    for (number, title), note in zip(SECTIONS, NOTES, strict=True):
        text = _replaced(next(text for section, text in TEXT if section == number), "{}")
        parts.append(f"{number} {title}\n\n" + "\n".join(_wrapped(text, 70)) + f"\n\n{note} {NOTES[note]}\n")
    return "\n\n".join(parts).encode()


def as_html() -> bytes:
    parts = [f"<!doctype html><html><head><title>{TITLE}</title><script>alert(1)</script></head><body>"]
    for number, title in SECTIONS:
        text = next(text for section, text in TEXT if section == number)
        marked = _replaced(text, '<sup><a href="#n{0}" id="m{0}">{0}</a></sup>')
        parts.append(f"<h{number.count('.') + 2}>{number} {title}</h{number.count('.') + 2}><p>{marked}</p>")
    parts += ["<table>", *("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE), "</table><ol>"]
    parts += [f'<li id="n{n}">{said} <a href="#m{n}">↑</a></li>' for n, said in NOTES.items()]
    return ("".join(parts) + "</ol></body></html>").encode()


def _replaced(text: str, form: str) -> str:
    for n in NOTES:
        text = text.replace(f"^{n}", form.format(n))
    return text
