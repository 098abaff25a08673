"""Uploads and drafts: nothing is a claim before a person accepts it; the second of two editors gets
an error.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import claim_editing, drafts, reports
from db.claim_editing import EditConflict, NoSuchClaim
from db.drafts import NewDraft
from db.engine import reading, writing
from db.enums import DraftState
from db.models import ClaimDraftRow, ReportUploadRow, UserRow

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HEAD = {
    "id": "example",
    "title": "A",
    "publisher": "P",
    "published": "2025",
    "research_closed": "2025",
    "language": "da",
    "packs": ["military"],
}


def body(quote: str, **more: Any) -> dict[str, Any]:
    return {"section": "1", "topic": "mobilisation", "statement": "", "quote": quote, "sources": [{"outlet": quote}], **more}


@pytest.fixture
def uploaded(engine: Engine) -> Engine:
    with writing(engine) as session:
        session.add(UserRow(id=1, name="anna", role="editor", created_at=NOW))
        claim_editing.save_report(session, HEAD, 1, NOW)
        proposed = [NewDraft(n, body(q)) for n, q in enumerate(("one", "two", "three"))]
        drafts.save_upload(session, "example", "report.docx", b"bytes", {"title": "A"}, proposed, 1, NOW)
    return engine


def claims(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [c["id"] for c in reports.stored_reports(session)[0].claims]


def test_a_draft_becomes_a_claim_only_when_it_is_accepted(uploaded: Engine) -> None:
    assert claims(uploaded) == []
    with writing(uploaded) as session:
        first = drafts.next_waiting(session, 1)
        assert first
        drafts.accept(session, first.id, {**first.body, "id": "EXA-001", "statement": "One."}, first.version, 1, NOW)
        after = drafts.next_waiting(session, 1, first.position)
        assert after
        assert after.body["quote"] == "two"
    assert claims(uploaded) == ["EXA-001"]


def test_a_draft_is_decided_once(uploaded: Engine) -> None:
    with writing(uploaded) as session:
        drafts.drop(session, 1, 1, 1, NOW)
    with pytest.raises(EditConflict, match="another person"), writing(uploaded) as session:
        drafts.accept(session, 1, body("one", id="EXA-001", statement="One."), 1, 1, NOW)
    with writing(uploaded) as session:
        assert drafts.take_back(session, 1, 2).state == DraftState.WAITING
        drafts.accept(session, 1, body("one", id="EXA-001", statement="One."), 3, 1, NOW)
    assert claims(uploaded) == ["EXA-001"]


def test_a_merged_draft_adds_its_quote_and_sources_to_the_claim(uploaded: Engine) -> None:
    with writing(uploaded) as session:
        drafts.accept(session, 1, body("one", id="EXA-001", statement="One."), 1, 1, NOW)
        drafts.merge(session, 2, "EXA-001", 1, 1, NOW)
    with reading(uploaded) as session:
        newest = claim_editing.newest_version(session, "EXA-001").body
        assert (newest["quote"], newest["sources"]) == ("one two", [{"outlet": "one"}, {"outlet": "two"}])
        assert drafts.draft_counts(session, [1]) == {1: {"accepted": 1, "merged": 1, "waiting": 1}}
    with pytest.raises(NoSuchClaim, match="EXA-009 is no claim of example"), writing(uploaded) as session:
        drafts.merge(session, 3, "EXA-009", 1, 1, NOW)


def test_the_same_file_again_keeps_the_decisions(uploaded: Engine) -> None:
    with writing(uploaded) as session:
        drafts.drop(session, 1, 1, 1, NOW)
        again = drafts.save_upload(session, "example", "renamed.docx", b"bytes", {}, [], 1, NOW)
        assert again.id == 1
    with reading(uploaded) as session:
        assert len(session.scalars(select(ReportUploadRow)).all()) == 1
        assert [d.state for d in session.scalars(select(ClaimDraftRow).order_by(ClaimDraftRow.id))] == ["dropped", "waiting", "waiting"]
        assert drafts.report_of(session, 1)[1].id == "example"
