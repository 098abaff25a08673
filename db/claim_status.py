"""The status of the claims of a report, now or at any moment: a pure fold over append-only rows.

- *superseded*: a person confirmed an update, so the claim's newest version differs from the newest
  that came from the report itself;
- *in doubt*: a flag of high severity is open, or a person found that something contradicts the
  claim;
- *watch*: any other flag is open or put off, or one that waits touches the claim without being
  nearest to it (`touched`);
- *stands*: none of these; `checked` says when a person last found that it is still valid.

A flag counts for its nearest claim, and for those that a person confirmed with it. What it touches
besides is second class: never more than *watch*, and only until somebody decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.enums import SEVERITY_RANK, Choice, ClaimStatus, FlagState, Severity
from db.flag_history import WAITING, HistoricFlag, flags_at, flags_now
from db.models import ClaimRow, ClaimVersionRow


@dataclass(frozen=True)
class ClaimState:
    """One claim and its status."""

    claim: ClaimRow
    version: ClaimVersionRow
    original: ClaimVersionRow  # the newest version from the report itself
    standing: ClaimStatus
    since: datetime | None  # start of this status; None: since the report
    evidence: tuple[int, ...]  # flag ids, most severe first
    checked: datetime | None
    open_flags: int
    touched: tuple[int, ...]  # open flags that are nearest to another claim, most severe first

    @property
    def only_touched(self) -> bool:
        """Whether its status is WATCH only because of flags nearest to other claims."""
        return self.standing is ClaimStatus.WATCH and not self.evidence


@dataclass
class _Own:
    versions: list[ClaimVersionRow] = field(default_factory=list)
    flags: list[HistoricFlag] = field(default_factory=list)
    touched: list[HistoricFlag] = field(default_factory=list)


def claim_states(session: Session, report_id: str, at: datetime | None = None, claim_id: str | None = None) -> list[ClaimState]:
    """Every claim of the report in its order (or the one asked for), as at `at` (None: now).

    The first version always counts: the report said so before it was loaded.
    """
    wanted = select(ClaimRow).where(ClaimRow.report_id == report_id, ClaimRow.listed).order_by(ClaimRow.position)
    claims = list(session.scalars(wanted if claim_id is None else wanted.where(ClaimRow.id == claim_id)))
    own = {c.id: _Own() for c in claims}
    versions = select(ClaimVersionRow).join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id).where(ClaimRow.report_id == report_id)
    if claim_id is not None:
        versions = versions.where(ClaimRow.id == claim_id)
    if at is not None:
        versions = versions.where(or_(ClaimVersionRow.since <= at, ClaimVersionRow.number == 1))
    for version in session.scalars(versions.order_by(ClaimVersionRow.number)):
        if version.claim_id in own:
            own[version.claim_id].versions.append(version)
    for flag in flags_now(session, report_id, claim_id) if at is None else flags_at(session, report_id, at):
        for claim in dict.fromkeys((flag.claim_id, *flag.also)):
            if claim in own:
                own[claim].flags.append(flag)
        for claim in flag.touches if flag.state in WAITING else ():
            if claim in own and claim != flag.claim_id and claim not in flag.also:
                own[claim].touched.append(flag)
    return [_claim_status(c, own[c.id]) for c in claims if own[c.id].versions]


def _claim_status(claim: ClaimRow, own: _Own) -> ClaimState:
    version = own.versions[-1]
    original = next((v for v in reversed(own.versions) if v.decision_id is None), own.versions[0])
    waiting = [f for f in own.flags if f.state in WAITING]
    against = [f for f in own.flags if f.state == FlagState.CONFIRMED and f.choice == Choice.CONTRADICTS]
    confirmed = [f for f in own.flags if f.state == FlagState.CONFIRMED and f.choice != Choice.CONTRADICTS]
    grave = [f for f in waiting if f.severity == Severity.HIGH]
    valid = [f.since for f in own.flags if f.choice == Choice.STILL_VALID and f.since]
    checked = max(valid, default=None)
    since: datetime | None
    if version.digest != original.digest:
        standing, since, evidence = ClaimStatus.SUPERSEDED, version.since, confirmed
    elif against or grave:
        standing, evidence = ClaimStatus.IN_DOUBT, [*against, *grave]
        since = min((f.since for f in evidence if f.since), default=None)
    elif waiting or own.touched:
        standing, evidence = ClaimStatus.WATCH, waiting
        since = min(f.raised_at for f in waiting or own.touched)
    else:
        standing, since, evidence = ClaimStatus.STANDS, checked, []
    return ClaimState(claim, version, original, standing, since, tuple(_ids(evidence)), checked, len(waiting), tuple(_ids(own.touched)))


def _ids(flags: Iterable[HistoricFlag]) -> list[int]:
    return [f.id for f in sorted(flags, key=lambda f: (-SEVERITY_RANK[f.severity], -f.id))]
