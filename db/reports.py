"""Queries about reports, claims and their versions. Editing them is in `db.claim_editing`."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from db.enums import Choice, ReportOrigin
from db.models import ClaimRow, ClaimVersionRow, DecisionRow, ReportRow

LONGEST_LABEL = 48  # characters of a title in the short name of a report


def register_report(session: Session, report: dict[str, Any], claims: Sequence[dict[str, Any]], now: datetime) -> list[str]:
    """Bring one baseline file into the database: a changed claim is a new version, a vanished one
    is unlisted, nothing is overwritten. What the desk changed stays: a report of the desk is left
    alone, a claim that an editor rewrote keeps the editor's version, and the newer edition of the
    file waits in `file_body`.

    Returns the ids of claims that belong to another report already; they are left out.
    """
    row = session.get(ReportRow, report["id"])
    if row is not None and row.origin == ReportOrigin.DESK:
        return []
    if row is None:
        row = ReportRow(id=report["id"], origin=ReportOrigin.FILE.value, listed=True, version=0)
    before = _state(row)
    set_head(row, report)
    row.listed = True
    session.add(row)
    session.flush()
    changed, elsewhere = _register_claims(session, report["id"], claims, now)
    if changed or _state(row) != before:
        row.version += 1
    return elsewhere


def set_head(row: ReportRow, report: Mapping[str, Any]) -> None:
    """Fill a row from the head of a report."""
    row.title, row.publisher, row.published = report["title"], report["publisher"], report["published"]
    row.research_closed, row.language, row.url = report["research_closed"], report["language"], report.get("url")
    row.packs = list(report.get("packs", ()))
    row.sections = dict(report.get("sections") or {})


def head_of(row: ReportRow) -> dict[str, Any]:
    """The head of a stored report, as its file would give it."""
    head = {
        name: getattr(row, name)
        for name in ("id", "title", "publisher", "published", "research_closed", "language", "url", "packs", "sections")
    }
    return {name: value for name, value in head.items() if value not in (None, {})}


def _state(row: ReportRow) -> tuple[dict[str, Any], bool]:
    return head_of(row), row.listed


def _register_claims(session: Session, report_id: str, claims: Sequence[dict[str, Any]], now: datetime) -> tuple[bool, list[str]]:
    """(whether anything changed, ids that another report has)."""
    known = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.report_id == report_id))}
    elsewhere = set(session.scalars(select(ClaimRow.id).where(ClaimRow.report_id != report_id, ClaimRow.id.in_([c["id"] for c in claims]))))
    newest, edited_ids = _file_versions(session, report_id)
    changed = False
    for position, body in enumerate(claims):
        if body["id"] in elsewhere:
            continue
        claim = known.pop(body["id"], None) or ClaimRow(id=body["id"], report_id=report_id, listed=False)
        digest = body_digest(body)
        number, last = newest.get(body["id"], (0, ""))
        if claim.id in edited_ids:
            if digest not in (last, body_digest(claim.file_body or {})):
                claim.file_body = body
            continue
        changed |= _update_row(claim, position, body, listed=claim.retired_at is None)
        session.add(claim)
        if digest != last:
            session.flush()
            add_version(session, body, number + 1, now)
            changed = True
    for claim in known.values():
        if claim.listed and claim.id not in edited_ids:
            claim.listed, changed = False, True
    return changed, sorted(elsewhere)


def _update_row(claim: ClaimRow, position: int, body: Mapping[str, Any], *, listed: bool) -> bool:
    """Set the columns of a claim's row that repeat its body. Returns whether any changed."""
    before = (claim.position, claim.section, claim.topic, claim.listed)
    claim.position, claim.listed = position, listed
    describe(claim, body)
    return before != (claim.position, claim.section, claim.topic, claim.listed)


def describe(claim: ClaimRow, body: Mapping[str, Any]) -> None:
    """Set section, topic and subject of a claim's row from its entry."""
    claim.section, claim.topic = body["section"], body["topic"]
    claim.subject = body["about"]["aspect"].rpartition(".")[0] if body.get("about") else body["topic"]


def set_phrases(session: Session, phrases: Mapping[str, Mapping[str, str]]) -> None:
    """Give every claim its subject in words. `phrases`: subject → language → the words."""
    for claim in session.scalars(select(ClaimRow)):
        if claim.phrase != (words := dict(phrases.get(claim.subject, {}))):
            claim.phrase = words


def add_version(
    session: Session,
    body: dict[str, Any],
    number: int,
    now: datetime,
    *,
    edited: bool = False,
    editor_id: int | None = None,
    decision_id: int | None = None,
) -> ClaimVersionRow:
    """Add version `number` of the claim whose entry is `body`. `edited`: at the desk, by
    `editor_id`.
    """
    row = ClaimVersionRow(
        claim_id=body["id"], number=number, statement=body["statement"], body=body, digest=body_digest(body), decision_id=decision_id,
        edited=edited, editor_id=editor_id, since=now,
    )  # fmt: skip
    session.add(row)
    return row


def unlist_files(session: Session, kept: Collection[str]) -> list[str]:
    """Unlist the reports whose files are gone (not in `kept`); their history stays. Returns their
    ids.
    """
    gone = session.scalars(
        select(ReportRow).where(ReportRow.origin == ReportOrigin.FILE.value, ReportRow.listed, ReportRow.id.not_in(kept))
    )
    rows = list(gone)
    for row in rows:
        row.listed, row.version = False, row.version + 1
    return [row.id for row in rows]


