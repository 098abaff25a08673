"""Edits of reports and claims at the desk: new versions, never overwritten ones, each with its
entry in the log (`desk_change`).

Every edit of a claim names the version it was made from. If another person has written a newer one
since, `EditConflict` says who, and nothing is stored.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.enums import ChangeAction, ReportOrigin
from db.models import ClaimRow, ClaimVersionRow, DeskChangeRow, ReportRow, UserRow
from db.reports import add_version, body_digest, describe, set_head


class EditConflict(Exception):
    """Another person has changed the claim or report meanwhile; the message says who."""


class NoSuchClaim(Exception):
    """There is no claim or report of this id; the message names it."""


def log_change(session: Session, action: ChangeAction, target: str, detail: str, user_id: int | None, now: datetime) -> None:
    """Add an entry to the log of the desk. `detail` is one line for people."""
    session.add(DeskChangeRow(at=now, user_id=user_id, action=action.value, target=target[:64], detail=detail[:2000]))


def changes_of(session: Session, targets: Sequence[str], limit: int = 100) -> list[tuple[DeskChangeRow, str | None]]:
    """The log entries of these reports, claims or sources with the name of the person, newest
    first.
    """
    query = (
        select(DeskChangeRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == DeskChangeRow.user_id)
        .where(DeskChangeRow.target.in_(targets))
        .order_by(DeskChangeRow.id.desc())
        .limit(limit)
    )
    return [(row, name) for row, name in session.execute(query)]


def save_report(session: Session, head: Mapping[str, Any], user_id: int | None, now: datetime, *, seen: int | None = None) -> ReportRow:
    """Create a report of the desk, or change the head of a stored one. A report of a file becomes
    one of the desk; changes of its file no longer apply. `seen`: the version the edit was made
    from. Raises EditConflict.
    """
    row = session.get(ReportRow, head["id"])
    if row is None:
        row = ReportRow(id=head["id"], version=0)
        action = ChangeAction.REPORT_NEW
    else:
        if seen is not None and row.version != seen:
            raise EditConflict(f"{row.id} was changed by another person meanwhile. Look at it again")
        action = ChangeAction.REPORT_EDITED
    set_head(row, head)
    row.origin, row.listed, row.version = ReportOrigin.DESK.value, True, row.version + 1
    session.add(row)
    session.flush()
    log_change(session, action, row.id, row.title, user_id, now)
    return row


def retire_report(session: Session, report_id: str, user_id: int | None, now: datetime) -> None:
    """Take a report off the list: it is no longer compared; its history stays. Raises
    NoSuchClaim.
    """
    row = _report(session, report_id)
    row.origin, row.listed, row.version = ReportOrigin.DESK.value, False, row.version + 1
    log_change(session, ChangeAction.REPORT_RETIRED, row.id, row.title, user_id, now)


def next_claim_id(session: Session, report_id: str) -> str:
    """The next free claim id of a report: the prefix that its claims have, or one made of its
    id.
    """
    ids = session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == report_id)).all()
    letters = re.sub("[^A-Z]", "", report_id.upper())
    prefix = ids[0].rpartition("-")[0] if ids else letters[:8] if len(letters) > 1 else "RPT"
    same_prefix = session.scalars(select(ClaimRow.id).where(ClaimRow.id.startswith(f"{prefix}-", autoescape=True)))
    numbers = [int(tail) for i in same_prefix if (tail := i.rpartition("-")[2]).isdigit()]
    return f"{prefix}-{max(numbers, default=0) + 1:03d}"


def add_claim(session: Session, report_id: str, body: dict[str, Any], user_id: int | None, now: datetime, detail: str = "") -> ClaimRow:
    """Add a claim to a report, at its end. Raises EditConflict where its id or key is taken."""
    report = _report(session, report_id)
    if session.get(ClaimRow, body["id"]) is not None:
        raise EditConflict(f"{body['id']} is a claim already. Give the new one another id")
    last = session.scalar(select(func.max(ClaimRow.position)).where(ClaimRow.report_id == report_id))
    row = ClaimRow(
        id=body["id"],
        report_id=report_id,
        position=0 if last is None else last + 1,
        section=body["section"],
        topic=body["topic"],
        listed=True,
    )
    session.add(row)
    session.flush()
    add_version(session, body, 1, now, edited=True, editor_id=user_id)
    report.version += 1
    session.flush()
    log_change(session, ChangeAction.CLAIM_NEW, row.id, detail or body["statement"], user_id, now)
    return row


def edit_claim(session: Session, claim_id: str, body: dict[str, Any], seen: int, user_id: int | None, now: datetime) -> ClaimVersionRow:
    """Write a new version of a claim. `seen`: number of the version that was edited. The same text
    again writes nothing. Raises NoSuchClaim, EditConflict.
    """
    claim, newest = _current(session, claim_id, seen)
    body = {**{k: v for k, v in body.items() if k != "update"}, "id": claim_id}
    if newest.digest == body_digest(body):
        return newest
    row = add_version(session, body, newest.number + 1, now, edited=True, editor_id=user_id)
    describe(claim, body)
    _touch(session, claim)
    log_change(session, ChangeAction.CLAIM_EDITED, claim_id, f"version {row.number}: {body['statement']}", user_id, now)
    return row


def retire_claim(session: Session, claim_id: str, seen: int, why: str, user_id: int | None, now: datetime) -> None:
    """Take a claim off its report: nothing is compared with it; its history stays. Raises
    NoSuchClaim, EditConflict.
    """
    claim, _ = _current(session, claim_id, seen)
    _retire(session, claim, (), now)
    log_change(session, ChangeAction.CLAIM_RETIRED, claim_id, why, user_id, now)


def split_claim(
    session: Session, claim_id: str, bodies: Sequence[dict[str, Any]], seen: int, user_id: int | None, now: datetime
) -> list[ClaimRow]:
    """Replace a claim by several new ones. Raises NoSuchClaim, EditConflict."""
    claim, _ = _current(session, claim_id, seen)
    parts = [add_claim(session, claim.report_id, body, user_id, now, f"split from {claim_id}: {body['statement']}") for body in bodies]
    for row in parts:
        row.position = claim.position
    _retire(session, claim, [row.id for row in parts], now)
    log_change(session, ChangeAction.CLAIM_SPLIT, claim_id, f"into {', '.join(row.id for row in parts)}", user_id, now)
    return parts


def merge_claims(
    session: Session, into: str, others: Mapping[str, int], body: dict[str, Any], seen: int, user_id: int | None, now: datetime
) -> None:
    """Write `body` as the new version of claim `into` and retire `others` (id → version seen) in
    its favour. Raises NoSuchClaim, EditConflict.
    """
    edit_claim(session, into, body, seen, user_id, now)
    for other, number in others.items():
        claim, _ = _current(session, other, number)
        _retire(session, claim, [into], now)
    log_change(session, ChangeAction.CLAIM_MERGED, into, f"takes in {', '.join(others)}", user_id, now)


def take_file(session: Session, claim_id: str, seen: int, user_id: int | None, now: datetime) -> None:
    """Replace the desk's own version of a claim by the newer edition of the file. Raises
    NoSuchClaim, EditConflict.
    """
    claim, newest = _current(session, claim_id, seen)
    if claim.file_body is None:
        raise NoSuchClaim(f"{claim_id} has no other edition")
    # Not `edited`: later changes of the file apply again
    add_version(session, claim.file_body, newest.number + 1, now)
    describe(claim, claim.file_body)
    claim.file_body = None
    _touch(session, claim)
    log_change(session, ChangeAction.FILE_TAKEN, claim_id, "the edition of the file in place of the desk's", user_id, now)


def newest_version(session: Session, claim_id: str) -> ClaimVersionRow:
    """The newest version of a claim, whoever made it. Raises NoSuchClaim."""
    query = select(ClaimVersionRow).where(ClaimVersionRow.claim_id == claim_id).order_by(ClaimVersionRow.number.desc()).limit(1)
    row = session.scalar(query)
    if row is None:
        raise NoSuchClaim(f"there is no claim {claim_id}")
    return row


def _current(session: Session, claim_id: str, seen: int) -> tuple[ClaimRow, ClaimVersionRow]:
    newest = newest_version(session, claim_id)
    if newest.number != seen:
        editor = session.scalar(select(UserRow.name).where(UserRow.id == newest.editor_id)) or "somebody else"
        raise EditConflict(
            f"{claim_id} was changed by {editor} at {newest.since:%H:%M} UTC. Your text is kept below: compare both, then save again"
        )
    return session.get_one(ClaimRow, claim_id), newest


def _retire(session: Session, claim: ClaimRow, replaced_by: Sequence[str], now: datetime) -> None:
    claim.listed, claim.retired_at, claim.replaced_by = False, now, list(replaced_by)
    _touch(session, claim)


def _touch(session: Session, claim: ClaimRow) -> None:
    session.get_one(ReportRow, claim.report_id).version += 1
    session.flush()


def _report(session: Session, report_id: str) -> ReportRow:
    row = session.get(ReportRow, report_id)
    if row is None:
        raise NoSuchClaim(f"there is no report {report_id}")
    return row
