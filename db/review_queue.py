"""Queries of the review desk: the queue in order of value, a flag with all that a person needs to
judge it, claims and their status.

The queue is ordered by expected value, not by score alone: the likelihood of a change, times its
severity, times the weight of its sources, times its freshness. No source or claim takes more than
its share of a sitting (`spread`), because repetition tires reviewers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.assessments import AUDIT
from db.enums import FlagState, Severity
from db.flag_history import confirmed_also, names_claim
from db.models import (
    AssessmentRow,
    ClaimRow,
    ClaimVersionRow,
    DecisionRow,
    FlagEventRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    ReportRow,
    SourceRow,
    StoryBillRow,
    StoryRow,
    UserRow,
)
from db.reports import not_undone
from db.second_reading import hidden_decisions

SITTING = 25  # cards of one sitting, and of one page of the queue
SHARE = 0.3  # of a sitting that one source or one claim may take
CANDIDATES = 800  # flags whose freshness is computed
MOST_RANKED = 500  # flags put in order exactly: twenty sittings
MOST_LISTED = 2_000  # flags of one queue; what is beyond is found with a filter
MOST_WITNESSES = 40  # items of a story shown on a card; the rest is counted
_WEIGHT = {Severity.HIGH: 4.0, Severity.MEDIUM: 2.0, Severity.LOW: 1.0, Severity.NONE: 0.5}
_TIER = {1: 1.5, 2: 1.2, 3: 1.0, 4: 0.7}
_HALF_LIFE_DAYS = 30.0


@dataclass(frozen=True)
class QueueFilter:
    """Which flags a queue shows."""

    state: str = FlagState.OPEN.value
    report: str = ""
    topic: str = ""
    severity: str = ""
    claim: str = ""
    source: str = ""
    assigned_to: int | None = None
    second_reader: bool = False


class RankedFlag(NamedTuple):
    """The fields of a flag that the order of the queue needs. A tuple: each page makes
    thousands.
    """

    flag_id: int
    value: float
    claim_id: str | None
    source_id: str
    story_id: int


def rank(session: Session, filters: QueueFilter, now: datetime) -> list[RankedFlag]:
    """The first MOST_LISTED flags of `filters`, the most valuable first, spread over sources and
    claims.

    The flags of a story follow each other, behind the most valuable of them, so that one card shows
    a story that touches several reports. The MOST_RANKED with the highest weight by the flag alone,
    of the CANDIDATES with the highest score and severity, are ordered exactly; the others follow by
    score and severity.
    """
    columns = (FlagRow.id, FlagRow.claim_id, FlagRow.story_id)
    if filters.state != FlagState.OPEN:  # closed flags are looked up: the latest first
        query = _filtered(select(*columns), filters)
        latest = session.execute(query.order_by(FlagRow.changed_at.desc(), FlagRow.id.desc()).limit(MOST_LISTED))
        return [RankedFlag(i, 0.0, claim_id, "", story_id) for i, claim_id, story_id in latest]
    gravity = FlagRow.score * case(*((FlagRow.severity == s.value, w) for s, w in _WEIGHT.items()), else_=_WEIGHT[Severity.NONE])
    order = (gravity.desc(), FlagRow.id)
    flags = session.execute(_filtered(select(*columns, gravity, FlagRow.changed_at), filters).order_by(*order).limit(MOST_LISTED)).all()
    weighed = [
        RankedFlag(i, weight * _freshness(at, now), claim_id, "", story_id) for i, claim_id, story_id, weight, at in flags[:CANDIDATES]
    ]
    weighed.sort(key=lambda r: (-r.value, r.flag_id))
    first, rest = weighed[:MOST_RANKED], weighed[MOST_RANKED:]
    rest += [RankedFlag(i, 0.0, claim_id, "", story_id) for i, claim_id, story_id, *_ in flags[CANDIDATES:]]
    by_id = {r.flag_id: r for r in first}
    tiers = {r.id: r.tier for r in session.execute(select(SourceRow.id, SourceRow.tier))}
    sources = session.execute(_sources(), {"flags": list(by_id)})
    exact = [
        by_id[i]._replace(value=by_id[i].value * _source_weight(tiers[source], origins), source_id=source) for i, origins, source in sources
    ]
    return together(spread(sorted(exact, key=lambda r: (-r.value, r.flag_id))) + rest)


def count_flags(session: Session, filters: QueueFilter) -> tuple[int, int]:
    """(flags, stories) of a queue."""
    flags, stories = session.execute(
        _filtered(select(func.count(), func.count(FlagRow.story_id.distinct())).select_from(FlagRow), filters)
    ).one()
    return flags, stories


@cache
def _sources() -> "Select[*tuple[Any, ...]]":
    """Flag, independent origins of its story, source of its strongest item."""
    return (
        select(FlagRow.id, StoryRow.origins, ItemRow.source_id)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(FlagRow.id.in_(bindparam("flags", expanding=True)))
    )


def together(ranked: Sequence[RankedFlag]) -> list[RankedFlag]:
    """`ranked` with the flags of each story behind its first."""
    place: dict[int, int] = {}
    for n, r in enumerate(ranked):
        place.setdefault(r.story_id, n)
    return sorted(ranked, key=lambda r: place[r.story_id])


def _filtered(query: Any, filters: QueueFilter) -> Any:
    query = query.where(FlagRow.state == filters.state)
    if filters.report:
        query = query.where(FlagRow.report_id == filters.report)
    if filters.severity:
        query = query.where(FlagRow.severity == filters.severity)
    if filters.claim:
        query = query.where(FlagRow.claim_id == filters.claim)
    if filters.topic:
        query = query.where(FlagRow.claim_id.in_(select(ClaimRow.id).where(ClaimRow.topic == filters.topic)))
    if filters.source:
        query = query.where(FlagRow.assessment_id.in_(_of_source(filters.source)))
    if filters.assigned_to is not None:
        query = query.where(FlagRow.assigned_to == filters.assigned_to)
    return query.where(FlagRow.second_reader) if filters.second_reader else query


def _of_source(source_id: str) -> Any:
    """Assessments of a source's items."""
    versions = select(ItemVersionRow.id).join(ItemRow, ItemRow.id == ItemVersionRow.item_id).where(ItemRow.source_id == source_id)
    return select(AssessmentRow.id).where(AssessmentRow.item_version_id.in_(versions))


