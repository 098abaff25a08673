"""Decisions as training data: every item of every closed flag with its label."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db.enums import AuditGroup, AuditVerdict, Choice, FlagState, NotAbout
from db.flag_history import decision_in_force
from db.models import AssessmentRow, DecisionRow, FlagRow, ItemRow, ItemVersionRow, RecallAuditRow, StoryRow


@dataclass(frozen=True)
class LabelledItem:
    """One item of a decided flag, as `ajour fit` learns from it. `item` is a line in of a replay,
    `label` what a person made of it.
    """

    report_id: str
    item: dict[str, Any]
    label: dict[str, Any] = field(default_factory=dict)


_CLASS = {Choice.STILL_VALID: "restatement", Choice.NOT_ABOUT: "hard", Choice.DUPLICATE: "update"}


def labelled(session: Session) -> Iterator[LabelledItem]:
    """Every item of every flag that a person closed (still closed, decision not undone), in the
    form of the development data.
    """
    closed = select(FlagRow).where(FlagRow.state.in_(["confirmed", "dismissed"])).order_by(FlagRow.id)
    for flag in session.scalars(closed).all():
        decision = decision_in_force(session, flag.id)
        target = flag
        if decision is not None and decision.choice == Choice.DUPLICATE and flag.merged_into:
            target = session.get_one(FlagRow, flag.merged_into)
            decision = decision_in_force(session, target.id)
        if decision is None or target.state not in ("confirmed", "dismissed"):
            continue
        event = session.get_one(StoryRow, target.story_id).key
        for item, version in _texts(session, flag):
            yield LabelledItem(flag.report_id, _line(item, version), _label(item, target, decision, event))


def audited(session: Session) -> Iterator[LabelledItem]:
    """Every item of a recall audit that is no update, as a negative.

    A missed update has a flag of its own, whose decision labels it (`labelled`).
    """
    rows = session.execute(
        select(RecallAuditRow, ItemRow, ItemVersionRow, StoryRow.key)
        .join(AssessmentRow, AssessmentRow.id == RecallAuditRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .where(
            RecallAuditRow.verdict == AuditVerdict.NO_UPDATE,
            ~exists().where(FlagRow.story_id == StoryRow.id, FlagRow.report_id == RecallAuditRow.report_id),
        )
        .order_by(RecallAuditRow.id)
    )
    for audit, item, version, story in {(a.report_id, i.id): (a, i, v, s) for a, i, v, s in rows}.values():
        near = audit.group == AuditGroup.NEAR
        label = {
            "id": f"i{item.id}", "flag": False, "severity": "none", "event": story, "class": "hard" if near else "easy", "claims": None,
            "choice": "recall_audit",
        }  # fmt: skip
        yield LabelledItem(audit.report_id, _line(item, version), label)


def _texts(session: Session, flag: FlagRow) -> list[tuple[ItemRow, ItemVersionRow]]:
    """The items of the flag's story that are about its subject, each in its newest version.

    An item that is flagged on no subject counts for the story's first flag, so that each item has
    one label per report.
    """
    rows = session.execute(
        select(ItemRow, ItemVersionRow)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .where(ItemRow.story_id == flag.story_id)
        .order_by(ItemVersionRow.number)
    )
    newest = {item.id: (item, version) for item, version in rows}
    flagged = session.execute(
        select(ItemVersionRow.item_id, AssessmentRow.subject)
        .join(AssessmentRow, AssessmentRow.item_version_id == ItemVersionRow.id)
        .where(ItemVersionRow.item_id.in_(newest), AssessmentRow.report_id == flag.report_id, AssessmentRow.flagged)
        .order_by(AssessmentRow.id)
    )
    subjects = {item_id: subject for item_id, subject in flagged}  # noqa: C416
    first = session.scalars(
        select(FlagRow.subject).where(FlagRow.story_id == flag.story_id, FlagRow.report_id == flag.report_id).order_by(FlagRow.id)
    ).first()
    return [row for item_id, row in newest.items() if subjects.get(item_id, first) == flag.subject]


def _line(item: ItemRow, version: ItemVersionRow) -> dict[str, Any]:
    at = item.published_at
    return {
        "id": f"i{item.id}", "outlet": item.source_id, "url": item.url, "published": at.isoformat() if at else None, "lang": version.lang,
        "title": version.title, "text": version.text,
    }  # fmt: skip


def _label(item: ItemRow, flag: FlagRow, decision: DecisionRow, event: str) -> dict[str, Any]:
    update = flag.state == FlagState.CONFIRMED
    kind = "update" if update else _CLASS.get(Choice(decision.choice), "hard")
    if decision.facts.get("reason") == NotAbout.OLD:
        kind = "known"
    return {
        "id": f"i{item.id}", "flag": update, "severity": flag.severity if update else "none", "event": event, "class": kind,
        "claims": [decision.claim_id, *decision.facts.get("also", ())] if update and decision.claim_id else None, "choice": decision.choice,
    }  # fmt: skip
