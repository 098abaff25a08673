"""The rule by which a closed flag reopens automatically. `db.assessments` applies it to every item
version it stores.

A decision rests on what was on screen. It no longer holds when an outlet changed the text (a new
version), when an independent source reports the event too (a new origin), or when the primary text
appears (a tier-1 source). A flag that was put off waits for its day or its condition instead. For a
flag that was merged into another, that other flag reopens.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.enums import FlagEventKind, FlagState, LaterCondition, Movement
from db.models import DecisionRow, FlagEventRow, FlagRow, ItemVersionRow, SourceRow, StoryRow

# What joins a story within the first hour is part of the same arrival, not growth
FRESH = timedelta(hours=1)
CLOSED = (FlagState.CONFIRMED.value, FlagState.DISMISSED.value)


def reopening_reason(version_number: int, tier: int, origins_before: int, origins: int) -> FlagEventKind | None:
    """Why an item version that was just stored reopens a closed flag of its story; None if it does
    not.
    """
    if version_number > 1:
        return FlagEventKind.EDITED
    if tier == 1:
        return FlagEventKind.PRIMARY
    return FlagEventKind.ORIGIN if origins > origins_before else None


def is_met(condition: str | None, tier: int, origins: int) -> bool:
    """Whether what a put-off flag waits for has happened."""
    return (condition == LaterCondition.GAZETTE and tier == 1) or (condition == LaterCondition.TWO_ORIGINS and origins >= 2)


def reopen(
    session: Session,
    story: StoryRow,
    version: ItemVersionRow,
    source: SourceRow,
    origins_before: int,
    origins: int,
    now: datetime,
    subjects: Mapping[str, str],
) -> list[FlagRow]:
    """Reopen the flags of `story` whose decision no longer holds after the new item version.
    Returns them.

    `origins`: of the story, with this item. `subjects`: report id → subject, where the item is
    flagged. A new item on another subject does not reopen a flag; it has a flag of its own.
    """
    opened: dict[int, FlagRow] = {}
    for flag in session.scalars(select(FlagRow).where(FlagRow.story_id == story.id)):
        if version.number == 1 and subjects.get(flag.report_id, flag.subject) != flag.subject:
            continue
        target = session.get_one(FlagRow, flag.merged_into) if flag.merged_into is not None else flag
        reason = _reason(session, target, version, source, origins_before, origins)
        if reason is not None:
            back_to_queue(session, target, reason, f"{source.name}: {version.title or version.text[:80]}", now)
            opened[target.id] = target
        elif target.state == FlagState.OPEN and target.movement == Movement.NEW and now - target.raised_at > FRESH:
            target.movement = Movement.EDITED.value if version.number > 1 else Movement.GROWING.value
    return list(opened.values())


def _reason(
    session: Session, flag: FlagRow, version: ItemVersionRow, source: SourceRow, origins_before: int, origins: int
) -> FlagEventKind | None:
    if flag.state in CLOSED:
        # Compared again, by another comparer or for another report: nothing new to a person
        if version.content_hash in _seen(session, flag):
            return None
        return reopening_reason(version.number, source.tier, origins_before, origins)
    if flag.state == FlagState.LATER and is_met(flag.condition, source.tier, origins):
        return FlagEventKind.CONDITION
    return None


def _seen(session: Session, flag: FlagRow) -> list[str]:
    """Hashes of the texts that were on screen when the flag was last decided."""
    facts = session.scalar(select(DecisionRow.facts).where(DecisionRow.flag_id == flag.id).order_by(DecisionRow.id.desc()).limit(1)) or {}
    return list(facts.get("seen", {}).get("texts", ()))


def back_to_queue(session: Session, flag: FlagRow, reason: FlagEventKind, note: str, now: datetime) -> None:
    """Open `flag` and store the reason. A decision that a person is making on the closed flag at
    that moment is refused.
    """
    flag.state, flag.movement, flag.changed_at = FlagState.OPEN.value, Movement.BACK.value, now
    flag.until = flag.condition = None
    flag.version += 1
    session.add(FlagEventRow(flag_id=flag.id, user_id=None, kind=reason.value, note=note, state_after=FlagState.OPEN.value, at=now))


def reopen_due(session: Session, now: datetime) -> list[FlagRow]:
    """Open every flag that was put off until a day that has come. Call it every minute; a second
    call changes nothing.
    """
    due = list(session.scalars(select(FlagRow).where(FlagRow.state == FlagState.LATER.value, FlagRow.until <= now)))
    for flag in due:
        back_to_queue(session, flag, FlagEventKind.DUE, "", now)
    return due
