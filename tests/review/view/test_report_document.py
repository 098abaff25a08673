"""The living report as a document."""

from datetime import UTC, datetime

from db.claim_status import claim_states
from db.engine import reading, writing
from db.enums import Choice, ClaimStatus
from db.flag_gists import english_gists
from db.models import ReportRow
from review.view.report_document import DocumentClaim, report_document
from tests.review.factory import Filled, decide

MADE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_document_has_every_claim_with_its_status_in_the_order_of_the_sections(filled: Filled) -> None:
    with writing(filled.engine) as session:
        session.get_one(ReportRow, "rep-2024").sections = {"1.2": "Bøder"}
    flag = filled.flag(stage="signed")
    decide(filled, flag, Choice.VALUE_CHANGED, filled.user("Anna"), statement="The fine is 30,000 RUB.")
    with reading(filled.engine) as session:
        states = claim_states(session, "rep-2024")
        document = report_document(
            session.get_one(ReportRow, "rep-2024"), states, english_gists(session, [flag]), MADE, "https://desk.example"
        )
    assert [s.heading for s in document.sections] == ["1.2 Bøder", "Section 1.3", "Section 2.1", "Section 2.2"]
    [claim] = document.sections[0].claims
    assert claim == DocumentClaim(
        "REP-001", ClaimStatus.SUPERSEDED, "superseded since 2 March 2026", "The fine is 30,000 RUB.", "Bøden er 10.000 RUB.",
        "Statement 1: the fine is 10,000 RUB.", (f"flag {flag}: Reported by Meduza: fines for not appearing – signed or issued",),
    )  # fmt: skip
    assert document.summary == "4 claims: 1 superseded, 3 stands."
    assert "https://desk.example/reports/rep-2024" in document.lead
