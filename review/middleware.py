"""Who gets in, and under which headers. ASGI middleware, outermost first: headers, hosts, size, origin, then the gate.

- Cross-site requests that change something are refused by Fetch Metadata, by Origin where a browser is too old for it (the method of Go 1.25's
  CrossOriginProtection and of Datasette; no hidden form fields). A request without both comes from no browser.
- The gate finds the route, then its role. No role: refused, whoever asks.
"""

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
from review.routing import PUBLIC, Visit, may

MOST_BODY = 256 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # outlets must not learn who reads them, and where
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",  # signed links of subscribers must not end in a search engine
}


class SafeHeaders:
    """Every answer carries the headers, unless it brings its own (static files, captures)."""

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
    """Hosts, size and origin of a request."""

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
            receive = _capped(receive)
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
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
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
            return True  # no browser; it carries no cookie that another site made it send
        parts = urlsplit(origin)
        return parts.netloc == host or origin.rstrip("/") == self.context.public_url.rstrip("/")


class _TooLarge(HTTPException):
    """Raised while an app reads the body. An HTTPException, so that a mounted app answers it as its own refusal."""

    def __init__(self) -> None:
        super().__init__(413, "The request is too large.")


def _capped(receive: Receive) -> Receive:
    """Count the body as it comes: a length header may be missing or a lie."""
    left = MOST_BODY

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooLarge
        return message

    return counted


class AccessMiddleware:
    """Who asks, for which route, and may they. Unknown routes are not found; known ones without a role are refused."""

    def __init__(self, app: ASGIApp, context: DeskContext, routes: list[BaseRoute], roles: dict[tuple[str, str], Role | str]) -> None:
        self.app, self.context, self.routes, self.roles = app, context, routes, roles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        needed = self._needed(scope)
        if needed == PUBLIC:
            scope["desk_user"] = await run_in_threadpool(self._who, request)
            await self.app(scope, receive, send)
            return
        user = await run_in_threadpool(self._who, request)
        scope["desk_user"] = user
        answer = self._refuse(request, user, needed)
        await (answer or self.app)(scope, receive, send)

    def _needed(self, scope: Scope) -> Role | str | None:
        """The role of the route that will answer; None: it has none."""
        for route in self.routes:
            match, _ = route.matches(scope)
            if match is Match.NONE:
                continue
            if isinstance(route, Mount):
                return self.roles.get(("*", route.path))
            if isinstance(route, Route) and match is Match.FULL:
                return self.roles.get(("GET" if scope["method"] == "HEAD" else scope["method"], route.path))
        return Role.RESEARCHER  # no such page: only people who may read learn that

    def _refuse(self, request: Request, user: UserRow | None, needed: Role | str | None) -> ASGIApp | None:
        if needed is None:
            return PlainTextResponse("nobody has been given this page", 403)
        if user is None:
            if "text/html" in request.headers.get("accept", "") and request.method == "GET":
                target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", 303)
            return PlainTextResponse("sign in first", 401, {"WWW-Authenticate": 'Basic realm="Ajour, with a token as password"'})
        if not may(user.role, Role(needed)):
            return Visit(request, self.context, user).page(
                "error.html", 403, title="Not for your role", text=f"This needs the role {needed}; yours is {user.role}."
            )
        return None

    def _who(self, request: Request) -> UserRow | None:
        """The user of a bearer or basic token, of the trusted proxy's header, or of the session cookie."""
        now = self.context.now()
        token = _token(request.headers.get("authorization", ""))
        if token:
            with writing(self.context.engine) as session:
                found = accounts.user_of_token(session, token)
                if found is not None:
                    found[0].used_at = now
                    return found[1]
        peer = request.scope.get("desk_peer") or (request.client.host if request.client else "")
        if self.context.user_header and self.context.trusts(
            peer
        ):  # also where the proxy adds an Authorization of its own, as oauth2-proxy does
            return self._of_proxy(request)
        return None if token else self._of_cookie(request)

    def _of_proxy(self, request: Request) -> UserRow | None:
        """The user whom the header names. Two headers: one of them is not the proxy's, so neither is believed."""
        given = request.headers.getlist(self.context.user_header)
        name = request.scope["desk_named"] = _utf8(given[0]) if len(given) == 1 else ""
        if not name:
            return None
        with reading(self.context.engine) as session:
            user = accounts.user_named(session, name)
        return user if user is not None and user.active else None

    def _of_cookie(self, request: Request) -> UserRow | None:
        secret = request.cookies.get(cookie_name(request, self.context))
        if not secret:
            return None
        now = self.context.now()
        with reading(self.context.engine) as session:
            found = accounts.find_session(session, secret, now)
        if found is None:
            return None
        row, user = found
        request.scope["desk_session"] = row.id
        if now - row.seen_at > accounts.TOUCH:
            with writing(self.context.engine) as session:
                accounts.touch_session(session, row.id, now)
        return user


def _token(header: str) -> str:
    """The secret of `Authorization: Bearer …`, or the password of `Basic …` (feed readers know nothing else)."""
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
    """A header's text: proxies send UTF-8, which servers read as Latin-1."""
    try:
        return header.encode("latin-1").decode().strip()
    except UnicodeDecodeError:
        return header.strip()


def is_secure(request: Request, context: DeskContext) -> bool:
    """Whether the person's browser speaks https to us, as far as we may believe it."""
    return request.url.scheme == "https" or context.public_url.startswith("https://")


def cookie_name(request: Request, context: DeskContext) -> str:
    """With https the `__Host-` prefix: no other host of the domain can set it. Plain http is for one's own machine."""
    return "__Host-sid" if is_secure(request, context) else "sid"


class ForwardedHeaders:
    """Takes scheme and client from a trusted proxy, and remembers who really connected."""

    def __init__(self, app: ASGIApp, context: DeskContext) -> None:
        self.app, self.context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client"):
            peer = scope["client"][0]
            scope["desk_peer"] = peer
            if self.context.trusts(peer):
                headers = Headers(scope=scope)
                if headers.get("x-forwarded-proto") in ("http", "https"):
                    scope["scheme"] = headers["x-forwarded-proto"]
                # the last address is the one our own proxy saw; those before it are whatever the client wrote
                client = headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
                if client:
                    scope["client"] = (client, 0)
        await self.app(scope, receive, send)
