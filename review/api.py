"""A small read API, described by OpenAPI at /api/openapi.json. The gate has already checked the caller's token or session; nothing here writes."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field

from db import review_queue, search
from db.engine import reading
from db.enums import ClaimStatus, FlagState, Severity
from db.models import ReportRow
from db.reason_codes import stored_reasons
from review.context import DeskContext
from review.pages.exports import claim_rows, flag_rows
from review.routing import NotFound, Visit
from review.view.flag_detail import detail

router = APIRouter()


class ReportOut(BaseModel):
    """A COI report whose claims are watched."""

    id: str
    title: str
    publisher: str
    published: str
    research_closed: str
    language: str


class ClaimOut(BaseModel):
    """A claim and how it stands now."""

    id: str
    report: str
    section: str
    topic: str
    statement: str
    quote: str | None
    as_of: str | None
    standing: ClaimStatus
    since: str | None
    checked: str | None
    version: int
    open_flags: int
    flags: str = Field(description="ids of the flags it rests on, separated by spaces")
    touched_by: str = Field(description="ids of waiting flags that are nearest to another claim and name this one next")


class FlagOut(BaseModel):
    """A story that likely updates a report."""

    id: int
    report: str
    claim: str | None
    section: str | None
    what: str
    state: FlagState
    severity: Severity
    relation: str
    stage: str | None
    score: float
    title: str
    source: str
    outlet: str
    tier: int
    url: str
    published: str | None
    items: int
    origins: int
    story: str
    raised: str
    changed: str


class FlagDetail(FlagOut):
    """… with its reasons and witnesses."""

    reasons: list[dict[str, Any]] = Field(description="`code`, `text` (the English sentence) and the values it is made of")
    changes: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    witnesses: list[dict[str, Any]]


class ItemOut(BaseModel):
    """An item that was found."""

    id: int
    source: str
    title: str
    url: str
    published: str | None
    lang: str | None


def _visit(request: Request) -> Visit:
    office: DeskContext = request.app.state.office
    return Visit(request, office, request.scope.get("desk_user"))


@router.get("/reports", summary="The reports that are watched")
def get_reports(request: Request) -> list[ReportOut]:
    with reading(_visit(request).office.engine) as session:
        return [ReportOut(**{f: getattr(r, f) for f in ReportOut.model_fields}) for r in review_queue.reports(session)]


@router.get("/reports/{report}/claims", summary="Every claim of a report and how it stands now")
def get_claims(request: Request, report: str, standing: ClaimStatus | None = None) -> list[ClaimOut]:
    visit = _visit(request)
    with reading(visit.office.engine) as session:
        found = session.get(ReportRow, report)
        if found is None:
            raise HTTPException(404, "there is no such report")
        rows = [ClaimOut(**row) for row in claim_rows(session, found)]
    return [r for r in rows if standing is None or r.standing is standing]


@router.get("/flags", summary="Flags, oldest first")
def get_flags(
    request: Request,
    report: str = "",
    state: FlagState | None = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="only flags with a greater id: the last id of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[FlagOut]:
    with reading(_visit(request).office.engine) as session:
        return [FlagOut(**row) for row in flag_rows(session, report, state.value if state else "", after=after, limit=limit)]


@router.get("/flags/{flag}", summary="One flag with reasons and witnesses")
def get_flag(request: Request, flag: Annotated[int, Path(ge=1, le=2**53)]) -> FlagDetail:
    visit = _visit(request)
    with reading(visit.office.engine) as session:
        try:
            d = detail(session, flag, visit.office.now(), visit.address)
        except NotFound as missing:
            raise HTTPException(404, str(missing)) from missing
        row = next(flag_rows(session, after=flag - 1, limit=1))
    witnesses = [
        {
            "item": w.item.id,
            "outlet": w.source.name,
            "tier": w.source.tier,
            "title": w.version.title,
            "url": w.item.url,
            "origin": w.version.origin,
        }
        for w in d.witnesses
    ]
    a = d.card.assessment
    return FlagDetail(
        **row, reasons=[r.published() for r in stored_reasons(a.reasons)], changes=a.changes, claims=a.claims, witnesses=witnesses
    )


@router.get("/items", summary="Full-text search over items, newest first")
def get_items(
    request: Request, q: Annotated[str, Query(min_length=1, max_length=300)], limit: Annotated[int, Query(ge=1, le=100)] = 30
) -> list[ItemOut]:
    with reading(_visit(request).office.engine) as session:
        hits = search.find_items(session, search.SearchQuery(q), limit)
    return [
        ItemOut(
            id=h.item.id, source=h.source.id, title=h.version.title, url=h.item.url, lang=h.version.lang,
            published=h.item.published_at.isoformat() if h.item.published_at else None,
        )
        for h in hits
    ]  # fmt: skip


def create_api(office: DeskContext) -> FastAPI:
    """Mounted at /api. No interactive page: it would load scripts from elsewhere."""
    api = FastAPI(
        title="Ajour", version=office.version, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="What is flagged, and how the watched reports' claims stand. Read only. Send a token of yours (Settings → Tokens) as `Authorization: Bearer …`.",
    )  # fmt: skip
    api.state.office = office
    api.include_router(router, prefix="/v1")
    return api
