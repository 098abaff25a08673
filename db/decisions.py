"""Deciding about flags: what each decision does, and undoing it.

Nothing is ever taken back from the log (db.decision_log): undo is a further row. A decision names
the version of the flag it was made on; if somebody decided in between, it is refused and says who
did what (`Conflict`), instead of overwriting silently.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.decision_log import append, one_at_a_time
from db.enums import ALSO, NOT_YET_LAW, UPDATES, Choice, FlagEventKind, FlagState, LaterCondition, NotAbout
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
    # The claim is another; what it means for that one is still to be decided
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
    """Somebody else decided first; `by` is that decision."""

    def __init__(self, message: str, by: DecisionRow | None) -> None:
        super().__init__(message)
        self.by = by


@dataclass(frozen=True)
class Order:
    """What a person wants decided."""

    flag_id: int
    user_id: int
    choice: Choice
    version: int  # of the flag, as it was on the person's screen
    note: str = ""
    claim_id: str | None = None  # the claim it is about; None: the flag's own
    also: tuple[str, ...] = ()  # further claims of the report of which the same holds
    statement: str = ""  # the claim's wording from now on; "": it is pending
    in_force: str = ""  # ISO date, where it is known
    reason: NotAbout | None = None
    until: datetime | None = None
    condition: LaterCondition | None = None
    into: int | None = None  # the flag this one doubles
    batch: str = ""  # names decisions that were made, and are undone, together


def decide(session: Session, order: Order, now: datetime) -> DecisionRow:
    """Append one decision and do what it says, in the caller's transaction. Raises Refused or
    Conflict and changes nothing then.
    """
    one_at_a_time(session)
    order = _only_its_own(order)
    flag = session.get(FlagRow, order.flag_id)
    if flag is None:
        raise Refused(f"there is no flag {order.flag_id}")
    if flag.version != order.version:
        raise _conflict(session, flag)
    claim_id = _claim_for(session, flag, order)
    order = replace(order, also=tuple(i for i in dict.fromkeys(order.also) if i != claim_id))
    _check(session, flag, order)
    effect = _effect(session, flag, order) if claim_id else None
    facts = _facts(session, flag, order) | ({"effect": effect} if effect else {})
    before = flag.state
    _apply(flag, order, claim_id, now)
    decision = append(session, flag, order.user_id, order.choice, claim_id, order.note, order.until, before, facts, now)
    if effect in (REWORDED, CHANGED) and claim_id:
        _new_version(session, flag, order, claim_id, order.statement, decision, now)
        for also in facts.get("also", ()):
            _new_version(session, flag, order, also, "", decision, now)
    return decision


def _effect(session: Session, flag: FlagRow, order: Order) -> str | None:
    """What a confirmed update does to the claim: REWORDED, CHANGED or ANNOUNCED; None for other
    choices. Raises Refused for a wording that only a law in force could have.
    """
    if order.choice not in UPDATES:
        return None
    stage = session.get_one(AssessmentRow, flag.assessment_id).stage
    if stage in NOT_YET_LAW and not order.in_force:
        if order.statement.strip():
            raise Refused(
                f"the item reports no law yet ({stage.replace('_', ' ')}), so it cannot change the wording; leave the wording empty, "
                "or give the day from which it is in force"
            )
        return ANNOUNCED
    return REWORDED if order.statement.strip() else CHANGED


def _only_its_own(order: Order) -> Order:
    """The order without what belongs to other choices: a form sends all its fields."""
    choice, later = order.choice, order.choice is Choice.LATER
    return replace(
        order,
        reason=order.reason if choice is Choice.NOT_ABOUT else None,
        until=order.until if later else None,
        condition=order.condition if later else None,
        into=order.into if choice is Choice.DUPLICATE else None,
        in_force=order.in_force if choice in UPDATES else "",
        statement=order.statement if choice in UPDATES else "",
        also=order.also if choice in ALSO else (),
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


def _claim_for(session: Session, flag: FlagRow, order: Order) -> str | None:
    claim_id = order.claim_id or flag.claim_id
    if claim_id is None:
        if order.also:
            raise Refused("name the claim it is about first")
        return None
    for named in (claim_id, *order.also):
        claim = session.get(ClaimRow, named)
        if claim is None or claim.report_id != flag.report_id:
            raise Refused(f"{named} is no claim of this report")
    return claim_id


def _check(session: Session, flag: FlagRow, order: Order) -> None:
    """What each choice needs besides itself."""
    if asked_by(session, flag) == order.user_id:
        raise Refused("you asked for a second reader, so somebody else decides; undo your “not sure” to decide alone")
    match order.choice:
        case Choice.UNDO:
            raise Refused("undo names a decision, not a flag")
        case Choice.NOT_ABOUT if order.reason is None:
            raise Refused("say why it is not about this claim")
        case Choice.LATER if order.until is None and order.condition is None:
            raise Refused("say until when, or until what happens; nothing is put off for ever")
        case Choice.WRONG_CLAIM if order.claim_id is None or order.claim_id == flag.claim_id:
            raise Refused("name the claim it is about")
        case Choice.DUPLICATE:
            check_merge(session, flag, order.into)
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


def _facts(session: Session, flag: FlagRow, order: Order) -> dict[str, Any]:
    """Kept with the decision: why, what was on screen, and what undo has to restore."""
    versions = session.execute(
        select(ItemVersionRow.id, ItemVersionRow.content_hash)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .where(ItemRow.story_id == flag.story_id)
    ).all()
    story = session.get_one(StoryRow, flag.story_id)
    given = {"reason": order.reason, "condition": order.condition, "into": order.into, "in_force": order.in_force, "batch": order.batch}
    return {
        **{k: (str(v) if not isinstance(v, int) else v) for k, v in given.items() if v},
        **({"also": list(order.also)} if order.also else {}),
        "before": {**{name: getattr(flag, name) for name in _RESTORED}, "until": flag.until.isoformat() if flag.until else None},
        "seen": {
            "assessment": flag.assessment_id,
            "texts": sorted(h for _, h in versions)[:200],
            "items": story.items,
            "origins": story.origins,
        },
    }


def _apply(flag: FlagRow, order: Order, claim_id: str | None, now: datetime) -> None:
    flag.state = STATE_AFTER[order.choice].value
    flag.claim_id = claim_id
    flag.until, flag.condition = order.until, order.condition.value if order.condition else None
    flag.second_reader = order.choice is Choice.NOT_SURE
    flag.merged_into = order.into
    flag.changed_at, flag.version = now, flag.version + 1


def _newest(session: Session, claim_id: str) -> ClaimVersionRow:
    return session.scalars(
        select(ClaimVersionRow).where(ClaimVersionRow.claim_id == claim_id).order_by(ClaimVersionRow.number.desc()).limit(1)
    ).one()


def _new_version(session: Session, flag: FlagRow, order: Order, claim_id: str, wording: str, decision: DecisionRow, now: datetime) -> None:
    newest, wording = _newest(session, claim_id), wording.strip()
    event = _event_day(session, flag, order)
    assessed = session.get_one(AssessmentRow, flag.assessment_id).changes
    changed_values = [{k: c[k] for k in ("what", "old", "new")} for c in assessed if c["claim"] == claim_id]
    # What the values became, decision after decision
    changes = [*(newest.body.get("update") or {}).get("changes", ()), *changed_values]
    update = {
        "decision": decision.id, "choice": order.choice.value, "flag": flag.id, "in_force": order.in_force or None, "event": event,
        **({} if wording else {"pending": True}),
        **({"changes": changes} if changes else {}),
    }  # fmt: skip
    body = {**newest.body, "statement": wording or newest.statement, "as_of": event, "update": update}
    _add_version(session, newest, body, decision, now)


def _event_day(session: Session, flag: FlagRow, order: Order) -> str:
    """Day of the event (ISO): from which it is in force if the person says so, else when the item
    of the flag was published, else when it was first seen.
    """
    if order.in_force:
        return order.in_force
    version = session.get_one(ItemVersionRow, session.get_one(AssessmentRow, flag.assessment_id).item_version_id)
    item = session.get_one(ItemRow, version.item_id)
    return f"{item.published_at or item.first_seen_at:%Y-%m-%d}"


def _add_version(session: Session, newest: ClaimVersionRow, body: dict[str, Any], decision: DecisionRow, now: datetime) -> None:
    add_version(session, body, newest.number + 1, now, decision_id=decision.id)
    session.flush()


def undo(session: Session, decision_id: int, user_id: int, now: datetime) -> list[DecisionRow]:
    """Take back a decision, and all that were made in one go with it. Raises Refused where
    something later rests on it.
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
        raise Refused("something was decided after it, or it was undone already; decide anew instead")
    before, current = decision.facts["before"], flag.state
    for name in _RESTORED:
        setattr(flag, name, before[name])
    flag.until = datetime.fromisoformat(before["until"]) if before["until"] else None
    flag.changed_at, flag.version = now, flag.version + 1
    row = append(session, flag, user_id, Choice.UNDO, flag.claim_id, "", None, current, {"undoes": decision.id}, now)
    _restore_claims(session, decision, row, now)
    return row