def _freshness(changed_at: datetime, now: datetime) -> float:
    """1 for what has just changed, 0.4 for what is old."""
    age = max(0.0, (now - changed_at).total_seconds() / 86_400)
    return float(0.4 + 0.6 * 0.5 ** (age / _HALF_LIFE_DAYS))


def _source_weight(tier: int, origins: int) -> float:
    """Weight of the sources: tier of the strongest item, and number of independent origins."""
    return _TIER.get(tier, 1.0) * (1 + 0.15 * min(4, max(0, origins - 1)))


def spread(ranked: Sequence[RankedFlag], sitting: int = SITTING, share: float = SHARE) -> list[RankedFlag]:
    """`ranked` so that within each sitting no source and no claim takes more than `share` of the
    places while others wait.

    What is over its share keeps its order and moves to the next sitting; a sitting that would stay
    empty is filled with it all the same.
    """
    most = max(1, int(sitting * share))
    rest, out = list(ranked), list[RankedFlag]()
    while rest:
        sources, claims = dict[str, int](), dict[str | None, int]()
        now, later = list[RankedFlag](), list[RankedFlag]()
        for n, r in enumerate(rest):
            if len(now) == sitting:
                later += rest[n:]
                break
            if sources.get(r.source_id, 0) >= most or (r.claim_id and claims.get(r.claim_id, 0) >= most):
                later.append(r)
                continue
            sources[r.source_id] = sources.get(r.source_id, 0) + 1
            claims[r.claim_id] = claims.get(r.claim_id, 0) + 1
            now.append(r)
        fill = sitting - len(now)
        out += [*now, *later[:fill]]
        rest = later[fill:]
    return out


@dataclass(frozen=True)
class HeldBack:
    """Flags that wait behind a sitting because their source or claim has its share of it."""

    kind: str  # "claim" or "source"
    key: str  # its id
    flag_ids: tuple[int, ...]  # in the order of the queue


