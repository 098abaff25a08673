"""Access control as ASGI middleware, outermost first: response headers, proxy headers, host, size
and origin, then the role.

- Cross-site requests that change something are refused by Fetch Metadata, or by Origin for browsers
  without it (the method of Go 1.25's CrossOriginProtection and of Datasette; no hidden form
  fields). A request without both headers does not come from a browser.
- `AccessMiddleware` finds the route and its role. A route without a role is refused to everybody.
- A request that is signed in by an API token can only read.
"""

import re
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import UserRow
from review.context import DeskContext
from review.routing import PUBLIC, Visit, may, whole_number

MOST_BODY = 256 * 1024
MOST_UPLOAD = 41_000_000  # the file of a report, with its form
_UPLOAD = re.compile(r"/reports(?:/[^/]+/uploads)?|/sources/import")
SAFE = ("GET", "HEAD", "OPTIONS")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # outlets must not learn who reads them
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    # Signed links of subscribers must not end in a search engine
    "X-Robots-Tag": "noindex, nofollow",
}


class SafeHeaders:
    """Adds HEADERS to every response, unless the response sets its own (static files, captures)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class OriginGuard:
    """Checks host, path, size and origin of a request."""

    def __init__(self, app: ASGIApp, context: DeskContext) -> None:
        self.app, self.context = app, context
        public = urlsplit(context.public_url).hostname
        self.hosts = {*context.hosts, *([public] if public else [])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
            receive = _capped(receive, _max_bytes(scope))
        try:
            await self.app(scope, receive, send)
        except _TooLarge:
            await PlainTextResponse("the request is too large", 413)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self.hosts and "*" not in self.hosts:
            return PlainTextResponse("this host name is not served here (AJOUR_PUBLIC_URL, AJOUR_DESK_HOSTS)", 400)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            # PostgreSQL cannot store it
            return PlainTextResponse("the address holds a NUL character", 400)
        length = whole_number(headers.get("content-length", "0"))
        if length is None or length > _max_bytes(scope):
            return PlainTextResponse("the request is too large", 413)
        if scope["method"] not in SAFE and not self._same_origin(headers, host):
            return PlainTextResponse("refused: the request comes from another site", 403)
        return None

    def _same_origin(self, headers: Headers, host: str) -> bool:
        site = headers.get("sec-fetch-site")
        if site:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return True  # not a browser, so no other site can have caused it
        parts = urlsplit(origin)
        return parts.netloc == host or origin.rstrip("/") == self.context.public_url.rstrip("/")


class _TooLarge(HTTPException):
    """Raised while an app reads the body. As an HTTPException, mounted apps answer it like their
    own refusals.
    """

    def __init__(self) -> None:
        super().__init__(413, "The request is too large.")


def _max_bytes(scope: Scope) -> int:
    """Bytes that a body may have. The file of a report is read only after its user was found to be
    an editor.
    """
    return MOST_UPLOAD if scope["method"] == "POST" and _UPLOAD.fullmatch(scope["path"]) else MOST_BODY


def _capped(receive: Receive, most: int) -> Receive:
    """Count the body as it arrives: the length header may be missing or wrong."""
    remaining = most

    async def counted() -> Message:
        nonlocal remaining
        message = await receive()
        if message["type"] == "http.request":
            remaining -= len(message.get("body", b""))
            if remaining < 0:
                raise _TooLarge
        return message

    return counted


class AccessMiddleware:
    """Finds the user and the role that the route needs, and refuses what the role does not
    allow.
    """

    def __init__(self, app: ASGIApp, context: DeskContext, routes: list[BaseRoute], roles: dict[tuple[str, str], Role | str]) -> None:
        self.app, self.context, self.routes, self.roles = app, context, routes, roles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        needed = self._needed(scope)
        if needed == PUBLIC:
            scope["desk_user"] = await run_in_threadpool(self._find_user, request)
            await self.app(scope, receive, send)
            return
        user = await run_in_threadpool(self._find_user, request)
        scope["desk_user"] = user
        answer = self._refuse(request, user, needed)
        await (answer or self.app)(scope, receive, send)

    def _needed(self, scope: Scope) -> Role | str | None:
        """The role of the matching route; None if it declares none."""
        for route in self.routes:
            match, _ = route.matches(scope)
            if match is Match.NONE:
                continue
            if isinstance(route, Mount):
                return self.roles.get(("*", route.path))
            if isinstance(route, Route) and match is Match.FULL:
                return self.roles.get(("GET" if scope["method"] == "HEAD" else scope["method"], route.path))
        return Role.RESEARCHER  # no such page: only signed-in people learn that

    def _refuse(self, request: Request, user: UserRow | None, needed: Role | str | None) -> ASGIApp | None:
        if needed is None:
            return PlainTextResponse("this page declares no role, so it cannot be opened", 403)
        if user is None:
            if "text/html" in request.headers.get("accept", "") and request.method == "GET":
                target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", 303)
            return PlainTextResponse("sign in first", 401, {"WWW-Authenticate": 'Basic realm="Ajour, with a token as password"'})
        if request.scope.get("desk_token") and request.method not in SAFE:
            return PlainTextResponse("a token can only read; sign in with your password to change something", 403)
        if not may(user.role, Role(needed)):
            return Visit(request, self.context, user).page(
                "error.html", 403, title="Not for your role", text=f"This needs the role {needed}; yours is {user.role}."
            )
        return None

    def _find_user(self, request: Request) -> UserRow | None:
        """The user of a bearer or basic token, of the header of a trusted proxy, or of the session
        cookie.
        """
        now = self.context.now()
        token = _token(request.headers.get("authorization", ""))
        if token:
            with writing(self.context.engine) as session:
                token_and_user = accounts.user_of_token(session, token)
                if token_and_user is not None:
                    token_and_user[0].used_at = now
                    request.scope["desk_token"] = True
                    return token_and_user[1]
        peer = request.scope.get("desk_peer") or (request.client.host if request.client else "")
        if self.context.user_header and self.context.trusts(
            peer
        ):  # also where the proxy adds an Authorization of its own, as oauth2-proxy does
            return self._of_proxy(request)
        return None if token else self._of_cookie(request)

    def _of_proxy(self, request: Request) -> UserRow | None:
        """The user that the header names. If the header occurs twice, one is not from the proxy, so
        neither is trusted.
        """
        values = request.headers.getlist(self.context.user_header)
        name = request.scope["desk_named"] = _utf8(values[0]) if len(values) == 1 else ""
        if not name:
            return None
        with reading(self.context.engine) as session:
            user = accounts.user_named(session, name)
        return user if user is not None and user.active else None

    def _of_cookie(self, request: Request) -> UserRow | None:
        secret = request.cookies.get(cookie_name(Visit(request, self.context, None).secure))
        if not secret:
            return None
        now = self.context.now()
        with reading(self.context.engine) as session:
            session_and_user = accounts.find_session(session, secret, now)
        if session_and_user is None:
            return None
        row, user = session_and_user
        request.scope["desk_session"] = row.id
        if now - row.seen_at > accounts.TOUCH:
            with writing(self.context.engine) as session:
                accounts.touch_session(session, row.id, now)
        return user


def _token(header: str) -> str:
    """The secret of `Authorization: Bearer …`, or the password of `Basic …`, the only form that
    feed readers support.
    """
    import base64
    import binascii

    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _utf8(header: str) -> str:
    """The text of a header: proxies send UTF-8, which the server decoded as Latin-1."""
    try:
        return header.encode("latin-1").decode().strip()
    except UnicodeDecodeError:
        return header.strip()


def cookie_name(secure: bool) -> str:
    """The name of the session cookie. Under https it has the `__Host-` prefix, so that no other
    host of the domain can set it.
    """
    return "__Host-sid" if secure else "sid"


class ForwardedHeaders:
    """Sets scheme and client address from a trusted proxy, and stores the address of the connection
    as `desk_peer`.
    """

    def __init__(self, app: ASGIApp, context: DeskContext) -> None:
        self.app, self.context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client"):
            peer = scope["client"][0]
            scope["desk_peer"] = peer
            if self.context.trusts(peer):
                headers = Headers(scope=scope)
                scheme = _last_entry(headers, "x-forwarded-proto")
                if scheme in ("http", "https"):
                    scope["scheme"] = scheme
                client = _address(_last_entry(headers, "x-forwarded-for"))
                if client:
                    scope["client"] = (client, 0)
        await self.app(scope, receive, send)


def _last_entry(headers: Headers, name: str) -> str:
    """The entry that the trusted proxy added: the last one of the last line. Earlier ones are
    whatever the client sent.

    Several lines of one header mean the same as one line with commas (RFC 9110, section 5.3).
    """
    return ",".join(headers.getlist(name)).rsplit(",", 1)[-1].strip()


def _address(entry: str) -> str:
    """The IP address of an X-Forwarded-For entry, which may have a port; "" if it is none."""
    bare = entry[1:].partition("]")[0] if entry.startswith("[") else entry.partition(":")[0] if entry.count(":") == 1 else entry
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""
