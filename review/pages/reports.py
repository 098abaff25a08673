"""The living report: every claim and how it stands, now or as at a day; a claim's own page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from starlette.responses import Response

from db import flag_history, review_queue
from db.claim_status import ClaimState, claim_states
from db.engine import reading
from db.enums import ClaimStatus, Role
from db.models import ClaimRow, FlagRow, ReportRow, StoryRow
from review.routing import NotFound, Routes, Visit
from review.view.highlight import difference
from review.view.timeline import timeline

pages = Routes()
NAMED = 5  # sentences of each report named on the overview, the latest first


@dataclass(frozen=True)
class ReportSection:
    """A section of the table of contents with its claims."""

    number: str
    claims: list[ClaimState]

    @property
    def anchor(self) -> str:
        return "s" + "".join(c if c.isalnum() else "-" for c in self.number)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(c.standing.value for c in self.claims))


def as_at(text: str, now: datetime) -> datetime | None:
    """The end of the day `text` (ISO); None for now or for what is no day in the past."""
    try:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC, hour=0, minute=0, second=0, microsecond=0)
    except ValueError:
        return None
    end = day + timedelta(days=1)
    return end if end <= now else None


def by_section(found: Sequence[ClaimState]) -> list[ReportSection]:
    """In the order of the report: by section number, then by position."""
    sections: dict[str, list[ClaimState]] = {}
    for s in sorted(found, key=lambda s: (_order(s.claim.section), s.claim.position)):
        sections.setdefault(s.claim.section, []).append(s)
    return [ReportSection(number, claims) for number, claims in sections.items()]


def _order(section: str) -> list[int]:
    """ "2.1; 3.2" → [2, 1]: a claim that stands in several sections is listed with the first."""
    first = section.replace(";", " ").split(" ")[0]
    return [int(p) if p.isdigit() else 0 for p in first.split(".")]


@pages.get("/reports", Role.RESEARCHER)
def show_reports(visit: Visit) -> Response:
    with reading(visit.office.engine) as session:
        found = []
        for report in review_queue.reports(session):
            stand = claim_states(session, report.id)
            unsettled = [s for s in stand if s.standing in (ClaimStatus.SUPERSEDED, ClaimStatus.IN_DOUBT) and s.since is not None]
            latest = sorted(unsettled, key=lambda s: (s.since, s.claim.id), reverse=True)
            found.append((report, Counter(s.standing.value for s in stand), latest[:NAMED], len(unsettled)))
    return visit.page("reports.html", title="Reports", reports=found)


@pages.get("/reports/{report}", Role.RESEARCHER)
def show_report(visit: Visit) -> Response:
    now = visit.office.now()
    at = as_at(visit.query.get("at", ""), now)
    topic, standing = visit.query.get("topic", ""), visit.query.get("standing", "")
    with reading(visit.office.engine) as session:
        report = session.get(ReportRow, visit.request.path_params["report"])
        if report is None:
            raise NotFound("there is no such report")
        found = claim_states(session, report.id, at)
        first = {ids[0] for s in found for ids in (s.evidence, s.touched) if ids}
        named = (
            select(FlagRow.id, FlagRow.claim_id, StoryRow.title)
            .join(StoryRow, StoryRow.id == FlagRow.story_id)
            .where(FlagRow.id.in_(first))
        )
        flags = {row.id: row for row in session.execute(named)}
    counts = Counter(s.standing.value for s in found)
    topics = sorted({s.claim.topic for s in found})
    wanted = [s for s in found if (not topic or s.claim.topic == topic) and (standing not in set(ClaimStatus) or s.standing == standing)]
    return visit.page(
        "report.html", title=report.title, report=report, sections=by_section(wanted), counts=counts, topics=topics, topic=topic, standing=standing,
        at=at, shown=len(wanted), all=len(found), flags=flags, only_touched=sum(s.only_touched for s in found), query=visit.query, ignored=visit.query.get("at", "") if at is None else "",
    )  # fmt: skip


@pages.get("/claims/{claim}", Role.RESEARCHER)
def show_claim(visit: Visit) -> Response:
    now = visit.office.now()
    with reading(visit.office.engine) as session:
        claim = session.get(ClaimRow, visit.request.path_params["claim"])
        if claim is None:
            raise NotFound("there is no such claim")
        report = session.get_one(ReportRow, claim.report_id)
        stands = next(iter(claim_states(session, report.id, claim_id=claim.id)), None)
        versions = review_queue.claim_versions(session, claim.id)
        flags = review_queue.flags_naming(session, claim.id)
        choices = flag_history.standing_decisions(session, [f.id for f, _ in flags])
        ids = list(session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == report.id, ClaimRow.listed).order_by(ClaimRow.position)))
    own = [(f, s) for f, s in flags if f.claim_id == claim.id or (f.id in choices and claim.id in choices[f.id].facts.get("also", ()))]
    mine = {f.id for f, _ in own}
    updates = [v.since for v, _ in versions if v.decision_id is not None]
    at = ids.index(claim.id) if claim.id in ids else -1
    return visit.page(
        "claim.html", title=f"Claim {claim.id}", claim=claim, report=report, s=stands, body=versions[-1][0].body,
        versions=[(v, who, difference(versions[i - 1][0].statement, v.statement) if i else []) for i, (v, who) in enumerate(versions)],
        own=own, named=[(f, s) for f, s in flags if f.id not in mine], choices=choices,
        line=timeline(own, updates, report.research_closed, now), before=ids[at - 1] if at > 0 else None,
        after=ids[at + 1] if 0 <= at < len(ids) - 1 else None,
    )  # fmt: skip
