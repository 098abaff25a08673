"""The living report: every claim with its status, now or at the end of a past day; the page of a
claim.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import flag_history, review_queue
from db.claim_status import claim_states
from db.engine import reading
from db.enums import ClaimStatus, Role
from db.flag_gists import english_gists
from db.models import ClaimRow, FlagRow, ReportRow, StoryRow
from review.kept_states import present_states
from review.routing import NotFound, Routes, Visit
from review.view.days import read_day
from review.view.highlight import difference
from review.view.report_sections import by_section, first_number
from review.view.timeline import timeline

pages = Routes()
UNSETTLED = (ClaimStatus.SUPERSEDED, ClaimStatus.CHANGED, ClaimStatus.CONTRADICTED, ClaimStatus.IN_DOUBT)
NAMED = 5  # changed claims of each report that the overview names, the latest first


def as_at(text: str, now: datetime) -> datetime | None:
    """The end of the typed day `text`. None: now, because `text` is no past day."""
    day = read_day(text)
    if day is None or day >= now.date():
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


@pages.get("/reports", Role.RESEARCHER)
def show_reports(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        overview = []
        for report in review_queue.reports(session):
            states = present_states(session, report.id, visit.context.cache)
            unsettled = [s for s in states if s.status in UNSETTLED and s.since is not None]
            latest = sorted(unsettled, key=lambda s: (s.since, s.claim.id), reverse=True)
            overview.append((report, Counter(s.status.value for s in states), latest[:NAMED], len(unsettled)))
    return visit.page("reports.html", title="Reports", reports=overview)


@pages.get("/reports/{report}", Role.RESEARCHER)
def show_report(visit: Visit) -> Response:
    now = visit.context.now()
    at = as_at(visit.query.get("at", ""), now)
    topic, only_status = visit.query.get("topic", ""), visit.query.get("status", "")
    with reading(visit.context.engine) as session:
        report = session.get(ReportRow, visit.request.path_params["report"])
        if report is None:
            raise NotFound("there is no such report")
        states = claim_states(session, report.id, at) if at else present_states(session, report.id, visit.context.cache)
        first = {ids[0] for s in states for ids in (s.evidence, s.touched) if ids}
        flags = _named_flags(session, first)
        gists = english_gists(session, first, visit.translated)
    counts = Counter(s.status.value for s in states)
    topics = sorted({s.claim.topic for s in states})
    shown = [
        s for s in states if (not topic or s.claim.topic == topic) and (only_status not in set(ClaimStatus) or s.status == only_status)
    ]
    return visit.page(
        "report.html", title=report.title, report=report, sections=by_section(shown, report), counts=counts, topics=topics, topic=topic, only_status=only_status,
        at=at, one_day=timedelta(days=1), gists=gists, shown=len(shown), all=len(states), flags=flags, only_touched=sum(s.only_touched for s in states), query=visit.query, ignored=visit.query.get("at", "") if at is None else "",
    )  # fmt: skip


def _named_flags(session: Session, flag_ids: set[int]) -> dict[int, tuple[FlagRow, StoryRow]]:
    rows = session.execute(select(FlagRow, StoryRow).join(StoryRow, StoryRow.id == FlagRow.story_id).where(FlagRow.id.in_(flag_ids)))
    return {flag.id: (flag, story) for flag, story in rows}


@pages.get("/claims/{claim}", Role.RESEARCHER)
def show_claim(visit: Visit) -> Response:
    now = visit.context.now()
    with reading(visit.context.engine) as session:
        claim = session.get(ClaimRow, visit.request.path_params["claim"])
        if claim is None:
            raise NotFound("there is no such claim")
        report = session.get_one(ReportRow, claim.report_id)
        state = next(iter(claim_states(session, report.id, claim_id=claim.id)), None)
        versions = review_queue.claim_versions(session, claim.id)
        flags = review_queue.flags_naming(session, claim.id)
        choices = flag_history.decisions_in_force(session, [f.id for f, _ in flags])
        gists = english_gists(session, [f.id for f, _ in flags], visit.translated)
        ids = list(session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == report.id, ClaimRow.listed).order_by(ClaimRow.position)))
    own = [(f, s) for f, s in flags if f.claim_id == claim.id or (f.id in choices and claim.id in choices[f.id].facts.get("also", ()))]
    own_ids = {f.id for f, _ in own}
    updates = [v.since for v, _ in versions if v.decision_id is not None]
    at = ids.index(claim.id) if claim.id in ids else -1
    return visit.page(
        "claim.html", title=f"Claim {claim.id}", claim=claim, section_title=(report.sections or {}).get(first_number(claim.section), ""), report=report, s=state, body=versions[-1][0].body,
        versions=[(v, who, difference(versions[i - 1][0].statement, v.statement) if i else []) for i, (v, who) in enumerate(versions)],
        own=own, named=[(f, s) for f, s in flags if f.id not in own_ids], choices=choices, gists=gists,
        line=timeline(own, updates, report.research_closed, now), before=ids[at - 1] if at > 0 else None,
        after=ids[at + 1] if 0 <= at < len(ids) - 1 else None,
    )  # fmt: skip
