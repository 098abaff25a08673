"""Edits of reports and claims at the desk: versions, conflicts, the log; and files that follow
beside them.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import claim_editing, reports
from db.claim_editing import EditConflict, NoSuchClaim
from db.engine import reading, writing
from db.models import ClaimRow, ReportRow, UserRow

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HEAD = {
    "id": "example", "title": "A report", "publisher": "A desk", "published": "2025-06", "research_closed": "2025-06-15", "language": "da",
    "packs": ["military"],
}  # fmt: skip


def body(claim_id: str, statement: str) -> dict[str, Any]:
    return {"id": claim_id, "section": "1", "topic": "mobilisation", "statement": statement}


@pytest.fixture
def edited(engine: Engine) -> Engine:
    """A report of a file with two claims, and two editors."""
    with writing(engine) as session:
        session.add_all(UserRow(id=i, name=name, role="editor", created_at=NOW) for i, name in ((1, "anna"), (2, "bram")))
        reports.register_report(session, HEAD, [body("EXA-001", "one"), body("EXA-002", "two")], NOW)
    return engine


def compared(engine: Engine) -> list[tuple[str, str]]:
    """What items are compared with: (id, statement)."""
    with reading(engine) as session:
        (report,) = reports.stored_reports(session)
        return [(c["id"], c["statement"]) for c in report.claims]


def state(engine: Engine) -> tuple[int, int, int]:
    with reading(engine) as session:
        return reports.claims_state(session)


def test_an_edit_is_a_new_version_that_is_compared_and_logged(edited: Engine) -> None:
    before = state(edited)
    with writing(edited) as session:
        claim_editing.edit_claim(session, "EXA-001", body("EXA-001", "one, better said"), 1, 1, NOW)
    assert compared(edited) == [("EXA-001", "one, better said"), ("EXA-002", "two")]
    assert state(edited) != before
    with reading(edited) as session:
        ((change, who),) = claim_editing.changes_of(session, ["EXA-001"])
        assert (change.action, change.detail, who) == ("claim_edited", "version 2: one, better said", "anna")


def test_the_same_text_again_writes_nothing(edited: Engine) -> None:
    before = state(edited)
    with writing(edited) as session:
        claim_editing.edit_claim(session, "EXA-001", body("EXA-001", "one"), 1, 1, NOW)
    assert state(edited) == before


def test_the_second_of_two_editors_gets_an_error_that_names_the_first(edited: Engine) -> None:
    with writing(edited) as session:
        claim_editing.edit_claim(session, "EXA-001", body("EXA-001", "anna's"), 1, 1, NOW)
    with pytest.raises(EditConflict, match=r"EXA-001 was changed by anna at 12:00 UTC"), writing(edited) as session:
        claim_editing.edit_claim(session, "EXA-001", body("EXA-001", "bram's"), 1, 2, NOW)
    assert compared(edited)[0] == ("EXA-001", "anna's")


def test_a_file_leaves_alone_what_the_desk_changed_and_updates_the_rest(edited: Engine) -> None:
    with writing(edited) as session:
        claim_editing.edit_claim(session, "EXA-001", body("EXA-001", "the desk's"), 1, 1, NOW)
        reports.register_report(session, HEAD, [body("EXA-001", "one, new edition"), body("EXA-002", "two, new edition")], NOW)
    assert compared(edited) == [("EXA-001", "the desk's"), ("EXA-002", "two, new edition")]
    with writing(edited) as session:
        waiting = session.get_one(ClaimRow, "EXA-001").file_body
        assert waiting
        assert waiting["statement"] == "one, new edition"
        claim_editing.take_file(session, "EXA-001", 2, 2, NOW)
        reports.register_report(session, HEAD, [body("EXA-001", "one, third edition"), body("EXA-002", "two, new edition")], NOW)
    assert compared(edited)[0] == ("EXA-001", "one, third edition")


def test_a_retired_claim_is_compared_no_more_and_its_file_does_not_bring_it_back(edited: Engine) -> None:
    with writing(edited) as session:
        claim_editing.retire_claim(session, "EXA-001", 1, "out of scope", 1, NOW)
        reports.register_report(session, HEAD, [body("EXA-001", "one, new edition"), body("EXA-002", "two")], NOW)
    assert compared(edited) == [("EXA-002", "two")]


def test_split_and_merge_say_what_took_the_place_of_a_claim(edited: Engine) -> None:
    with writing(edited) as session:
        assert claim_editing.next_claim_id(session, "example") == "EXA-003"
        claim_editing.split_claim(session, "EXA-001", [body("EXA-003", "one a"), body("EXA-004", "one b")], 1, 1, NOW)
    assert compared(edited) == [("EXA-003", "one a"), ("EXA-004", "one b"), ("EXA-002", "two")]
    with writing(edited) as session:
        assert session.get_one(ClaimRow, "EXA-001").replaced_by == ["EXA-003", "EXA-004"]
        claim_editing.merge_claims(session, "EXA-003", {"EXA-004": 1}, body("EXA-003", "one, whole"), 1, 1, NOW)
        assert session.get_one(ClaimRow, "EXA-004").replaced_by == ["EXA-003"]
    assert compared(edited) == [("EXA-003", "one, whole"), ("EXA-002", "two")]


def test_a_report_of_the_desk_is_not_touched_by_a_file_of_its_name_nor_by_the_lack_of_one(edited: Engine) -> None:
    with writing(edited) as session:
        claim_editing.save_report(session, {**HEAD, "title": "Our own"}, 1, NOW)
        reports.register_report(session, HEAD, [body("EXA-001", "of the file")], NOW)
        assert reports.unlist_files(session, []) == []
        assert session.get_one(ReportRow, "example").title == "Our own"
    assert compared(edited) == [("EXA-001", "one"), ("EXA-002", "two")]


def test_a_report_whose_file_is_gone_is_unlisted_and_comes_back_with_it(edited: Engine) -> None:
    with writing(edited) as session:
        assert reports.unlist_files(session, ["another"]) == ["example"]
        assert reports.stored_reports(session) == []
        reports.register_report(session, HEAD, [body("EXA-001", "one"), body("EXA-002", "two")], NOW)
    assert len(compared(edited)) == 2


def test_a_claim_of_another_report_keeps_its_id(edited: Engine) -> None:
    with writing(edited) as session:
        taken = reports.register_report(session, {**HEAD, "id": "other"}, [body("EXA-001", "theirs"), body("OTH-001", "new")], NOW)
        assert taken == ["EXA-001"]
        assert [c["id"] for c in reports.stored_reports(session, ["other"])[0].claims] == ["OTH-001"]


def test_a_retired_report_is_compared_no_more(edited: Engine) -> None:
    with writing(edited) as session:
        claim_editing.retire_report(session, "example", 1, NOW)
        reports.register_report(session, HEAD, [body("EXA-001", "one")], NOW)
        assert reports.stored_reports(session) == []


def test_what_does_not_exist_is_named(edited: Engine) -> None:
    with reading(edited) as session, pytest.raises(NoSuchClaim, match="there is no claim EXA-009"):
        claim_editing.newest_version(session, "EXA-009")
    with pytest.raises(EditConflict, match="EXA-002 is a claim already"), writing(edited) as session:
        claim_editing.add_claim(session, "example", body("EXA-002", "again"), 1, NOW)


def test_new_ids_follow_the_prefix_of_the_report_or_its_name(engine: Engine) -> None:
    with writing(engine) as session:
        claim_editing.save_report(session, {**HEAD, "id": "agents-2026"}, None, NOW)
        assert claim_editing.next_claim_id(session, "agents-2026") == "AGENTS-001"
        session.flush()
        assert session.scalars(select(ReportRow.origin)).all() == ["desk"]
