"""Decisions about flags: the effect of each, and undo.

The log (db.decision_log) is append-only: an undo is a further row. A decision names the version of
the flag it was made on. If another person decided in between, it is refused with `Conflict`, which
says who decided what; nothing is overwritten silently.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.claim_editing import newest_version
from db.decision_log import append, one_at_a_time
from db.enums import ALSO, JUDGEMENTS, NOT_YET_LAW, UPDATES, Choice, FlagEventKind, FlagState, LaterCondition, NotAbout
from db.flag_history import decision_in_force, decisions_in_force
from db.models import (
    AssessmentRow,
    ClaimRow,
    ClaimVersionRow,
    DecisionRow,
    FlagEventRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    StoryRow,
    UserRow,
)
from db.reports import add_version

STATE_AFTER = {
    **dict.fromkeys((*UPDATES, Choice.CONTRADICTS), FlagState.CONFIRMED),
    **dict.fromkeys((Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.DUPLICATE), FlagState.DISMISSED),
    Choice.LATER: FlagState.LATER,
    # The flag moves to another claim; its effect on that claim is still to be decided
    Choice.WRONG_CLAIM: FlagState.OPEN,
    Choice.NOT_SURE: FlagState.OPEN,  # waits for a second reader
}
# What a confirmed update does to the claim (`facts["effect"]`).
REWORDED = "reworded"  # it has the wording that the person gave
CHANGED = "changed"  # it keeps its wording, marked as changed; the new wording is pending
ANNOUNCED = "announced"  # nothing: the item reports a bill or a rumour
_RESTORED = ("state", "claim_id", "movement", "second_reader", "condition", "merged_into")


class Refused(Exception):
    """The decision cannot be made like this; the message says what is missing."""


class Conflict(Refused):
    """Another person decided first; `by` is that decision."""

    def __init__(self, message: str, by: DecisionRow | None) -> None:
        super().__init__(message)
        self.by = by


@dataclass(frozen=True)
class DecisionRequest:
    """A decision that a person asks for."""

    flag_id: int
    user_id: int
    choice: Choice
    version: int  # of the flag, as it was on the person's screen
    note: str = ""
    claim_id: str | None = None  # the claim it is about; None: the flag's own
    also: tuple[str, ...] = ()  # further claims of the report with the same decision
    statement: str = ""  # the claim's wording from now on; "": it is pending
    in_force: str = ""  # ISO date, where it is known
    reason: NotAbout | None = None
    until: datetime | None = None
    condition: LaterCondition | None = None
    into: int | None = None  # the flag that this one duplicates
    # Of a person who asks for a second reader: what they would decide
    opinion: Choice | None = None
    batch: str = ""  # names decisions that were made, and are undone, together


def decide(session: Session, request: DecisionRequest, now: datetime) -> DecisionRow:
    """Append one decision and apply it, in the caller's transaction. Raises Refused or Conflict;
    nothing is changed then.
    """
    one_at_a_time(session)
    request = _drop_other_fields(request)
    flag = session.get(FlagRow, request.flag_id)
    if flag is None:
        raise Refused(f"there is no flag {request.flag_id}")
    if flag.version != request.version:
        raise _conflict(session, flag)
    claim_id = _claim_for(session, flag, request)
    request = replace(request, also=tuple(i for i in dict.fromkeys(request.also) if i != claim_id))
    _check(session, flag, request)
    effect = _effect(session, flag, request) if claim_id else None
    facts = _facts(session, flag, request) | ({"effect": effect} if effect else {})
    before = flag.state
    _apply(flag, request, claim_id, now)
    decision = append(session, flag, request.user_id, request.choice, claim_id, request.note, request.until, before, facts, now)
    if effect in (REWORDED, CHANGED) and claim_id:
        _new_version(session, flag, request, claim_id, request.statement, decision, now)
        for also in facts.get("also", ()):
            _new_version(session, flag, request, also, "", decision, now)
    return decision


def _effect(session: Session, flag: FlagRow, request: DecisionRequest) -> str | None:
    """What a confirmed update does to the claim: REWORDED, CHANGED or ANNOUNCED; None for other
    choices. Raises Refused for a wording that only a law in force could have.
    """
    if request.choice not in UPDATES:
        return None
    stage = session.get_one(AssessmentRow, flag.assessment_id).stage
    if stage in NOT_YET_LAW and not request.in_force:
        if request.statement.strip():
            raise Refused(
                f"the item reports no law yet ({stage.replace('_', ' ')}), so it cannot change the wording; leave the wording empty, "
                "or give the day from which it is in force"
            )
        return ANNOUNCED
    return REWORDED if request.statement.strip() else CHANGED


def _drop_other_fields(request: DecisionRequest) -> DecisionRequest:
    """The request without the fields of other choices: a form sends all its fields."""
    choice, later = request.choice, request.choice is Choice.LATER
    return replace(
        request,
        opinion=request.opinion if choice is Choice.NOT_SURE else None,
        reason=request.reason if Choice.NOT_ABOUT in (choice, request.opinion) else None,
        until=request.until if later else None,
        condition=request.condition if later else None,
        into=request.into if choice is Choice.DUPLICATE else None,
        in_force=request.in_force if choice in UPDATES else "",
        statement=request.statement if choice in UPDATES else "",
        also=request.also if choice in ALSO else (),
    )


def _conflict(session: Session, flag: FlagRow) -> Conflict:
    last = session.scalar(select(DecisionRow).where(DecisionRow.flag_id == flag.id).order_by(DecisionRow.id.desc()).limit(1))
    reopened = session.scalar(
        select(FlagEventRow)
        .where(FlagEventRow.flag_id == flag.id, FlagEventRow.user_id.is_(None))
        .order_by(FlagEventRow.id.desc())
        .limit(1)
    )
    if reopened is not None and (last is None or reopened.at >= last.made_at):
        return Conflict(f"it was {reopened.kind.replace('_', ' ')} at {reopened.at:%H:%M} UTC on {reopened.at:%d %B}; look again", last)
    if last is None:
        return Conflict("the flag has changed since you opened it; look again", None)
    who = session.get_one(UserRow, last.user_id).name
    return Conflict(f"{who} decided at {last.made_at:%H:%M} UTC on {last.made_at:%d %B}: {last.choice.replace('_', ' ')}", last)


def _claim_for(session: Session, flag: FlagRow, request: DecisionRequest) -> str | None:
    claim_id = request.claim_id or flag.claim_id
    if claim_id is None:
        if request.also:
            raise Refused("name the claim it is about first")
        return None
    for named in (claim_id, *request.also):
        claim = session.get(ClaimRow, named)
        if claim is None or claim.report_id != flag.report_id:
            raise Refused(f"{named} is no claim of this report")
    return claim_id


def _check(session: Session, flag: FlagRow, request: DecisionRequest) -> None:
    """Refuse a request without what its choice needs. Raises Refused."""
    if asked_by(session, flag) == request.user_id:
        raise Refused("you asked for a second reader, so somebody else decides; undo your “not sure” to decide alone")
    match request.choice:
        case Choice.UNDO:
            raise Refused("undo names a decision, not a flag")
        case Choice.NOT_SURE if request.opinion is not None and request.opinion not in JUDGEMENTS:
            raise Refused("a second reading needs a judgement: an update, still valid, or not about this claim")
        case Choice.NOT_ABOUT if request.reason is None:
            raise Refused("say why it is not about this claim")
        case Choice.LATER if request.until is None and request.condition is None:
            raise Refused("say until when, or until what happens; nothing is put off for ever")
        case Choice.WRONG_CLAIM if request.claim_id is None or request.claim_id == flag.claim_id:
            raise Refused("name the claim it is about")
        case Choice.DUPLICATE:
            check_merge(session, flag, request.into)
        case _:
            pass


def asked_by(session: Session, flag: FlagRow) -> int | None:
    """Id of the user who asked for a second reader of `flag`; None if nobody did."""
    if not flag.second_reader:
        return None
    decision = decision_in_force(session, flag.id)
    return decision.user_id if decision is not None and decision.choice == Choice.NOT_SURE else None


def check_merge(session: Session, flag: FlagRow, into: int | None) -> FlagRow:
    """The flag that `flag` can be merged into as a duplicate. Raises Refused."""
    if into is None:
        raise Refused("give the number of the flag that this one duplicates")
    target = session.get(FlagRow, into)
    if target is None:
        raise Refused(f"there is no flag {into}")
    if target.id == flag.id:
        raise Refused("a flag cannot be a duplicate of itself")
    if target.story_id == flag.story_id:
        raise Refused(f"flag {target.id} is of the same story; a duplicate is of another one")
    if target.report_id != flag.report_id:
        raise Refused("a flag can only be a duplicate of one for the same report")
    if target.merged_into is not None:
        raise Refused(f"flag {target.id} was itself merged into {target.merged_into}; merge into that one")
    if session.scalar(select(func.count()).select_from(FlagRow).where(FlagRow.merged_into == flag.id)):
        raise Refused("other flags were merged into this one; it cannot itself be merged")
    return target


def _facts(session: Session, flag: FlagRow, request: DecisionRequest) -> dict[str, Any]:
    """The facts stored with the decision: why, what was on screen, and what undo restores."""
    versions = session.execute(
        select(ItemVersionRow.id, ItemVersionRow.content_hash)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(ItemRow.story_id == flag.story_id)
    ).all()
    story = session.get_one(StoryRow, flag.story_id)
    chosen = {
        "opinion": request.opinion,
        "reason": request.reason,
        "condition": request.condition,
        "into": request.into,
        "in_force": request.in_force,
        "batch": request.batch,
    }
    return {
        **{k: (str(v) if not isinstance(v, int) else v) for k, v in chosen.items() if v},
        **({"also": list(request.also)} if request.also else {}),
        "before": {**{name: getattr(flag, name) for name in _RESTORED}, "until": flag.until.isoformat() if flag.until else None},
        "seen": {
            "assessment": flag.assessment_id,
            "texts": sorted(h for _, h in versions)[:200],
            "items": story.items,
            "origins": story.origins,
        },
    }


def _apply(flag: FlagRow, request: DecisionRequest, claim_id: str | None, now: datetime) -> None:
    flag.state = STATE_AFTER[request.choice].value
    if request.choice is not Choice.NOT_SURE:  # the second reader chooses the claim too
        flag.claim_id = claim_id
    flag.until, flag.condition = request.until, request.condition.value if request.condition else None
    flag.second_reader = request.choice is Choice.NOT_SURE
    flag.merged_into = request.into
    flag.changed_at, flag.version = now, flag.version + 1


def _new_version(
    session: Session, flag: FlagRow, request: DecisionRequest, claim_id: str, wording: str, decision: DecisionRow, now: datetime
) -> None:
    newest, wording = newest_version(session, claim_id), wording.strip()
    event = _event_day(session, flag, request)
    assessed = session.get_one(AssessmentRow, flag.assessment_id).changes
    changed_values = [{k: c[k] for k in ("what", "old", "new")} for c in assessed if c["claim"] == claim_id]
    # Old and new values of all decisions, oldest first
    changes = [*(newest.body.get("update") or {}).get("changes", ()), *changed_values]
    update = {
        "decision": decision.id, "choice": request.choice.value, "flag": flag.id, "in_force": request.in_force or None, "event": event,
        **({} if wording else {"pending": True}),
        **({"changes": changes} if changes else {}),
    }  # fmt: skip
    body = {**newest.body, "statement": wording or newest.statement, "as_of": event, "update": update}
    _add_version(session, newest, body, decision, now)


def _event_day(session: Session, flag: FlagRow, request: DecisionRequest) -> str:
    """Day of the event (ISO): the day it is in force if the person gave one, else the day the item
    of the flag was published, else the day it was first seen.
    """
    if request.in_force:
        return request.in_force
    version = session.get_one(ItemVersionRow, session.get_one(AssessmentRow, flag.assessment_id).item_version_id)
    item = session.get_one(ItemRow, version.item_id)
    return f"{item.published_at or item.first_seen_at:%Y-%m-%d}"


def _add_version(session: Session, newest: ClaimVersionRow, body: dict[str, Any], decision: DecisionRow, now: datetime) -> None:
    add_version(session, body, newest.number + 1, now, decision_id=decision.id)
    session.flush()


def undo(session: Session, decision_id: int, user_id: int, now: datetime) -> list[DecisionRow]:
    """Undo a decision, with all decisions of its batch. Raises Refused where a later decision rests
    on it.
    """
    one_at_a_time(session)
    decision = session.get(DecisionRow, decision_id)
    if decision is None or decision.choice == Choice.UNDO:
        raise Refused("there is no such decision to undo")
    batch = decision.facts.get("batch")
    together = [decision]
    if batch:
        made = session.scalars(select(DecisionRow).where(DecisionRow.made_at == decision.made_at, DecisionRow.user_id == decision.user_id))
        together = [d for d in made if d.facts.get("batch") == batch]
    return [_undo_one(session, d, user_id, now) for d in sorted(together, key=lambda d: -d.id)]


def _undo_one(session: Session, decision: DecisionRow, user_id: int, now: datetime) -> DecisionRow:
    flag = session.get_one(FlagRow, decision.flag_id)
    newest = decision_in_force(session, flag.id)
    if newest is None or newest.id != decision.id:
        raise Refused("something was decided after it, or it was undone already; decide again instead")
    before, current = decision.facts["before"], flag.state
    for name in _RESTORED:
        setattr(flag, name, before[name])
    flag.until = datetime.fromisoformat(before["until"]) if before["until"] else None
    flag.changed_at, flag.version = now, flag.version + 1
    row = append(session, flag, user_id, Choice.UNDO, flag.claim_id, "", None, current, {"undoes": decision.id}, now)
    _restore_claims(session, decision, row, now)
    return row


def _restore_claims(session: Session, undone: DecisionRow, undo_row: DecisionRow, now: datetime) -> None:
    """Put back the wordings before the undone decision, where its own are still the newest."""
    for version in session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.decision_id == undone.id)).all():
        newest = newest_version(session, version.claim_id)
        # By digest: undoing a later decision puts the same wording back as a further version
        if newest.digest != version.digest:
            raise Refused(f"the wording of {version.claim_id} was changed again after it; decide again instead")
        before = session.scalars(
            select(ClaimVersionRow).where(ClaimVersionRow.claim_id == version.claim_id, ClaimVersionRow.number == version.number - 1)
        ).one()
        _add_version(session, newest, before.body, undo_row, now)


# Decisions that are looked at, a few first: nearly always the newest can be undone.
_LOOK_BACK = (4, 196)


def last_of(session: Session, user_id: int) -> DecisionRow | None:
    """The user's newest decision that can still be undone: what the key `z` undoes, also after a
    reload, one by one.
    """
    mine, skipped = select(DecisionRow).where(DecisionRow.user_id == user_id).order_by(DecisionRow.id.desc()), 0
    for number in _LOOK_BACK:
        rows = list(session.scalars(mine.offset(skipped).limit(number)))
        newest = decisions_in_force(session, {d.flag_id for d in rows})
        if (found := next((d for d in rows if d.flag_id in newest and newest[d.flag_id].id == d.id), None)) or len(rows) < number:
            return found
        skipped += number
    return None


def note(session: Session, flag_id: int, user_id: int, comment: str, now: datetime) -> None:
    """Add a comment to a flag."""
    flag = session.get_one(FlagRow, flag_id)
    session.add(
        FlagEventRow(flag_id=flag_id, user_id=user_id, kind=FlagEventKind.NOTED.value, note=comment, state_after=flag.state, at=now)
    )


def assign(session: Session, flag_id: int, user_id: int, to: int | None, now: datetime) -> None:
    """Assign a flag to a person (None: to nobody). Decides nothing."""
    flag = session.get_one(FlagRow, flag_id)
    flag.assigned_to = to
    name = session.get_one(UserRow, to).name if to is not None else "nobody"
    session.add(
        FlagEventRow(flag_id=flag_id, user_id=user_id, kind=FlagEventKind.ASSIGNED.value, note=name, state_after=flag.state, at=now)
    )
