"""Tables of reports and their claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class ReportRow(Base):
    """A COI report whose claims are watched."""

    __tablename__ = "report"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str]
    publisher: Mapped[str]
    published: Mapped[str] = mapped_column(String(10))
    research_closed: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    url: Mapped[str | None]
    # Names of the packs of subjects that its claims speak of
    packs: Mapped[list[Any]] = mapped_column(default=list)
    # Number of a section → its title, as the report prints it
    sections: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    origin: Mapped[str] = mapped_column(String(8), default="file")  # ReportOrigin
    # False once its file is gone, or a person retired it
    listed: Mapped[bool] = mapped_column(default=True)
    # Grows with every change of the head or of a claim
    version: Mapped[int] = mapped_column(default=1)
    # The comparer that its items were last compared with
    comparer: Mapped[str | None] = mapped_column(String(120))
    # Highest item version that is still to be compared again; None: no pass is due
    again_from: Mapped[int | None]


class ClaimRow(Base):
    """One checkable statement of a report. What it says is in ClaimVersion."""

    __tablename__ = "claim"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    position: Mapped[int]
    section: Mapped[str]
    topic: Mapped[str] = mapped_column(String(40), index=True)
    # In its pack; the topic where it names none
    subject: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # Language → phrase of the subject
    phrase: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    listed: Mapped[bool] = mapped_column(default=True)
    # A person took it off the report; its file does not bring it back
    retired_at: Mapped[datetime | None]
    replaced_by: Mapped[list[Any] | None]  # ids of the claims that took its place
    # A newer edition of the file, not used because the desk has a version of its own
    file_body: Mapped[dict[str, Any] | None]


class ClaimVersionRow(Base):
    """A claim as it stood from a moment on: from the baseline file, from an editor of the desk, or
    from a confirmed update.
    """

    __tablename__ = "claim_version"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    number: Mapped[int]
    statement: Mapped[str]
    body: Mapped[dict[str, Any]]  # the whole entry of the baseline file
    digest: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    # Written at the desk or imported there, not read from a file
    edited: Mapped[bool] = mapped_column(default=False)
    # Who wrote it; None: on the command line
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    since: Mapped[datetime]


class ReportUploadRow(Base):
    """A file of a report as it was uploaded, and what was read from it. It never leaves the
    desk.
    """

    __tablename__ = "report_upload"
    __table_args__ = (UniqueConstraint("report_id", "sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    deflated: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    # sections, sentences with pages, footnotes: monitor.report_import
    content: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class ClaimDraftRow(Base):
    """A claim proposed for a sentence of an upload. Nothing is compared with it before a person
    accepts it.
    """

    __tablename__ = "claim_draft"
    __table_args__ = (UniqueConstraint("upload_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("report_upload.id"))
    position: Mapped[int]
    sentence: Mapped[int]  # its place among the sentences of the upload
    # As an entry of a baseline file; fields that a person must fill are ""
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8))  # DraftState
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class DeskChangeRow(Base):
    """Who changed what of reports, claims and sources at the desk."""

    __tablename__ = "desk_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: on the command line
    action: Mapped[str] = mapped_column(String(24))  # ChangeAction
    target: Mapped[str] = mapped_column(String(64), index=True)  # id of the report, claim or source
    detail: Mapped[str]
