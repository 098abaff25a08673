"""The history of a flag: the effect of decisions, undo and reopenings, up to a moment. The only
place with this rule.

Decisions and events are rows that are never changed, so the same moment always gives the same
answer. `replay` is pure; the queries below load what it needs. Used by the status of claims, by
digests, by undo and by the review pages.

- The newest row says in which state the flag is. At the same moment, the event counts as the later
  one.
- An undo takes back the newest decision that was not undone. A flag rests on the newest
  decision that is left.
- Only events of rules (reopenings) count. A note or an assignment, which has a user, changes
  nothing about the flag.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, and_, case, or_, select
from sqlalchemy.orm import Session

from db.enums import Choice, FlagState
from db.models import AssessmentRow, DecisionRow, FlagEventRow, FlagRow
from db.statements import chunks

T = TypeVar("T", "PastDecision", "Reopening")
WAITING = (FlagState.OPEN.value, FlagState.LATER.value)
# So many of the claims an item names after its nearest count as touched. 149 flagged stories of the
# development data (shipped model): the nearest claims are right for 72 % and find 54 % of the
# claims to which something happened; two more find 85 %, but only 38 % of what they add is right,
# hence second class. With four more: 95 %, 32 %.
TOUCHED = 2


@dataclass(frozen=True)
class PastDecision:
    """The fields of a decision that the history needs."""

    id: int
    flag_id: int
    choice: str
    claim_id: str | None
    also: tuple[str, ...]  # further claims of which the same was decided
    state_after: str | None
    made_at: datetime


@dataclass(frozen=True)
class Reopening:
    """The fields of an event that the history needs."""

    id: int
    flag_id: int
    state_after: str
    at: datetime


@dataclass(frozen=True)
class HistoricFlag:
    """A flag at a moment."""

    id: int
    claim_id: str | None
    severity: str
    raised_at: datetime
    state: str = FlagState.OPEN.value
    since: datetime | None = None  # of the state
    decision_id: int | None = None  # the decision in force
    choice: str | None = None  # of that decision
    also: tuple[str, ...] = ()  # further claims that were confirmed with its own
    reopened_by: int | None = None  # the event, if it is newer than every decision
    touches: tuple[str, ...] = ()  # claims near to it besides the nearest


def replay(raised: HistoricFlag, decisions: Sequence[PastDecision], reopenings: Sequence[Reopening]) -> HistoricFlag:
    """The flag after its `decisions` and `reopenings`, both in the order of their ids. `raised`:
    the flag before them; where there are none, it is returned as it is.
    """
    newest = decisions[-1] if decisions else None
    reopening = reopenings[-1] if reopenings and (newest is None or reopenings[-1].at >= newest.made_at) else None
    effective = in_force(decisions)
    rests_on = effective[-1] if effective else None
    state_after = reopening.state_after if reopening else newest.state_after if newest else None
    return replace(
        raised,
        claim_id=newest.claim_id if newest else raised.claim_id,
        state=state_after or raised.state,
        since=reopening.at if reopening else newest.made_at if newest else raised.since,
        decision_id=rests_on.id if rests_on else None,
        choice=rests_on.choice if rests_on else None,
        also=rests_on.also if rests_on else (),
        reopened_by=reopening.id if reopening else None,
    )


def in_force(decisions: Iterable[PastDecision]) -> list[PastDecision]:
    """The decisions about one flag that were not undone, oldest first."""
    effective: list[PastDecision] = []
    for decision in decisions:
        if decision.choice != Choice.UNDO:
            effective.append(decision)
        elif effective:
            effective.pop()
    return effective


def past_decision(row: DecisionRow) -> PastDecision:
    """A decision as the history needs it."""
    return PastDecision(row.id, row.flag_id, row.choice, row.claim_id, tuple(row.facts.get("also", ())), row.state_after, row.made_at)


def decisions_in_force(session: Session, flag_ids: Iterable[int]) -> dict[int, DecisionRow]:
    """flag id → the decision it rests on: its newest that was not undone. Flags without one are
    left out.
    """
    newest: dict[int, DecisionRow] = {}
    for part in chunks(flag_ids):
        rows: dict[int, list[DecisionRow]] = defaultdict(list)
        for row in session.scalars(select(DecisionRow).where(DecisionRow.flag_id.in_(part)).order_by(DecisionRow.id)):
            rows[row.flag_id].append(row)
        for flag_id, decisions in rows.items():
            if effective := in_force(map(past_decision, decisions)):
                newest[flag_id] = next(d for d in decisions if d.id == effective[-1].id)
    return newest


def decision_in_force(session: Session, flag_id: int) -> DecisionRow | None:
    """The decision that a flag rests on."""
    return decisions_in_force(session, [flag_id]).get(flag_id)


def reopenings(session: Session, flag_ids: Sequence[int], before: datetime) -> dict[int, list[Reopening]]:
    """flag id → its reopenings before a moment, oldest first."""
    query = _reopenings().where(FlagEventRow.flag_id.in_(flag_ids), FlagEventRow.at < before)
    return _by_flag(Reopening(*row) for row in session.execute(query))


def flags_now(session: Session, report_id: str, claim_id: str | None = None) -> list[HistoricFlag]:
    """The report's flags as they are now; with `claim_id`, only those that concern this claim."""
    query, decided = _raised(report_id).add_columns(FlagRow.state), _decided(report_id)
    if claim_id is not None:
        of_claim = or_(FlagRow.claim_id == claim_id, confirmed_also(claim_id))
        query = query.where(or_(of_claim, and_(FlagRow.state.in_(WAITING), names_claim(claim_id))))
        decided = decided.where(of_claim)
    flags = [_flag(r, r.claim_id, r.state) for r in session.execute(query)]
    return _replayed(session, flags, decided, _reopenings_of(report_id))


