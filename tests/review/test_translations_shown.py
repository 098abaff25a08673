"""Machine translations at the desk: marked, beside the original, escaped, and none for users who
want none.
"""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import translations
from db.engine import reading, writing
from db.enums import PassagePart
from db.models import AssessmentRow, ItemRow, ItemVersionRow, ReportRow, UserRow
from db.passages import mail_quote
from db.translations import Direction, Passage
from tests.review.factory import Filled

TITLE, TEXT = "Штраф за неявку подняли", "Явиться нужно за три дня. Штраф вырос."
HOSTILE = "<script>alert(1)</script> & The fine for not appearing was raised"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; The fine for not appearing was raised"
LEAD = "One must appear within three days. The fine rose."
DANISH = "Bøden for udeblivelse er sat op"
MARK = "machine translation, LibreTranslate 1.6.4"


@pytest.fixture
def flag(filled: Filled) -> int:
    """A flag whose headline is translated into English and Danish, and its first sentences into
    English.
    """
    number = filled.flag(TITLE, text=TEXT)
    with writing(filled.engine) as session:
        version = session.scalars(select(ItemVersionRow)).one()
        passages = {PassagePart.TITLE: TITLE, PassagePart.LEAD: mail_quote(TITLE, version.text), PassagePart.EVIDENCE: version.text}
        for part, language, text in (
            (PassagePart.TITLE, "en", HOSTILE),
            (PassagePart.TITLE, "da", DANISH),
            (PassagePart.LEAD, "en", LEAD),
            (PassagePart.EVIDENCE, "en", LEAD),
        ):
            direction = Direction("ru", language, "LibreTranslate", "1.6.4")
            translations.store(session, version.id, Passage(part, passages[part]), direction, text, "", filled.now - timedelta(hours=1))
    return number


def pages(flag: int) -> list[str]:
    return [f"/queue?flag={flag}", f"/flags/{flag}", "/items/1", "/search?q=штраф", "/reports/rep-2024", "/claims/REP-001", "/stories/s1"]


def test_every_page_shows_it_marked_below_the_original(flag: int, anna: TestClient) -> None:
    for path in pages(flag):
        page = anna.get(path).text
        assert MARK in page, path
        assert f'<bdi lang="en">{ESCAPED}</bdi>' in page, path
        assert "<script>alert" not in page
        assert page.index("за неявку подняли") < page.index(MARK), path
    card = anna.get(f"/flags/{flag}").text
    assert card.index("Явиться нужно") < card.index(LEAD)


def test_a_user_chooses_the_language_or_none(flag: int, anna: TestClient) -> None:
    anna.post("/settings/translations", data={"language": "da"})
    card = anna.get(f"/flags/{flag}").text
    assert f'<bdi lang="da">{DANISH}</bdi>' in card
    assert f'<bdi lang="en">{LEAD}</bdi>' in card, "what has no Danish translation is shown in English"
    anna.post("/settings/translations", data={"language": "klingon"})
    for path in [*pages(flag), "/feeds/flags.atom", "/exports/flags.csv"]:
        page = anna.get(path).text
        assert "LibreTranslate" not in page, path
        assert "за неявку подняли" in page or "feeds" in path
    assert "none</option>" in anna.get("/settings").text


def test_exports_feeds_and_the_api_have_it_apart_from_the_title(flag: int, anna: TestClient) -> None:
    (row,) = csv.DictReader(io.StringIO(anna.get("/exports/flags.csv").text.removeprefix("\ufeff")))
    assert (row["title"], row["machine_translation"], row["translated_by"]) == (TITLE, HOSTILE, "LibreTranslate 1.6.4")
    feed = anna.get("/feeds/flags.atom").text
    assert f"Machine translation of the headline, LibreTranslate 1.6.4: {ESCAPED}" in feed
    for path in (f"/api/v1/flags/{flag}", "/api/v1/items?q=штраф"):
        found = anna.get(path).json()
        found = found[0] if isinstance(found, list) else found
        assert (found["title"], found["machine_translation"], found["translated_by"]) == (TITLE, HOSTILE, "LibreTranslate 1.6.4")
    assert anna.get("/api/v1/flags").json()[0]["machine_translation"] == HOSTILE


def test_a_citation_takes_the_translated_title_only_when_a_person_accepts_it(filled: Filled, flag: int, anna: TestClient) -> None:
    with writing(filled.engine) as session:
        session.get_one(ReportRow, "rep-2024").language = "da"
    before = anna.get(f"/flags/{flag}").text
    assert "Use it as the title" in before
    assert DANISH not in before.partition('id="cite-')[2].partition("</output>")[0]
    anna.post("/items/1/cite", data={"language": "da", "translation": DANISH, "back": f"/flags/{flag}"})
    after = anna.get(f"/flags/{flag}").text
    assert "Use it as the title" not in after
    assert DANISH in after.partition('id="cite-')[2].partition("</output>")[0]


def test_nothing_rests_on_a_translation(filled: Filled, flag: int, anna: TestClient) -> None:
    with reading(filled.engine) as session:
        assessment, item = session.scalars(select(AssessmentRow)).one(), session.scalars(select(ItemRow)).one()
        user = session.scalars(select(UserRow)).one()
    assert "fine" not in str(assessment.reasons)
    assert item.id == 1
    assert user.preferences.get("translations", "en") == "en"
    assert b"LibreTranslate" not in anna.get(f"/flags/{flag}/evidence.zip").content