def _restore_claims(session: Session, undone: DecisionRow, undo_row: DecisionRow, now: datetime) -> None:
    """Where the undone decision's wordings are still the newest, those before them are put on
    again.
    """
    for made in session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.decision_id == undone.id)).all():
        newest = _newest(session, made.claim_id)
        # By what it says: undoing a later decision puts the same wording on again as a further
        # version
        if newest.digest != made.digest:
            raise Refused(f"the wording of {made.claim_id} was changed again after it; decide anew instead")
        before = session.scalars(
            select(ClaimVersionRow).where(ClaimVersionRow.claim_id == made.claim_id, ClaimVersionRow.number == made.number - 1)
        ).one()
        _add_version(session, newest, before.body, undo_row, now)


def last_of(session: Session, user_id: int, look_back: int = 200) -> DecisionRow | None:
    """The user's newest decision that can still be undone: what `z` takes back, also after a
    reload, step by step.
    """
    rows = list(session.scalars(select(DecisionRow).where(DecisionRow.user_id == user_id).order_by(DecisionRow.id.desc()).limit(look_back)))
    newest = decisions_in_force(session, {d.flag_id for d in rows})
    return next((d for d in rows if d.flag_id in newest and newest[d.flag_id].id == d.id), None)


def note(session: Session, flag_id: int, user_id: int, words: str, now: datetime) -> None:
    """Keep a remark with a flag."""
    flag = session.get_one(FlagRow, flag_id)
    session.add(FlagEventRow(flag_id=flag_id, user_id=user_id, kind=FlagEventKind.NOTED.value, note=words, state_after=flag.state, at=now))


def assign(session: Session, flag_id: int, user_id: int, to: int | None, now: datetime) -> None:
    """Give a flag to a person (None: to nobody). Decides nothing."""
    flag = session.get_one(FlagRow, flag_id)
    flag.assigned_to = to
    name = session.get_one(UserRow, to).name if to is not None else "nobody"
    session.add(
        FlagEventRow(flag_id=flag_id, user_id=user_id, kind=FlagEventKind.ASSIGNED.value, note=name, state_after=flag.state, at=now)
    )
