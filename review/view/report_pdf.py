"""The living report as a PDF, set in DejaVu Serif (review/fonts), which has Latin and Cyrillic
letters.
"""

import io
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate

from db.enums import ClaimStatus
from review.view.printable import printable
from review.view.report_document import DocumentClaim, ReportDocument

FONTS = Path(__file__).resolve().parent.parent / "fonts"
_REGULAR, _BOLD = "DejaVuSerif", "DejaVuSerif-Bold"
_FILL = {
    ClaimStatus.SUPERSEDED: "#cfe6e9",
    ClaimStatus.CHANGED: "#cfe6e9",
    ClaimStatus.CONTRADICTED: "#fbe0db",
    ClaimStatus.IN_DOUBT: "#fbe0db",
    ClaimStatus.WATCH: "#fdf1d7",
}


@cache
def _styles() -> dict[str, ParagraphStyle]:
    """The fonts are registered once per process."""
    for name in (_REGULAR, _BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(_REGULAR, normal=_REGULAR, bold=_BOLD, italic=_REGULAR, boldItalic=_BOLD)
    text = ParagraphStyle("text", fontName=_REGULAR, fontSize=9.5, leading=13.5, alignment=TA_LEFT, spaceAfter=3)
    soft = colors.HexColor("#5c5f63")
    return {
        "text": text,
        "title": ParagraphStyle("title", parent=text, fontName=_BOLD, fontSize=18, leading=23, spaceAfter=8),
        "heading": ParagraphStyle("heading", parent=text, fontName=_BOLD, fontSize=12.5, leading=17, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        "claim": ParagraphStyle("claim", parent=text, spaceBefore=9, spaceAfter=2),
        "quote": ParagraphStyle("quote", parent=text, textColor=soft, leftIndent=5 * mm, fontSize=9),
        "flag": ParagraphStyle("flag", parent=text, leftIndent=5 * mm, bulletIndent=1 * mm, fontSize=9),
    }  # fmt: skip


def as_pdf(report: ReportDocument, made: datetime) -> bytes:
    """The file, A4, with an outline of the sections and numbered pages."""
    styles = _styles()
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=22 * mm, rightMargin=22 * mm, topMargin=20 * mm, bottomMargin=20 * mm,
        title=printable(report.title), author=printable(report.publisher), lang=report.language, invariant=1,
    )  # fmt: skip
    flow: list[Any] = [
        Paragraph(_text(report.title), styles["title"]),
        Paragraph(_text(report.lead), styles["text"]),
        Paragraph(f"<b>{_text(report.summary)}</b>", styles["text"]),
    ]
    for number, section in enumerate(report.sections):
        flow.append(Paragraph(f'<a name="s{number}"/>{_text(section.heading)}', styles["heading"]))
        flow += [_claim(claim, styles) for claim in section.claims]
    footer = f"{printable(report.publisher)} · {made:%Y-%m-%d}"

    def on_page(canvas: Any, page: Any) -> None:
        canvas.setFont(_REGULAR, 8)
        canvas.drawString(22 * mm, 11 * mm, footer)
        canvas.drawRightString(A4[0] - 22 * mm, 11 * mm, str(page.page))

    template.build(flow, onFirstPage=on_page, onLaterPages=on_page)
    return out.getvalue()


def _claim(claim: DocumentClaim, styles: dict[str, ParagraphStyle]) -> KeepTogether:
    fill = _FILL.get(claim.status)
    label = f'<font backColor="{fill}">{_text(claim.status_label)}</font>' if fill else _text(claim.status_label)
    parts = [Paragraph(f"<b>{_text(claim.id)}</b>&nbsp;&nbsp;{label}", styles["claim"]), Paragraph(_text(claim.statement), styles["text"])]
    if claim.before:
        parts.append(Paragraph(f"The report said: {_text(claim.before)}", styles["quote"]))
    if claim.quote:
        parts.append(Paragraph(_text(claim.quote), styles["quote"]))
    parts += [Paragraph(_text(flag), styles["flag"], bulletText="•") for flag in claim.flags]
    return KeepTogether(parts)


def _text(text: str) -> str:
    """Foreign text: its markup is text, and no markup of reportlab."""
    return escape(printable(text))
