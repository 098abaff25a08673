"""Dates after the time of the fetch: a wrong clock, a wrong zone, or a mistake.

Unchanged, they would stay at the top of every list and split stories. A date up to a day ahead
(Moscow time labelled GMT, a clock that runs fast) becomes the time of the fetch. A later date is
dropped, because the day is unknown.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from db.items import NewVersion

TOLERANCE = timedelta(minutes=15)  # clocks differ
# A day (midnight UTC) begins up to 14 hours earlier in the east
DAY_TOLERANCE = timedelta(hours=14)
CORRECTED = timedelta(days=1)
NOTE_CORRECTED = "dated after the fetch: the time of the fetch is used"
NOTE_DROPPED = "dated far after the fetch: the date is not used"


def without_future_dates(versions: Sequence[NewVersion], now: datetime) -> tuple[list[NewVersion], list[str]]:
    """(versions with dates up to `now`, doubts about the dates that were changed)."""
    corrected, ahead, dropped = list[NewVersion](), list[timedelta](), 0
    for version in versions:
        distance = _ahead(version.published_at, now)
        edited = version.edited_at if not _ahead(version.edited_at, now) else None
        if distance is None:
            corrected.append(version if edited == version.edited_at else replace(version, edited_at=edited))
        elif distance <= CORRECTED:
            ahead.append(distance)
            corrected.append(replace(version, published_at=now, edited_at=edited, notes=(*version.notes, NOTE_CORRECTED)))
        else:
            dropped += 1
            corrected.append(replace(version, published_at=None, edited_at=edited, notes=(*version.notes, NOTE_DROPPED)))
    doubts = []
    if ahead:
        minutes = round(max(ahead).total_seconds() / 60)
        doubts.append(f"{len(ahead)} entries dated up to {minutes} minutes after the fetch: the outlet's clock or zone may be wrong")
    if dropped:
        doubts.append(f"{dropped} entries dated more than a day after the fetch: their dates are not used")
    return corrected, doubts


def _ahead(moment: datetime | None, now: datetime) -> timedelta | None:
    """How far `moment` is after `now`; None within the tolerance. Midnight UTC stands for a day."""
    if moment is None:
        return None
    is_day = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    distance = moment - now
    return distance if distance > (DAY_TOLERANCE if is_day else TOLERANCE) else None
