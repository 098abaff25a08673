"""Queries about alerts to operators."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import OperatorAlertRow


def notices(session: Session) -> dict[str, OperatorAlertRow]:
    """key → notice, also those that are over."""
    return {n.key: n for n in session.scalars(select(OperatorAlertRow))}


def forget_notices(session: Session, over_before: datetime) -> None:
    """Remove notices that have been over for long."""
    session.execute(delete(OperatorAlertRow).where(OperatorAlertRow.over_at.is_not(None), OperatorAlertRow.over_at < over_before))
