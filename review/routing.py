"""Requests and answers: declaring a page with the role it needs, reading forms, rendering, redirecting with a message.

Deny by default: a route exists only through `Routes.get` / `Routes.post`, which want a role; the gate (review.middleware) refuses whatever has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.enums import Role
from db.models import UserRow
from review.context import DeskContext
from review.view.templating import environment

ORDER = (Role.RESEARCHER, Role.REVIEWER, Role.OPERATOR, Role.ADMIN)
PUBLIC = "public"  # the few pages that come before signing in
Form = Mapping[str, str]


class NotFound(Exception):
    """There is no such thing; the message says what was looked for."""


def may(role: str, needed: Role) -> bool:
    """Whether a user of `role` may do what needs `needed`."""
    return ORDER.index(Role(role)) >= ORDER.index(needed)


@dataclass(frozen=True)
class Visit:
    """One request, as pages see it."""

    request: Request
    context: DeskContext
    user: UserRow | None
    form: Form = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def me(self) -> UserRow:
        """The signed-in user; pages that need a role have one."""
        assert self.user is not None, "the gate lets nobody else in here"
        return self.user

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def number(self, name: str) -> int:
        """A whole number from the path. Raises NotFound for anything the database could not hold."""
        text = self.request.path_params[name]
        if not str(text).isdigit() or len(str(text)) > 15:
            raise NotFound(f"there is no {name} {str(text)[:40]}")
        return int(text)

    def page(self, template: str, status: int = 200, **given: Any) -> Response:
        """Render a template with what every page needs."""
        base = {
            "me": self.user, "path": self.request.url.path, "message": self.query.get("said", "")[:300], "undo_id": self.query.get("undo", ""),
            "now": self.context.now(), "may": lambda role: self.user is not None and may(self.user.role, Role(role)),
            "address": self.address, "proxied": self.request.scope.get("desk_named"),
        }  # fmt: skip
        return HTMLResponse(environment().get_template(template).render({**base, **given}), status)

    @property
    def address(self) -> str:
        """Where people reach this desk."""
        return self.context.public_url.rstrip("/") or str(self.request.base_url).rstrip("/")

    def back(self, to: str, said: str = "", undo: int | None = None) -> Response:
        """Redirect after a POST (303), with a message that survives it."""
        given = {k: v for k, v in {"said": said, "undo": undo}.items() if v}
        return RedirectResponse(f"{to}{'&' if '?' in to else '?'}{urlencode(given)}" if given else to, 303)


class PageHandler(Protocol):
    def __call__(self, visit: Visit, /) -> Response: ...


class Routes:
    """A room's routes."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.roles: dict[tuple[str, str], Role | str] = {}  # (method, path) → who may

    def get(self, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        return self._declare("GET", path, role)

    def post(self, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        return self._declare("POST", path, role)

    def _declare(self, method: str, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        def keep(handler: PageHandler) -> PageHandler:
            self.roles[(method, path)] = role
            self.routes.append(Route(path, _endpoint(handler), methods=[method], name=f"{method.lower()} {path}"))
            return handler

        return keep


def _endpoint(handler: PageHandler) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        form, lists = await _read_form(request) if request.method == "POST" else ({}, {})
        visit = Visit(request, request.app.state.context, request.scope.get("desk_user"), form, lists)
        return await run_in_threadpool(handler, visit)

    return answer


async def _read_form(request: Request) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The form's texts (files are not taken), each capped."""
    async with request.form(max_files=0, max_fields=400) as data:
        lists: dict[str, list[str]] = {}
        for name, value in data.multi_items():
            if isinstance(value, str):
                lists.setdefault(name, []).append(value[:20_000])
    return {name: values[-1] for name, values in lists.items()}, lists


def attachment(name: str) -> dict[str, str]:
    """Headers of a file to keep."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
