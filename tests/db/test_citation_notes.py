"""What researchers add to the citation of an item."""

from datetime import timedelta

from sqlalchemy import func, select

from db.citation_notes import CitationNote, citation_note, keep
from db.engine import reading, writing
from db.models import CitationNoteRow
from tests.review.factory import Filled


def test_each_language_has_its_title_pages_and_author_hold_for_all(filled: Filled) -> None:
    filled.flag()
    anna = filled.user("Anna")
    with writing(filled.engine) as session:
        assert citation_note(session, 1, "da") == CitationNote()
        keep(session, 1, "da", CitationNote("Bøden stiger", "5, 7", "Writer A."), anna, filled.now)
        assert citation_note(session, 1, "da") == CitationNote("Bøden stiger", "5, 7", "Writer A.")
        assert citation_note(session, 1, "nl") == CitationNote("", "5, 7", "Writer A.")
        keep(session, 1, "nl", CitationNote("De boete stijgt", "8"), anna, filled.now + timedelta(hours=1))
        assert citation_note(session, 1, "nl") == CitationNote("De boete stijgt", "8")
        assert citation_note(session, 1, "da").translation == "Bøden stiger"


def test_what_is_kept_again_is_replaced_and_nothing_deletes_it(filled: Filled) -> None:
    filled.flag()
    anna = filled.user("Anna")
    for note in (CitationNote("One"), CitationNote("Two"), CitationNote()):
        with writing(filled.engine) as session:
            keep(session, 1, "da", note, anna, filled.now)
            assert citation_note(session, 1, "da") == note
    with reading(filled.engine) as session:
        assert session.scalar(select(func.count()).select_from(CitationNoteRow)) == 0
