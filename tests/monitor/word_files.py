"""Parts of Word documents that python-docx does not write: footnotes and endnotes."""

from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import Any, Literal

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = {"footnote": RELATIONSHIP_TYPE.FOOTNOTES, "endnote": RELATIONSHIP_TYPE.ENDNOTES}


def add_rows(table: Any, rows: Sequence[Sequence[str]]) -> None:
    """Add rows of texts to a table."""
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value


def saved(document: Document, kind: Literal["footnote", "endnote"], notes: Mapping[int, str]) -> bytes:
    """The document as a file, with its notes by their id."""
    xml = "".join(
        f'<w:{kind} w:id="{n}"><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t xml:space="preserve"> {escape(text)}</w:t></w:r></w:p></w:{kind}>'
        for n, text in notes.items()
    )
    part = Part(
        PackURI(f"/word/{kind}s.xml"),
        f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}s+xml",
        f"<w:{kind}s {NAMESPACE}>{xml}</w:{kind}s>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, _RELATIONS[kind])
    out = BytesIO()
    document.save(out)
    return out.getvalue()
