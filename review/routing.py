"""Requests and responses of pages: declaring a page with its role, reading forms, rendering,
redirecting with a message.

Access is denied by default: `Routes.get` and `Routes.post` need a role, and `review.middleware`
refuses routes without one. A message for the next page travels in a cookie of the desk, never in
the address: otherwise a link could make the desk show any sentence.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db import flag_messages
from db.engine import reading
from db.enums import Role
from db.models import ReportRow, UserRow
from db.reports import report_labels
from review.context import DeskContext
from review.view.templating import environment

ORDER = (Role.RESEARCHER, Role.REVIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN)
PUBLIC = "public"  # role of the pages that need no sign-in
MESSAGE_SECONDS = 60  # life of the message cookie: the next page shows and deletes it
LONGEST_MESSAGE = 600  # characters
Form = Mapping[str, str]


class NotFound(Exception):
    """Something does not exist; the message names it."""


def whole_number(text: str) -> int | None:
    """The number of 1 to 15 ASCII digits, which every database column for ids can be compared with;
    None for anything else.

    `str.isdigit` also accepts characters such as "²", which `int` refuses.
    """
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


def may(role: str, needed: Role) -> bool:
    """Whether a user with `role` may use what needs `needed`."""
    return ORDER.index(Role(role)) >= ORDER.index(needed)


def translation_language(user: UserRow) -> str:
    """The language in which a user reads machine translations; "": none."""
    return str(user.preferences.get("translations", "en"))


@dataclass(frozen=True)
class Visit:
    """One request, as page functions receive it."""

    request: Request
    context: DeskContext
    user: UserRow | None
    form: Form = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    # (name, bytes) of the file of a form, on routes that take one
    upload: tuple[str, bytes] | None = None
    _names: dict[str, str] = field(default_factory=dict)  # report id → its short name

    @property
    def me(self) -> UserRow:
        """The signed-in user. Only for pages that need a role."""
        assert self.user is not None, "pages with a role are only reached by users"
        return self.user

    @property
    def translated(self) -> str:
        """The language in which the user reads machine translations; "": they want none."""
        return translation_language(self.me)

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def number(self, name: str) -> int:
        """A whole number from the path. Raises NotFound for anything else."""
        text = str(self.request.path_params[name])
        number = whole_number(text)
        if number is None:
            raise NotFound(f"there is no {name} {text[:40]}")
        return number

    def query_number(self, name: str) -> int | None:
        """A whole number from the query; None if it is missing or no number."""
        return whole_number(self.query.get(name, ""))

    def form_number(self, name: str) -> int | None:
        """A whole number from the form; None if it is missing or no number."""
        return whole_number(self.form.get(name, ""))

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a template with the values that every page needs."""
        message, undo_id = self._message()
        with reading(self.context.engine) as session:
            unread = flag_messages.unread(session, self.user.id) if self.user else 0
        base = {
            "me": self.user, "unread": unread, "path": self.request.url.path, "message": message, "undo_id": undo_id,
            "now": self.context.now(), "may": lambda role: self.user is not None and may(self.user.role, Role(role)),
            "address": self.address, "report_name": self._report_name, "proxied": self.request.scope.get("desk_named"),
        }  # fmt: skip
        response = HTMLResponse(environment().get_template(template).render({**base, **values}), status)
        if message:
            response.delete_cookie(self._message_cookie, path="/", secure=self.secure, httponly=True)
        return response

    def _report_name(self, report: ReportRow) -> str:
        """The short name of a report. The names are read once a page, and only where it shows
        one.
        """
        if not self._names:
            with reading(self.context.engine) as session:
                self._names.update(report_labels(session))
        return self._names.get(report.id, report.id)

    @property
    def client(self) -> str:
        """The address of the person, as the connection or a trusted proxy gives it."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def secure(self) -> bool:
        """Whether the browser uses https, according to the connection, a trusted proxy or the
        public address.
        """
        return self.request.url.scheme == "https" or self.context.public_url.startswith("https://")

    @property
    def _message_cookie(self) -> str:
        return "__Host-message" if self.secure else "message"

    def _message(self) -> tuple[str, int | None]:
        """The message for this page and the id of the decision that it offers to undo."""
        return read_message(self.request.cookies.get(self._message_cookie, ""))

    @property
    def address(self) -> str:
        """The address of this desk, without a final slash."""
        return self.context.public_url.rstrip("/") or str(self.request.base_url).rstrip("/")

    def back(self, to: str, message: str = "", undo: int | None = None) -> Response:
        """Redirect after a POST (303). The next page shows `message` and offers to undo the
        decision `undo`.
        """
        response = RedirectResponse(to, 303)
        if message:
            response.set_cookie(
                self._message_cookie, _write_message(message, undo), max_age=MESSAGE_SECONDS, path="/", httponly=True, samesite="lax",
                secure=self.secure,
            )  # fmt: skip
        return response


def _write_message(text: str, undo: int | None) -> str:
    return base64.urlsafe_b64encode(json.dumps([text[:LONGEST_MESSAGE], undo]).encode()).decode()


def read_message(cookie: str) -> tuple[str, int | None]:
    """(text, decision to undo) of a message cookie; ("", None) for anything that this desk did not
    write.
    """
    try:
        text, undo = json.loads(base64.urlsafe_b64decode(cookie or "W10="))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return "", None
    if not isinstance(text, str) or not (undo is None or type(undo) is int):
        return "", None
    return text, undo


class PageHandler(Protocol):
    def __call__(self, visit: Visit, /) -> Response: ...


class Routes:
    """The routes of a module of pages."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.roles: dict[tuple[str, str], Role | str] = {}  # (method, path) → role

    def get(self, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        return self._declare("GET", path, role)

    def post(self, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        return self._declare("POST", path, role)

    def upload(self, path: str, role: Role | str) -> Callable[[PageHandler], PageHandler]:
        """A POST whose form may carry one file."""
        return self._declare("POST", path, role, files=1)

    def _declare(self, method: str, path: str, role: Role | str, files: int = 0) -> Callable[[PageHandler], PageHandler]:
        def register(handler: PageHandler) -> PageHandler:
            self.roles[(method, path)] = role
            self.routes.append(Route(path, _endpoint(handler, files), methods=[method], name=f"{method.lower()} {path}"))
            return handler

        return register


def _endpoint(handler: PageHandler, files: int) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        form, lists, upload = await _read_form(request, files) if request.method == "POST" else ({}, {}, None)
        visit = Visit(request, request.app.state.context, request.scope.get("desk_user"), form, lists, upload)
        return await run_in_threadpool(handler, visit)

    return answer


async def _read_form(request: Request, files: int) -> tuple[dict[str, str], dict[str, list[str]], tuple[str, bytes] | None]:
    """The text fields of the form, cut at 20,000 characters and without NUL (PostgreSQL cannot
    store it), and its file where the route takes one.
    """
    upload = None
    async with request.form(max_files=files, max_fields=400) as data:
        lists: dict[str, list[str]] = {}
        for name, value in data.multi_items():
            if isinstance(value, str):
                lists.setdefault(name, []).append(value[:20_000].replace("\x00", ""))
            elif value.filename:
                upload = (value.filename[-200:].replace("\x00", ""), await value.read())
    return {name: values[-1] for name, values in lists.items()}, lists, upload


def local(to: str) -> str:
    """`to` if it is a path on this desk, else the queue: an address from a form must not lead to
    another site.
    """
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and "\n" not in to and "\r" not in to else "/queue"


def attachment(name: str) -> dict[str, str]:
    """Headers of a download."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
