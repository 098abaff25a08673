"""What researchers add to the citation of an item: the title in the language of a report, pages, an
author. Kept with the item, so that nobody types it twice.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import CitationNoteRow

LONGEST = {"translation": 500, "pages": 40, "author": 120}  # characters


@dataclass(frozen=True)
class CitationNote:
    """The additions to a citation. All empty: none."""

    translation: str = ""  # of the title, into the language of the report
    pages: str = ""  # "12", "5, 7", "8-9"
    author: str = ""


def citation_note(session: Session, item_id: int, language: str) -> CitationNote:
    """What was added for reports in a language. Pages and author also from another language: they
    do not depend on it.
    """
    rows = session.scalars(select(CitationNoteRow).where(CitationNoteRow.item_id == item_id).order_by(CitationNoteRow.at.desc())).all()
    own = next((r for r in rows if r.language == language), None)
    if own is not None:
        return CitationNote(own.translation, own.pages, own.author)
    return CitationNote("", rows[0].pages, rows[0].author) if rows else CitationNote()


def keep(session: Session, item_id: int, language: str, note: CitationNote, user_id: int, now: datetime) -> None:
    """Replace the additions for a language; empty ones delete them."""
    session.execute(delete(CitationNoteRow).where(CitationNoteRow.item_id == item_id, CitationNoteRow.language == language))
    if note != CitationNote():
        session.add(
            CitationNoteRow(
                item_id=item_id,
                language=language,
                translation=note.translation,
                pages=note.pages,
                author=note.author,
                user_id=user_id,
                at=now,
            )
        )
