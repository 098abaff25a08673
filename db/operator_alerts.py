"""Queries about alerts to operators."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import OperatorAlertRow


def alerts(session: Session) -> dict[str, OperatorAlertRow]:
    """key → alert, also of problems that are over."""
    return {n.key: n for n in session.scalars(select(OperatorAlertRow))}


def delete_old_alerts(session: Session, over_before: datetime) -> None:
    """Delete the alerts of problems that were over before a moment."""
    session.execute(delete(OperatorAlertRow).where(OperatorAlertRow.over_at.is_not(None), OperatorAlertRow.over_at < over_before))
