"""Sections of a report in the order of its contents."""

import pytest

from db.claim_status import ClaimState
from db.enums import ClaimStatus
from db.models import ClaimRow, ClaimVersionRow, ReportRow
from review.view.report_sections import by_section, first_number


def state(section: str, position: int, status: ClaimStatus = ClaimStatus.STANDS) -> ClaimState:
    version = ClaimVersionRow(statement="S.", body={})
    return ClaimState(ClaimRow(id=f"C-{position}", section=section, position=position), version, version, status, None, (), None, 0, ())


def test_sections_are_ordered_by_number_and_claims_by_position() -> None:
    sections = by_section([state("10", 1), state("2.10", 2), state("2.9", 4), state("2.9", 3)])
    assert [(s.number, [c.claim.position for c in s.claims]) for s in sections] == [("2.9", [3, 4]), ("2.10", [2]), ("10", [1])]


def test_a_section_has_its_title_anchor_and_counts() -> None:
    report = ReportRow(sections={"2.1": "Recruitment"})
    [section] = by_section([state("2.1; 3.2", 1, ClaimStatus.WATCH), state("2.1; 3.2", 2)], report)
    assert (section.heading, section.anchor) == ("2.1; 3.2 Recruitment", "s2-1--3-2")
    assert section.counts == {"watch": 1, "stands": 1}
    assert by_section([state("4", 1)], report)[0].heading == "Section 4"


@pytest.mark.parametrize(("section", "number"), [("2.1; 3.2", "2.1"), ("1 (fn 5)", "1"), ("4", "4")])
def test_a_claim_of_several_sections_is_under_the_first(section: str, number: str) -> None:
    assert first_number(section) == number
