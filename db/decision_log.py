"""The log of decisions: append-only and hash-chained. Every row holds the hash of the row before
it, so a row that was changed, removed or inserted breaks the chain from there on (`verify`).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.enums import Choice
from db.models import DecisionRow, FlagRow

GENESIS = "0" * 64  # the hash before the first decision
# PostgreSQL advisory lock: one decision is appended at a time (SQLite's BEGIN IMMEDIATE does the
# same)
CHAIN_LOCK = 4_171_203


@dataclass(frozen=True)
class BrokenLink:
    """The first invalid link."""

    decision_id: int
    why: str


@dataclass(frozen=True)
class ChainCheck:
    """The result of a verification. Keep `head` elsewhere: the chain alone does not show that rows
    were cut off at its end.
    """

    length: int
    head: str
    broken: BrokenLink | None = None


def one_at_a_time(session: Session) -> None:
    """Lock the log until the end of the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})


def append(
    session: Session, flag: FlagRow, user_id: int, choice: Choice, claim_id: str | None, note: str, until: datetime | None, before: str,
    facts: dict[str, Any], now: datetime,
) -> DecisionRow:  # fmt: skip
    """Append the next row. The flag has its new state already; `before` is the old one."""
    session.flush()
    previous = session.scalar(select(DecisionRow.hash).order_by(DecisionRow.id.desc()).limit(1)) or GENESIS
    row = DecisionRow(
        flag_id=flag.id, user_id=user_id, choice=choice.value, claim_id=claim_id, note=note, until=until, made_at=now, previous_hash=previous,
        state_before=before, state_after=flag.state, facts=facts,
    )  # fmt: skip
    row.hash = row_hash(row)
    session.add(row)
    session.flush()
    return row


def row_hash(row: DecisionRow) -> str:
    """SHA-256 of the row's canonical JSON, the hash before it included."""
    content = {
        "flag": row.flag_id, "user": row.user_id, "choice": row.choice, "claim": row.claim_id, "note": row.note,
        "until": row.until.astimezone(UTC).isoformat() if row.until else None, "made_at": row.made_at.astimezone(UTC).isoformat(), "previous": row.previous_hash,
        "state_before": row.state_before, "state_after": row.state_after, "facts": row.facts,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def log(session: Session, *, after: int = 0, flag_id: int | None = None) -> Iterator[DecisionRow]:
    """All decisions in order."""
    query = select(DecisionRow).where(DecisionRow.id > after).order_by(DecisionRow.id)
    if flag_id is not None:
        query = query.where(DecisionRow.flag_id == flag_id)
    yield from session.scalars(query.execution_options(yield_per=1000))


def verify(session: Session) -> ChainCheck:
    """Verify every link. Stops at the first invalid one."""
    head, length = GENESIS, 0
    for row in log(session):
        if row.previous_hash != head:
            return ChainCheck(length, head, BrokenLink(row.id, "does not follow the row before it: a row was removed or inserted"))
        if row_hash(row) != row.hash:
            return ChainCheck(length, head, BrokenLink(row.id, "its contents do not match its hash: it was changed"))
        head, length = row.hash, length + 1
    return ChainCheck(length, head)
