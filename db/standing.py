"""How a report's claims stand, now or as at any moment. The one home of the rule, and a pure fold over rows that are never changed.

- *superseded*: a person confirmed an update, so the claim's newest version differs from the newest that came from the report itself;
- *in doubt*: a flag of high severity is open, or a person found that something contradicts the claim;
- *watch*: any other flag is open or put off, or one that waits touches the claim without being nearest to it (`touched`);
- *stands*: none of these; `checked` says when a person last found that it is still valid.

A flag counts for its nearest claim, and for those that a person confirmed with it. What it touches besides is second class: never more than *watch*, and
only until somebody decides.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, or_, select
from sqlalchemy.orm import Session

from db.models import Assessment, Claim, ClaimVersion, Decision, Flag, FlagEvent
from db.words import SEVERITY_RANK, Choice, FlagState, Severity, Standing

WAITING = (FlagState.OPEN.value, FlagState.LATER.value)
# So many of the claims an item names after its nearest count as touched. 149 flagged stories of the development data (shipped model): the nearest
# claims are right for 72 % and find 54 % of the claims to which something happened; two more find 85 %, but only 38 % of what they add is right, hence second
# class. With four more: 95 %, 32 %.
TOUCHED = 2


@dataclass
class FlagThen:
    """A flag as it was at the moment asked for."""

    id: int
    claim_id: str | None
    severity: str
    raised_at: datetime
    state: str = FlagState.OPEN.value
    choice: str | None = None  # the decision it rests on
    since: datetime | None = None
    also: tuple[str, ...] = ()  # claims that a person confirmed with its own
    touches: tuple[str, ...] = ()  # claims it is near to besides its nearest


@dataclass(frozen=True)
class ClaimStanding:
    """One claim and how it stands."""

    claim: Claim
    version: ClaimVersion
    original: ClaimVersion  # the newest that came from the report itself
    standing: Standing
    since: datetime | None  # since when it stands like this; None: since the report
    evidence: tuple[int, ...]  # flag ids, the weightiest first
    checked: datetime | None
    open_flags: int
    touched: tuple[int, ...]  # flag ids that wait and are nearest to another claim, the weightiest first

    @property
    def only_touched(self) -> bool:
        """Whether it is on watch for nothing but what is nearest to other claims."""
        return self.standing is Standing.WATCH and not self.evidence


@dataclass
class _Own:
    versions: list[ClaimVersion] = field(default_factory=list)
    flags: list[FlagThen] = field(default_factory=list)
    touched: list[FlagThen] = field(default_factory=list)


def standings(session: Session, report_id: str, at: datetime | None = None, claim_id: str | None = None) -> list[ClaimStanding]:
    """Every claim of the report in its order (or the one asked for), as at `at` (None: now).

    The first version always counts: the report said so before the desk had read it.
    """
    wanted = select(Claim).where(Claim.report_id == report_id, Claim.listed).order_by(Claim.position)
    claims = list(session.scalars(wanted if claim_id is None else wanted.where(Claim.id == claim_id)))
    own = {c.id: _Own() for c in claims}
    versions = select(ClaimVersion).join(Claim, Claim.id == ClaimVersion.claim_id).where(Claim.report_id == report_id)
    if claim_id is not None:
        versions = versions.where(Claim.id == claim_id)
    if at is not None:
        versions = versions.where(or_(ClaimVersion.since <= at, ClaimVersion.number == 1))
    for version in session.scalars(versions.order_by(ClaimVersion.number)):
        if version.claim_id in own:
            own[version.claim_id].versions.append(version)
    for flag in _flags_now(session, report_id, claim_id) if at is None else flags_then(session, report_id, at):
        for claim in dict.fromkeys((flag.claim_id, *flag.also)):
            if claim in own:
                own[claim].flags.append(flag)
        for claim in flag.touches if flag.state in WAITING else ():
            if claim in own and claim != flag.claim_id and claim not in flag.also:
                own[claim].touched.append(flag)
    return [_stand(c, own[c.id]) for c in claims if own[c.id].versions]


def _flags_now(session: Session, report_id: str, claim_id: str | None) -> list[FlagThen]:
    """The report's flags as they are, with the decision each rests on; those that have to do with one claim if asked for."""
    query, decided = _raised(report_id).add_columns(Flag.state), _decided(report_id)
    if claim_id is not None:
        mine = or_(Flag.claim_id == claim_id, confirmed_also(claim_id))
        query = query.where(or_(mine, and_(Flag.state.in_(WAITING), naming(claim_id))))
        decided = decided.where(mine)
    flags = {r.id: _flag(r, r.state) for r in session.execute(query)}
    _fold(flags, session.execute(decided).all(), session.execute(_happened(report_id)).all())
    return list(flags.values())


