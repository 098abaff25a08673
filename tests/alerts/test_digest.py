"""The digest as a value and its two forms: sizes, order, caps, languages, what changed since."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alerts.coverage import UnreadSource
from alerts.digest import Digest, build, choose, gather, notified_entries
from alerts.i18n import LANGUAGES
from alerts.mail import sanitize
from alerts.mail.render import HTML_BYTES, render, render_text
from alerts.preferences import Preferences
from alerts.signed_links import STAND_IN
from alerts.subject import subject_of
from db.engine import reading, writing
from db.models import AssessmentRow, ItemRow, ItemVersionRow, SourceRow
from tests.alerts_factory import MAIL_CONFIG, NOW, TEXT, YESTERDAY, Tale, add_flag, decide, lay_out, look, subscribe


def digest_of(engine: Engine, count: int, confirmed: int = 0) -> Digest:
    """A digest of `count` stories, the first `confirmed` of them confirmed."""
    with writing(engine) as session:
        lay_out(session)
        for number in range(count):
            text = f"Дело № {number}. " + TEXT * 3
            flag = add_flag(session, Tale(title=f"Новость номер {number} о сроках явки по повестке", changes=[], text=text), number)
            if number < confirmed:
                decide(session, flag, "new_or_amended_law", "confirmed", NOW - timedelta(hours=3))
    with reading(engine) as session:
        return build(session, NOW - timedelta(days=1), NOW)


@pytest.mark.parametrize(("count", "confirmed"), [(0, 0), (1, 0), (25, 5), (500, 0), (500, 300)])
def test_every_size_is_complete_in_its_counts_and_short_enough(engine: Engine, count: int, confirmed: int) -> None:
    digest = digest_of(engine, count, confirmed)
    rendered = render(digest, MAIL_CONFIG.links, personal=True)
    shown = rendered.digest
    assert len(rendered.html.encode()) < HTML_BYTES
    assert (shown.confirmed_count, shown.waiting_count) == (confirmed, count - confirmed)
    assert len(shown.confirmed) + len(shown.waiting) <= 30
    assert (count == 0) == ("Nothing new in this period" in rendered.text)
    for form in (rendered.html, rendered.text):
        assert len(re.findall(r"Новость номер \d+ о сроках", form)) >= min(count, 15)
        assert STAND_IN in form
    # The way out is there, at the end
    assert rendered.html.index("/s/u/") > len(rendered.html) - 2500


def test_a_long_digest_names_what_it_leaves_out(engine: Engine) -> None:
    shown = render(digest_of(engine, 100), MAIL_CONFIG.links, personal=True)
    left_out = 100 - len(shown.digest.waiting) - len(shown.digest.waiting_lines)
    assert len(shown.digest.left_out) == left_out >= 35
    assert f"and {left_out} more" in shown.text
    for form in (shown.text, shown.html):
        assert f"{left_out} more entries did not fit. They come first in the next digest." in " ".join(form.replace("\n! ", " ").split())
        assert f"https://ajour.example.org/s/d/{STAND_IN}/20261124T050030Z" in form
    assert shown.text.index("did not fit") < shown.text.index("LIKELY UPDATES")


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


def test_blind_sources_and_little_coverage_are_said_where_they_are_seen(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    with writing(engine) as session:
        for source in ("gazette", "paper"):
            session.get_one(SourceRow, source).last_reason = "timeout"
    start, end = NOW + timedelta(days=4), NOW + timedelta(days=5)
    with writing(engine) as session:
        for source in ("gazette", "paper"):
            look(session, source, start + timedelta(hours=2), "blocked_or_broken", "timeout")
        look(session, "channel", start + timedelta(hours=2))
    with reading(engine) as session:
        digest = build(session, start, end)
    assert (
        subject_of((digest,))
        == "[Ajour] only 33 % of sources read; Gazette not read for long; nothing new, but this may be a fault – 1 of 3 sources read"
    )
    text = " ".join(render_text((digest,)).split())
    assert "! Only 33 % of the sources could be read: silence means little here." in text
    assert "Gazette, a primary source, has not been read since 24 November 2026." in text
    assert "Not read: Gazette (5 days: no answer), Paper (5 days: no answer)." in text


def test_a_day_without_any_fetch_says_in_its_first_line_that_this_may_be_a_fault(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    start, end = NOW + timedelta(hours=1), NOW + timedelta(hours=25)
    with reading(engine) as session:
        digest = build(session, start, end)
    rendered = render(digest)
    assert rendered.text.startswith("Nothing new in this period, but this may be a fault\n")
    assert rendered.subject == "[Ajour] only 0 % of sources read; nothing new, but this may be a fault – 0 of 3 sources read"
    assert "<h1" in rendered.html.partition("but this may be a fault</h1>")[0]


def test_items_that_were_read_and_not_compared_are_no_calm(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        fetch = look(session, "paper", NOW - timedelta(hours=5), "new_items")
        item = ItemRow(source_id="paper", key="k", url="https://paper.example.com/k", first_seen_at=NOW - timedelta(hours=5))
        session.add(item)
        session.flush()
        session.add(ItemVersionRow(item_id=item.id, number=1, title="t", text="", lang="ru", notes=[], content_hash="0" * 64, fetch_id=fetch.id, seen_at=NOW - timedelta(hours=5)))  # fmt: skip
    with reading(engine) as session:
        text = render(build(session, NOW - timedelta(days=1), NOW)).text
    assert text.startswith("Nothing new in this period, but this may be a fault\n")
    assert "! 1 item of this period has not been compared with the reports yet." in text


def test_a_source_that_rests_between_two_looks_is_not_blind(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    with reading(engine) as session:
        assert build(session, NOW, NOW + timedelta(hours=6)).coverage.unread == ()


def test_a_value_of_another_claim_is_not_put_beside_this_one(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-2"))  # its changes speak of C-1
    with reading(engine) as session:
        entry = build(session, NOW - timedelta(days=1), NOW).waiting[0]
    assert entry.value == ""
    assert entry.headline("en") == ("Reported by Paper: mobilisation – adopted by parliament", "en")
    assert entry.title == Tale().title


def test_the_quote_begins_where_the_new_value_is(engine: Engine) -> None:
    text = "Вступление. " * 60 + "Явиться нужно в течение 30 дней. Конец."
    assert sanitize.quote("", text, "30 дней").startswith("… Явиться нужно в течение 30 дней.")
    assert sanitize.quote("", "Короткий текст.", "нет") == "Короткий текст."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_speaks_one_language(engine: Engine, language: str) -> None:
    with writing(engine) as session:
        lay_out(session)
        decide(session, add_flag(session), "value_or_date_changed", "confirmed", NOW - timedelta(hours=3))
        add_flag(session, Tale(claim="C-2"))
    with reading(engine) as session:
        pool = gather(session, NOW - timedelta(days=1), NOW)
    rendered = render(choose(pool, Preferences(), {}, language=language, zone="Europe/Brussels"), MAIL_CONFIG.links, personal=True)
    english = ("Cite:", "Confirmed changes", "independent origin", "Unsubscribe", "sources read", "likely update")
    for sentence in english:
        assert (sentence.lower() in rendered.text.lower()) == (language == "en"), sentence
    assert f'<html lang="{language}">' in rendered.html


def test_foreign_text_is_marked_with_its_language(engine: Engine) -> None:
    html = render(digest_of(engine, 1), MAIL_CONFIG.links).html
    assert html.count('lang="ru"') >= 2


def test_the_rendering_is_the_same_for_the_same_value(engine: Engine) -> None:
    digest = digest_of(engine, 3)
    assert render(digest, MAIL_CONFIG.links).html == render(replace(digest), MAIL_CONFIG.links).html


def test_links_of_a_desk_without_a_public_address_are_left_out(engine: Engine) -> None:
    rendered = render(digest_of(engine, 1), personal=True)
    assert "/s/u/" not in rendered.text
    assert "At the desk" not in rendered.text


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("\u202eevil\u202c", "evil"),
        ("a\u2028b\u0000c", "a b c"),
        ("по\u00adвест\u200bка", "повестка"),
        ("a\ud800b", "a\ufffdb"),
        ("x" * 400, "x" * 299 + "…"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 4),
        (None, ""),
    ],
)
def test_a_line_is_one_line(given: str | None, clean: str) -> None:
    assert sanitize.line(given) == clean


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://user:pass@x.example/", "https://x.example/a b", "//x.example", "https://", "https://[", 'https://x.example/"', None])  # fmt: skip
def test_an_address_that_cannot_stand_in_a_mail_is_none(url: str | None) -> None:
    assert sanitize.address(url) is None


def test_nobody_subscribes_with_an_address_that_is_none(engine: Engine) -> None:
    for address in ("", "x", "a@b", "a b@example.org", "a@example.org\r\nBcc: c@example.org", "тест@example.org", "a@@example.org", '"a"@example.org', "<a@example.org>", "a" * 250 + "@example.org"):  # fmt: skip
        with writing(engine) as session, pytest.raises(ValueError, match=r"no e-mail address|is no"):
            subscribe(session, address)
    with writing(engine) as session:
        assert subscribe(session, "a@пример.рф").address == "a@xn--e1afmkfd.xn--p1ai"


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
    assert [e.claim_id for e in notified_entries(digest)] == ["C-1", "D-1"]  # both count as told
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


def test_a_digest_says_what_its_reader_has_left_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    with reading(engine) as session:
        preferences = Preferences(reports=("drc",), topics=("mobilisation", "exit_ban"), severity="medium", unreviewed=False)
        digest = choose(gather(session, NOW - timedelta(days=1), NOW), preferences, {}, language="da")
    said = " ".join(render(digest).text.split())
    assert "Rapporter: COI report 2. Emner: mobilisering, udrejseforbud. Alvorsgrad mindst middel, kun bekræftede ændringer." in said


def test_many_primary_sources_unread_do_not_bury_the_news(engine: Engine) -> None:
    unread = tuple(UnreadSource(f"Gazette {n}", "timeout", 1, None) for n in range(40))
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    text = render(replace(digest, coverage=replace(digest.coverage, watched=50, read=10, unread=unread))).text
    assert text.count("has never been read yet") == 3
    assert "The same holds for 37 more primary sources." in text


def test_an_entry_gives_one_reason_in_plain_words(engine: Engine) -> None:
    text = " ".join(render(digest_of(engine, 1)).text.split())
    assert "Why: it gives another value than the claim Cite:" in text
