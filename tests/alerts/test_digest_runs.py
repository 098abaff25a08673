"""Digest runs: found or created by reader and period, looked back for, never twice, never with a
gap.
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from alerts.digest_runs import preview, run_due
from alerts.mail.render import render
from db.engine import reading, writing
from db.models import DigestRow, NotificationRow, OutboxRow, StoryRow
from tests.alerts_factory import MAIL_CONFIG, NOW, YESTERDAY, Tale, add_flag, decide, first_of, lay_out, reopen, subscribe, witness


def subjects(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [s or "" for s in session.scalars(select(OutboxRow.subject).order_by(OutboxRow.id))]


def test_a_reader_gets_at_their_hour_what_changed_and_only_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)
    # The period of the day before: a first digest always comes
    assert run_due(engine, NOW - timedelta(minutes=2), MAIL_CONFIG).mails == 1
    assert run_due(engine, NOW, MAIL_CONFIG).mails == 1
    assert run_due(engine, NOW, MAIL_CONFIG).digests == 0
    assert run_due(engine, NOW + timedelta(hours=3), MAIL_CONFIG).digests == 0
    assert subjects(engine)[1] == "[Ajour] Unreviewed: Days to appear: 14 days → 30 days (adopted by parliament)"


def test_an_entry_does_not_come_again_unless_it_changed(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(sources=("paper",)))
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    day = timedelta(days=1)
    with writing(engine) as session:  # a repost is no news
        story = session.get_one(StoryRow, flag.story_id)
        witness(session, story, "channel", Tale(), NOW + timedelta(hours=1))
    assert run_due(engine, NOW + day, MAIL_CONFIG).mails == 0
    with writing(engine) as session:  # that it was signed is
        story = session.get_one(StoryRow, flag.story_id)
        witness(session, story, "gazette", Tale(stage="signed", score=0.95), NOW + day + timedelta(hours=1))
    assert run_due(engine, NOW + 2 * day, MAIL_CONFIG).mails == 1
    with reading(engine) as session:
        notified = list(session.scalars(select(NotificationRow).order_by(NotificationRow.revision)))
    assert [t.revision for t in notified] == [1, 2]
    assert [t.facts["stage"] for t in notified] == ["adopted", "signed"]


def test_what_was_sent_as_confirmed_and_is_withdrawn_comes_as_a_correction(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        decide(session, flag, "new_or_amended_law", "confirmed", YESTERDAY + timedelta(hours=1))
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    assert subjects(engine)[-1].startswith("[Ajour] Confirmed: ")
    with writing(engine) as session:
        decide(session, session.merge(flag), "not_about_this_claim", "dismissed", NOW + timedelta(hours=2))
    run_due(engine, NOW + timedelta(days=1), MAIL_CONFIG)
    assert subjects(engine)[-1] == "[Ajour] only 0 % of sources read; Correction: Days to appear: 14 days → 30 days (adopted by parliament)"
    with writing(engine) as session:
        reopen(session, session.merge(flag), NOW + timedelta(days=1, hours=2))
    run_due(engine, NOW + timedelta(days=2), MAIL_CONFIG)
    assert "Correction: " in subjects(engine)[-1]


def test_a_week_without_power_gives_one_digest_of_a_week(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        for day in range(7):
            add_flag(session, Tale(at=NOW + timedelta(days=day, hours=5)))
    back = NOW + timedelta(days=7, hours=4)
    result = run_due(engine, back, MAIL_CONFIG)
    assert (result.digests, result.mails) == (1, 1)
    with reading(engine) as session:
        rows = list(session.scalars(select(DigestRow).order_by(DigestRow.id)))
    assert rows[-1].period_start == rows[-2].period_end
    assert rows[-1].period_end - rows[-1].period_start == timedelta(days=7)
    assert len(rows[-1].entries) == 7


def test_a_quiet_week_still_brings_a_sign_of_life(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    mails = [run_due(engine, NOW + timedelta(days=day), MAIL_CONFIG).mails for day in range(15)]
    assert mails == [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert "nothing new" in subjects(engine)[0]


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "spring", "hour"), [("Europe/Brussels", True, 2), ("Europe/Brussels", False, 2), ("America/New_York", True, 2), ("Australia/Lord_Howe", False, 1)])  # fmt: skip
def test_clock_changes_leave_neither_gap_nor_overlap(engine: Engine, zone: str, spring: bool, hour: int) -> None:
    start = datetime(2027, 3, 10 if spring else 24, tzinfo=UTC) if spring else datetime(2027, 10, 25, tzinfo=UTC)
    if zone == "Australia/Lord_Howe":
        start = datetime(2027, 3, 31, tzinfo=UTC)
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, since=start - timedelta(days=3), zone=zone, hour=hour)
    for step in range(0, 24 * 24, 4):
        run_due(engine, start + timedelta(hours=step), MAIL_CONFIG)
    with reading(engine) as session:
        rows = list(session.scalars(select(DigestRow).order_by(DigestRow.period_start)))
    assert len(rows) in (24, 25)  # the first call also makes the period before
    assert all(a.period_end == b.period_start for a, b in zip(rows[:-1], rows[1:], strict=True))
    lengths = {(r.period_end - r.period_start) / timedelta(hours=1) for r in rows}
    assert lengths - {24.0} in ({23.0}, {25.0}, {24.5}, {23.0, 25.0})


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [(6, 20), (20, 6), (6, 7), (7, 6), (23, 0), (0, 23)])
@pytest.mark.parametrize("rhythm", ["daily", "weekly"])
def test_another_hour_leaves_no_gap_and_no_overlap(engine: Engine, before: int, after: int, rhythm: str) -> None:
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session, hour=before, rhythm=rhythm, weekday=1)
    for hours in range(0, 24 * 16, 3):
        now = NOW + timedelta(hours=hours)
        if hours in (51, 102, 195):  # to and fro, also to another zone
            with writing(engine) as session:
                row = first_of(session, reader)
                row.preferences = {
                    **row.preferences,
                    "hour": after if hours != 102 else before,
                    "rhythm": "daily" if hours == 195 else rhythm,
                }
                row.zone = "Asia/Kamchatka" if hours == 102 else "America/Los_Angeles"
        if hours % 24 == 9:
            with writing(engine) as session:
                add_flag(session, Tale(at=now, claim="C-2", changes=[]))
        run_due(engine, now, MAIL_CONFIG)
    run_due(engine, NOW + timedelta(days=25), MAIL_CONFIG)
    with reading(engine) as session:
        rows = list(session.scalars(select(DigestRow).order_by(DigestRow.period_start)))
        notified = list(session.scalars(select(NotificationRow.flag_id)))
    assert all(a.period_end == b.period_start for a, b in zip(rows[:-1], rows[1:], strict=True))
    assert sorted(notified) == list(range(1, 17))


@pytest.mark.slow
def test_two_processes_at_once_make_one_digest(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        for number in range(30):
            subscribe(session, f"reader{number}@example.org")
    threads = [threading.Thread(target=run_due, args=(engine, NOW, MAIL_CONFIG)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(DigestRow)) == 30
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 30
        assert session.scalar(select(func.count()).select_from(NotificationRow)) == 30


def test_reports_topics_and_severity_choose_what_a_reader_gets(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        add_flag(session, Tale(claim="C-2", changes=[]))
        add_flag(session, Tale(claim="D-1", severity="low", changes=[]))
        subscribe(session, "all@example.org")
        subscribe(session, "drc@example.org", reports=["drc"])
        subscribe(session, "topic@example.org", topics=["mobilisation"])
        subscribe(session, "grave@example.org", severity="medium")
        subscribe(session, "judged@example.org", unreviewed=False)
    run_due(engine, NOW, MAIL_CONFIG)
    with reading(engine) as session:
        rows = {r.subscriber_id: len(r.entries) for r in session.scalars(select(DigestRow))}
    assert list(rows.values()) == [3, 1, 1, 2, 0]


def test_readers_who_did_not_confirm_or_paused_or_left_get_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session, "a@example.org").confirmed_at = None
        subscribe(session, "b@example.org").paused_until = NOW + timedelta(days=1)
        subscribe(session, "c@example.org").ended_at = NOW - timedelta(days=1)
        subscribe(session, "d@example.org").suspended_at = NOW - timedelta(days=1)
    assert run_due(engine, NOW, MAIL_CONFIG).digests == 0
    # After the pause, of the whole time
    assert run_due(engine, NOW + timedelta(days=2), MAIL_CONFIG).mails == 1


def test_preferences_that_cannot_be_followed_are_reported_and_hold_up_no_other_reader(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        first_of(session, subscribe(session, "a@example.org")).preferences = {"rhythm": "hourly"}
        first_of(session, subscribe(session, "b@example.org")).zone = "Europe/Atlantis"
        subscribe(session, "c@example.org")
    result = run_due(engine, NOW, MAIL_CONFIG)
    assert result.mails == 1
    assert sorted(result.unusable) == [1, 2]


def test_a_comparison_committed_late_is_not_lost(engine: Engine) -> None:
    """Stamped before the period's end, committed after its digest was made."""
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        add_flag(session, Tale(at=NOW - timedelta(minutes=2)))
    assert run_due(engine, NOW + timedelta(days=1), MAIL_CONFIG).mails == 1


def test_the_same_moment_gives_the_same_digest_later(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session)
        reader = subscribe(session)
    at = NOW - timedelta(hours=2)
    with reading(engine) as session:
        before = render(preview(session, reader, first_of(session, reader), at))
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        decide(session, session.merge(flag), "value_or_date_changed", "confirmed", NOW + timedelta(hours=1))
        witness(session, session.get_one(StoryRow, flag.story_id), "gazette", Tale(stage="signed"), NOW)
    with reading(engine) as session:
        after = render(preview(session, reader, first_of(session, reader), at))
    assert before.text == after.text
    assert before.html == after.html
