"""Several subscriptions of one person: a mail for each, everything sent once, each ended alone or
all together.
"""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from alerts import subscriptions
from alerts.digest_runs import run_due
from alerts.mail.outbox import message_of, send_due
from alerts.preferences import Preferences
from alerts.urgent import SETTLE, run_urgent
from db import subscribers
from db.engine import reading, writing
from db.enums import EndReason
from db.models import DigestRow, NotificationRow, OutboxRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import MAIL_CONFIG, NOW, YESTERDAY, Mailbox, Tale, add_flag, decide, lay_out, path, subscribe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
LINKS = MAIL_CONFIG.links
DAY = timedelta(days=1)
SOON = NOW + SETTLE + timedelta(minutes=1)


def mails(engine: Engine, kind: str = "digest") -> list[OutboxRow]:
    with reading(engine) as session:
        return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))


def text_of(row: OutboxRow) -> str:
    body = message_from_bytes(message_of(row) or b"", policy=default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def two(session: Session) -> SubscriberRow:
    """DRC daily, Cedoca weekly (on Tuesdays: NOW is one)."""
    subscribe(session, reports=["drc"], urgent=False)
    return subscribe(session, reports=["cedoca"], rhythm="weekly", weekday=1, language="da", urgent=False)


def test_one_report_daily_and_another_weekly_are_two_mails_of_one_person(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        add_flag(session, Tale(claim="D-1", changes=[], title="О выезде"))
        person = two(session)
    assert run_due(engine, NOW, MAIL_CONFIG).mails == 2
    daily, weekly = mails(engine)
    assert {daily.subscriber_id, weekly.subscriber_id} == {person.id}
    assert "О выезде" in text_of(daily)
    assert "14 days → 30 days" not in text_of(daily)
    assert "14 dage → 30 dage" in text_of(weekly)
    assert "Rapporten siger" in text_of(weekly)
    with reading(engine) as session:
        lengths = [d.period_end - d.period_start for d in session.scalars(select(DigestRow).order_by(DigestRow.id))]
    assert lengths == [DAY, 7 * DAY]
    assert run_due(engine, NOW, MAIL_CONFIG).digests == 0


def test_what_one_subscription_sent_the_other_does_not_repeat_and_says_so(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        subscribe(session, rhythm="weekly", weekday=1, urgent=False)
        subscribe(session, urgent=False)
    run_due(engine, NOW, MAIL_CONFIG)
    (mail,) = mails(engine)  # two that are due at once are one mail; the more frequent comes first
    assert (mail.subject or "").startswith("[Ajour] Unreviewed: ")
    daily, weekly = text_of(mail).split("Part 2 of 2")
    assert "14 days → 30 days" in daily
    assert "14 days → 30 days" not in weekly
    assert "Nothing further in this period" in weekly
    assert "1 was sent at once, in another mail or in another part." in weekly
    with reading(engine) as session:
        assert len(list(session.scalars(select(NotificationRow)))) == 1


def test_after_a_standstill_older_news_does_not_take_back_newer(engine: Engine) -> None:
    """The weekly digest of Tuesday is made after Thursday's daily one; on Wednesday the entry was
    confirmed.
    """
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(claim="C-1"))
        subscribe(session, urgent=False)
    with writing(engine) as session:
        decide(session, session.merge(flag), "new_practice", "confirmed", NOW + DAY + timedelta(hours=1))
    run_due(engine, NOW + 2 * DAY, MAIL_CONFIG)
    # Their weekly one is made late: as of Tuesday the entry was open
    with writing(engine) as session:
        subscribe(session, since=NOW - 30 * DAY, rhythm="weekly", weekday=1, urgent=False)
    run_due(engine, NOW + 2 * DAY, MAIL_CONFIG)
    daily, weekly = mails(engine)
    assert "Confirmed: " in (daily.subject or "")
    assert "Correction" not in (weekly.subject or "")
    assert "Unreviewed" not in (weekly.subject or "")


def test_a_change_after_one_digest_is_sent_by_whichever_comes_next(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(claim="C-1"))
        subscribe(session, hour=6, urgent=False)
        subscribe(session, hour=18, severity="medium", urgent=False)
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        decide(session, session.merge(flag), "new_practice", "confirmed", NOW + timedelta(hours=3))
    run_due(engine, NOW + timedelta(hours=12), MAIL_CONFIG)
    run_due(engine, NOW + DAY, MAIL_CONFIG)
    notified = [m.subject or "" for m in mails(engine)]
    assert [("Unreviewed:" in s, "Confirmed:" in s) for s in notified if "nothing" not in s] == [(True, False), (False, True)]


def test_a_standstill_of_a_week_loses_nothing_of_either(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        two(session)
    run_due(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        for day in range(9):
            add_flag(session, Tale(claim=("C-1", "D-1")[day % 2], changes=[], at=NOW + timedelta(days=day, hours=5)))
    run_due(engine, NOW + 10 * DAY, MAIL_CONFIG)
    run_due(engine, NOW + 14 * DAY, MAIL_CONFIG)
    with reading(engine) as session:
        notified = list(session.scalars(select(NotificationRow.flag_id).order_by(NotificationRow.flag_id)))
    assert notified == list(range(1, 10))


def test_two_subscriptions_never_give_two_urgent_messages(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for claim in ("C-1", "D-1"):
            decide(session, add_flag(session, Tale(claim=claim, at=NOW)), "new_or_amended_law", "confirmed", NOW)
        subscribe(session, reports=["drc"], links="none", urgent_a_day=1)
        subscribe(session, reports=["cedoca"], rhythm="immediate", urgent_a_day=2)
        subscribe(session, rhythm="weekly", urgent_a_day=1)
    assert run_urgent(engine, SOON, MAIL_CONFIG).urgent == 1
    assert run_urgent(engine, SOON + timedelta(minutes=1), MAIL_CONFIG).urgent == 0
    (message,) = mails(engine, "urgent")
    assert (message.subject or "").endswith("(and 1 more)")
    # The most careful of their choices holds
    assert "https://paper.example.com" not in text_of(message)
    with writing(engine) as session:
        for claim in ("C-1", "D-1"):
            add_flag(session, Tale(claim=claim, sources=("gazette",), at=SOON))
    run_urgent(engine, SOON + timedelta(hours=1), MAIL_CONFIG)
    with writing(engine) as session:
        add_flag(session, Tale(claim="C-2", sources=("gazette",), changes=[], at=SOON + timedelta(hours=1)))
    run_urgent(engine, SOON + timedelta(hours=2), MAIL_CONFIG)
    assert len(mails(engine, "urgent")) == 2  # the daily limit is the person's


def test_who_wants_only_what_is_urgent_gets_nothing_else_in_their_sign_of_life(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        # grave, but nobody confirmed it and no primary text says so
        add_flag(session, Tale(claim="C-1", sources=("paper",)))
        # urgent, and never sent
        add_flag(session, Tale(claim="C-2", sources=("gazette",), changes=[], at=YESTERDAY - 2 * DAY))
        subscribe(session, rhythm="immediate", weekday=1)
    run_due(engine, NOW, MAIL_CONFIG)
    (sign,) = mails(engine)
    assert "Unreviewed: " in (sign.subject or "")
    run_due(engine, NOW + 7 * DAY, MAIL_CONFIG)
    assert "nothing urgent" in (mails(engine)[1].subject or "")


@pytest.fixture
def person(engine: Engine) -> SubscriberRow:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        add_flag(session, Tale(claim="D-1", changes=[]))
        row = two(session)
    run_due(engine, NOW, MAIL_CONFIG)
    return row


def active(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(SubscriptionRow.id).where(SubscriptionRow.ended_at.is_(None)).order_by(SubscriptionRow.id)))


def header(row: OutboxRow, name: str) -> str:
    return str(message_from_bytes(message_of(row) or b"", policy=default)[name])


def test_the_page_shows_all_of_them_and_each_can_be_changed_alone(engine: Engine, person: SubscriberRow, client: TestClient) -> None:
    page = client.get(path(LINKS.preferences(LINKS.token(person)))).text
    assert "Daily at 06:00" in page
    assert "Weekly: Tuesday at 06:00" in page
    changes = re.findall(r'href="(/s/p/[^"/]+)"', page)
    assert len(changes) == 2
    assert (
        client.post(changes[1], data={"do": "change", "rhythm": "weekly", "weekday": "4", "language": "nl", "hour": "9"}).status_code == 200
    )
    with reading(engine) as session:
        first, second = subscribers.subscriptions(session, [person.id])[person.id]
    assert (first.preferences["rhythm"], second.preferences["weekday"], second.language, second.preferences["hour"]) == (
        "daily",
        4,
        "nl",
        9,
    )


def test_another_can_be_added_by_the_signed_link_but_not_the_same_twice(engine: Engine, person: SubscriberRow, client: TestClient) -> None:
    url = f"/s/p/{LINKS.token(person)}/new"
    assert client.get(url).status_code == 200
    form = {"rhythm": "weekly", "topics": ["mobilisation"], "language": "en", "zone": "Europe/Brussels", "urgent": "yes"}
    assert "mobilisation" in client.post(url, data=form).text
    assert client.post(url, data=form).status_code == 422
    assert len(active(engine)) == 3
    for number in range(subscriptions.MOST):
        client.post(url, data={**form, "hour": str(number)})
    assert len(active(engine)) == subscriptions.MOST


def test_one_click_in_a_digest_ends_its_subscription_only_however_often_it_comes(
    engine: Engine, person: SubscriberRow, client: TestClient
) -> None:
    daily, weekly = mails(engine)
    assert header(daily, "List-Id") == "Ajour <1.digests.example.org>"
    assert header(weekly, "List-Id") == "Ajour <2.digests.example.org>"
    url = re.search(r"<(https://[^>]+)>", header(daily, "List-Unsubscribe"))
    assert url
    for _ in range(3):
        assert client.post(path(url[1]), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert active(engine) == [2]
    box = Mailbox()
    # Also what was on its way
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).cancelled == 1
    assert len(box.taken) == 1
    assert run_due(engine, NOW + 7 * DAY, MAIL_CONFIG).digests == 1


def test_everything_can_be_ended_from_any_mail_and_by_one_click_in_an_urgent_one(
    engine: Engine, person: SubscriberRow, client: TestClient
) -> None:
    url = path(LINKS.unsubscribe(LINKS.token(person, session_first(engine))))
    page = client.get(url).text
    assert 'name="which" value="all"' in page
    assert active(engine) == [1, 2]
    client.post(url, data={"which": "all"})
    assert active(engine) == []
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, person.id).ended_reason == "unsubscribed"


def session_first(engine: Engine) -> SubscriptionRow:
    with reading(engine) as session:
        return session.get_one(SubscriptionRow, 1)


def test_the_end_of_the_last_is_the_end_of_all(engine: Engine, person: SubscriberRow) -> None:
    with writing(engine) as session:
        for row in subscribers.subscriptions(session, [person.id])[person.id]:
            subscriptions.end_one(session, row, NOW, EndReason.UNSUBSCRIBED)
        assert session.get_one(SubscriberRow, person.id).ended_at == NOW


def test_a_known_reader_who_fills_in_the_form_is_asked_and_keeps_what_they_have(
    engine: Engine, person: SubscriberRow, client: TestClient
) -> None:
    form = {"address": "Reader@example.org", "rhythm": "weekly", "topics": ["exit_ban"], "language": "en", "zone": "UTC"}
    assert client.post("/s/subscribe", data=form).status_code == 200
    with reading(engine) as session:
        assert len(subscribers.subscriptions(session, [person.id])[person.id]) == 2
        (asked,) = session.scalars(select(SubscriptionRow).where(SubscriptionRow.confirmed_at.is_(None)))
        link = path(LINKS.confirm(LINKS.confirmation(person, asked, NOW + DAY)))
    assert "exit bans" in client.get(link).text
    client.post(link)
    with reading(engine) as session:
        assert len(subscribers.subscriptions(session, [person.id])[person.id]) == 3


def test_one_that_was_never_confirmed_goes_and_the_others_stay(engine: Engine, person: SubscriberRow) -> None:
    with writing(engine) as session:
        subscriptions.add_to(session, session.merge(person), Preferences(hour=1), NOW, language="en", zone="UTC", confirmed=False)
    with writing(engine) as session:
        assert subscriptions.apply_retention(session, NOW + 8 * DAY)["never_confirmed"] == 1
        row = session.get_one(SubscriberRow, person.id)
        assert (row.ended_at, row.address) == (None, "reader@example.org")
    assert active(engine) == [1, 2]
