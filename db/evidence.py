"""Queries about evidence: stored captures, each with its fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.fetches import capture_body
from db.models import CaptureRow, FetchPageRow, FetchRow, FlagRow, ItemRow, ItemVersionRow
from db.ops import EMPTY


@dataclass(frozen=True)
class StoredCapture:
    """One stored response. `body` None: retention deleted the bytes; hash and size are still
    known.
    """

    fetch: FetchRow
    position: int  # among the responses of its fetch
    url: str
    status: int | None
    address: str | None  # the IP address that answered
    redirects: tuple[str, ...]  # the addresses that led here, in order
    transport: str | None  # what was unusual: a proxy, a private CA, an unchecked certificate
    received_at: datetime
    sha256: str
    size: int
    media_type: str | None
    body: bytes | None


def fetches_with_captures(
    session: Session,
    *,
    source_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    flag_id: int | None = None,
) -> list[int]:
    """Ids of the fetches with stored bytes, oldest first: of one source, of [since, until), behind
    the items of one flag.
    """
    query = select(FetchRow.id).where(FetchRow.capture_sha256.is_not(None)).order_by(FetchRow.id)
    if source_id is not None:
        query = query.where(FetchRow.source_id == source_id)
    if since is not None:
        query = query.where(FetchRow.started_at >= since)
    if until is not None:
        query = query.where(FetchRow.started_at < until)
    if flag_id is not None:
        story = select(FlagRow.story_id).where(FlagRow.id == flag_id).scalar_subquery()
        query = query.where(FetchRow.id.in_(select(ItemVersionRow.fetch_id).join(ItemRow).where(ItemRow.story_id == story)))
    return list(session.scalars(query))


def captures_of_fetch(session: Session, fetch_id: int) -> Sequence[StoredCapture]:
    """The responses of one fetch, in order. A fetch without page rows has one."""
    fetch = session.get_one(FetchRow, fetch_id)
    pages = list(session.scalars(select(FetchPageRow).where(FetchPageRow.fetch_id == fetch_id).order_by(FetchPageRow.position)))
    if pages:
        return [
            _stored_capture(
                session, fetch, p.position, p.url, p.status, p.address, tuple(p.redirects), p.transport, p.received_at, p.capture_sha256
            )
            for p in pages
        ]
    assert fetch.capture_sha256 is not None
    return [_stored_capture(session, fetch, 0, fetch.url, fetch.status, fetch.address, (), None, fetch.ended_at, fetch.capture_sha256)]


def erase_captures(session: Session, names: Sequence[str]) -> list[str]:
    """Delete the bytes of these captures; their rows stay. Returns the names that do not exist, and
    erases nothing then.
    """
    captures = {c.sha256: c for c in session.scalars(select(CaptureRow).where(CaptureRow.sha256.in_(names)))}
    if missing := sorted(set(names) - set(captures)):
        return missing
    for capture in captures.values():
        capture.deflated = EMPTY
    return []


def _stored_capture(
    session: Session, fetch: FetchRow, position: int, url: str, status: int | None, address: str | None, redirects: tuple[str, ...],
    transport: str | None, received_at: datetime, sha256: str,
) -> StoredCapture:  # fmt: skip
    capture = session.get_one(CaptureRow, sha256)
    body = None if capture.deflated == EMPTY and capture.size else capture_body(capture)
    return StoredCapture(
        fetch, position, url, status, address, redirects, transport, received_at, sha256, capture.size, capture.media_type, body
    )
