"""Preferences of a subscription as one value, and the moments at which its digest is due.

A digest's period is [start, end): `end` is the reader's own hour in their own zone, as an instant,
`start` is where their last digest ended. Instants have no summer time, so a clock change makes one
period an hour shorter or longer and never leaves a gap or an overlap.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from db.enums import LinkPolicy, Rhythm
from db.models import SubscriptionRow

Weekday = Annotated[int, Field(ge=0, le=6)]  # Monday is 0
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WORKING_DAYS = (0, 1, 2, 3, 4)


def _in_order(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


class Preferences(BaseModel):
    """A subscriber's preferences, as kept in `subscriber.preferences`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reports: tuple[str, ...] = ()  # ids; empty: all
    topics: tuple[str, ...] = ()  # empty: all
    severity: Literal["high", "medium", "low"] = "low"  # the lowest severity that is sent
    rhythm: Rhythm = Rhythm.DAILY
    hour: Annotated[int, Field(ge=0, le=23)] = 6
    # Of daily digests
    days: Annotated[tuple[Weekday, ...], Field(min_length=1), AfterValidator(_in_order)] = EVERY_DAY
    weekday: Weekday = 0  # of weekly digests
    unreviewed: bool = True  # also flags that no person has judged
    urgent: bool = True  # confirmed or primary-source changes of high severity at once
    urgent_a_day: Annotated[int, Field(ge=1, le=24)] = 3
    links: LinkPolicy = LinkPolicy.DIRECT
    translations: bool = True  # machine translations beside the original, where there are any


def preferences_of(row: SubscriptionRow) -> Preferences:
    """The preferences of a subscription. Raises ValidationError where they cannot be followed."""
    return Preferences.model_validate(row.preferences)


def last_due(preferences: Preferences, zone: str, now: datetime) -> datetime:
    """The newest moment up to `now` at which this reader's digest is due (UTC)."""
    today = now.astimezone(ZoneInfo(zone)).date()
    for back in range(9):
        at = _at(preferences, zone, today - timedelta(days=back))
        if at is not None and at <= now:
            return at
    raise AssertionError("nine days hold every weekday")


def due_before(preferences: Preferences, zone: str, due: datetime) -> datetime:
    """The due moment before `due`: where a first digest begins."""
    return last_due(preferences, zone, due - timedelta(microseconds=1))


def next_due(preferences: Preferences, zone: str, now: datetime) -> datetime:
    """The first due moment after `now`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    moments = (_at(preferences, zone, today + timedelta(days=ahead)) for ahead in range(-1, 9))
    return next(at for at in moments if at is not None and at > now)


def _at(preferences: Preferences, zone: str, day: date) -> datetime | None:
    """The due instant of a local day; None if the rhythm has no digest on that weekday.

    An hour that a clock change skips is taken with the offset before the change (so 02:00 becomes
    03:00); one that it repeats, the first time (PEP 495).
    """
    days = preferences.days if preferences.rhythm is Rhythm.DAILY else (preferences.weekday,)
    if day.weekday() not in days:
        return None
    return datetime(day.year, day.month, day.day, preferences.hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
