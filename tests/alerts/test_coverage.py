"""What was read in a period and what was not, and where a digest says so."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from alerts.coverage import Coverage, UnreadSource
from alerts.digest import build
from alerts.mail.render import render, render_text
from alerts.subject import subject_of
from db.engine import reading, writing
from db.models import ItemRow, ItemVersionRow, SourceRow
from tests.alerts_factory import NOW, lay_out, look


def test_unread_sources_and_little_coverage_stand_in_subject_and_text(engine: Engine) -> None:
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


def test_a_source_that_rests_between_two_looks_is_not_unread(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    with reading(engine) as session:
        assert build(session, NOW, NOW + timedelta(hours=6)).coverage.unread == ()


def test_many_primary_sources_unread_do_not_bury_the_news(engine: Engine) -> None:
    unread = tuple(UnreadSource(f"Gazette {n}", "timeout", 1, None) for n in range(40))
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    text = render(replace(digest, coverage=replace(digest.coverage, watched=50, read=10, unread=unread))).text
    assert text.count("has never been read yet") == 3
    assert "The same holds for 37 more primary sources." in text


def test_the_share_is_of_the_sources_that_were_due() -> None:
    unread = UnreadSource("Gazette", "timeout", 1, NOW - timedelta(hours=49))
    resting = Coverage(watched=10, read=3, unread=(), items=0)
    assert (resting.share, resting.little, resting.doubtful) == (1.0, False, False)
    assert Coverage(10, 0, (), 0).share == 1.0
    little = Coverage(10, 3, (unread,) * 2, 0)
    assert (little.share, little.little, little.doubtful) == (0.6, True, True)
    assert Coverage(10, 8, (unread,) * 2, 0).little is False
    assert Coverage(10, 10, (), 5, uncompared=1).doubtful


def test_only_primary_sources_are_unread_for_long_and_only_after_two_days() -> None:
    sources = tuple(
        UnreadSource(f"{tier} {hours}", "timeout", tier, NOW - timedelta(hours=hours) if hours else None)
        for tier in (1, 2)
        for hours in (47, 49, None)
    )
    assert [s.name for s in Coverage(9, 3, sources, 0).long_unread(NOW)] == ["1 49", "1 None"]
