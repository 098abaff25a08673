"""A living report as a document, for the tests of its file formats."""

from datetime import UTC, datetime

from db.enums import ClaimStatus
from review.view.report_document import DocumentClaim, DocumentSection, ReportDocument

MADE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOCUMENT = ReportDocument(
    "Rusland: Militærtjeneste", "da", "DRC", "DRC, 2024-06.", "2 claims: 1 superseded, 1 stands.",
    (
        DocumentSection(
            "2.3 Indkaldelser",
            (
                DocumentClaim("REP-001", ClaimStatus.SUPERSEDED, "superseded since 2 March 2026", "The fine is 30,000 RUB.", "Bøden er «штраф» 10.000 RUB.",
                              "The fine is 10,000 RUB.", ("flag 1: Fine <b>: 10,000 roubles → 30,000 roubles",)),
                DocumentClaim("REP-002", ClaimStatus.STANDS, "stands", "A hostile \x0b\ud800 statement & more.", "", "", ()),
            ),
        ),
    ),
)  # fmt: skip
EMPTY = ReportDocument("Rusland", "da", "DRC", "DRC, 2024-06.", "No claims.", ())
