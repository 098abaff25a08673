"""Reports and claims in the database: a changed claim is a new version, a vanished one is unlisted,
nothing is overwritten.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import reports
from db.engine import reading, writing
from db.models import ClaimRow, ClaimVersionRow, ReportRow

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
REPORT = {
    "id": "example",
    "title": "A report",
    "publisher": "A desk",
    "published": "2024-06",
    "research_closed": "2024-06-15",
    "language": "da",
}


def claim(claim_id: str, statement: str) -> dict[str, Any]:
    return {"id": claim_id, "section": "1", "topic": "mobilisation", "statement": statement}


def register(engine: Engine, *claims: dict[str, Any]) -> None:
    with writing(engine) as session:
        reports.register_report(session, REPORT, claims, NOW)


def versions(engine: Engine) -> list[tuple[str, int, str]]:
    with reading(engine) as session:
        rows = session.execute(
            select(ClaimVersionRow.claim_id, ClaimVersionRow.number, ClaimVersionRow.statement).order_by(ClaimVersionRow.id)
        )
        return [(a, b, c) for a, b, c in rows]


@pytest.fixture
def registered(engine: Engine) -> Engine:
    register(engine, claim("EXA-001", "one"), claim("EXA-002", "two"))
    return engine


def test_a_report_is_registered_with_its_claims_in_order(registered: Engine) -> None:
    with reading(registered) as session:
        assert session.get_one(ReportRow, "example").title == "A report"
        assert session.scalars(select(ClaimRow.id).order_by(ClaimRow.position)).all() == ["EXA-001", "EXA-002"]


def test_a_claim_knows_its_subject_in_words(engine: Engine) -> None:
    of_pack = {**claim("EXA-001", "one"), "about": {"aspect": "exit_ban.start"}}
    with writing(engine) as session:
        reports.register_report(session, REPORT, [of_pack, claim("EXA-002", "two")], NOW)
        reports.set_phrases(session, {"exit_ban": {"en": "ban on leaving"}})
    with reading(engine) as session:
        rows = session.execute(select(ClaimRow.subject, ClaimRow.phrase).order_by(ClaimRow.id)).all()
    assert [tuple(r) for r in rows] == [("exit_ban", {"en": "ban on leaving"}), ("mobilisation", {})]


def test_registering_the_same_again_adds_nothing(registered: Engine) -> None:
    before = versions(registered)
    register(registered, claim("EXA-001", "one"), claim("EXA-002", "two"))
    assert versions(registered) == before


def test_a_changed_claim_gets_a_new_version_and_keeps_the_old(registered: Engine) -> None:
    register(registered, claim("EXA-001", "one, mended"), claim("EXA-002", "two"))
    assert versions(registered) == [("EXA-001", 1, "one"), ("EXA-002", 1, "two"), ("EXA-001", 2, "one, mended")]
    with reading(registered) as session:
        assert reports.current_claims(session)["EXA-001"].statement == "one, mended"


def test_a_vanished_claim_is_unlisted_and_can_come_back(registered: Engine) -> None:
    register(registered, claim("EXA-001", "one"))
    with reading(registered) as session:
        assert {c.id: c.listed for c in session.scalars(select(ClaimRow))} == {"EXA-001": True, "EXA-002": False}
    register(registered, claim("EXA-001", "one"), claim("EXA-002", "two"))
    with reading(registered) as session:
        assert all(c.listed for c in session.scalars(select(ClaimRow)))
    assert len(versions(registered)) == 2


def test_two_reports_of_one_publisher_and_year_are_distinguished(engine: Engine) -> None:
    heads = [
        ("a", "DRC", "2024-06", "Recruitment"),
        ("b", "DRC", "2024-11", "Returnees who had left the country before the mobilisation began"),
        ("c", "DRC", "2024-11", "Recruitment"),
        ("d", "Cedoca", "2026-01", "Recruitment"),
    ]
    with writing(engine) as session:
        for report_id, publisher, published, title in heads:
            head = {
                "id": report_id,
                "title": title,
                "publisher": publisher,
                "published": published,
                "research_closed": "2024-01-01",
                "language": "en",
            }
            reports.register_report(session, head, [], NOW)
        assert reports.report_labels(session) == {
            "a": "DRC, 2024: Recruitment (a)",
            "b": "DRC, 2024: Returnees who had left the country before the …",
            "c": "DRC, 2024: Recruitment (c)",
            "d": "Cedoca, 2026",
        }
