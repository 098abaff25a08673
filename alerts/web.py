"""The reader's own pages, behind a signed link: confirm, preferences, pause, unsubscribe, a word on an entry, the Atom feed, and the form to subscribe.

Opening a page never changes anything: mail gateways open every link of every mail. Acting is a POST. The one-click POST of mail programs (RFC 8058) works
without cookies, sign-in or redirect, answers 200, and counts at once. The token in the address is what authorises, so no other site can make a browser
act: it would have to know the token.

Mounted by `app.web` at /s. Works without JavaScript; there is none.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerts import language as words
from alerts import subscribing
from alerts.feed import entries_for, feed
from alerts.language import LANGUAGES, catalogue
from alerts.office import Office
from alerts.render import environment
from alerts.wanted import Wanted
from db import telling
from db.engine import reading, writing
from db.models import Subscriber
from db.words import Ended, Usefulness

BODY_BYTES = 64 * 1024
PAUSES = {"2": timedelta(weeks=2), "4": timedelta(weeks=4), "12": timedelta(weeks=12)}
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",  # the address holds the token
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Headers on every answer, and a cap on every body, also on one that does not say how long it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken = 0

        async def capped() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES:
                raise HTTPException(413)
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in known),
                ]
            await send(message)

        await self.app(scope, capped, headed)


Handler = Callable[[Request, FormData | None], Response]


def create_app(engine: Engine, office: Office, now: Callable[[], datetime]) -> Starlette:
    """The pages as an ASGI application. `now` is the clock."""
    pages = Pages(engine, office, now)
    routes = [
        Route("/style.css", _style, methods=["GET"]),
        Route("/subscribe", _both(pages.subscribe), methods=["GET", "POST"]),
        Route("/c/{signed}", _both(pages.confirm), methods=["GET", "POST"]),
        Route("/p/{token}", _both(pages.preferences), methods=["GET", "POST"]),
        Route("/p/{token}/data.json", _both(pages.data), methods=["GET"]),
        Route("/u/{token}", _both(pages.unsubscribe), methods=["GET", "POST"]),
        Route("/e/{token}/{flag_id:int}", _both(pages.entry), methods=["GET", "POST"]),
        Route("/f/{token}.atom", _both(pages.atom), methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard)], exception_handlers={HTTPException: _refused})  # type: ignore[dict-item]


def _both(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler in a thread, with the form where there is one (None for GET and HEAD)."""

    async def endpoint(request: Request) -> Response:
        form = None
        if request.method == "POST":
            try:
                form = await request.form(max_files=0, max_fields=100)
            except ClientDisconnect:
                raise HTTPException(400) from None
        return await run_in_threadpool(handler, request, form)

    return endpoint


