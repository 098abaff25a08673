"""The living report as a Word document (DOCX)."""

import io
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from db.enums import ClaimStatus
from review.view.printable import printable
from review.view.report_document import DocumentClaim, ReportDocument

_HIGHLIGHT = {
    ClaimStatus.SUPERSEDED: WD_COLOR_INDEX.TURQUOISE,
    ClaimStatus.CHANGED: WD_COLOR_INDEX.TURQUOISE,
    ClaimStatus.CONTRADICTED: WD_COLOR_INDEX.PINK,
    ClaimStatus.IN_DOUBT: WD_COLOR_INDEX.PINK,
    ClaimStatus.WATCH: WD_COLOR_INDEX.YELLOW,
}
_SOFT = RGBColor(0x5C, 0x5F, 0x63)


def as_docx(report: ReportDocument, made: datetime) -> bytes:
    """The file. Headings are Word's own, so that its navigation and table of contents work; every
    text carries its language, so that spelling is checked in it.
    """
    document = Document()
    document.styles["Normal"].font.size = Pt(10.5)
    properties = document.core_properties
    properties.title, properties.author = printable(report.title), printable(report.publisher)
    properties.created = properties.modified = made.replace(tzinfo=None)
    _paragraph(document, report.title, report.language, style="Title")
    _paragraph(document, report.lead, "en")
    _paragraph(document, report.summary, "en", bold=True)
    for section in report.sections:
        _paragraph(document, section.heading, report.language, style="Heading 1")
        for claim in section.claims:
            _claim(document, claim, report.language)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _claim(document: Any, claim: DocumentClaim, language: str) -> None:
    head = document.add_paragraph()
    head.paragraph_format.keep_with_next = True
    head.paragraph_format.space_before = Pt(8)
    _run(head, f"{claim.id}  ", "en", bold=True)
    status = _run(head, claim.status_label, "en")
    status.font.highlight_color = _HIGHLIGHT.get(claim.status)
    _paragraph(document, claim.statement, "en")
    if claim.before:
        _soft(_paragraph(document, f"The report said: {claim.before}", "en"))
    if claim.quote:
        _soft(_paragraph(document, claim.quote, language, style="Quote"))
    for flag in claim.flags:
        _paragraph(document, flag, "en", style="List Bullet")


def _paragraph(document: Any, text: str, language: str, style: str | None = None, *, bold: bool = False) -> Any:
    paragraph = document.add_paragraph(style=style)
    _run(paragraph, text, language, bold=bold)
    return paragraph


def _run(paragraph: Any, text: str, language: str, *, bold: bool = False) -> Any:
    run = paragraph.add_run(printable(text))
    run.bold = bold or None
    mark = OxmlElement("w:lang")
    mark.set(qn("w:val"), language)
    run._r.get_or_add_rPr().append(mark)
    return run


def _soft(paragraph: Any) -> None:
    for run in paragraph.runs:
        run.font.color.rgb = _SOFT
