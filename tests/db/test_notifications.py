"""Who was notified of what: a message that was lost did not notify anybody."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from db import notifications
from db.engine import reading, writing
from db.models import ChannelNotificationRow, NotificationRow, OutboxRow
from tests import databases
from tests.alerts_factory import NOW, add_flag, lay_out, subscribe

HOUR = timedelta(hours=1)


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Reader 1 and flags 1 to 4.

    Flag 1: sent, then given up. Flag 2: given up. Flag 3: cancelled, then sent. Flag 4: waits.
    """
    engine = databases.sqlite(tmp_path_factory.mktemp("notifications") / "test.db")
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
        for number in range(1, 5):
            add_flag(session, number=number)
        rows = [(1, 1, "sent"), (1, 2, "dead"), (2, 1, "dead"), (3, 1, "cancelled"), (3, 2, "sent"), (4, 1, "queued")]
        for number, (flag, revision, state) in enumerate(rows, start=1):
            at = NOW + number * HOUR
            session.add(
                OutboxRow(
                    id=number, key=f"m{number}", kind="urgent" if flag == 4 else "digest", subscriber_id=1, message=b"m", message_id=f"<{number}>", state=state,
                    not_before=at, created_at=at,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                NotificationRow(subscriber_id=1, flag_id=flag, revision=revision, outbox_id=number, facts={}, shown=True, at=at, as_of=at)
            )
    return engine


def test_the_newest_notification_is_that_of_a_message_that_was_not_lost(told: Engine) -> None:
    with reading(told) as session:
        newest = notifications.newest_notifications(session, [1], [1, 2, 3, 4])[1]
        assert {flag: row.revision for flag, row in newest.items()} == {1: 1, 3: 2, 4: 1}
        before = notifications.newest_notifications(session, [1], [1, 2, 3, 4], NOW + 5 * HOUR)[1]
        assert set(before) == {1}


def test_revisions_count_lost_messages_too(told: Engine) -> None:
    with reading(told) as session:
        assert notifications.revisions(session, [1], [1, 2, 3, 9]) == {(1, 1): 2, (1, 2): 1, (1, 3): 2}
        assert notifications.last_notification_ids(session, [1, 2]) == {1: 6}


def test_a_flag_is_undelivered_unless_a_later_message_arrived(told: Engine) -> None:
    with reading(told) as session:
        assert notifications.undelivered(session, [1]) == {1: {1: 2, 2: 3}}
        assert notifications.undelivered(session, [2]) == {}


def test_a_lost_message_is_closed_once_its_entries_were_sent_again(told: Engine) -> None:
    with writing(told) as session:
        assert notifications.close_repeated(session, [2, 3]) == 0
        session.add(NotificationRow(subscriber_id=1, flag_id=2, revision=2, outbox_id=1, facts={}, shown=True, at=NOW, as_of=NOW))
        session.flush()
        assert notifications.close_repeated(session, [2, 3, 3, 99]) == 1
    with reading(told) as session:
        rows = {n: (row.state, row.message) for n in (2, 3) if (row := session.get(OutboxRow, n))}
    assert rows == {2: ("dead", b"m"), 3: ("cancelled", None)}


def test_urgent_notifications_are_those_of_their_kind_since_a_moment(told: Engine) -> None:
    with reading(told) as session:
        assert notifications.urgent_notifications(session, [1], NOW, ["urgent"]) == {(1, 4)}
        assert notifications.urgent_notifications(session, [1], NOW + 7 * HOUR, ["urgent"]) == set()
        assert notifications.urgent_notifications(session, [1], NOW, ["digest"]) == {(1, 1), (1, 3)}


def test_a_chat_channel_has_its_own_notifications(told: Engine) -> None:
    with writing(told) as session:
        for flag, message, hours in ((1, 1, 1), (1, 5, 2), (2, 3, 1)):
            session.add(ChannelNotificationRow(channel="desk", flag_id=flag, outbox_id=message, facts={}, at=NOW + hours * HOUR))
    with reading(told) as session:
        found = notifications.channel_notifications(session, "desk", NOW)
        assert {flag: row.outbox_id for flag, row in found.items()} == {1: 5}, "the message about flag 2 was given up"
        assert notifications.channel_notifications(session, "desk", NOW + 3 * HOUR) == {}
        assert notifications.channel_notifications(session, "other", NOW) == {}
