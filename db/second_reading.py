"""Second readings: two people judge a flag without knowing what the other says.

A first reader asks for a second one with the choice *not sure*, alone or with their own judgement
(`facts["opinion"]`). Until somebody else has judged the flag, only the first reader sees who asked,
what they said and what they wrote about the flag. The decision of the second reader holds.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.enums import JUDGEMENTS, UPDATE_JUDGEMENTS, Choice
from db.models import DecisionRow, FlagRow, UserRow


def says_update(choice: str | None) -> bool | None:
    """Whether a choice says that the item is an update of the claim; None if it says neither."""
    return None if choice not in JUDGEMENTS else choice in UPDATE_JUDGEMENTS


def opinion_of(decision: DecisionRow) -> str | None:
    """The judgement of a person who asked for a second reader; None without one."""
    return decision.facts.get("opinion") if decision.choice == Choice.NOT_SURE else None


def hidden_decisions(session: Session, viewer: int | None, flag_ids: Collection[int]) -> dict[int, int]:
    """Decision → user, of the decisions that a user (None: anybody) must not see yet: those with
    which others asked for a second reader, while the flag waits for one.
    """
    asked = (
        select(DecisionRow.id, DecisionRow.user_id)
        .join(FlagRow, FlagRow.id == DecisionRow.flag_id)
        .where(FlagRow.id.in_(flag_ids), FlagRow.second_reader, DecisionRow.choice == Choice.NOT_SURE.value)
    )
    return {i: user for i, user in session.execute(asked) if user != viewer}


@dataclass(frozen=True)
class SecondReading:
    """A judgement of a second reader beside that of the first."""

    first_reader: int
    first_name: str
    opinion: str  # Choice
    agreed: bool  # both say that it is an update, or both that it is none


def second_reading(session: Session, decision: DecisionRow) -> SecondReading | None:
    """What the first reader said; None if the decision is no answer to a second reading with an
    opinion.
    """
    second = says_update(decision.choice)
    before = session.scalar(
        select(DecisionRow)
        .where(DecisionRow.flag_id == decision.flag_id, DecisionRow.id < decision.id)
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )
    if second is None or before is None or before.user_id == decision.user_id or (opinion := opinion_of(before)) is None:
        return None
    name = session.get_one(UserRow, before.user_id).name
    return SecondReading(before.user_id, name, opinion, says_update(opinion) == second)
