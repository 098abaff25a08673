"""Read-only JSON API, described by OpenAPI at /api/openapi.json.

`AccessMiddleware` has already checked the token or session of the caller.
"""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field

from db import review_queue, search
from db.engine import reading
from db.enums import ClaimStatus, FlagState, Severity
from db.models import ReportRow
from db.reason_codes import stored_reasons
from db.translations import titles
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
    """A claim and its current status."""

    id: str
    report: str
    section: str
    topic: str
    statement: str
    quote: str | None
    as_of: str | None
    status: ClaimStatus
    since: str | None
    checked: str | None
    version: int
    open_flags: int
    flags: str = Field(description="ids of the flags that the status follows from, separated by spaces")
    touched_by: str = Field(description="ids of open flags whose nearest claim is another one and that name this claim second")


class FlagOut(BaseModel):
    """A story that likely updates a report."""

    id: int
    report: str
    claim: str | None
    section: str | None
    gist: str = Field(description="what changed, as one English sentence")
    state: FlagState
    severity: Severity
    relation: str
    stage: str | None
    score: float
    title: str = Field(description="of the strongest item, in its language")
    language: str | None
    machine_translation: str | None = Field(description="of the title, in the language of your settings; no person has checked it")
    translated_by: str | None = Field(description="engine and version of the machine translation")
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
    """A flag with its reasons and witnesses."""

    reasons: list[dict[str, Any]] = Field(description="`code`, `text` (the English sentence) and the values it is made of")
    changes: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    witnesses: list[dict[str, Any]]


class ItemOut(BaseModel):
    """An item that matches a search."""

    id: int
    source: str
    title: str
    url: str
    published: str | None
    lang: str | None
    machine_translation: str | None = Field(description="of the title, in the language of your settings; no person has checked it")
    translated_by: str | None = Field(description="engine and version of the machine translation")


def _visit(request: Request) -> Visit:
    context: DeskContext = request.app.state.context
    return Visit(request, context, request.scope.get("desk_user"))


@router.get("/reports", summary="The reports that are watched")
def get_reports(request: Request) -> list[ReportOut]:
    with reading(_visit(request).context.engine) as session:
        return [ReportOut(**{f: getattr(r, f) for f in ReportOut.model_fields}) for r in review_queue.reports(session)]


@router.get("/reports/{report}/claims", summary="Every claim of a report with its current status")
def get_claims(request: Request, report: str, status: ClaimStatus | None = None) -> list[ClaimOut]:
    visit = _visit(request)
    with reading(visit.context.engine) as session:
        row = session.get(ReportRow, report)
        if row is None:
            raise HTTPException(404, "there is no such report")
        claims = [ClaimOut(**fields) for fields in claim_rows(session, row)]
    return [c for c in claims if status is None or c.status is status]


@router.get("/flags", summary="Flags, oldest first")
def get_flags(
    request: Request,
    report: str = "",
    state: FlagState | None = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="only flags with a greater id; give the last id of the previous page")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[FlagOut]:
    visit = _visit(request)
    with reading(visit.context.engine) as session:
        rows = flag_rows(session, report, state.value if state else "", after=after, limit=limit, translated=visit.translated)
        return [FlagOut(**row) for row in rows]


@router.get("/flags/{flag}", summary="One flag with reasons and witnesses")
def get_flag(request: Request, flag: Annotated[int, Path(ge=1, le=2**53)]) -> FlagDetail:
    visit = _visit(request)
    with reading(visit.context.engine) as session:
        try:
            d = detail(session, flag)
        except NotFound as missing:
            raise HTTPException(404, str(missing)) from missing
        row = next(flag_rows(session, after=flag - 1, limit=1, translated=visit.translated))
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
    visit = _visit(request)
    with reading(visit.context.engine) as session:
        hits = search.find_items(session, search.with_subjects(session, search.SearchQuery(q)), limit)
        translated = titles(session, [h.version.id for h in hits], visit.translated)
    return [
        ItemOut(
            id=h.item.id, source=h.source.id, title=h.version.title, url=h.item.url, lang=h.version.lang,
            published=h.item.published_at.isoformat() if h.item.published_at else None,
            machine_translation=t.text if (t := translated.get(h.version.id)) else None, translated_by=t.mark if t else None,
        )
        for h in hits
    ]  # fmt: skip


def create_api(context: DeskContext) -> FastAPI:
    """The app that is mounted at /api. It has no interactive page, because that page loads scripts
    from another site.
    """
    api = FastAPI(
        title="Ajour", version=context.version, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="Flags and the current status of every claim. Read only. Send one of your tokens (Settings → Tokens) as `Authorization: Bearer …`.",
    )  # fmt: skip
    api.state.context = context
    api.include_router(router, prefix="/v1")
    return api
