"""Looking after subscribers from the desk (`review.office.Readers`): the form's words become wishes, `alerts.subscribing` holds the rules."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from alerts import subscribing
from alerts.language import LANGUAGES
from alerts.office import Office
from alerts.wanted import Wanted
from db import known, reviewing
from db.models import Subscriber, Subscription
from db.words import Ended
from review.office import Wishes


class DeskReaders:
    """See `review.office.Readers`."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.languages: Mapping[str, str] = LANGUAGES

    def add(self, session: Session, address: str, wishes: Wishes, vouched: bool, now: datetime) -> Subscription:
        wanted = _wanted(session, wishes)
        row = subscribing.add(session, address, wanted, now, language=wishes.language, zone=wishes.zone, confirmed=vouched)
        if not vouched and not subscribing.request(session, row, now, self.office):
            raise ValueError("a request to confirm went to this address within the last hour; wait, or vouch for it")
        return row

    def change(self, session: Session, row: Subscription, wishes: Wishes) -> None:
        subscribing.change(row, _wanted(session, wishes, row.wanted), wishes.language, wishes.zone)

    def pause(self, person: Subscriber, until: datetime) -> None:
        subscribing.pause(person, until)

    def resume(self, session: Session, person: Subscriber, now: datetime) -> None:
        subscribing.resume(session, person, now)

    def end(self, session: Session, person: Subscriber, row: Subscription | None, now: datetime, *, forget: bool) -> None:
        if row is None:
            subscribing.end(session, person, now, Ended.OPERATOR, forget=forget)
        else:
            subscribing.end_one(session, row, now, Ended.OPERATOR, forget=forget)


def _wanted(session: Session, wishes: Wishes, before: dict[str, object] | None = None) -> Wanted:
    """Raises ValueError in words for people. `before`: what the form does not ask for stays as it was."""
    kept = {k: v for k, v in (before or {}).items() if k in Wanted.model_fields}
    try:
        wanted = Wanted.model_validate({**kept, **wishes.wanted})
    except ValidationError as error:
        raise ValueError("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])) from error
    unknown = [
        *set(wanted.reports).difference(r.id for r in reviewing.reports(session)),
        *set(wanted.topics).difference(known.topics(session)),
    ]
    if unknown:
        raise ValueError(f"there is no report or topic {', '.join(sorted(unknown))}")
    return wanted
