"""One flagged story as a value: whose words it gives, what makes it urgent, what makes it news
again.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.digest import Digest, build, choose, entries_at, gather
from alerts.digest_entry import ClaimText, by_story, differences, facts, fingerprint, flags_of
from alerts.mail.render import render
from alerts.preferences import Preferences
from db.engine import reading, writing
from db.models import ClaimVersionRow, FlagRow, ReportRow
from tests.alerts_factory import NOW, YESTERDAY, Tale, add_flag, decide, lay_out

DANISH = "Fristen for at møde er 14 dage."


def danish_report(engine: Engine, *, quote_language: str | None = None, reworded: bool = False) -> None:
    """The DRC report in Danish, with a quote for D-1 and one flag about it."""
    with writing(engine) as session:
        lay_out(session, {"D-1": {"quote": DANISH, "quote_language": quote_language}})
        session.get_one(ReportRow, "drc").language = "da"
        flag = add_flag(session, Tale(claim="D-1", changes=[]))
        if reworded:
            decision = decide(session, flag, "new_or_amended_law", "confirmed", YESTERDAY + timedelta(hours=1), claim="D-1")
            session.add(
                ClaimVersionRow(
                    claim_id="D-1", number=2, statement="The deadline is 30 days.", body={"quote": DANISH}, digest="2",
                    decision_id=decision.id, since=YESTERDAY + timedelta(hours=1),
                )
            )  # fmt: skip
            session.flush()
            add_flag(session, Tale(claim="D-1", changes=[], title="Другая новость", at=YESTERDAY + timedelta(hours=2)))


def digest_in(engine: Engine, language: str) -> Digest:
    with reading(engine) as session:
        return choose(gather(session, NOW - timedelta(days=1), NOW), Preferences(), {}, language=language)


def test_a_reader_of_the_reports_language_gets_the_reports_own_words(engine: Engine) -> None:
    danish_report(engine)
    rendered = render(digest_in(engine, "da"))
    assert f"»{DANISH}«" in rendered.text
    assert f"<span>»{DANISH}«</span>" in rendered.html
    for form in (rendered.text, rendered.html):
        assert "What the report says in D-1." not in form


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_every_other_reader_gets_the_english_statement(engine: Engine, language: str) -> None:
    danish_report(engine)
    rendered = render(digest_in(engine, language))
    marked = "" if language == "en" else ' lang="en"'
    assert f"<span{marked}>What the report says in D-1.</span>" in rendered.html
    assert DANISH not in rendered.text


def test_a_quote_in_another_language_than_the_reports_is_not_shown_as_the_reports(engine: Engine) -> None:
    danish_report(engine, quote_language="en")
    assert "What the report says in D-1." in render(digest_in(engine, "da")).text
    assert "What the report says in D-1." in render(digest_in(engine, "en")).text


def test_words_of_the_report_are_not_shown_for_a_claim_that_was_reworded(engine: Engine) -> None:
    danish_report(engine, reworded=True)
    texts = {e.title: e.claim_text for e in digest_in(engine, "da").waiting}
    assert texts == {"Другая новость": ClaimText("The deadline is 30 days.")}


def test_entries_of_one_story_are_one_entry_with_the_others_attached(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        add_flag(session, Tale(claim="D-1", title="Другая новость"))
    with reading(engine) as session:
        first, second = entries_at(session, session.scalars(select(FlagRow.id)).all(), NOW)
    second = replace(second, story_id=first.story_id)
    assert by_story([first, second]) == [replace(first, also=(second,))]
    assert flags_of(by_story([first, second])) == [replace(first, also=(second,)), second]


@pytest.mark.parametrize(
    ("severity", "source", "relation", "confirmed", "urgent"),
    [
        ("high", "gazette", "updates", False, True),
        ("high", "gazette", "adds_detail", False, False),
        ("high", "paper", "updates", False, False),
        ("high", "paper", "updates", True, True),
        ("medium", "gazette", "updates", True, False),
    ],
)
def test_urgent_is_grave_and_either_confirmed_or_said_by_a_primary_text(
    engine: Engine, severity: str, source: str, relation: str, confirmed: bool, urgent: bool
) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(severity=severity, sources=(source,), relation=relation))
        if confirmed:
            decide(session, flag, "new_practice", "confirmed", NOW - timedelta(hours=3))
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    assert [e.urgent for e in (*digest.confirmed, *digest.waiting)] == [urgent]


def test_only_what_a_reader_would_call_news_is_a_difference(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
    with reading(engine) as session:
        entry = build(session, NOW - timedelta(days=1), NOW).waiting[0]
    known = facts(entry)
    assert differences(known, entry) == ()
    changed = {"stage": "reading_1", "severity": "low", "claim": "C-9", "primary": True}
    assert [(x.aspect, x.old) for x in differences({**known, **changed}, entry)] == [("stage", "reading_1"), ("severity", "low")]
    assert differences({**known, "severity": "high", "headline": "another"}, entry) == ()
    assert len(fingerprint([entry])) == 12
