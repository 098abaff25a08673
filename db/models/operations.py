"""Tables of running Ajour."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class OperatorAlertRow(Base):
    """A problem reported to operators: once when it starts and once when it ends."""

    __tablename__ = "operator_alert"
    key: Mapped[str] = mapped_column(String(80), primary_key=True)  # "source_blind:tass"
    text: Mapped[str]
    since: Mapped[datetime]
    over_at: Mapped[datetime | None]  # None: not over


class JobRunRow(Base):
    """The last run of a recurring job, whichever process ran it."""

    __tablename__ = "job_run"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]  # the last start
    ended_at: Mapped[datetime | None]  # its end; None while it runs, or if it was killed
    good_at: Mapped[datetime | None]  # the last end without an error
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    result: Mapped[str] = mapped_column(default="")  # one line: what it did, or the error


class ErasureRow(Base):
    """That texts were erased on a request, why and how many; never what they said."""

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]]  # table → rows changed
