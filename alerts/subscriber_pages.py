"""The reader's own pages, behind a signed link: confirm, preferences, pause, unsubscribe, feedback
on an entry, and the form to subscribe. What they read is in `alerts.content_pages`.

Opening a page never changes anything: mail gateways open every link of every mail. Acting is a
POST. The one-click POST of mail programs (RFC 8058) works without cookies, sign-in or redirect,
answers 200, and counts at once. The token in the address authorises, so no other site can make a
browser act: it would have to know the token.

Mounted by `app.runtime.web` at /s, under the middleware of the desk. The pages have no JavaScript.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from alerts import i18n as words
from alerts import subscriptions
from alerts.content_pages import ContentPages
from alerts.i18n import _, catalogue, language_names
from alerts.mail.mail_config import MailConfig
from alerts.mail.render import stylesheet
from alerts.preferences_form import ZONE, PreferencesForm, error_text, preferences_or_default, read_form, text_field
from alerts.reader_page import browser_language, page, visitor
from alerts.subscription_summary import summary
from alerts.subscriptions import LinkHolder
from alerts.time_zones import zone_choices
from db import digests as db_digests
from db import notifications, subscribers
from db import reports as db_known
from db.engine import reading, writing
from db.enums import Rating
from db.models import SubscriptionRow

PAUSES = {"2": timedelta(weeks=2), "4": timedelta(weeks=4), "12": timedelta(weeks=12)}
Handler = Callable[[Request, FormData | None], Response]


def create_app(engine: Engine, mail_config: MailConfig, now: Callable[[], datetime]) -> Starlette:
    """The pages as an ASGI application. `now` is the clock."""
    pages, content = SubscriberPages(engine, mail_config, now), ContentPages(engine, mail_config, now)
    routes = [
        Route("/style.css", _style, methods=["GET"]),
        Route("/subscribe", _both(pages.subscribe), methods=["GET", "POST"]),
        Route("/c/{signed}", _both(pages.confirm), methods=["GET", "POST"]),
        Route("/p/{token}", _both(pages.preferences), methods=["GET", "POST"]),
        Route("/p/{token}/new", _both(pages.new_subscription), methods=["GET", "POST"]),
        Route("/p/{token}/data.json", _both(pages.data), methods=["GET"]),
        Route("/u/{token}", _both(pages.unsubscribe), methods=["GET", "POST"]),
        Route("/e/{token}/{flag_id:int}", _both(pages.entry), methods=["GET", "POST"]),
        Route("/a/{token}/{signed}", _both(content.copy), methods=["GET"]),
        Route("/d/{token}/{end}", _both(content.digest), methods=["GET"]),
        Route("/f/{token}.atom", _both(content.atom), methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused})  # type: ignore[dict-item]


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


async def _style(_request: Request) -> Response:
    css = "\n".join(stylesheet(name) for name in ("style", "screen", "page"))
    return Response(css, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


def _refused(request: Request, error: HTTPException) -> Response:
    lang = browser_language(request)
    return page(
        request, "message.html", lang, title=f"{error.status_code}", text=catalogue(lang).gettext(error.detail), status=error.status_code
    )


class SubscriberPages:
    """The handlers. Each reads or acts in one short transaction."""

    def __init__(self, engine: Engine, mail_config: MailConfig, now: Callable[[], datetime]) -> None:
        self.engine, self.mail_config, self.now = engine, mail_config, now

    def subscribe(self, request: Request, form: FormData | None) -> Response:
        lang = browser_language(request)
        gettext = catalogue(lang).gettext
        if not self.mail_config.signup:
            raise HTTPException(404, _("This desk adds its readers itself; please ask there."))
        if form is None:
            return self._form(request, PreferencesForm(lang))
        try:
            submitted = read_form(form, PreferencesForm(lang))
            with writing(self.engine, notifications.SCOPE) as session:
                subscriptions.sign_up(
                    session,
                    text_field(form, "address", ""),
                    submitted.preferences,
                    self.now(),
                    self.mail_config,
                    submitted.language,
                    submitted.zone,
                )
        except (subscriptions.CannotSubscribe, ValidationError) as error:
            return self._form(request, PreferencesForm(lang), wrong=error_text(error, lang))
        notified = gettext("If this address may subscribe here, a mail is on its way to it. Please open the link in it.")
        return page(request, "message.html", lang, title=gettext("Check your mailbox"), text=notified)

    def confirm(self, request: Request, form: FormData | None) -> Response:
        signed = request.path_params["signed"]
        with self._transaction(form) as session:
            named = subscriptions.to_confirm(session, signed, self.now(), self.mail_config)
            if named is None:
                raise HTTPException(404, _("This link is not valid (any more). Please subscribe again."))
            person, row = named
            gettext = catalogue(row.language).gettext
            if form is None:
                title, button = gettext("Confirm your subscription"), gettext("Yes, write to me")
                return page(
                    request,
                    "ask.html",
                    row.language,
                    title=title,
                    text=person.address or "",
                    what=self._summary(session, row),
                    button=button,
                )
            subscriptions.confirm(session, person, row, self.now())
            link = self.mail_config.links.preferences(self.mail_config.links.token(person, row))
        return page(
            request, "message.html", row.language, title=gettext("Thank you"), text=gettext("Your subscription is confirmed."), link=link
        )

    def preferences(self, request: Request, form: FormData | None) -> Response:
        """One subscription, where the link is that of its mails; else all that the reader gets."""
        with self._transaction(form) as session:
            holder, wrong = visitor(session, request, self.mail_config), ""
            try:
                saved = form is not None and self._apply(session, holder, form)
            except (subscriptions.CannotSubscribe, ValidationError) as error:
                saved, wrong = False, error_text(error, holder.language)
            holder = self._reload(session, holder)
            if holder.subscription is None:
                return self._overview(session, request, holder, wrong=wrong, saved=saved)
            row = holder.subscription
            return self._form(
                request, PreferencesForm(row.language, preferences_or_default(row), row.zone), holder, wrong=wrong, saved=saved
            )

    def _apply(self, session: Session, holder: LinkHolder, form: FormData) -> bool:
        now = self.now()
        match form.get("do"):
            case "pause":
                subscriptions.pause(holder.person, now + PAUSES.get(str(form.get("weeks")), PAUSES["2"]))
            case "resume":
                subscriptions.resume(session, holder.person, now)
            case "renew_links":
                holder.person.generation += 1
            case None | "change" if holder.subscription is not None:
                row = holder.subscription
                submitted = read_form(form, PreferencesForm(row.language, preferences_or_default(row), row.zone))
                subscriptions.change(row, submitted.preferences, submitted.language, submitted.zone)
            case _:
                return False
        return True

    def new_subscription(self, request: Request, form: FormData | None) -> Response:
        """One more subscription of the reader's, confirmed by their link."""
        with self._transaction(form) as session:
            holder = visitor(session, request, self.mail_config)
            zone = holder.all[0].zone if holder.all else ZONE
            before = PreferencesForm(holder.language, zone=zone)
            if form is None:
                return self._form(request, before, holder, more=True)
            try:
                submitted = read_form(form, before)
                subscriptions.add_to(
                    session, holder.person, submitted.preferences, self.now(), language=submitted.language, zone=submitted.zone
                )
            except (subscriptions.CannotSubscribe, ValidationError) as error:
                return self._form(request, before, holder, more=True, wrong=error_text(error, holder.language))
            return self._overview(session, request, self._reload(session, replace(holder, of=None)), saved=True)

    def _overview(self, session: Session, request: Request, holder: LinkHolder, *, wrong: str = "", saved: bool = False) -> Response:
        shown = [(self._summary(session, s, holder.language), self.mail_config.links.token(holder.person, s)) for s in holder.all]
        return page(request, "overview.html", holder.language, shown=shown, wrong=wrong, saved=saved, **self._reader_values(holder))

    def _reader_values(self, holder: LinkHolder) -> dict[str, Any]:
        """The values of every page of a reader: their links, and the end of a pause."""
        person, zone = holder.person, (holder.all[0].zone if holder.all else "UTC")
        until = person.paused_until if person.paused_until and person.paused_until > self.now() else None
        return {
            "person": person, "token": self.mail_config.links.token(person), "here": self.mail_config.links.token(person, holder.subscription),
            "paused": words.moment(until, holder.language, zone) if until else "",
        }  # fmt: skip

    def _form(
        self,
        request: Request,
        submitted: PreferencesForm,
        holder: LinkHolder | None = None,
        *,
        more: bool = False,
        wrong: str = "",
        saved: bool = False,
    ) -> Response:
        with reading(self.engine) as session:
            reports, topics = db_known.report_titles(session), db_known.topics(session)
        frame = self._reader_values(holder) if holder is not None else {"person": None}
        return page(
            request, "preferences.html", holder.language if holder else submitted.language, submitted=submitted, preferences=submitted.preferences, zones=zone_choices(holder.language if holder else submitted.language), reports=reports, topics=topics,
            languages=language_names(), weekdays=words.weekdays(holder.language if holder else submitted.language), more=more, wrong=wrong, saved=saved,
            status=422 if wrong else 200, **frame,
        )  # fmt: skip

    def _summary(self, session: Session, row: SubscriptionRow, language: str | None = None) -> list[str]:
        return summary(row, db_known.report_titles(session), language or row.language)

    def data(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        with reading(self.engine) as session:
            holder = visitor(session, request, self.mail_config)
            person = holder.person
            names = ("id", "language", "zone", "preferences", "created_at", "confirmed_at", "ended_at", "ended_reason")
            stored = {
                "address": person.address, "created_at": person.created_at, "confirmed_at": person.confirmed_at, "paused_until": person.paused_until,
                "suspended_at": person.suspended_at, "suspended_reason": person.suspended_reason,
                "subscriptions": [{n: getattr(s, n) for n in names} for s in subscribers.all_subscriptions(session, [person.id])[person.id]],
                "digests": [
                    {"subscription": d.subscription_id, "from": d.period_start, "to": d.period_end, "subject": d.subject}
                    for d, _, _ in db_digests.digests(session, 500, person.id)
                ],
            }  # fmt: skip
        body = json.dumps(stored, ensure_ascii=False, indent=2, default=str)
        return Response(
            body, media_type="application/json", headers={"content-disposition": 'attachment; filename="ajour-subscription.json"'}
        )

    def unsubscribe(self, request: Request, form: FormData | None) -> Response:
        """From the subscription the link is for; from everything where it is for all, or where the
        reader says so.
        """
        with self._transaction(form) as session:
            holder = visitor(session, request, self.mail_config, also_ended=True)
            if form is None:
                return self._ask_unsubscribe(session, request, holder)
            everything, forget = form.get("which") == "all", form.get("forget") == "yes"
            subscriptions.unsubscribe(session, holder, self.now(), everything=everything, forget=forget)
            left = self._reload(session, holder).all
            gettext = catalogue(holder.language).gettext
            text, link = gettext("You will get no further mails."), ""
            if left:
                text = gettext("This subscription has ended. Your other subscriptions continue.")
                link = self.mail_config.links.preferences(self.mail_config.links.token(holder.person))
            return page(request, "message.html", holder.language, title=gettext("Unsubscribed"), text=text, link=link)

    def _ask_unsubscribe(self, session: Session, request: Request, holder: LinkHolder) -> Response:
        gettext = catalogue(holder.language).gettext
        text = gettext("No more digests and no urgent messages will be sent to %(address)s.") % {"address": holder.person.address or "…"}
        one = holder.subscription is not None and len(holder.all) > 1
        if one:
            text = gettext("No more mails of this subscription will be sent to %(address)s.") % {"address": holder.person.address or "…"}
        return page(
            request, "unsubscribe.html", holder.language, title=gettext("Unsubscribe"), text=text, one=one,
            summaries=[self._summary(session, s, holder.language) for s in holder.meant],
        )  # fmt: skip

    def entry(self, request: Request, form: FormData | None) -> Response:
        flag = request.path_params["flag_id"]
        with self._transaction(form) as session:
            holder = visitor(session, request, self.mail_config)
            person, gettext = holder.person, catalogue(holder.language).gettext
            notified = notifications.newest_notifications(session, [person.id], [flag])[person.id].get(flag)
            what = str(notified.facts.get("headline", "")) if notified else ""
            if form is None:
                return page(request, "entry.html", holder.language, title=gettext("Was it useful?"), what=what)
            verdict = str(form.get("verdict"))
            if (
                verdict not in list(Rating)
                or notified is None
                or not subscriptions.record_feedback(session, person, flag, Rating(verdict), self.now())
            ):
                raise HTTPException(422, _("There is no such entry in what was sent to you."))
            thanks = gettext("Your feedback was saved; it helps to improve the selection.")
            return page(request, "message.html", holder.language, title=gettext("Thank you"), text=thanks)

    def _transaction(self, form: FormData | None) -> AbstractContextManager[Session]:
        """Opening a page only reads."""
        return reading(self.engine) if form is None else writing(self.engine, notifications.SCOPE)

    def _reload(self, session: Session, holder: LinkHolder) -> LinkHolder:
        """The holder, read again after a change."""
        session.flush()
        again = subscriptions.link_holder(session, self.mail_config.links.token(holder.person, holder.of), self.mail_config)
        assert again is not None
        return again
