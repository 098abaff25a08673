"""Tables of reports and their claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
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


class ClaimRow(Base):
    """One checkable statement of a report. What it says is in ClaimVersion."""

    __tablename__ = "claim"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    position: Mapped[int]
    section: Mapped[str]
    topic: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(64), default="", server_default="")  # in its pack; the topic where it names none
    phrase: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # language → the subject in words
    listed: Mapped[bool] = mapped_column(default=True)


class ClaimVersionRow(Base):
    """A claim as it stood from a moment on: from the baseline file, or from a confirmed update."""

    __tablename__ = "claim_version"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    number: Mapped[int]
    statement: Mapped[str]
    body: Mapped[dict[str, Any]]  # the whole entry of the baseline file
    digest: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    since: Mapped[datetime]
