"""Tables of comparing and review: stories, assessments, flags, and what people decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class StoryRow(Base):
    """One event as reported by any number of items; the unit of review."""

    __tablename__ = "story"
    id: Mapped[int] = mapped_column(primary_key=True)
    # Named after its first item: "s" + digest
    key: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str]
    first_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime] = mapped_column(index=True)
    items: Mapped[int] = mapped_column(default=0)
    origins: Mapped[int] = mapped_column(default=0)  # independent ones


class StoryBillRow(Base):
    """A bill, or an article of an act, that a story's items name while it is pending; it links the
    stages of one bill.
    """

    __tablename__ = "story_bill"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"), primary_key=True)
    bill: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    stage: Mapped[str] = mapped_column(String(24))  # as the first item that named it has it


class StoryFingerprintRow(Base):
    """What is kept of an item to recognise its story again after a restart
    (monitor.compare.stories.fingerprint.StoryFingerprint, packed).
    """

    __tablename__ = "story_fingerprint"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    day: Mapped[str | None] = mapped_column(String(10), index=True)
    encoder: Mapped[str] = mapped_column(String(40))  # vectors of another encoder are made again
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class AssessmentRow(Base):
    """What comparing one item version with one report's claims gave. Re-comparing adds a row."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("item_version_id", "report_id", "comparer"),
        Index("ix_assessment_subject_score", "subject", "score"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    # Digest of model, vocabulary and claims that made it
    comparer: Mapped[str] = mapped_column(String(40))
    score: Mapped[float]
    flagged: Mapped[bool]
    severity: Mapped[str] = mapped_column(String(8))
    relation: Mapped[str] = mapped_column(String(24))
    stage: Mapped[str | None] = mapped_column(String(16))
    claims: Mapped[list[Any]]  # [{"id", "score"}, …] best first
    changes: Mapped[list[Any]]  # [{"claim", "what", "old", "new", "span"}, …]
    reasons: Mapped[list[Any]]
    # Subject of the nearest claim in its pack ("summons.delivery"); the claim's topic where it
    # names none
    subject: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # What changed, as data (db.gist.Gist); every flagged assessment has one
    gist: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    made_at: Mapped[datetime]
    erasure_id: Mapped[int | None] = mapped_column(ForeignKey("erasure.id"))


class ReadingAidRow(Base):
    """What the reading aid answered about an assessment. The quote is a place in the item version
    (`title`, two line ends, `text`), so no text is kept here twice.
    """

    __tablename__ = "reading_aid"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)
    model: Mapped[str] = mapped_column(String(120))
    # None: none of the candidates
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    change: Mapped[str] = mapped_column(String(16), default="")
    gist: Mapped[str] = mapped_column(default="")  # English, one sentence
    quote_start: Mapped[int] = mapped_column(default=0)
    quote_end: Mapped[int] = mapped_column(default=0)
    # The check that the answer failed; empty: it passed
    dropped: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]


class FlagRow(Base):
    """A story that likely updates a report: what a reviewer judges. One per story, report and
    subject.

    `subject`: what the report's nearest claim is about (see AssessmentRow). Two changes in one
    story are two flags, so that neither is hidden under the other.
    """

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("story_id", "report_id", "subject"), Index("ix_flag_report_state", "report_id", "state"))
    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"))
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    subject: Mapped[str] = mapped_column(String(64), default="", server_default="")
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)  # the nearest
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))  # the strongest
    score: Mapped[float]
    severity: Mapped[str] = mapped_column(String(8), index=True)
    relation: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    raised_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    # Counts decisions: of two people who save at once, the second is refused with a message
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    # db.enums.Movement
    movement: Mapped[str] = mapped_column(String(16), default="new", server_default="new")
    # A reviewer asked for a second reader
    second_reader: Mapped[bool] = mapped_column(default=False, server_default=false())
    assigned_to: Mapped[int | None]  # user.id
    until: Mapped[datetime | None]  # put off until then
    # … or until this happens (db.enums.LaterCondition)
    condition: Mapped[str | None] = mapped_column(String(24))
    # flag.id of the flag that this one duplicates
    merged_into: Mapped[int | None] = mapped_column(index=True)


class DecisionRow(Base):
    """What a person decided about a flag. Append-only; each row carries the hash of the one before
    it.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("uq_decision_previous_hash", "previous_hash", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    choice: Mapped[str] = mapped_column(String(32))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    note: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))  # unique: one chain, no forks
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    state_before: Mapped[str | None] = mapped_column(String(16))
    state_after: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # why, what was on screen, what undo restores; hashed too


class FlagEventRow(Base):
    """What happened to a flag besides decisions: reopened and why, assigned, noted. Append-only;
    user_id is None where a rule acted.
    """

    __tablename__ = "flag_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(24))  # db.enums.FlagEventKind
    note: Mapped[str] = mapped_column(default="")
    state_after: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(index=True)


class FlagMessageRow(Base):
    """A flag that one user sent to another, with a comment."""

    __tablename__ = "flag_message"
    __table_args__ = (Index("ix_flag_message_to_user_read_at", "to_user", "read_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    from_user: Mapped[int] = mapped_column(ForeignKey("user.id"))
    to_user: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # when the receiver opened the flag


class RecallAuditRow(Base):
    """One unflagged item of a weekly sample, which a reviewer judges (db.recall_audit)."""

    __tablename__ = "recall_audit"
    __table_args__ = (UniqueConstraint("week", "assessment_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(String(10), index=True)  # its Monday, YYYY-MM-DD
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    group: Mapped[str] = mapped_column(String(8))  # db.enums.AuditGroup
    group_size: Mapped[int]  # items the group was drawn from
    verdict: Mapped[str | None] = mapped_column(String(12))  # db.enums.AuditVerdict
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    judged_at: Mapped[datetime | None]
