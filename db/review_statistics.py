"""Statistics of reviewing: decisions of each person, agreement of second readers, the share of
flags that were updates (by source, claim and score), and readers' feedback.

Only decisions in force count (db.flag_history). A flag was an update if it was confirmed, and none
if it was closed as still valid or not about the claim. Duplicates are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.enums import Choice
from db.flag_history import in_force, past_decision
from db.models import (
    AssessmentRow,
    DecisionRow,
    FeedbackRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    SourceRow,
    UserRow,
)
from db.second_reading import opinion_of, says_update

# Lower ends of the score bands; the last one ends at 1
BANDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FEWEST = 3  # judged flags that a source or claim needs to be listed
MOST = 40  # sources, and claims, that are listed


@dataclass(frozen=True)
class PersonDecisions:
    """The decisions of one person."""

    name: str
    by_choice: dict[str, int]  # Choice → number of decisions in force
    undone: int

    @property
    def total(self) -> int:
        return sum(self.by_choice.values())


@dataclass(frozen=True)
class Precision:
    """How many judged flags were updates."""

    key: str
    updates: int
    judged: int

    @property
    def share(self) -> float:
        return self.updates / self.judged


@dataclass(frozen=True)
class Agreement:
    """Flags that two people judged one after the other."""

    both: int  # flags with a yes or no of two different people
    agreed: int
    asked: int  # flags for which a second reader was asked
    answered: int  # of these, how many somebody else has judged
    # (first says update, second says update) of the flags whose second reader did not know the
    # first
    independent: tuple[tuple[bool, bool], ...] = ()

    @property
    def independent_agreed(self) -> int:
        return sum(first == second for first, second in self.independent)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the independent second readings; None where it is not defined (all
        judgements alike, or none).
        """
        n = len(self.independent)
        if not n:
            return None
        first, second = (sum(pair[k] for pair in self.independent) / n for k in (0, 1))
        by_chance = first * second + (1 - first) * (1 - second)
        return None if by_chance == 1 else (self.independent_agreed / n - by_chance) / (1 - by_chance)


@dataclass(frozen=True)
class ReviewStatistics:
    """Everything the page shows."""

    people: list[PersonDecisions]
    agreement: Agreement
    by_source: list[Precision]
    by_claim: list[Precision]
    by_score: list[Precision]
    feedback: dict[str, int]  # verdict of a reader → number; the newest of each reader and flag


def review_statistics(session: Session, since: datetime) -> ReviewStatistics:
    """Over the decisions made and the feedback given since a moment."""
    rows = session.execute(
        select(DecisionRow, UserRow.name)
        .join(UserRow, UserRow.id == DecisionRow.user_id)
        .where(DecisionRow.made_at >= since)
        .order_by(DecisionRow.id)
    ).all()
    by_flag: dict[int, list[DecisionRow]] = defaultdict(list)
    for decision, _ in rows:
        by_flag[decision.flag_id].append(decision)
    effective = {flag_id: _effective(decisions) for flag_id, decisions in by_flag.items()}
    verdicts = {flag_id: verdict for flag_id, decisions in effective.items() if (verdict := _verdict(decisions)) is not None}
    return ReviewStatistics(
        _people(rows, {d.id for decisions in effective.values() for d in decisions}),
        _agreement(effective.values()),
        *_precisions(session, verdicts),
        _feedback(session, since),
    )


def _effective(decisions: Sequence[DecisionRow]) -> list[DecisionRow]:
    kept = {d.id for d in in_force(map(past_decision, decisions))}
    return [d for d in decisions if d.id in kept]


def _verdict(decisions: Sequence[DecisionRow]) -> bool | None:
    """Whether the flag was an update; None while it is not judged."""
    return _is_update(decisions[-1]) if decisions else None


def _is_update(decision: DecisionRow) -> bool | None:
    return says_update(decision.choice)


def _people(rows: Sequence[Any], effective: set[int]) -> list[PersonDecisions]:
    choices: dict[str, Counter[str]] = defaultdict(Counter)
    undone: Counter[str] = Counter()
    for decision, name in rows:
        if decision.id in effective:
            choices[name][decision.choice] += 1
        elif decision.choice != Choice.UNDO:
            undone[name] += 1
    people = [PersonDecisions(name, dict(choices[name]), undone[name]) for name in {*choices, *undone}]
    return sorted(people, key=lambda p: (-p.total, p.name))


def _agreement(flags: Any) -> Agreement:
    both = agreed = asked = answered = 0
    independent = list[tuple[bool, bool]]()
    for decisions in flags:
        judged = [d for d in decisions if _is_update(d) is not None]
        first = next((d for d in judged), None)
        second = next((d for d in judged if first is not None and d.user_id != first.user_id), None)
        if first is not None and second is not None:
            both += 1
            agreed += _is_update(first) == _is_update(second)
        unsure = next((d for d in decisions if d.choice == Choice.NOT_SURE), None)
        if unsure is not None:
            asked += 1
            answers = [d for d in judged if d.id > unsure.id and d.user_id != unsure.user_id]
            answered += bool(answers)
            opinion = says_update(opinion_of(unsure))
            if answers and opinion is not None:
                independent.append((opinion, bool(_is_update(answers[0]))))
    return Agreement(both, agreed, asked, answered, tuple(independent))


def _precisions(session: Session, verdicts: dict[int, bool]) -> tuple[list[Precision], list[Precision], list[Precision]]:
    sources: dict[str, list[bool]] = defaultdict(list)
    claims: dict[str, list[bool]] = defaultdict(list)
    bands: dict[float, list[bool]] = defaultdict(list)
    rows = session.execute(
        select(FlagRow.id, FlagRow.claim_id, FlagRow.score, SourceRow.name)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .where(FlagRow.id.in_(select(DecisionRow.flag_id)))
    )
    for flag_id, claim_id, score, source in rows:
        if (verdict := verdicts.get(flag_id)) is None:
            continue
        sources[source].append(verdict)
        if claim_id is not None:
            claims[claim_id].append(verdict)
        bands[max(b for b in BANDS if b <= max(score, 0.0))].append(verdict)
    return _worst_first(sources), _worst_first(claims), [Precision(_band(b), sum(bands[b]), len(bands[b])) for b in BANDS if bands[b]]


def _worst_first(verdicts: dict[str, list[bool]]) -> list[Precision]:
    rows = [Precision(key, sum(v), len(v)) for key, v in verdicts.items() if len(v) >= FEWEST]
    return sorted(rows, key=lambda p: (p.share, -p.judged, p.key))[:MOST]


def _band(low: float) -> str:
    after = [b for b in BANDS if b > low]
    return f"{low:.1f}–{after[0] if after else 1:.1f}"


def _feedback(session: Session, since: datetime) -> dict[str, int]:
    newest = select(func.max(FeedbackRow.id)).where(FeedbackRow.made_at >= since).group_by(FeedbackRow.subscriber_id, FeedbackRow.flag_id)
    rows = session.execute(select(FeedbackRow.verdict, func.count()).where(FeedbackRow.id.in_(newest)).group_by(FeedbackRow.verdict))
    return {row[0]: row[1] for row in rows}