async def _style(_: Request) -> Response:
    folder = files("alerts") / "templates"
    css = "\n".join((folder / name).read_text("utf-8") for name in ("style.css", "dark.css", "page.css"))
    return Response(css, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


def _refused(request: Request, error: HTTPException) -> Response:
    return _page(request, "message.html", "en", title=f"{error.status_code}", said=error.detail, status=error.status_code)


def _page(request: Request, name: str, language: str, status: int = 200, **given: Any) -> Response:
    root = request.scope.get("root_path", "")
    return HTMLResponse(environment(language, html=True).get_template(f"page/{name}").render(root=root, **given), status)


class Pages:
    """The handlers. Each reads or acts in one short transaction."""

    def __init__(self, engine: Engine, office: Office, now: Callable[[], datetime]) -> None:
        self.engine, self.office, self.now = engine, office, now

    def subscribe(self, request: Request, form: FormData | None) -> Response:
        lang = _language(request)
        say = catalogue(lang).gettext
        if not self.office.signup:
            raise HTTPException(404, say("This desk adds its readers itself; please ask there."))
        if form is None:
            return self._form(request, lang, Wanted(), "Europe/Brussels", new=True)
        try:
            wanted, language, zone = _wanted(form, Wanted()), _word(form, "language", lang), _word(form, "zone", "Europe/Brussels")
            with writing(self.engine, telling.SCOPE) as session:
                subscribing.ask(session, _word(form, "address", ""), wanted, self.now(), self.office, language, zone)
        except (subscribing.CannotSubscribe, ValidationError) as error:
            return self._form(request, lang, Wanted(), "Europe/Brussels", new=True, wrong=_said(error))
        told = say("If this address may subscribe here, a mail is on its way to it. Please open the link in it.")
        return _page(request, "message.html", lang, title=say("Look into your mailbox"), said=told)

    def confirm(self, request: Request, form: FormData | None) -> Response:
        signed = request.path_params["signed"]
        with writing(self.engine, telling.SCOPE) if form is not None else reading(self.engine) as session:
            row = subscribing.to_confirm(session, signed, self.now(), self.office)
            if row is None:
                raise HTTPException(404, "This link is not valid (any more). Please subscribe again.")
            say = catalogue(row.language).gettext
            if form is None:
                return _page(
                    request,
                    "ask.html",
                    row.language,
                    title=say("Confirm your subscription"),
                    said=row.address or "",
                    button=say("Yes, write to me"),
                )
            subscribing.confirm(session, row, self.now())
            link = self.office.links.preferences(self.office.links.token(row))
            return _page(
                request, "message.html", row.language, title=say("Thank you"), said=say("Your subscription is confirmed."), link=link
            )

    def preferences(self, request: Request, form: FormData | None) -> Response:
        with writing(self.engine, telling.SCOPE) if form is not None else reading(self.engine) as session:
            row = self._reader(session, request)
            wrong, saved = "", False
            if form is not None:
                try:
                    self._act(session, row, form)
                    saved = True
                except (subscribing.CannotSubscribe, ValidationError) as error:
                    wrong = _said(error)
            return self._form(request, row.language, Wanted.model_validate(row.wanted), row.zone, row=row, wrong=wrong, saved=saved)

    def _act(self, session: Session, row: Subscriber, form: FormData) -> None:
        now = self.now()
        match form.get("do"):
            case "pause":
                subscribing.pause(row, now + PAUSES.get(str(form.get("weeks")), PAUSES["2"]))
            case "resume":
                subscribing.resume(session, row, now)
            case "renew_links":
                row.generation += 1
            case _:
                wanted = _wanted(form, Wanted.model_validate(row.wanted))
                subscribing.change(row, wanted, _word(form, "language", row.language), _word(form, "zone", row.zone))

    def _form(self, request: Request, lang: str, wanted: Wanted, zone: str, row: Subscriber | None = None, **given: Any) -> Response:
        with reading(self.engine) as session:
            reports, topics = telling.report_titles(session), telling.topics(session)
        from zoneinfo import available_timezones

        zones = sorted(
            z
            for z in available_timezones()
            if z.startswith(("Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/")) or z == "UTC"
        )
        token = self.office.links.token(row) if row else ""
        paused = row.paused_until if row and row.paused_until and row.paused_until > self.now() else None
        shown = {"new": False, "wrong": "", "saved": False, **given}
        return _page(
            request, "preferences.html", lang, row=row, wanted=wanted, zone=zone, zones=zones, reports=reports, topics=topics, languages=LANGUAGES, token=token,
            weekdays=_weekdays(lang), paused=words.moment(paused, lang, zone) if paused else "", status=422 if shown["wrong"] else 200, **shown,
        )  # fmt: skip

    def data(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        with reading(self.engine) as session:
            row = self._reader(session, request)
            held = {
                "address": row.address, "language": row.language, "zone": row.zone, "wanted": row.wanted, "created_at": row.created_at,
                "confirmed_at": row.confirmed_at, "paused_until": row.paused_until, "suspended_at": row.suspended_at, "suspended_reason": row.suspended_reason,
                "digests": [{"from": d.period_start, "to": d.period_end, "subject": d.subject} for d, _, _ in telling.digests(session, 500, row.id)],
            }  # fmt: skip
        body = json.dumps(held, ensure_ascii=False, indent=2, default=str)
        return Response(
            body, media_type="application/json", headers={"content-disposition": 'attachment; filename="ajour-subscription.json"'}
        )

    def unsubscribe(self, request: Request, form: FormData | None) -> Response:
        with writing(self.engine, telling.SCOPE) if form is not None else reading(self.engine) as session:
            row = self._reader(session, request, also_ended=True)
            say = catalogue(row.language).gettext
            if form is None:
                said = say("No more digests and no urgent messages will be sent to %(address)s.") % {"address": row.address or "…"}
                forget = say("Forget my address at once (otherwise after 28 days)")
                return _page(
                    request, "ask.html", row.language, title=say("Unsubscribe"), said=said, button=say("Unsubscribe"), forget=forget
                )
            subscribing.end(row, self.now(), Ended.UNSUBSCRIBED, forget=form.get("forget") == "yes")
            return _page(request, "message.html", row.language, title=say("Unsubscribed"), said=say("You will not be written to again."))

    def entry(self, request: Request, form: FormData | None) -> Response:
        flag = request.path_params["flag_id"]
        with writing(self.engine, telling.SCOPE) if form is not None else reading(self.engine) as session:
            row = self._reader(session, request)
            say = catalogue(row.language).gettext
            told = telling.told(session, [row.id], [flag])[row.id].get(flag)
            what = str(told.facts.get("what", "")) if told else ""
            if form is None:
                return _page(request, "entry.html", row.language, title=say("Was it useful?"), what=what)
            verdict = str(form.get("verdict"))
            if verdict not in list(Usefulness) or told is None or not subscribing.say(session, row, flag, Usefulness(verdict), self.now()):
                raise HTTPException(422, "There is no such entry in what was sent to you.")
            return _page(
                request,
                "message.html",
                row.language,
                title=say("Thank you"),
                said=say("Your word is noted; it helps to find what matters."),
            )

    def atom(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        with reading(self.engine) as session:
            row = self._reader(session, request)
            wanted = Wanted.model_validate(row.wanted)
            body = feed(entries_for(session, wanted, self.now()), row, wanted, self.now(), self.office)
        return Response(body, media_type="application/atom+xml")

    def _reader(self, session: Session, request: Request, also_ended: bool = False) -> Subscriber:
        row = subscribing.reader(session, request.path_params["token"], self.office)
        if row is None or (row.ended_at is not None and not also_ended):
            raise HTTPException(404, "This link is not valid (any more).")
        return row


def _wanted(form: FormData, before: Wanted) -> Wanted:
    """Preferences from the form. Raises ValidationError."""
    return Wanted.model_validate(
        {
            "reports": form.getlist("reports"), "topics": form.getlist("topics"), "severity": form.get("severity", before.severity),
            "rhythm": form.get("rhythm", before.rhythm), "hour": form.get("hour", before.hour), "weekday": form.get("weekday", before.weekday),
            "unreviewed": form.get("unreviewed") == "yes", "urgent": form.get("urgent") == "yes", "urgent_a_day": before.urgent_a_day,
            "links": form.get("links", before.links),
        }
    )  # fmt: skip


def _word(form: FormData, name: str, default: str) -> str:
    value = form.get(name, default)
    return value[:300] if isinstance(value, str) else default


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
    return str(error)


def _language(request: Request) -> str:
    """The first language of the browser that we speak."""
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "en"


def _weekdays(language: str) -> list[str]:
    names = words.locale(language).days["stand-alone"]["wide"]
    return [names[i] for i in range(7)]
