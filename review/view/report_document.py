"""The living report as a document, before it becomes a DOCX or PDF file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.claim_status import ClaimState
from db.enums import ClaimStatus
from db.flag_gists import FlagGist
from db.models import ReportRow
from review.view import labels
from review.view.report_sections import by_section
from review.view.templating import day

MOST_FLAGS = 5  # flags named below one claim; the desk lists all


@dataclass(frozen=True)
class DocumentClaim:
    """A claim as the document prints it."""

    id: str
    status: ClaimStatus
    status_label: str  # "superseded since 3 March 2026"
    statement: str  # as it reads now
    quote: str  # the sentence of the report, in its language
    before: str  # the first wording, if a confirmed update gave another one; else ""
    flags: tuple[str, ...]  # "flag 12: Exit bans: adopted by parliament"


@dataclass(frozen=True)
class DocumentSection:
    """A section of the report."""

    heading: str
    claims: tuple[DocumentClaim, ...]


@dataclass(frozen=True)
class ReportDocument:
    """The report with the status of every claim at a moment."""

    title: str
    language: str  # of title and quotes
    publisher: str
    lead: str
    summary: str  # number of claims by status
    sections: tuple[DocumentSection, ...]


def report_document(
    report: ReportRow, states: Sequence[ClaimState], gists: Mapping[int, FlagGist], at: datetime, address: str
) -> ReportDocument:
    """The document. `gists`: flag id → what changed; `at`: the moment of the states; `address`: of
    the desk.
    """
    counts = {status: sum(s.status is status for s in states) for status in labels.CLAIM_STATUS_ORDER}
    summary = ", ".join(f"{n} {labels.CLAIM_STATUSES[status]}" for status, n in counts.items() if n)
    return ReportDocument(
        title=report.title,
        language=report.language,
        publisher=report.publisher,
        lead=f"{report.publisher}, {day(report.published)}. Research closed {day(report.research_closed)}. Status of the claims on {day(at)}, "
        f"from {address}/reports/{report.id}. The software flags; people decide.",
        summary=f"{len(states)} claims: {summary}." if states else "No claims.",
        sections=tuple(DocumentSection(s.heading, tuple(_claim(c, gists) for c in s.claims)) for s in by_section(states, report)),
    )


def _claim(state: ClaimState, gists: Mapping[int, FlagGist]) -> DocumentClaim:
    since = f" since {day(state.since)}" if state.since else ""
    pending = f"; changed on {day(state.event_on)}" if state.status is ClaimStatus.CHANGED and state.event_on else ""
    named = [*state.evidence, *state.touched][:MOST_FLAGS]
    return DocumentClaim(
        state.claim.id,
        state.status,
        f"{labels.CLAIM_STATUSES[state.status]}{since}{pending}",
        state.version.statement,
        str(state.version.body.get("quote") or ""),
        state.original.statement if state.status is ClaimStatus.SUPERSEDED else "",
        tuple(f"flag {i}: {gists[i].text}" if i in gists else f"flag {i}" for i in named),
    )
