"""The claims of a report in the order of its sections."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from db.claim_status import ClaimState
from db.models import ReportRow
from review.routing import whole_number


@dataclass(frozen=True)
class ReportSection:
    """A section of the report with its claims."""

    number: str
    title: str  # as the report prints it; "" if it is not known
    claims: list[ClaimState]

    @property
    def heading(self) -> str:
        return f"{self.number} {self.title}" if self.title else f"Section {self.number}"

    @property
    def anchor(self) -> str:
        return "s" + "".join(c if c.isalnum() else "-" for c in self.number)

    @property
    def counts(self) -> dict[str, int]:
        """Status → number of claims."""
        return dict(Counter(c.status.value for c in self.claims))


def by_section(states: Sequence[ClaimState], report: ReportRow | None = None) -> list[ReportSection]:
    """The sections in the order of the report: by number, the claims by position."""
    titles = dict(report.sections or {}) if report is not None else {}
    sections: dict[str, list[ClaimState]] = {}
    for s in sorted(states, key=lambda s: (_order(s.claim.section), s.claim.position)):
        sections.setdefault(s.claim.section, []).append(s)
    return [ReportSection(number, titles.get(first_number(number), ""), claims) for number, claims in sections.items()]


def first_number(section: str) -> str:
    """ "2.1" of "2.1; 3.2": a claim of several sections is listed under the first one."""
    return section.replace(";", " ").split(" ")[0]


def _order(section: str) -> list[int]:
    return [whole_number(p) or 0 for p in first_number(section).split(".")]
