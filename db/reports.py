"""Queries about what is known: reports, claims and their versions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.enums import Choice
from db.models import ClaimRow, ClaimVersionRow, DecisionRow, ReportRow


def register_report(
    session: Session,
    report: dict[str, Any],
    claims: Sequence[dict[str, Any]],
    now: datetime,
    phrases: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """Bring one baseline into the database: a changed claim is a new version, a vanished one is
    unlisted, nothing is overwritten. `phrases`: subject → language → the subject in words.
    """
    row = session.get(ReportRow, report["id"]) or ReportRow(id=report["id"])
    row.title, row.publisher, row.published = report["title"], report["publisher"], report["published"]
    row.research_closed, row.language, row.url = report["research_closed"], report["language"], report.get("url")
    session.add(row)
    session.flush()
    known = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.report_id == report["id"]))}
    newest = _newest_digests(session, report["id"])
    for position, body in enumerate(claims):
        claim = known.pop(body["id"], None) or ClaimRow(id=body["id"], report_id=report["id"])
        claim.position, claim.section, claim.topic, claim.listed = position, body["section"], body["topic"], True
        claim.subject = body["about"]["aspect"].rpartition(".")[0] if body.get("about") else body["topic"]
        claim.phrase = dict(phrases.get(claim.subject, {}))
        session.add(claim)
        digest = body_digest(body)
        number, last = newest.get(body["id"], (0, ""))
        if digest != last:
            session.flush()
            session.add(
                ClaimVersionRow(claim_id=body["id"], number=number + 1, statement=body["statement"], body=body, digest=digest, since=now)
            )
    for claim in known.values():
        claim.listed = False


def body_digest(body: dict[str, Any]) -> str:
    """What tells two versions of a claim apart."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _newest_digests(session: Session, report_id: str) -> dict[str, tuple[int, str]]:
    """claim id → (number of its newest version, digest of the newest that came from the baseline
    file).

    A version that a person confirmed is not what the file is compared with: reading the same file
    again must not undo the decision.
    """
    rows = session.execute(
        select(ClaimVersionRow.claim_id, ClaimVersionRow.number, ClaimVersionRow.digest, ClaimVersionRow.decision_id)
        .join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id)
        .where(ClaimRow.report_id == report_id)
        .order_by(ClaimVersionRow.number)
    )
    found: dict[str, tuple[int, str]] = {}
    for claim_id, number, digest, decision_id in rows:
        found[claim_id] = (number, digest if decision_id is None else found.get(claim_id, (0, ""))[1])
    return found


def not_undone(before: datetime | None = None) -> ColumnElement[bool]:
    """Of a claim version: its decision was not undone (before a moment), and it is not the version
    that an undo put back. The versions left are the history that holds.
    """
    undo = select(DecisionRow.id).where(DecisionRow.choice == Choice.UNDO.value)
    undone = select(DecisionRow.facts["undoes"].as_integer()).where(DecisionRow.choice == Choice.UNDO.value)
    if before is not None:
        undo, undone = undo.where(DecisionRow.made_at <= before), undone.where(DecisionRow.made_at <= before)
    made = ClaimVersionRow.decision_id
    return or_(made.is_(None), and_(made.not_in(undo), made.not_in(undone)))


def current_claims(session: Session, claim_ids: Sequence[str] | None = None) -> dict[str, ClaimVersionRow]:
    """The newest version that holds of each claim (of `claim_ids`, or of all listed ones)."""
    newest = (
        select(ClaimVersionRow.claim_id, func.max(ClaimVersionRow.number).label("number"))
        .where(not_undone())
        .group_by(ClaimVersionRow.claim_id)
        .subquery()
    )
    query = select(ClaimVersionRow).join(
        newest, (ClaimVersionRow.claim_id == newest.c.claim_id) & (ClaimVersionRow.number == newest.c.number)
    )
    if claim_ids is not None:
        query = query.where(ClaimVersionRow.claim_id.in_(claim_ids))
    return {v.claim_id: v for v in session.scalars(query)}


@dataclass(frozen=True)
class ConfirmedClaim:
    """A claim's wording as a person confirmed it, with the values that changed on the way (`what`,
    `old`, `new`, as shown), oldest first.
    """

    claim_id: str
    statement: str
    as_of: str
    changes: tuple[dict[str, str], ...]


def confirmed_claims(session: Session, report_id: str) -> list[ConfirmedClaim]:
    """The claims of the report that stand as confirmed, not as printed. A decision that was undone
    has left the older wording as the newest version.
    """
    ids = session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == report_id)).all()
    rows = current_claims(session, ids).values()
    return [
        ConfirmedClaim(v.claim_id, v.statement, v.body["as_of"], tuple(v.body["update"].get("changes", ())))
        for v in sorted(rows, key=lambda v: v.claim_id)
        if v.body.get("update")
    ]


def last_confirmation(session: Session) -> int:
    """What changes whenever a confirmed wording is put on a claim or taken off it; 0 where there
    never was one.
    """
    return session.scalar(select(func.max(ClaimVersionRow.id)).where(ClaimVersionRow.decision_id.is_not(None))) or 0


def report_titles(session: Session) -> list[tuple[str, str]]:
    """(id, title) of every report, in the order of their ids."""
    return [(i, t) for i, t in session.execute(select(ReportRow.id, ReportRow.title).order_by(ReportRow.id))]


def topics(session: Session) -> list[str]:
    """The topics that listed claims have."""
    return list(session.scalars(select(ClaimRow.topic).where(ClaimRow.listed).distinct().order_by(ClaimRow.topic)))
