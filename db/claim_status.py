"""The status of the claims of a report, now or at any moment: a pure fold over append-only rows.

- *superseded*: a person confirmed an update and gave the new wording, so the claim's newest version
  differs from the newest that came from the report itself;
- *changed*: the same without a new wording, which is pending;
- *in doubt*: a flag of high severity is open;
- *contradicted*: a person found that something contradicts the claim, and nobody has found since
  that it is still valid;
- *watch*: any other flag is open or put off, a person confirmed a bill or a rumour about the claim,
  or a flag that waits touches the claim without being nearest to it (`touched`);
- *stands*: none of these.

`checked` says when a person last decided about the claim itself. Versions that were undone are left
out (`db.reports.not_undone`).

A flag counts for its nearest claim, and for those that a person confirmed with it. Any other claim
that it touches gets at most *watch*, and only while the flag is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.enums import ALSO, SEVERITY_RANK, UPDATES, Choice, ClaimStatus, Severity
from db.flag_history import WAITING, HistoricFlag, flags_at, flags_now
from db.models import ClaimRow, ClaimVersionRow, DecisionRow, FlagEventRow, FlagRow, ReportRow
from db.reports import not_undone


@dataclass(frozen=True)
class ClaimState:
    """One claim and its status."""

    claim: ClaimRow
    version: ClaimVersionRow
    original: ClaimVersionRow  # the newest version from the report itself
    status: ClaimStatus
    since: datetime | None  # start of this status; None: since the report
    evidence: tuple[int, ...]  # flag ids, most severe first
    checked: datetime | None
    open_flags: int
    touched: tuple[int, ...]  # open flags that are nearest to another claim, most severe first

    @property
    def event_on(self) -> str | None:
        """Day of the event that changed the claim (ISO); None unless a person confirmed a
        change.
        """
        return (self.version.body.get("update") or {}).get("event")

    @property
    def only_touched(self) -> bool:
        """Whether its status is WATCH only because of flags nearest to other claims."""
        return self.status is ClaimStatus.WATCH and not self.evidence


@dataclass
class _ClaimFlags:
    versions: list[ClaimVersionRow] = field(default_factory=list)
    flags: list[HistoricFlag] = field(default_factory=list)
    touched: list[HistoricFlag] = field(default_factory=list)


def claim_states(session: Session, report_id: str, at: datetime | None = None, claim_id: str | None = None) -> list[ClaimState]:
    """Every claim of the report in its order (or the one asked for), as at `at` (None: now).

    The first version always counts: the report was published before it was loaded.
    """
    query = select(ClaimRow).where(ClaimRow.report_id == report_id, ClaimRow.listed).order_by(ClaimRow.position)
    claims = list(session.scalars(query if claim_id is None else query.where(ClaimRow.id == claim_id)))
    by_claim = {c.id: _ClaimFlags() for c in claims}
    versions = select(ClaimVersionRow).join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id).where(ClaimRow.report_id == report_id)
    if claim_id is not None:
        versions = versions.where(ClaimRow.id == claim_id)
    versions = versions.where(not_undone(at))
    if at is not None:
        versions = versions.where(or_(ClaimVersionRow.since <= at, ClaimVersionRow.number == 1))
    for version in session.scalars(versions.order_by(ClaimVersionRow.number)):
        if version.claim_id in by_claim:
            by_claim[version.claim_id].versions.append(version)
    for flag in flags_now(session, report_id, claim_id) if at is None else flags_at(session, report_id, at):
        for claim in dict.fromkeys((flag.claim_id, *flag.also)):
            if claim in by_claim:
                by_claim[claim].flags.append(flag)
        for claim in flag.touches if flag.state in WAITING else ():
            if claim in by_claim and claim != flag.claim_id and claim not in flag.also:
                by_claim[claim].touched.append(flag)
    return [_claim_status(c, by_claim[c.id]) for c in claims if by_claim[c.id].versions]


def states_key(session: Session, report_id: str) -> tuple[Any, ...]:
    """A cache key that changes whenever the present states of a report's claims may have changed.
    It takes a few milliseconds; reading every flag with its history takes longer.
    """
    columns = (func.count(), func.max(FlagRow.id), func.sum(FlagRow.version), func.sum(FlagRow.assessment_id), func.max(FlagRow.changed_at))
    flags = session.execute(select(*columns).where(FlagRow.report_id == report_id)).one()
    newest = [session.scalar(select(func.max(table.id))) for table in (DecisionRow, FlagEventRow, ClaimVersionRow)]
    return (*flags, *newest, session.scalar(select(ReportRow.version).where(ReportRow.id == report_id)))


def _claim_status(claim: ClaimRow, own: _ClaimFlags) -> ClaimState:
    version = own.versions[-1]
    original = next((v for v in reversed(own.versions) if v.decision_id is None), own.versions[0])
    waiting = [f for f in own.flags if f.state in WAITING]
    closed = [f for f in own.flags if f.state not in WAITING and f.since]
    confirmed = [f for f in closed if f.choice in UPDATES]
    high = [f for f in waiting if f.severity == Severity.HIGH]
    checked = max((f.since for f in closed if f.since and f.choice in ALSO), default=None)
    against, announced = _unsettled(own, original, closed)
    since: datetime | None
    if version.digest != original.digest:
        pending = (version.body.get("update") or {}).get("pending")
        status, since, evidence = ClaimStatus.CHANGED if pending else ClaimStatus.SUPERSEDED, version.since, confirmed
    elif high:
        status, evidence = ClaimStatus.IN_DOUBT, [*high, *against]
        since = min(f.since or f.raised_at for f in high)
    elif against:
        status, since, evidence = ClaimStatus.CONTRADICTED, min((f.since for f in against if f.since), default=None), against
    elif waiting or announced or own.touched:
        status, evidence = ClaimStatus.WATCH, [*waiting, *announced]
        since = min(f.raised_at for f in evidence or own.touched)
    else:
        status, since, evidence = ClaimStatus.STANDS, checked, []
    return ClaimState(claim, version, original, status, since, tuple(_ids(evidence)), checked, len(waiting), tuple(_ids(own.touched)))


def _unsettled(own: _ClaimFlags, original: ClaimVersionRow, closed: list[HistoricFlag]) -> tuple[list[HistoricFlag], list[HistoricFlag]]:
    """(contradictions, bills and rumours) that a person confirmed and that neither a later finding
    "still valid" nor a newer edition of the report has settled.
    """
    with_version = {v.decision_id for v in own.versions}
    settlements = [f.since for f in closed if f.since and f.choice == Choice.STILL_VALID]
    settled = max(settlements + ([original.since] if original.number > 1 else []), default=None)
    later = [f for f in closed if f.since and (settled is None or f.since > settled)]
    against = [f for f in later if f.choice == Choice.CONTRADICTS]
    return against, [f for f in later if f.choice in UPDATES and f.decision_id not in with_version]


def _ids(flags: Iterable[HistoricFlag]) -> list[int]:
    return [f.id for f in sorted(flags, key=lambda f: (-SEVERITY_RANK[f.severity], -f.id))]