@dataclass(frozen=True)
class StoredReport:
    """A report as the database has it: its head and the entries of its listed claims, in order, as
    the report says them (without confirmed updates).
    """

    head: dict[str, Any]
    claims: list[dict[str, Any]]


def stored_reports(session: Session, report_ids: Collection[str] | None = None) -> list[StoredReport]:
    """The listed reports (or those of `report_ids`), in the order of their ids."""
    chosen = ReportRow.listed if report_ids is None else ReportRow.id.in_(report_ids)
    heads = {r.id: head_of(r) for r in session.scalars(select(ReportRow).where(chosen).order_by(ReportRow.id))}
    newest = (
        select(ClaimVersionRow.claim_id, func.max(ClaimVersionRow.number).label("number"))
        .where(ClaimVersionRow.decision_id.is_(None))
        .group_by(ClaimVersionRow.claim_id)
        .subquery()
    )
    rows = session.execute(
        select(ClaimRow.report_id, ClaimVersionRow.body)
        .join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id)
        .join(newest, (ClaimVersionRow.claim_id == newest.c.claim_id) & (ClaimVersionRow.number == newest.c.number))
        .where(ClaimRow.report_id.in_(heads), ClaimRow.listed)
        .order_by(ClaimRow.position, ClaimRow.id)
    )
    claims: dict[str, list[dict[str, Any]]] = {report_id: [] for report_id in heads}
    for report_id, body in rows:
        claims[report_id].append(body)
    return [StoredReport(head, claims[report_id]) for report_id, head in heads.items()]


def claims_state(session: Session) -> tuple[int, int, int]:
    """A cache key that changes whenever a claim, a report's head or the list of reports changes."""
    versions, listed = session.execute(select(func.coalesce(func.sum(ReportRow.version), 0), func.count()).where(ReportRow.listed)).one()
    return session.scalar(select(func.max(ClaimVersionRow.id))) or 0, int(versions), int(listed)


def body_digest(body: dict[str, Any]) -> str:
    """The digest by which two versions of a claim differ."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _file_versions(session: Session, report_id: str) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """(claim id → (number of its newest version, digest of the newest that came from the baseline
    file), claims whose newest wording is that of an editor).

    A version that a person confirmed or wrote is not what the file is compared with: reading the
    same file again must not undo it.
    """
    rows = session.execute(
        select(
            ClaimVersionRow.claim_id, ClaimVersionRow.number, ClaimVersionRow.digest, ClaimVersionRow.decision_id, ClaimVersionRow.edited
        )
        .join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id)
        .where(ClaimRow.report_id == report_id)
        .order_by(ClaimVersionRow.number)
    )
    versions: dict[str, tuple[int, str]] = {}
    edited: dict[str, bool] = {}
    for claim_id, number, digest, decision_id, of_desk in rows:
        of_file = decision_id is None and not of_desk
        versions[claim_id] = (number, digest if of_file else versions.get(claim_id, (0, ""))[1])
        if decision_id is None:
            edited[claim_id] = of_desk
    return versions, {claim_id for claim_id, by_editor in edited.items() if by_editor}


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
    """Claim id → its newest version that was not undone (of `claim_ids`, or of all listed
    claims).
    """
    if claim_ids is None:
        return {v.claim_id: v for v in session.scalars(_newest_versions(some=False))}
    if not claim_ids:
        return {}
    return {v.claim_id: v for v in session.scalars(_newest_versions(some=True), {"claims": list(claim_ids)})}


@cache
def _newest_versions(*, some: bool) -> "Select[ClaimVersionRow]":
    """The newest version that was not undone of every claim, or of the parameter `claims`."""
    newest = select(ClaimVersionRow.claim_id, func.max(ClaimVersionRow.number).label("number")).where(not_undone())
    if some:
        newest = newest.where(ClaimVersionRow.claim_id.in_(bindparam("claims", expanding=True)))
    of = newest.group_by(ClaimVersionRow.claim_id).subquery()
    return select(ClaimVersionRow).join(of, (ClaimVersionRow.claim_id == of.c.claim_id) & (ClaimVersionRow.number == of.c.number))


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


def report_labels(session: Session) -> dict[str, str]:
    """Report id → its short name, which no other report has: publisher and year, with the title
    where several share them, with the id where they share that too.
    """
    rows = session.execute(select(ReportRow.id, ReportRow.publisher, ReportRow.published, ReportRow.title)).all()
    plain = {r.id: f"{r.publisher}, {r.published[:4]}" for r in rows}
    shared = Counter(plain.values())
    titled = {r.id: f"{plain[r.id]}: {_cut(r.title)}" if shared[plain[r.id]] > 1 else plain[r.id] for r in rows}
    shared = Counter(titled.values())
    return {i: f"{label} ({i})" if shared[label] > 1 else label for i, label in titled.items()}


def _cut(title: str) -> str:
    """A title of at most LONGEST_LABEL characters, whole words."""
    return title if len(title) <= LONGEST_LABEL else f"{title[:LONGEST_LABEL].rsplit(' ', 1)[0]} …"


def report_titles(session: Session) -> list[tuple[str, str]]:
    """(id, title) of every listed report, in the order of their ids."""
    return [(i, t) for i, t in session.execute(select(ReportRow.id, ReportRow.title).where(ReportRow.listed).order_by(ReportRow.id))]


def topics(session: Session) -> list[str]:
    """The topics that listed claims have."""
    return list(session.scalars(select(ClaimRow.topic).where(ClaimRow.listed).distinct().order_by(ClaimRow.topic)))
