"""Queries about sources."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Source
from db.words import NO_STREAM


def watched_sources(session: Session) -> list[Source]:
    """Listed sources that are some kind of stream."""
    return list(session.scalars(select(Source).where(Source.listed, Source.kind != NO_STREAM).order_by(Source.tier, Source.name)))
