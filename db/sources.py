"""Sources: the watch list in the database, which of them are due, and who has taken which."""

import hashlib
import json
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from db.enums import NO_STREAM, OverrideState
from db.models import SourceOverrideRow, SourceRow, SourceVersionRow

LEASE = timedelta(minutes=15)  # longer than any fetch: at most 10 pages of a minute each


def register_sources(session: Session, sources: Sequence[dict[str, Any]], now: datetime) -> None:
    """Bring the watch list into the database: new rows, changed profiles as new versions, vanished
    rows unlisted.
    """
    known = {s.id: s for s in session.scalars(select(SourceRow))}
    states = {row.source_id: row.state for row in session.scalars(select(SourceOverrideRow))}
    for config in sources:
        row = known.pop(config["id"], None)
        if row is None:
            row = SourceRow(id=config["id"], next_due_at=now, failures=0)
            session.add(row)
        elif row.kind != config["kind"] or row.url != (config.get("url") or ""):
            # Validators of another address mean nothing
            row.etag = row.last_modified = row.body_sha256 = row.route = None
            row.next_due_at, row.watch_state = now, None
        row.name, row.kind, row.url = config["name"], config["kind"], config.get("url") or ""
        row.tier, row.config, row.listed = config["tier"], config, True
        row.paused = states.get(config["id"]) == OverrideState.PAUSED
        _keep_profile(session, config, now)
    for row in known.values():
        row.listed = False


def _keep_profile(session: Session, config: dict[str, Any], now: datetime) -> None:
    digest = hashlib.sha256(json.dumps(config, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    session.flush()
    if not session.scalar(select(SourceVersionRow.id).where(SourceVersionRow.source_id == config["id"], SourceVersionRow.digest == digest)):
        session.add(SourceVersionRow(source_id=config["id"], digest=digest, config=config, since=now))


def due_sources(session: Session, now: datetime, kinds: Sequence[str], limit: int = 10_000, *, lock: bool = False) -> list[SourceRow]:
    """The sources that are due: listed, of a kind that can be watched, their time has come, and no
    process holds them. The only place with this rule.
    """
    query = (
        select(SourceRow)
        .where(
            SourceRow.listed,
            ~SourceRow.paused,
            SourceRow.kind.in_(kinds),
            or_(SourceRow.next_due_at.is_(None), SourceRow.next_due_at <= now),
            or_(SourceRow.leased_until.is_(None), SourceRow.leased_until <= now),
        )
        .order_by(SourceRow.next_due_at, SourceRow.id)
        .limit(limit)
    )
    # SQLite has one writer and ignores the lock
    return list(session.scalars(query.with_for_update(skip_locked=True) if lock else query))


def sources_by_id(session: Session, ids: Sequence[str]) -> dict[str, SourceRow]:
    """The sources of these ids, loaded at once."""
    return {s.id: s for s in session.scalars(select(SourceRow).where(SourceRow.id.in_(ids)))}


def this_process() -> str:
    """The name under which this process takes leases: host/pid/token."""
    return f"{socket.gethostname()}/{os.getpid()}/{_TOKEN}"


_TOKEN = os.urandom(6).hex()


def claim_due(session: Session, now: datetime, kinds: Sequence[str], owner: str, limit: int, lease: timedelta = LEASE) -> list[SourceRow]:
    """Take up to `limit` due sources for `owner`, in a write transaction: no other process gets
    them while the lease runs.
    """
    claimed = due_sources(session, now, kinds, limit, lock=True)
    for source in claimed:
        source.leased_until, source.lease_owner = now + lease, owner
    return claimed


def free_leases(session: Session, owner: str) -> int:
    """Release the leases of `owner` (at its end), and those of processes of this machine that no
    longer exist (after a kill -9). Returns the number of released sources.
    """
    host = owner.split("/", maxsplit=1)[0]
    held = session.scalars(select(SourceRow.lease_owner).where(SourceRow.lease_owner.startswith(f"{host}/", autoescape=True)).distinct())
    dead = [o for o in held if o and (o == owner or not _alive(o, owner))]
    if not dead:
        return 0
    released = session.scalars(
        update(SourceRow).where(SourceRow.lease_owner.in_(dead)).values(leased_until=None, lease_owner=None).returning(SourceRow.id)
    )
    return len(list(released))


def _alive(held_by: str, me: str) -> bool:
    """Whether the process `held_by` of this machine still runs. The same pid with another token was
    an earlier process.
    """
    pid = int(held_by.split("/")[1])
    if pid == int(me.split("/")[1]):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def watched_names(session: Session) -> list[tuple[str, str]]:
    """(id, name) of the watched sources, in the order of `watched_sources`: the rows have long
    settings that lists do not need.
    """
    named = select(SourceRow.id, SourceRow.name).where(SourceRow.listed, SourceRow.kind != NO_STREAM)
    return [(i, name) for i, name in session.execute(named.order_by(SourceRow.tier, SourceRow.name))]


def watched_sources(session: Session) -> list[SourceRow]:
    """Listed sources that are some kind of stream."""
    return list(
        session.scalars(select(SourceRow).where(SourceRow.listed, SourceRow.kind != NO_STREAM).order_by(SourceRow.tier, SourceRow.name))
    )
