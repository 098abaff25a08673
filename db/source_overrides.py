"""What the desk changed of the watch list: rows in place of, or besides, those of sources.yml. The
file stays the shipped default; a row that the desk wrote wins.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.claim_editing import EditConflict, log_change
from db.enums import ChangeAction, OverrideState
from db.models import SourceOverrideRow, SourceRow


def overrides(session: Session) -> dict[str, SourceOverrideRow]:
    """Every override by the id of its source."""
    return {row.source_id: row for row in session.scalars(select(SourceOverrideRow).order_by(SourceOverrideRow.source_id))}


def ids_in_use(session: Session) -> set[str]:
    """Ids of every source that the store knows, also of retired ones."""
    return {*session.scalars(select(SourceRow.id)), *session.scalars(select(SourceOverrideRow.source_id))}


def overrides_state(session: Session) -> tuple[int, int]:
    """A cache key that changes with every override: (number of rows, sum of their versions)."""
    row = session.execute(select(func.count(), func.coalesce(func.sum(SourceOverrideRow.version), 0)).select_from(SourceOverrideRow)).one()
    return int(row[0]), int(row[1])


def save_row(
    session: Session, config: Mapping[str, Any], user_id: int | None, now: datetime, *, seen: int | None = None
) -> SourceOverrideRow:
    """Write the row of a source: a new one, or one in place of that of the file. `seen`: version of
    the override that was edited (0: there was none). Raises EditConflict.
    """
    source_id = config["id"]
    row = session.get(SourceOverrideRow, source_id)
    if seen is not None and seen != (row.version if row else 0):
        raise EditConflict(f"{source_id} was changed by another person meanwhile. Look at it again")
    new = session.get(SourceRow, source_id) is None and row is None
    if row is None:
        row = SourceOverrideRow(source_id=source_id, state=OverrideState.LISTED.value, version=0)
        session.add(row)
    row.config, row.version = dict(config), row.version + 1
    session.flush()
    log_change(
        session,
        ChangeAction.SOURCE_NEW if new else ChangeAction.SOURCE_EDITED,
        source_id,
        f"{config['name']}, {config.get('url') or 'no address'}",
        user_id,
        now,
    )
    return row


_ACTIONS = {
    OverrideState.LISTED: ChangeAction.SOURCE_RESUMED,
    OverrideState.PAUSED: ChangeAction.SOURCE_PAUSED,
    OverrideState.RETIRED: ChangeAction.SOURCE_RETIRED,
}


def set_state(session: Session, source_id: str, state: OverrideState, why: str, user_id: int | None, now: datetime) -> None:
    """Pause, resume or retire a source. It takes effect at once: the next fetch reads the row."""
    row = session.get(SourceOverrideRow, source_id)
    if row is None:
        row = SourceOverrideRow(source_id=source_id, config=None, version=0)
        session.add(row)
    row.state, row.version = state.value, row.version + 1
    source = session.get(SourceRow, source_id)
    if source is not None:
        source.paused = state is OverrideState.PAUSED
        source.listed = state is not OverrideState.RETIRED
    session.flush()
    log_change(session, _ACTIONS[state], source_id, why, user_id, now)
