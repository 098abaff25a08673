"""Who may be written to, and whose address is forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from db import subscribers
from db.engine import reading, writing
from db.models import SubscriberRow, SubscriptionRow
from tests import databases
from tests.alerts_factory import NOW

DAY = timedelta(days=1)
PEOPLE: dict[str, dict[str, datetime | None]] = {
    "active": {}, "unconfirmed": {"confirmed_at": None}, "paused": {"paused_until": NOW + DAY}, "back": {"paused_until": NOW},
    "suspended": {"suspended_at": NOW}, "ended": {"ended_at": NOW - 9 * DAY},
}  # fmt: skip


@pytest.fixture
def people(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One subscriber for each entry of PEOPLE, numbered from 1."""
    engine = databases.sqlite(tmp_path_factory.mktemp("subscribers") / "test.db")
    with writing(engine) as session:
        for number, (name, columns) in enumerate(PEOPLE.items(), start=1):
            session.add(
                SubscriberRow(
                    id=number, address=f"{name.title()}@example.org", created_at=NOW - 20 * DAY, **{"confirmed_at": NOW, **columns}
                )
            )
        session.flush()
        for number, ended, confirmed in ((1, None, NOW), (1, NOW, NOW), (1, None, None), (2, None, None)):
            session.add(
                SubscriptionRow(subscriber_id=number, preferences={}, created_at=NOW - 10 * DAY, confirmed_at=confirmed, ended_at=ended)
            )
    return engine


def test_only_who_confirmed_and_neither_ended_nor_paused_is_written_to(people: Engine) -> None:
    with reading(people) as session:
        assert [r.address for r in subscribers.readers(session, NOW)] == ["Active@example.org", "Back@example.org"]
        assert [r.id for r in subscribers.readers(session, NOW + 2 * DAY)] == [1, 3, 4], "a pause ends by itself"


def test_readers_come_in_parts(people: Engine) -> None:
    with reading(people) as session:
        assert [r.id for r in subscribers.readers(session, NOW, limit=1)] == [1]
        assert [r.id for r in subscribers.readers(session, NOW, after=1)] == [4]


@pytest.mark.parametrize(("address", "number"), [("active@EXAMPLE.org", 1), ("nobody@example.org", None)])
def test_an_address_is_found_whatever_its_case(people: Engine, address: str, number: int | None) -> None:
    with reading(people) as session:
        row = subscribers.subscriber_by_address(session, address)
        assert (row.id if row else None) == number


def test_subscriptions_count_while_they_are_confirmed_and_have_not_ended(people: Engine) -> None:
    with reading(people) as session:
        assert {who: [s.id for s in rows] for who, rows in subscribers.subscriptions(session, [1, 2]).items()} == {1: [1]}
        every = subscribers.all_subscriptions(session, [1, 2])
        assert {who: [s.id for s in rows] for who, rows in every.items()} == {1: [1, 2, 3], 2: [4]}
        assert [s.id for s in subscribers.never_confirmed(session, NOW - 9 * DAY)] == [3, 4]
        assert subscribers.never_confirmed(session, NOW - 11 * DAY) == []


def test_addresses_of_the_past_are_forgotten_and_the_rows_stay(people: Engine) -> None:
    with writing(people) as session:
        assert subscribers.forget_addresses(session, NOW - 10 * DAY) == 0
        assert subscribers.forget_addresses(session, NOW) == 1
        assert subscribers.forget_addresses(session, NOW) == 0
    with reading(people) as session:
        assert [s.address for s in subscribers.subscribers(session)][-1] is None
        assert len(subscribers.subscribers(session)) == len(PEOPLE)
