"""Queries about alerts to operators."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Notice


def notices(session: Session) -> dict[str, Notice]:
    """key → notice, also those that are over."""
    return {n.key: n for n in session.scalars(select(Notice))}


def forget_notices(session: Session, over_before: datetime) -> None:
    """Remove notices that have been over for long."""
    session.execute(delete(Notice).where(Notice.over_at.is_not(None), Notice.over_at < over_before))
