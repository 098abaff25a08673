"""Managing subscribers from the desk (`review.context.SubscriberAdmin`); the rules are in
`alerts.subscriptions`.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from alerts import subscriptions
from alerts.i18n import language_names
from alerts.mail.mail_config import MailConfig
from alerts.preferences import Preferences
from alerts.time_zones import find_zone
from db import reports, review_queue
from db.enums import EndReason
from db.field_problems import field_problems
from db.models import SubscriberRow, SubscriptionRow
from review.context import SubscriptionSettings


class DeskSubscriberAdmin:
    """See `review.context.SubscriberAdmin`."""

    def __init__(self, mail_config: MailConfig) -> None:
        self.mail_config = mail_config
        self.languages: Mapping[str, str] = language_names()

    def add(self, session: Session, address: str, settings: SubscriptionSettings, vouched: bool, now: datetime) -> SubscriptionRow:
        preferences = _preferences(session, settings)
        row = subscriptions.add(session, address, preferences, now, language=settings.language, zone=_zone(settings), confirmed=vouched)
        if not vouched and not subscriptions.request(session, row, now, self.mail_config):
            raise ValueError("a request to confirm went to this address within the last hour; wait, or vouch for it")
        return row

    def change(self, session: Session, row: SubscriptionRow, settings: SubscriptionSettings) -> None:
        subscriptions.change(row, _preferences(session, settings, row.preferences), settings.language, _zone(settings))

    def pause(self, person: SubscriberRow, until: datetime) -> None:
        subscriptions.pause(person, until)

    def resume(self, session: Session, person: SubscriberRow, now: datetime) -> None:
        subscriptions.resume(session, person, now)

    def end(self, session: Session, person: SubscriberRow, row: SubscriptionRow | None, now: datetime, *, forget: bool) -> None:
        if row is None:
            subscriptions.end(session, person, now, EndReason.OPERATOR, forget=forget)
        else:
            subscriptions.end_one(session, row, now, EndReason.OPERATOR, forget=forget)


def _zone(settings: SubscriptionSettings) -> str:
    """The zone by its name or its city; as typed where it is unknown, so that the answer names
    it.
    """
    return find_zone(settings.zone, settings.language) or settings.zone


def _preferences(session: Session, settings: SubscriptionSettings, before: dict[str, object] | None = None) -> Preferences:
    """The preferences of the form; fields that it does not have keep their value from `before`.
    Raises ValueError with a readable message.
    """
    kept = {k: v for k, v in (before or {}).items() if k in Preferences.model_fields}
    try:
        preferences = Preferences.model_validate({**kept, **settings.preferences})
    except ValidationError as error:
        raise ValueError("; ".join(field_problems(error)[:3])) from error
    unknown = [
        *set(preferences.reports).difference(r.id for r in review_queue.reports(session)),
        *set(preferences.topics).difference(reports.topics(session)),
    ]
    if unknown:
        raise ValueError(f"there is no report or topic {', '.join(sorted(unknown))}")
    return preferences
