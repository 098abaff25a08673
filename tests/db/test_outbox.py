"""The outbox: who takes which message, and what is counted of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from db import outbox
from db.engine import reading, writing
from db.models import BounceRow, DigestRow, OutboxRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def office(engine: Engine) -> Engine:
    """Two subscribers; the second has one subscription that ended."""
    with writing(engine) as session:
        for number in (1, 2):
            session.add(SubscriberRow(id=number, address=f"r{number}@example.org", created_at=NOW, confirmed_at=NOW))
        session.flush()
        session.add(SubscriptionRow(id=1, subscriber_id=1, preferences={}, created_at=NOW))
        session.add(SubscriptionRow(id=2, subscriber_id=2, preferences={}, created_at=NOW, ended_at=NOW))
    return engine


def put(engine: Engine, key: str, **given: Any) -> int:
    """A message that waits for subscriber 1 unless said otherwise; its id."""
    columns = {"subscriber_id": 1, "message": b"m", "message_id": f"<{key}@example.org>", "not_before": NOW, "created_at": NOW, **given}
    with writing(engine) as session:
        row = OutboxRow(key=key, **columns)
        session.add(row)
        session.flush()
        return row.id


def leased(engine: Engine, owner: str = "a", at: Any = NOW, limit: int = 10, channel: str = "mail") -> list[str]:
    with writing(engine) as session:
        return [row.key for row in outbox.lease(session, at, owner, limit, 60, channel)]


def test_the_most_pressing_goes_first_and_only_what_is_due(office: Engine) -> None:
    put(office, "digest")
    put(office, "urgent", priority=2)
    put(office, "later", not_before=NOW + HOUR)
    put(office, "chat", channel="chat")
    put(office, "sent", state="sent")
    put(office, "again", state="failed", not_before=NOW - HOUR)
    assert leased(office) == ["urgent", "again", "digest"]
    assert leased(office, channel="chat") == ["chat"]


def test_a_leased_message_is_not_sent_by_others_until_the_lease_runs_out(office: Engine) -> None:
    put(office, "m")
    assert leased(office, "a") == ["m"]
    assert leased(office, "b") == []
    assert leased(office, "b", NOW + HOUR) == ["m"]
    with reading(office) as session:
        row = session.query(OutboxRow).one()
    assert (row.attempts, row.lease) == (2, "b")
    assert "uncertain: the sender stopped" in (row.last_error or "")


def test_only_the_holder_of_the_lease_may_mark_a_message(office: Engine) -> None:
    number = put(office, "m")
    leased(office, "a")
    with writing(office) as session:
        assert not outbox.mark(session, number, "b", state="dead")
        assert outbox.mark(session, number, "a", state="sent", sent_at=NOW)
        assert not outbox.mark(session, number, "a", state="dead")
    with reading(office) as session:
        row = session.query(OutboxRow).one()
    assert (row.state, row.lease, row.leased_until) == ("sent", None, None)


def test_a_digest_is_over_when_all_its_subscriptions_have_ended(office: Engine) -> None:
    both, ended, none = (put(office, k) for k in ("both", "ended", "none"))
    with writing(office) as session:
        for subscription, message in ((1, both), (2, both), (2, ended)):
            session.add(
                DigestRow(
                    subscriber_id=subscription, subscription_id=subscription, rhythm="daily", period_start=NOW + message * HOUR, period_end=NOW, outbox_id=message,
                    entries=[], left_out=[],
                )
            )  # fmt: skip
    with reading(office) as session:
        over = {row.key: outbox.of_ended_subscription(session, row) for row in session.query(OutboxRow)}
    assert over == {"both": False, "ended": True, "none": False}
    assert none


def test_waiting_is_counted_from_when_a_message_should_have_gone(office: Engine) -> None:
    with reading(office) as session:
        assert outbox.oldest_waiting(session, NOW) is None
    put(office, "paused", not_before=NOW + HOUR, created_at=NOW - 9 * HOUR)
    with reading(office) as session:
        assert outbox.oldest_waiting(session, NOW) is None, "its reader paused"
    put(office, "due", not_before=NOW - HOUR, created_at=NOW - 5 * HOUR)
    with reading(office) as session:
        assert outbox.oldest_waiting(session, NOW) == NOW - HOUR
    put(office, "failed", state="failed", not_before=NOW + HOUR, created_at=NOW - 3 * HOUR)
    with reading(office) as session:
        assert outbox.oldest_waiting(session, NOW) == NOW - 3 * HOUR


def test_bodies_are_dropped_some_time_after_they_went_out(office: Engine) -> None:
    put(office, "old", state="sent", sent_at=NOW - 9 * HOUR, recipient="x@example.org")
    put(office, "new", state="sent", sent_at=NOW)
    put(office, "dead", state="dead", created_at=NOW - 9 * HOUR)
    put(office, "cancelled", state="cancelled", created_at=NOW - 9 * HOUR)
    with writing(office) as session:
        assert outbox.empty_old_messages(session, NOW - HOUR) == 2
    with reading(office) as session:
        rows = {r.key: (r.message, r.recipient) for r in session.query(OutboxRow)}
    assert rows == {"old": (None, None), "new": (b"m", None), "dead": (b"m", None), "cancelled": (None, None)}


def test_what_did_not_arrive_is_listed_while_it_is_kept(office: Engine) -> None:
    put(office, "dead", state="dead")
    put(office, "emptied", state="dead", message=None)
    put(office, "cancelled", state="cancelled", kind="urgent")
    put(office, "test", state="dead", kind="test")
    put(office, "sent", state="sent")
    put(office, "old", state="dead", created_at=NOW - 9 * HOUR)
    put(office, "other", state="dead", subscriber_id=2)
    with reading(office) as session:
        assert [r.key for r in outbox.unsent(session, 1, NOW - HOUR)] == ["dead", "cancelled"]
        assert [r.key for r in outbox.dead_letters(session)] == ["dead", "test", "old", "other"]
        assert outbox.given_up(session, NOW - HOUR) == 4
        assert outbox.outbox_counts(session) == {"dead": 5, "cancelled": 1, "sent": 1}
        assert [(o.key, s.id if s else None) for o, s in outbox.outbox(session, ["cancelled", "sent"])] == [("sent", 1), ("cancelled", 1)]


def test_limits_count_messages_within_their_span(office: Engine) -> None:
    put(office, "c1", kind="confirm")
    put(office, "c2", kind="confirm", subscriber_id=2)
    put(office, "c3", kind="confirm", created_at=NOW - 9 * HOUR)
    put(office, "u1", kind="urgent")
    put(office, "u2", kind="urgent", created_at=NOW + HOUR)
    put(office, "chat", kind="urgent", channel="chat", recipient="desk", subscriber_id=None, created_at=NOW + HOUR)
    with reading(office) as session:
        assert outbox.confirmations_since(session, NOW) == 2
        assert outbox.confirmations_since(session, NOW, 1) == 1
        assert outbox.urgent_sent(session, [1, 2], "urgent", NOW, NOW + HOUR) == {1: 1}
        assert outbox.chat_messages(session, "desk", "urgent", NOW) == [NOW + HOUR]
        assert outbox.chat_messages(session, "other", "urgent", NOW) == []


def test_a_message_is_found_by_key_and_by_message_id(office: Engine) -> None:
    put(office, "k")
    with reading(office) as session:
        assert (outbox.has_key(session, "k"), outbox.has_key(session, "x")) == (True, False)
        found = outbox.outbox_by_message_id(session, "<k@example.org>")
        assert found is not None
        assert found.key == "k"
        assert outbox.outbox_by_message_id(session, "<x@example.org>") is None


def test_several_bounces_of_one_message_are_one_failure(office: Engine) -> None:
    one, two = put(office, "one"), put(office, "two")
    with writing(office) as session:
        for message, at in ((one, NOW), (one, NOW + HOUR), (two, NOW), (two, NOW - 9 * HOUR)):
            session.add(BounceRow(outbox_id=message, subscriber_id=1, status="4.2.2", permanent=False, detail="", received_at=at))
    with reading(office) as session:
        assert outbox.failures(session, 1, NOW) == 2
        assert outbox.failures(session, 1, NOW + HOUR) == 1
        assert outbox.failures(session, 2, NOW) == 0
        assert [b.id for b, _ in outbox.bounces(session, 2)] == [4, 3]