def held_back(ranked: Sequence[RankedFlag], start: int, sitting: int = SITTING, share: float = SHARE) -> list[HeldBack]:
    """Flags after the sitting that begins at `start`, of claims and then of sources that took their
    share of it; each flag once.
    """
    most = max(1, int(sitting * share))
    now, later = ranked[start : start + sitting], ranked[start + sitting :]
    groups: list[HeldBack] = []
    for kind in ("claim", "source"):
        keys = [getattr(r, f"{kind}_id") for r in now]
        for key in (k for k, n in Counter(k for k in keys if k).most_common() if n >= most):
            held = {i for h in groups for i in h.flag_ids}
            if ids := tuple(r.flag_id for r in later if getattr(r, f"{kind}_id") == key and r.flag_id not in held):
                groups.append(HeldBack(kind, key, ids))
    return groups


def count_by_state(session: Session) -> dict[str, int]:
    """State → number of flags."""
    return {row[0]: row[1] for row in session.execute(select(FlagRow.state, func.count()).group_by(FlagRow.state))}


@dataclass(frozen=True)
class QueueCard:
    """A flag in one line: what the list shows."""

    flag: FlagRow
    story: StoryRow
    assessment: AssessmentRow
    report: ReportRow
    source: SourceRow
    version: ItemVersionRow
    item: ItemRow
    claim: ClaimRow | None


