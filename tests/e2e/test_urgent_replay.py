"""Urgent messages and corrections over real SMTP, after outages and in bulk."""

import email
import email.policy
import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.digest_runs import run_due
from alerts.mail.mail_config import MailConfig
from alerts.mail.outbox import message_of, send_due
from alerts.urgent import run_urgent
from db.engine import reading, writing
from db.models import FlagRow, OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, look, reopen, subscribe
from tests.smtp_server import Keeper, serving

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHAT = MailConfig(MAIL_CONFIG.links, MAIL_CONFIG.mail_head, MAIL_CONFIG.operators, channels=("desk",), signup=MAIL_CONFIG.signup)


def subjects(engine: Engine, now: datetime, keeper: Keeper) -> list[str]:
    """Run as the job does, send over SMTP; the subjects that the server took now."""
    before = len(keeper.taken)
    run_due(engine, now, MAIL_CONFIG, run_urgent(engine, now, MAIL_CONFIG))
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: now, MAIL_CONFIG)
    return [str(email.message_from_bytes(t.raw, policy=email.policy.default)["Subject"]) for t in keeper.taken[before:]]


@pytest.mark.parametrize("rhythm", ["immediate", "daily", "weekly"])
def test_after_an_outage_of_days_an_urgent_change_is_sent_as_urgent(engine: Engine, rhythm: str) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, rhythm=rhythm, weekday=1)
    keeper = Keeper()
    subjects(engine, NOW, keeper)
    with writing(engine) as session:
        flag = add_flag(session, Tale(title="Подписан указ о мобилизации", changes=[], at=NOW + 2 * HOUR))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW + 3 * HOUR)
    assert (
        subjects(engine, NOW + 4 * DAY, keeper)[0]
        == "[Ajour] Urgent, confirmed: Reported by Paper: register and e-summonses – adopted by parliament"
    )
    assert not any("Reported by" in s for day in range(5, 9) for s in subjects(engine, NOW + day * DAY, keeper))


def test_a_false_alarm_is_corrected_at_once_whatever_the_daily_limit(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, rhythm="immediate", weekday=0, urgent_a_day=1)
        add_flag(session, Tale(title="Новая волна мобилизации", changes=[], sources=("gazette",), at=NOW - HOUR))
    keeper = Keeper()
    assert (
        subjects(engine, NOW, keeper)[0]
        == "[Ajour] Urgent, not yet reviewed: Reported by Gazette: register and e-summonses – adopted by parliament"
    )
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + HOUR)
    assert subjects(engine, NOW + HOUR + MINUTE, keeper) == []  # a slip can still be undone
    assert subjects(engine, NOW + HOUR + 6 * MINUTE, keeper) == [
        "[Ajour] Correction: Reported by Gazette: register and e-summonses – adopted by parliament"
    ]
    body = email.message_from_bytes(keeper.taken[-1].raw, policy=email.policy.default).get_body(("plain",))
    assert "Set aside. On 24 November 2026 we listed it as a likely update" in " ".join(str(body.get_content()).split())  # type: ignore[union-attr]
    assert subjects(engine, NOW + HOUR + 9 * MINUTE, keeper) == []
    with writing(engine) as session:  # and back, and again
        reopen(session, session.get_one(FlagRow, 1), NOW + 2 * HOUR)
        decide(session, session.get_one(FlagRow, 1), "new_practice", "confirmed", NOW + 2 * HOUR + MINUTE)
    assert (
        subjects(engine, NOW + 2 * DAY, keeper)[-1]
        == "[Ajour] Urgent, confirmed: Reported by Gazette: register and e-summonses – adopted by parliament"
    )
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + 2 * DAY + HOUR)
    assert subjects(engine, NOW + 2 * DAY + 2 * HOUR, keeper) == [
        "[Ajour] Correction: Reported by Gazette: register and e-summonses – adopted by parliament"
    ]


def test_who_was_not_notified_at_once_is_corrected_in_the_digest_only(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session, urgent=False)
        add_flag(session, Tale(title="Новая волна мобилизации", changes=[], sources=("gazette",), at=NOW - HOUR))
    keeper = Keeper()
    subjects(engine, NOW, keeper)
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + HOUR)
    assert subjects(engine, NOW + 2 * HOUR, keeper) == []
    with writing(engine) as session:
        for source in ("gazette", "paper", "channel"):
            look(session, source, NOW + 3 * HOUR)
    assert subjects(engine, NOW + DAY, keeper) == [
        "[Ajour] Correction: Reported by Gazette: register and e-summonses – adopted by parliament"
    ]


def chats(engine: Engine) -> list[dict[str, str]]:
    with reading(engine) as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.channel == "chat").order_by(OutboxRow.id))
        return [json.loads(message_of(row) or b"{}") for row in rows]


def test_fifty_urgent_stories_are_few_chat_messages_and_none_is_lost(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for n in range(50):
            add_flag(session, Tale(title=f"Новость {n} о мобилизации", changes=[], sources=("gazette",), at=NOW - HOUR))
    run_urgent(engine, NOW, CHAT)
    (message,) = chats(engine)
    assert message["title"].startswith("[Ajour] 50 urgent changes: Reported by Gazette: register and e-summonses – adopted by parliament")
    assert message["body"].endswith("10 more follow in the next message. https://ajour.example.org/queue")
    for minute in range(1, 25):
        with writing(engine) as session:
            add_flag(
                session, Tale(title=f"Новость {100 + minute} о мобилизации", changes=[], sources=("gazette",), at=NOW + minute * MINUTE)
            )
        run_urgent(engine, NOW + minute * MINUTE, CHAT)
    run_urgent(engine, NOW + 60 * MINUTE, CHAT)
    assert len(chats(engine)) == 4
    text = " ".join(m["body"] for m in chats(engine))
    assert [text.count(f"Новость {n} о") for n in (*range(50), *range(101, 125))] == [1] * 74


def test_a_channel_hears_a_correction_at_once_and_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, Tale(title="Подписан указ", changes=[], at=NOW - HOUR))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW - HOUR / 2)
    run_urgent(engine, NOW, CHAT)
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + MINUTE)
    for minute in range(2, 12):
        run_urgent(engine, NOW + minute * MINUTE, CHAT)
    titles = [m["title"] for m in chats(engine)]
    assert titles == [
        "[Ajour] Urgent, confirmed: Reported by Paper: register and e-summonses – adopted by parliament",
        "[Ajour] Correction: Reported by Paper: register and e-summonses – adopted by parliament",
    ]
    assert "Withdrawn: on 24 November 2026, 05:00 UTC we wrote that it is confirmed; it no longer is." in chats(engine)[1]["body"]
