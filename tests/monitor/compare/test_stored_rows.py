"""Rows of the database as documents, and fingerprints as rows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.assessments import UncomparedVersion
from db.models import ItemRow, ItemVersionRow, SourceRow
from monitor.compare.stored_rows import document_of, fingerprint_row
from monitor.compare.stories.clustering import unpack
from tests.monitor.compare.stories.test_clustering import NEWS, TEXT, read

PUBLISHED, SEEN = datetime(2026, 1, 5, 7, 30, tzinfo=UTC), datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("published", "day"), [(PUBLISHED, "2026-01-05T07:30:00+00:00"), (None, "2026-01-06T09:00:00+00:00")])
def test_a_document_has_the_date_of_its_item_or_else_the_day_it_was_first_seen(published: datetime | None, day: str) -> None:
    item = ItemRow(id=7, url="https://outlet.example/a", published_at=published, first_seen_at=SEEN)
    version = ItemVersionRow(title="A title", text="A text", lang="ru")
    result = document_of(UncomparedVersion(version, item, SourceRow(name="An outlet", tier=2)))
    assert (result.id, result.outlet, result.url, result.published) == ("7", "An outlet", "https://outlet.example/a", day)
    assert (result.title, result.text, result.lang, result.tier) == ("A title", "A text", "ru", 2)


def test_a_fingerprint_is_stored_with_its_day_and_read_back_the_same() -> None:
    fingerprint = read("7", NEWS, "2026-01-05", TEXT).fingerprint()
    row = fingerprint_row(fingerprint, "bag")
    assert row is not None
    assert row[:2] == ("2026-01-05", "bag")
    assert unpack("7", row[2]).words == fingerprint.words


def test_an_item_that_no_other_can_join_has_no_fingerprint_row() -> None:
    assert fingerprint_row(read("7", "Погода").fingerprint(), "bag") is None


def test_a_fingerprint_without_a_day_is_stored_without_one() -> None:
    row = fingerprint_row(replace(read("7", NEWS, "2026-01-05", TEXT).fingerprint(), day=None), "bag")
    assert row is not None
    assert row[0] is None
