"""The digest as a value and its two forms: sizes, order, caps, languages, what changed since."""

from datetime import timedelta

from sqlalchemy import Engine

from alerts.digest import build, notified_entries
from alerts.mail.render import render, render_text
from alerts.preferences import Preferences
from db.engine import reading, writing
from db.models import AssessmentRow, ItemRow, ItemVersionRow
from tests.alerts_factory import NOW, YESTERDAY, Tale, add_flag, decide, lay_out


def test_confirmed_entries_stand_in_the_reports_order_of_sections(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for claim, title in (("C-2", "десятый"), ("C-1", "первый"), ("D-1", "другой доклад")):
            decide(
                session,
                add_flag(session, Tale(claim=claim, title=title, changes=[])),
                "new_practice",
                "confirmed",
                NOW - timedelta(hours=3),
            )
    with reading(engine) as session:
        text = render_text((build(session, NOW - timedelta(days=1), NOW),))
    assert text.index("Cedoca, section 1.2") < text.index("Cedoca, section 10.1") < text.index("Danish Refugee Council, section 2.1")


def test_a_value_of_another_claim_is_not_put_beside_this_one(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-2"))  # its changes speak of C-1
    with reading(engine) as session:
        entry = build(session, NOW - timedelta(days=1), NOW).waiting[0]
    assert entry.value == ""
    assert entry.headline("en") == ("Reported by Paper: mobilisation – adopted by parliament", "en")
    assert entry.title == Tale().title


def test_a_story_that_touches_two_reports_is_one_entry(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        first = add_flag(session, Tale(claim="C-1"))
        second = add_flag(session, Tale(claim="D-1", changes=[]))
        second.story_id = first.story_id
        tell_of = session.get_one(AssessmentRow, second.assessment_id)
        version = session.get_one(ItemVersionRow, tell_of.item_version_id)
        session.get_one(ItemRow, version.item_id).story_id = first.story_id
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    assert digest.waiting_count == 1
    assert [e.claim_id for e in notified_entries(digest)] == ["C-1", "D-1"]  # both count as sent
    for form in (render(digest).html, render(digest).text):
        assert "What the report says in C-1." in form
        assert "What the report says in D-1." in form


def test_a_decision_that_holds_for_more_claims_tells_them_all_also_to_who_asked_for_their_topic(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        decide(session, flag, "new_or_amended_law", "confirmed", YESTERDAY + timedelta(hours=1), also=["C-2"])
    with reading(engine) as session:
        for topics in ((), ("mobilisation",), ("register_esummons",)):
            digest = build(session, NOW - timedelta(days=1), NOW, preferences=Preferences(topics=topics))
            text = render(digest).text
            assert "The same holds for Cedoca, section 10.1, C-2:\n   What the report says in C-2." in text
            assert (
                text.count("HIGH - new or amended law - adopted by parliament") == 1
            )  # what the person said, not what the software took it for
        assert build(session, NOW - timedelta(days=1), NOW, preferences=Preferences(topics=("exit_ban",))).empty
