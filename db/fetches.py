"""Queries about fetches."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Fetch
from db.watching import GOOD


def last_good_looks(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, datetime]:
    """source id → its last good fetch before a moment; sources that were never read well are left out."""
    good = [o.value for o in GOOD]
    found = {}
    for source in source_ids:  # one index probe each; a GROUP BY would read the whole history
        at = session.scalar(
            select(Fetch.started_at)
            .where(Fetch.source_id == source, Fetch.started_at < before, Fetch.outcome.in_(good))
            .order_by(Fetch.started_at.desc())
            .limit(1)
        )
        if at is not None:
            found[source] = at
    return found


def last_looks(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, Fetch]:
    """source id → its last fetch before a moment."""
    found = {}
    for source in source_ids:
        row = session.scalar(
            select(Fetch).where(Fetch.source_id == source, Fetch.started_at < before).order_by(Fetch.started_at.desc()).limit(1)
        )
        if row is not None:
            found[source] = row
    return found


def first_looks(session: Session, source_ids: Sequence[str]) -> dict[str, datetime]:
    """source id → when it was looked at first."""
    rows = session.execute(
        select(Fetch.source_id, func.min(Fetch.started_at)).where(Fetch.source_id.in_(source_ids)).group_by(Fetch.source_id)
    )
    return {k: v for k, v in rows}  # noqa: C416
