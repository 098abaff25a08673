"""Translations in the database: which languages are needed, what is shown of what was stored."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from db import translations
from db.engine import reading, writing
from db.enums import PassagePart
from db.models import ItemVersionRow, ReportRow
from db.translations import NO_TRANSLATIONS, Direction, Passage, TranslationCounts
from tests.alerts_factory import NOW, TEXT, TITLE, add_flag, first_of, lay_out, subscribe

EN = Direction("ru", "en", "Engine", "1")
DA = Direction("ru", "da", "Engine", "1")
HEADLINE = Passage(PassagePart.TITLE, TITLE)


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)


def test_english_and_the_languages_of_readers_and_reports_are_needed(engine: Engine) -> None:
    with writing(engine) as session:
        subscribe(session, language="da")
        without = subscribe(session, "b@example.org", language="fr")
        first_of(session, without).preferences = {"translations": False}
        subscribe(session, "c@example.org", language="de").ended_at = NOW
        session.get_one(ReportRow, "cedoca").language = "nl"
    with reading(engine) as session:
        assert translations.languages_needed(session) == ["en", "da", "nl"]


def test_a_translation_stands_only_beside_its_own_passage(engine: Engine) -> None:
    with writing(engine) as session:
        translations.store(session, 1, HEADLINE, EN, "The Duma adopted a law", "", NOW)
        translations.store(session, 1, HEADLINE, EN, "another one", "", NOW)
        translations.store(session, 1, Passage(PassagePart.LEAD, TEXT), EN, "…", "it is empty", NOW)
    with reading(engine) as session:
        found = translations.of_versions(session, [1])[1]
        shown = translations.titles(session, [1, 2], "en")
        assert translations.titles(session, [1], "da") == {1: shown[1]}, "a reader of Danish gets English where there is no Danish"
        assert translations.titles(session, [1], "") == {}
        assert translations.counts(session) == [TranslationCounts("Engine", "1", "en", 1, 1, NOW)]
    title = found.of(TITLE, "en")
    assert title is not None
    assert (title.text, title.mark) == ("The Duma adopted a law", "Engine 1")
    assert title == shown.get(1) == found.part(PassagePart.TITLE, "en")
    assert shown.get(2) is None
    assert found.for_reader(TITLE, "da") == title
    assert found.for_reader(TITLE, "") is found.part(PassagePart.TITLE, "") is None
    assert found.of(TITLE, "da") is found.of(f"{TITLE}.", "en") is found.of(TEXT, "en") is NO_TRANSLATIONS.of(TITLE, "en") is None


def test_a_digest_of_an_earlier_moment_has_no_later_translation(engine: Engine) -> None:
    with writing(engine) as session:
        translations.store(session, 1, HEADLINE, EN, "The Duma adopted a law", "", NOW)
    with reading(engine) as session:
        assert translations.of_versions(session, [1], NOW) == {}
        assert list(translations.of_versions(session, [1], NOW + timedelta(seconds=1))) == [1]


def test_what_waits_is_counted_until_all_of_it_was_read(engine: Engine) -> None:
    with writing(engine) as session:
        assert translations.count_waiting(session, EN) == 1
        translations.store(session, 1, HEADLINE, EN, "The Duma adopted a law", "", NOW)
        (waiting,) = translations.waiting(session, EN, 5)
        assert (waiting.version_id, HEADLINE in waiting.passages, len(waiting.passages) > 0) == (1, False, True)
        translations.mark_looked(session, 1, EN, NOW)
        assert (translations.count_waiting(session, EN), translations.count_waiting(session, DA)) == (0, 1)
        assert translations.waiting(session, EN, 5) == []
        assert translations.made_before(session, TITLE, EN) == ("The Duma adopted a law", "")
        assert translations.made_before(session, TITLE, DA) is None
        assert session.get_one(ItemVersionRow, 1).lang == "ru"
