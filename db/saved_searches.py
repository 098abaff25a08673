"""Searches and views of the queue that users keep under a name."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.enums import SavedPage
from db.models import SavedSearchRow


def saved(session: Session, user_id: int, page: SavedPage) -> list[SavedSearchRow]:
    """What the user keeps for a page, by name."""
    mine = select(SavedSearchRow).where(SavedSearchRow.user_id == user_id, SavedSearchRow.page == page)
    return list(session.scalars(mine.order_by(SavedSearchRow.name)))


def save(session: Session, user_id: int, page: SavedPage, name: str, query: Mapping[str, str], now: datetime) -> None:
    """Keep `query` under a name; what the user kept under the same name for this page is
    replaced.
    """
    kept = select(SavedSearchRow).where(SavedSearchRow.user_id == user_id, SavedSearchRow.page == page, SavedSearchRow.name == name)
    row = session.scalar(kept)
    if row is None:
        session.add(SavedSearchRow(user_id=user_id, page=page.value, name=name, query=dict(query), created_at=now))
    else:
        row.query = dict(query)


def forget(session: Session, user_id: int, saved_id: int) -> SavedPage | None:
    """Delete what the user kept; returns its page. None for an id that is not the user's."""
    row = session.get(SavedSearchRow, saved_id)
    if row is None or row.user_id != user_id:
        return None
    session.delete(row)
    return SavedPage(row.page)
