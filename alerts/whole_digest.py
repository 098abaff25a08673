"""The page of a whole digest: all entries of a digest run, those that did not fit in its mail
included.

It is made from the rows of the run and from history, so it shows the entries as they stood when the
digest was made.
"""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from alerts.coverage import coverage
from alerts.digest import NO_CAP, Digest, Pool, choose, entries_at
from alerts.preferences import Preferences, preferences_of
from alerts.signed_links import PAGES_KEPT
from alerts.subscriptions import LinkHolder
from db import digests, notifications
from db import reports as db_reports
from db.models import DigestRow, SubscriptionRow


def period_end(text: str, now: datetime) -> datetime | None:
    """The moment in the address of a page; None for one that is no moment, or too old."""
    try:
        end = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return end if now - PAGES_KEPT <= end <= now else None


def whole_digests(session: Session, holder: LinkHolder, end: datetime) -> list[Digest]:
    """The digests of the holder's subscriptions (of one, where the link is for one) whose period
    ended at a moment.
    """
    one = holder.of.id if holder.of is not None else None
    rows = digests.digests_of_period(session, holder.person.id, end, one)
    return [_whole(session, row) for row in rows]


def _whole(session: Session, row: DigestRow) -> Digest:
    subscription = session.get_one(SubscriptionRow, row.subscription_id)
    try:
        preferences = preferences_of(subscription)
    except ValidationError:
        preferences = Preferences()
    ids = sorted({*(e["flag"] for e in row.entries), *row.left_out})
    entries = entries_at(session, ids, row.period_end)
    titles = tuple(db_reports.report_titles(session))
    pool = Pool(row.period_start, row.period_end, entries, coverage(session, row.period_start, row.period_end), titles)
    earlier = notifications.newest_notifications(session, [row.subscriber_id], ids, row.built_at)[row.subscriber_id]
    # No filter: everything in the run concerned its reader when it was made, and the preferences
    # may have changed since.
    chosen = choose(
        pool,
        Preferences(links=preferences.links, translations=preferences.translations),
        earlier,
        language=subscription.language,
        zone=subscription.zone,
        cap=NO_CAP,
    )
    reports = tuple(title for i, title in titles if not preferences.reports or i in preferences.reports)
    return replace(chosen, reports=reports, topics=preferences.topics, severity=preferences.severity, unreviewed=preferences.unreviewed)
