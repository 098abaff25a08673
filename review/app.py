"""The desk as one ASGI app. Every page declares the role it needs; `AccessMiddleware` refuses
requests without that role.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from db import reopening
from db.engine import writing
from db.enums import Role
from review.api import create_api
from review.context import DeskContext
from review.middleware import AccessMiddleware, ForwardedHeaders, OriginGuard, SafeHeaders
from review.pages import (
    account,
    audit,
    bulk,
    charts,
    claim_editor,
    drafts,
    exports,
    flags,
    items,
    messages,
    methodology,
    queue,
    report_editor,
    report_files,
    reports,
    saved_searches,
    search,
    source_editor,
    sources,
    statistics,
    subscribers,
)
from review.routing import PUBLIC, NotFound, Visit

log = logging.getLogger(__name__)
PAGES = (
    report_editor,  # before reports: /reports/new is no report
    source_editor,  # before sources
    drafts,
    claim_editor,
    queue,
    bulk,
    flags,
    messages,
    audit,
    reports,
    exports,
    report_files,
    items,
    sources,
    search,
    saved_searches,
    account,
    methodology,
    charts,
    statistics,
    subscribers,
)
STATIC = Path(__file__).with_name("static")
REOPEN_SECONDS = 60.0  # seconds between two checks for postponed flags that are due


class Static(StaticFiles):
    """The static files of the desk. Browsers may cache them for a day."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


def routes_and_roles(context: DeskContext, public: Mapping[str, ASGIApp]) -> tuple[list[BaseRoute], dict[tuple[str, str], Role | str]]:
    """All routes of the desk, and the role that each (method, path) needs."""
    routes: list[BaseRoute] = [Mount("/static", Static(directory=STATIC), name="static"), Mount("/api", create_api(context), name="api")]
    roles: dict[tuple[str, str], Role | str] = {("*", "/static"): PUBLIC, ("*", "/api"): Role.RESEARCHER}
    for path, app in public.items():
        routes.append(Mount(path, app))
        roles[("*", path)] = PUBLIC
    for module in PAGES:
        routes += module.pages.routes
        roles |= module.pages.roles
    return routes, roles


def create_desk(context: DeskContext, public: Mapping[str, ASGIApp] | None = None) -> Starlette:
    """The app. `context.engine` must be migrated. `public`: path → app that needs no sign-in (pages
    behind signed links).
    """
    routes, roles = routes_and_roles(context, public or {})
    desk = Starlette(
        routes=routes,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(ForwardedHeaders, context=context),
            Middleware(OriginGuard, context=context),
            Middleware(AccessMiddleware, context=context, routes=routes, roles=roles),
        ],
        exception_handlers={
            NotFound: _not_found,  # type: ignore[dict-item]
            HTTPException: _http_error,  # type: ignore[dict-item]
            Exception: _server_error,
        },
        lifespan=_lifespan,
    )
    desk.state.context = context
    return desk


def _visit(request: Request) -> Visit:
    return Visit(request, request.app.state.context, request.scope.get("desk_user"))


def _not_found(request: Request, error: NotFound) -> Response:
    return _visit(request).page("error.html", 404, title="Not found", text=f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _http_error(request: Request, error: HTTPException) -> Response:
    text = {404: "There is no such page.", 405: "This address does not accept this kind of request."}.get(
        error.status_code, str(error.detail)
    )
    return _visit(request).page("error.html", error.status_code, title="That did not work", text=text)


def _server_error(request: Request, error: Exception) -> Response:
    log.exception("error while answering %s", request.url.path, exc_info=error)
    return PlainTextResponse("Server error. What you sent was not stored. The error is in the log.", 500)


@contextlib.asynccontextmanager
async def _lifespan(desk: Starlette) -> AsyncIterator[None]:
    """While the desk runs, postponed flags are reopened when they are due."""
    task = asyncio.create_task(_reopen_due_forever(desk.state.context))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _reopen_due_forever(context: DeskContext) -> None:
    while True:
        try:
            await run_in_threadpool(reopen_due_flags, context)
        except Exception:  # logged; tried again in a minute
            log.exception("postponed flags could not be reopened")
        await asyncio.sleep(REOPEN_SECONDS)


def reopen_due_flags(context: DeskContext) -> int:
    """Reopen postponed flags that are due; returns their number."""
    with writing(context.engine) as session:
        return len(reopening.reopen_due(session, context.now()))
