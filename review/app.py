"""The desk as one ASGI app: `create_desk(office)`. Every page is declared with the role it needs; the gate refuses the rest."""

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
from review.pages import account, charts, exports, flags, items, methodology, queue, reports, search, sources, subscribers
from review.routing import PUBLIC, NotFound, Visit

log = logging.getLogger(__name__)
ROOMS = (queue, flags, reports, exports, items, sources, search, account, methodology, charts, subscribers)
STATIC = Path(__file__).with_name("static")
WAKE_EVERY = 60.0  # seconds between looks for flags whose day has come


class Static(StaticFiles):
    """Files of the desk's own; they may be kept by browsers for a day."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


def routes_and_roles(office: DeskContext, public: Mapping[str, ASGIApp]) -> tuple[list[BaseRoute], dict[tuple[str, str], Role | str]]:
    """All routes of the desk, and who may use each."""
    routes: list[BaseRoute] = [Mount("/static", Static(directory=STATIC), name="static"), Mount("/api", create_api(office), name="api")]
    roles: dict[tuple[str, str], Role | str] = {("*", "/static"): PUBLIC, ("*", "/api"): Role.RESEARCHER}
    for path, app in public.items():
        routes.append(Mount(path, app))
        roles[("*", path)] = PUBLIC
    for room in ROOMS:
        routes += room.pages.routes
        roles |= room.pages.roles
    return routes, roles


def create_desk(office: DeskContext, public: Mapping[str, ASGIApp] | None = None) -> Starlette:
    """The app. `office.engine` must be migrated. `public`: path → app of others that ask nobody to sign in (subscribers' signed links)."""
    routes, roles = routes_and_roles(office, public or {})
    desk = Starlette(
        routes=routes,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(ForwardedHeaders, office=office),
            Middleware(OriginGuard, office=office),
            Middleware(AccessMiddleware, office=office, routes=routes, roles=roles),
        ],
        exception_handlers={NotFound: _not_found, HTTPException: _http_error, Exception: _our_fault},  # type: ignore[dict-item]
        lifespan=_lifespan,
    )
    desk.state.office = office
    return desk


def _visit(request: Request) -> Visit:
    return Visit(request, request.app.state.office, request.scope.get("desk_user"))


def _not_found(request: Request, error: NotFound) -> Response:
    return _visit(request).page("error.html", 404, title="Not found", words=f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _http_error(request: Request, error: HTTPException) -> Response:
    words = {404: "There is no such page.", 405: "This page cannot be used like that."}.get(error.status_code, str(error.detail))
    return _visit(request).page("error.html", error.status_code, title="That did not work", words=words)


def _our_fault(request: Request, error: Exception) -> Response:
    log.exception("the desk failed on %s", request.url.path, exc_info=error)
    return PlainTextResponse("The desk failed on this page; what you sent was not kept. The fault is in the log.", 500)


@contextlib.asynccontextmanager
async def _lifespan(desk: Starlette) -> AsyncIterator[None]:
    """While the desk is open, flags that were put off come back on their day."""
    task = asyncio.create_task(_keep_waking(desk.state.office))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_waking(office: DeskContext) -> None:
    while True:
        try:
            await run_in_threadpool(wake, office)
        except Exception:  # the next minute tries again; the fault is in the log
            log.exception("flags that were put off could not be looked at")
        await asyncio.sleep(WAKE_EVERY)


def wake(office: DeskContext) -> int:
    """Open flags whose day has come; returns how many."""
    with writing(office.engine) as session:
        return len(reopening.wake(session, office.now()))