def flags_at(session: Session, report_id: str, at: datetime) -> list[HistoricFlag]:
    """The report's flags as they were at `at`."""
    claims: dict[int, str | None] = {}
    later = select(DecisionRow.flag_id, DecisionRow.facts).join(FlagRow, FlagRow.id == DecisionRow.flag_id)
    later = later.where(FlagRow.report_id == report_id, DecisionRow.made_at > at).order_by(DecisionRow.id.desc())
    for r in session.execute(later):  # backwards: decisions after `at` hide the earlier claim
        if "before" in r.facts:
            claims[r.flag_id] = r.facts["before"]["claim_id"]
    raised = session.execute(_raised(report_id).where(FlagRow.raised_at <= at))
    flags = [_flag(r, claims.get(r.id, r.claim_id)) for r in raised]
    return _replayed(
        session, flags, _decided(report_id).where(DecisionRow.made_at <= at), _reopenings_of(report_id).where(FlagEventRow.at <= at)
    )


def _flag(r: Any, claim_id: str | None, state: str = FlagState.OPEN.value) -> HistoricFlag:
    return HistoricFlag(
        r.id, claim_id, r.severity, r.raised_at, state, since=r.raised_at, touches=tuple(c for c in r[4 : 4 + TOUCHED] if c)
    )


def _replayed(session: Session, flags: Iterable[HistoricFlag], decided: Any, happened: Any) -> list[HistoricFlag]:
    decisions = _by_flag(
        PastDecision(r.id, r.flag_id, r.choice, r.claim_id, tuple(json.loads(r.also)) if r.also else (), r.state_after, r.made_at)
        for r in session.execute(decided)
    )
    events = _by_flag(Reopening(*row) for row in session.execute(happened))
    return [replay(f, decisions.get(f.id, ()), events.get(f.id, ())) for f in flags]


def names_claim(claim_id: str) -> ColumnElement[bool]:
    """Condition on an assessment: it names the claim, as nearest or further down."""
    named: ColumnElement[bool] = AssessmentRow.claims.cast(String).contains(f'"{claim_id}"', autoescape=True)
    return named


def confirmed_also(claim_id: str) -> ColumnElement[bool]:
    """Condition on a flag: a person once decided about the claim together with the flag's own."""
    also = DecisionRow.facts["also"].as_string().contains(f'"{claim_id}"', autoescape=True)
    return FlagRow.id.in_(select(DecisionRow.flag_id).where(also))


def _raised(report_id: str) -> Any:
    """Flags, each with the claims it touches besides its nearest. Taken out of the JSON by the
    database: thousands of lists cost four times as much.
    """
    named = [AssessmentRow.claims[n] for n in range(1, 1 + TOUCHED)]
    # A score above 0.5: more likely about the claim than not
    likely = [case((c["score"].as_float() > 0.5, c["id"].as_string())) for c in named]
    raised = select(FlagRow.id, FlagRow.claim_id, FlagRow.severity, FlagRow.raised_at, *likely)
    return raised.join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id).where(FlagRow.report_id == report_id)


def _decided(report_id: str) -> Any:
    """Decisions of a report in their order. `also` as JSON text: reading all facts would cost more
    than all the rest.
    """
    also = DecisionRow.facts["also"].as_string().label("also")
    return (
        select(
            DecisionRow.id,
            DecisionRow.flag_id,
            DecisionRow.choice,
            DecisionRow.claim_id,
            DecisionRow.state_after,
            DecisionRow.made_at,
            also,
        )
        .join(FlagRow, FlagRow.id == DecisionRow.flag_id)
        .where(FlagRow.report_id == report_id)
        .order_by(DecisionRow.id)
    )


def _reopenings() -> Any:
    columns = (FlagEventRow.id, FlagEventRow.flag_id, FlagEventRow.state_after, FlagEventRow.at)
    return select(*columns).where(FlagEventRow.user_id.is_(None)).order_by(FlagEventRow.id)


def _reopenings_of(report_id: str) -> Any:
    return _reopenings().join(FlagRow, FlagRow.id == FlagEventRow.flag_id).where(FlagRow.report_id == report_id)


def _by_flag(rows: Iterable[T]) -> dict[int, list[T]]:
    by_flag: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        by_flag[row.flag_id].append(row)
    return by_flag
