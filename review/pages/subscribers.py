"""Subscribers and their subscriptions; counts of the outbox. `DeskContext.readers` checks and
applies what the form sends.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from db import notifications, outbox, reports, review_queue, subscribers
from db.engine import reading, writing
from db.enums import Role
from db.models import SubscriberRow, SubscriptionRow
from review.context import SubscriberAdmin, SubscriptionSettings
from review.routing import NotFound, Routes, Visit

pages = Routes()
PAGE = 100
WEEKS = (2, 4, 12)  # choices for the length of a pause
NEW: dict[str, Any] = {"severity": "low", "rhythm": "daily", "hour": 6, "weekday": 0, "unreviewed": True, "urgent": True, "links": "direct"}


@pages.get("/subscribers", Role.OPERATOR)
def show_subscribers(visit: Visit) -> Response:
    return _list(visit)


def _list(visit: Visit, status: int = 200, wrong: str = "", settings: SubscriptionSettings | None = None) -> Response:
    page = visit.query_number("page") or 0
    with reading(visit.context.engine) as session:
        everybody = sorted(subscribers.subscribers(session), key=lambda p: (p.ended_at is not None, (p.address or "~").lower()))
        people = everybody[page * PAGE : (page + 1) * PAGE]
        by_person = subscribers.all_subscriptions(session, [p.id for p in people])
        mail = outbox.outbox_counts(session)
        choices = _choices(session)
    return visit.page(
        "subscribers.html", status, title="Subscribers", people=people, theirs=by_person, mail=mail, page=page, size=PAGE, total=len(everybody),
        active=sum(p.ended_at is None for p in everybody), wrong=wrong, settings=_with_defaults(settings or SubscriptionSettings({}, "en", "Europe/Brussels")), address=visit.form.get("address", ""),
        readers=visit.context.readers, **choices,
    )  # fmt: skip


def _with_defaults(settings: SubscriptionSettings) -> SubscriptionSettings:
    """With a value for every field of the form: what was sent or stored may lack some."""
    return replace(settings, preferences={**NEW, **settings.preferences})


def _choices(session: Session) -> dict[str, Any]:
    return {"reports": review_queue.reports(session), "topics": reports.topics(session)}


@pages.get("/subscribers/{subscriber}", Role.OPERATOR)
def show_subscriber(visit: Visit) -> Response:
    return _one(visit)


def _one(visit: Visit, status: int = 200, wrong: str = "", more: SubscriptionSettings | None = None) -> Response:
    with reading(visit.context.engine) as session:
        person = _person(session, visit)
        subscriptions = subscribers.all_subscriptions(session, [person.id])[person.id]
        choices = _choices(session)
    active = [s for s in subscriptions if s.ended_at is None]
    return visit.page(
        "subscriber.html", status, title=person.address or f"Subscriber {person.id}", person=person, active=active, ended=[s for s in subscriptions if s.ended_at],
        weeks=WEEKS, wrong=wrong, readers=visit.context.readers, more=_with_defaults(more or SubscriptionSettings({}, *((active[0].language, active[0].zone) if active else ("en", "Europe/Brussels")))),
        settings=[(s, _with_defaults(SubscriptionSettings(s.preferences, s.language, s.zone))) for s in active], **choices,
    )  # fmt: skip


def _person(session: Session, visit: Visit) -> SubscriberRow:
    person = session.get(SubscriberRow, visit.number("subscriber"))
    if person is None:
        raise NotFound("there is no such subscriber")
    return person


def _form_settings(visit: Visit) -> SubscriptionSettings:
    """The settings that the form sent. `SubscriberAdmin` checks them."""
    form = visit.form
    preferences = {
        **{name: form[name] for name in ("severity", "rhythm", "hour", "weekday", "links") if name in form},
        **{name: form.get(name) == "yes" for name in ("unreviewed", "urgent", "translations")},
        **{name: visit.lists.get(name, []) for name in ("reports", "topics")},
        **({"days": visit.lists["days"]} if visit.lists.get("days") else {}),
    }
    return SubscriptionSettings(preferences, form.get("language", ""), form.get("zone", "").strip())


def _readers(visit: Visit) -> SubscriberAdmin:
    if visit.context.readers is None:
        raise NotFound("this desk manages no subscribers")
    return visit.context.readers


@pages.post("/subscribers", Role.OPERATOR)
def add(visit: Visit) -> Response:
    """Add a subscriber, or a subscription of a known one. The operator vouches for the address, or
    its owner confirms by mail.
    """
    readers, settings, vouched = _readers(visit), _form_settings(visit), visit.form.get("vouched") == "yes"
    try:
        with writing(visit.context.engine, notifications.SCOPE) as session:
            row = readers.add(session, visit.form.get("address", "").strip(), settings, vouched, visit.context.now())
    except ValueError as wrong:
        return _list(visit, 422, str(wrong), settings)
    return visit.back(f"/subscribers/{row.subscriber_id}", "Subscribed." if vouched else "A confirmation mail was sent to this address.")


@pages.post("/subscribers/{subscriber}/subscriptions", Role.OPERATOR)
def add_another(visit: Visit) -> Response:
    readers, settings = _readers(visit), _form_settings(visit)
    try:
        with writing(visit.context.engine, notifications.SCOPE) as session:
            row = readers.add(session, _person(session, visit).address or "", settings, True, visit.context.now())
    except ValueError as wrong:
        return _one(visit, 422, str(wrong), settings)
    return visit.back(f"/subscribers/{row.subscriber_id}", "Subscription added.")


@pages.post("/subscribers/{subscriber}", Role.OPERATOR)
def act(visit: Visit) -> Response:
    """Pause, resume or end all subscriptions of a person."""
    readers, now, do = _readers(visit), visit.context.now(), visit.form.get("do", "")
    weeks = visit.form.get("weeks", "")
    with writing(visit.context.engine, notifications.SCOPE) as session:
        person = _person(session, visit)
        if do == "pause":
            readers.pause(person, now + timedelta(weeks=int(weeks) if weeks in map(str, WEEKS) else WEEKS[0]))
        elif do == "resume":
            readers.resume(session, person, now)
        elif do == "end":
            readers.end(session, person, None, now, forget=visit.form.get("forget") == "yes")
    done = {"pause": "Paused. The next digest covers the whole pause.", "resume": "Mails are sent again.", "end": "Ended."}
    return visit.back(f"/subscribers/{visit.number('subscriber')}", done.get(do, "Nothing was changed."))


@pages.post("/subscribers/{subscriber}/subscriptions/{subscription}", Role.OPERATOR)
def change(visit: Visit) -> Response:
    """Change or end one subscription."""
    readers = _readers(visit)
    ends = visit.form.get("do") == "end"
    try:
        with writing(visit.context.engine, notifications.SCOPE) as session:
            person = _person(session, visit)
            row = session.get(SubscriptionRow, visit.number("subscription"))
            if row is None or row.subscriber_id != person.id or row.ended_at is not None:
                raise NotFound("there is no such subscription")
            if ends:
                readers.end(session, person, row, visit.context.now(), forget=False)
            else:
                readers.change(session, row, _form_settings(visit))
    except ValueError as wrong:
        return _one(visit, 422, str(wrong))
    return visit.back(f"/subscribers/{visit.number('subscriber')}", "Ended." if ends else "Saved.")