def card_query() -> "Select[*tuple[Any, ...]]":
    """Select what QueueCard(*row) is made of; callers choose the flags and their order."""
    return (
        select(FlagRow, StoryRow, AssessmentRow, ReportRow, SourceRow, ItemVersionRow, ItemRow, ClaimRow)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(ReportRow, ReportRow.id == FlagRow.report_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .outerjoin(ClaimRow, ClaimRow.id == FlagRow.claim_id)
    )


@cache
def _cards_of() -> "Select[*tuple[Any, ...]]":
    return card_query().where(FlagRow.id.in_(bindparam("flags", expanding=True)))


def cards(session: Session, flag_ids: Sequence[int]) -> list[QueueCard]:
    """The flags in the order of `flag_ids`."""
    rows = session.execute(_cards_of(), {"flags": list(flag_ids)})
    by_id = {card.flag.id: card for card in (QueueCard(*row) for row in rows)}
    return [by_id[i] for i in flag_ids if i in by_id]


@dataclass(frozen=True)
class HistoryStep:
    """One entry of a flag's history: a decision or an event, with who did it (None: a rule)."""

    at: datetime
    who: str | None
    decision: DecisionRow | None = None
    event: FlagEventRow | None = None
    hidden: bool = False  # until somebody has read the flag a second time: who it was is not told


def history(session: Session, flag_id: int, viewer: int | None) -> list[HistoryStep]:
    """All that happened to a flag, oldest first, as far as a user (None: anybody) may see it."""
    hidden = hidden_decisions(session, viewer, [flag_id])
    decided = session.execute(
        select(DecisionRow, UserRow.name).join(UserRow, UserRow.id == DecisionRow.user_id).where(DecisionRow.flag_id == flag_id)
    )
    happened = session.execute(
        select(FlagEventRow, UserRow.name).outerjoin(UserRow, UserRow.id == FlagEventRow.user_id).where(FlagEventRow.flag_id == flag_id)
    )
    steps = [
        HistoryStep(d.made_at, None, hidden=True) if d.id in hidden else HistoryStep(d.made_at, name, decision=d) for d, name in decided
    ]
    steps += [HistoryStep(e.at, name, event=e) for e, name in happened if e.user_id not in hidden.values()]
    return sorted(steps, key=lambda s: s.at)


def merged(session: Session, flag_id: int) -> list[FlagRow]:
    """Flags that were merged into this one."""
    return list(session.scalars(select(FlagRow).where(FlagRow.merged_into == flag_id).order_by(FlagRow.id)))


def same_story(session: Session, flag: FlagRow) -> list[tuple[FlagRow, ReportRow]]:
    """The other flags of the story: for other subjects of the report, and for other reports."""
    rows = session.execute(
        select(FlagRow, ReportRow)
        .join(ReportRow, ReportRow.id == FlagRow.report_id)
        .where(FlagRow.story_id == flag.story_id, FlagRow.id != flag.id)
        .order_by(FlagRow.id)
    )
    return [(f, r) for f, r in rows]


def other_stages(session: Session, flag: FlagRow, most: int = 6) -> list[tuple[FlagRow, StoryRow, str]]:
    """Flags of the same report for other stages of a bill or article that the flag's story names,
    in order of time, each with its stage.
    """
    bills = session.scalars(select(StoryBillRow.bill).where(StoryBillRow.story_id == flag.story_id)).all()
    if not bills:
        return []
    own, other = aliased(StoryBillRow), aliased(StoryBillRow)
    rows = session.execute(
        select(FlagRow, StoryRow, func.min(other.stage))
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .join(other, other.story_id == StoryRow.id)
        .join(own, own.bill == other.bill)
        .where(
            other.bill.in_(bills),
            own.story_id == flag.story_id,
            other.story_id != flag.story_id,
            other.stage != own.stage,
            FlagRow.report_id == flag.report_id,
        )
        .group_by(FlagRow.id, StoryRow.id)
        .order_by(StoryRow.first_at, FlagRow.id)
        .limit(most)
    )
    return [(f, s, stage) for f, s, stage in rows]


def earlier_on_claim(session: Session, claim_id: str, except_flag: int, most: int = 6) -> list[tuple[FlagRow, StoryRow]]:
    """Earlier closed flags on the same claim, the latest first, without `except_flag`."""
    rows = session.execute(
        select(FlagRow, StoryRow)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .where(
            FlagRow.claim_id == claim_id,
            FlagRow.id != except_flag,
            FlagRow.state.in_([FlagState.CONFIRMED.value, FlagState.DISMISSED.value]),
        )
        .order_by(FlagRow.changed_at.desc())
        .limit(most)
    )
    return [(f, s) for f, s in rows]


def flags_naming(session: Session, claim_id: str, most: int = 100) -> list[tuple[FlagRow, StoryRow]]:
    """Flags whose nearest claim it is, those decided about it together with another, and those of
    the report's latest 500 whose strongest item names it among others; the latest first.
    """
    report = select(ClaimRow.report_id).where(ClaimRow.id == claim_id).scalar_subquery()
    latest = select(FlagRow.id).where(FlagRow.report_id == report).order_by(FlagRow.id.desc()).limit(500)
    rows = session.execute(
        select(FlagRow, StoryRow)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .where(or_(FlagRow.claim_id == claim_id, confirmed_also(claim_id), and_(names_claim(claim_id), FlagRow.id.in_(latest))))
        .order_by(FlagRow.raised_at.desc(), FlagRow.id.desc())
        .limit(most)
    )
    return [(f, s) for f, s in rows]


def claim_versions(session: Session, claim_id: str) -> list[tuple[ClaimVersionRow, str | None]]:
    """All versions of a claim, oldest first, each with the name of the person whose decision or
    edit made it (None: the file of the report).
    """
    editor = aliased(UserRow)
    rows = session.execute(
        select(ClaimVersionRow, func.coalesce(UserRow.name, editor.name))
        .outerjoin(DecisionRow, DecisionRow.id == ClaimVersionRow.decision_id)
        .outerjoin(UserRow, UserRow.id == DecisionRow.user_id)
        .outerjoin(editor, editor.id == ClaimVersionRow.editor_id)
        .where(ClaimVersionRow.claim_id == claim_id, not_undone())
        .order_by(ClaimVersionRow.number)
    )
    return [(v, name) for v, name in rows]


def newest_comparer(session: Session, report_id: str) -> str | None:
    """What the report was last compared with."""
    return session.scalar(
        select(AssessmentRow.comparer)
        .where(AssessmentRow.report_id == report_id, AssessmentRow.comparer != AUDIT)
        .order_by(AssessmentRow.id.desc())
        .limit(1)
    )


def reports(session: Session) -> list[ReportRow]:
    return list(session.scalars(select(ReportRow).where(ReportRow.listed).order_by(ReportRow.published.desc(), ReportRow.id)))