def flags_then(session: Session, report_id: str, at: datetime) -> list[FlagThen]:
    """The report's flags as they were at `at`: the fold of their decisions and events up to then."""
    raised = session.execute(_raised(report_id).where(Flag.raised_at <= at))
    flags = {r.id: _flag(r) for r in raised}
    later = select(Decision.flag_id, Decision.facts).join(Flag, Flag.id == Decision.flag_id)
    later = later.where(Flag.report_id == report_id, Decision.made_at > at).order_by(Decision.id.desc())
    for r in session.execute(later):  # backwards: what was decided after `at` hides the claim as it was before
        if r.flag_id in flags and "before" in r.facts:
            flags[r.flag_id].claim_id = r.facts["before"]["claim_id"]
    decided = session.execute(_decided(report_id).where(Decision.made_at <= at)).all()
    _fold(flags, decided, session.execute(_happened(report_id).where(FlagEvent.at <= at)).all())
    return list(flags.values())


def _flag(r: Any, state: str = FlagState.OPEN.value) -> FlagThen:
    return FlagThen(r.id, r.claim_id, r.severity, r.raised_at, state, since=r.raised_at, touches=tuple(c for c in r[4 : 4 + TOUCHED] if c))


def naming(claim_id: str) -> ColumnElement[bool]:
    """Of an assessment: it names the claim, as nearest or after it."""
    named: ColumnElement[bool] = Assessment.claims.cast(String).contains(f'"{claim_id}"', autoescape=True)
    return named


def confirmed_also(claim_id: str) -> ColumnElement[bool]:
    """Of a flag: a person once decided about the claim together with the flag's own."""
    also = Decision.facts["also"].as_string().contains(f'"{claim_id}"', autoescape=True)
    return Flag.id.in_(select(Decision.flag_id).where(also))


def _raised(report_id: str) -> Any:
    """Flags, each with the claims it touches besides its nearest. Taken out of the JSON by the database: thousands of lists cost four times as much."""
    named = [Assessment.claims[n] for n in range(1, 1 + TOUCHED)]
    likely = [case((c["score"].as_float() > 0.5, c["id"].as_string())) for c in named]  # more likely about it than not
    raised = select(Flag.id, Flag.claim_id, Flag.severity, Flag.raised_at, *likely)
    return raised.join(Assessment, Assessment.id == Flag.assessment_id).where(Flag.report_id == report_id)


def _decided(report_id: str) -> Any:
    """Decisions with what they did, in their order. `also` as JSON text: reading all facts would cost more than all the rest."""
    also = Decision.facts["also"].as_string().label("also")
    return (
        select(Decision.flag_id, Decision.choice, Decision.claim_id, Decision.state_after, Decision.made_at.label("at"), also)
        .join(Flag, Flag.id == Decision.flag_id)
        .where(Flag.report_id == report_id)
        .order_by(Decision.id)
    )


def _happened(report_id: str) -> Any:
    """Events that moved a flag: those of rules, not of people."""
    return (
        select(FlagEvent.flag_id, FlagEvent.state_after, FlagEvent.at)
        .join(Flag, Flag.id == FlagEvent.flag_id)
        .where(Flag.report_id == report_id, FlagEvent.user_id.is_(None))
    )


def _fold(flags: dict[int, FlagThen], decided: Iterable[Any], happened: Iterable[Any]) -> None:
    """Let decisions and events act on `flags` in order of time."""
    standing: dict[int, list[tuple[str, tuple[str, ...]]]] = {}  # flag → (choice, also) of its decisions that were not undone
    for r in sorted([*decided, *happened], key=lambda r: r.at):
        flag = flags.get(r.flag_id)
        if flag is None:
            continue
        flag.state, flag.since = r.state_after or flag.state, r.at
        if not hasattr(r, "choice"):
            continue
        stack = standing.setdefault(r.flag_id, [])
        if r.choice != Choice.UNDO:
            stack.append((r.choice, tuple(json.loads(r.also)) if r.also else ()))
        elif stack:
            stack.pop()
        flag.claim_id = r.claim_id
        flag.choice, flag.also = stack[-1] if stack else (None, ())


def _stand(claim: Claim, own: _Own) -> ClaimStanding:
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
        standing, since, evidence = Standing.SUPERSEDED, version.since, confirmed
    elif against or grave:
        standing, evidence = Standing.IN_DOUBT, [*against, *grave]
        since = min((f.since for f in evidence if f.since), default=None)
    elif waiting or own.touched:
        standing, evidence = Standing.WATCH, waiting
        since = min(f.raised_at for f in waiting or own.touched)
    else:
        standing, since, evidence = Standing.STANDS, checked, []
    return ClaimStanding(claim, version, original, standing, since, tuple(_ids(evidence)), checked, len(waiting), tuple(_ids(own.touched)))


def _ids(flags: Iterable[FlagThen]) -> list[int]:
    return [f.id for f in sorted(flags, key=lambda f: (-SEVERITY_RANK[f.severity], -f.id))]
