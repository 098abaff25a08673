"""The present states of a report's claims, cached in memory while nothing has changed.

The overview and the living report read every flag with its history. Cached states are used only if
`db.claim_status.states_key` is the same, so they are never older than the database.
"""

from collections.abc import MutableMapping
from typing import Any

from sqlalchemy.orm import Session

from db.claim_status import ClaimState, claim_states, states_key


def present_states(session: Session, report_id: str, memory: MutableMapping[Any, Any]) -> list[ClaimState]:
    """Every claim of the report as it is now. The rows belong to no session: they can be read
    only.
    """
    cached: dict[str, tuple[tuple[Any, ...], list[ClaimState]]] = memory.setdefault("claim_states", {})
    key = states_key(session, report_id)
    if report_id not in cached or cached[report_id][0] != key:
        cached[report_id] = (key, claim_states(session, report_id))
    return cached[report_id][1]
