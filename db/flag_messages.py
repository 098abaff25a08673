"""Flags that users send to colleagues, with a comment, and comments that everybody reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from db.enums import FlagEventKind
from db.models import FlagEventRow, FlagMessageRow, FlagRow, StoryRow, UserRow
from db.second_reading import hidden_decisions

MOST = 100  # messages of one list


@dataclass(frozen=True)
class FlagMessage:
    """A flag that a colleague sent."""

    message: FlagMessageRow
    sender: str
    flag: FlagRow
    story: StoryRow


@dataclass(frozen=True)
class Comment:
    """A comment on a flag that everybody reads."""

    at: datetime
    who: str
    text: str


def send(session: Session, flag_id: int, sender: int, to: int, text: str, now: datetime) -> None:
    """Put a flag on the list of a colleague. Decides nothing and assigns nothing."""
    session.add(FlagMessageRow(flag_id=flag_id, from_user=sender, to_user=to, text=text, sent_at=now))


def received(session: Session, user_id: int) -> list[FlagMessage]:
    """The flags that were sent to a user, the newest first."""
    sender = aliased(UserRow)
    rows = session.execute(
        select(FlagMessageRow, sender.name, FlagRow, StoryRow)
        .join(sender, sender.id == FlagMessageRow.from_user)
        .join(FlagRow, FlagRow.id == FlagMessageRow.flag_id)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .where(FlagMessageRow.to_user == user_id)
        .order_by(FlagMessageRow.id.desc())
        .limit(MOST)
    )
    return [FlagMessage(*row) for row in rows]


def unread(session: Session, user_id: int) -> int:
    """How many flags were sent to a user who has not opened them."""
    mine = select(func.count()).select_from(FlagMessageRow).where(FlagMessageRow.to_user == user_id, FlagMessageRow.read_at.is_(None))
    return session.scalar(mine) or 0


def to_user_on(session: Session, flag_id: int, user_id: int) -> list[FlagMessage]:
    """What colleagues wrote to a user about one flag, the newest first."""
    return [m for m in received(session, user_id) if m.flag.id == flag_id]


def mark_read(session: Session, flag_id: int, user_id: int, now: datetime) -> None:
    """The user has opened the flag."""
    session.execute(
        update(FlagMessageRow)
        .where(FlagMessageRow.flag_id == flag_id, FlagMessageRow.to_user == user_id, FlagMessageRow.read_at.is_(None))
        .values(read_at=now)
    )


def comments(session: Session, flag_ids: Sequence[int], viewer: int | None) -> list[Comment]:
    """The comments on flags, oldest first, without those of people whose judgement a user (None:
    anybody) must not know yet.
    """
    hidden = set(hidden_decisions(session, viewer, flag_ids).values())
    rows = session.execute(
        select(FlagEventRow.at, UserRow.name, FlagEventRow.note)
        .join(UserRow, UserRow.id == FlagEventRow.user_id)
        .where(FlagEventRow.flag_id.in_(flag_ids), FlagEventRow.kind == FlagEventKind.NOTED, FlagEventRow.user_id.not_in(hidden))
        .order_by(FlagEventRow.id)
    )
    return [Comment(*row) for row in rows]
