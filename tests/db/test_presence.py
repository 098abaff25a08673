"""Who has the same flag open."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from db import accounts, presence
from db.engine import reading, writing
from db.enums import Role
from db.models import PresenceRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def people(engine: Engine) -> list[int]:
    with writing(engine) as session:
        return [accounts.add_user(session, name, Role.REVIEWER, None, NOW).id for name in ("Anna", "Boris", "Carla")]


def arrive(engine: Engine, subject: str, user_id: int, at: datetime) -> None:
    with writing(engine) as session:
        presence.arrive(session, subject, user_id, at)


def names(engine: Engine, subject: str, user_id: int, at: datetime) -> list[str]:
    with reading(engine) as session:
        return [o.name for o in presence.others(session, subject, user_id, at)]


def test_the_latest_is_named_first_and_users_do_not_see_themselves(engine: Engine, people: list[int]) -> None:
    anna, boris, carla = people
    arrive(engine, "flag 1", anna, NOW)
    arrive(engine, "flag 1", boris, NOW + timedelta(minutes=1))
    arrive(engine, "flag 2", carla, NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    assert names(engine, "flag 1", carla, later) == ["Boris", "Anna"]
    assert names(engine, "flag 1", boris, later) == ["Anna"]
    with writing(engine) as session:
        presence.leave(session, "flag 1", boris)
    assert names(engine, "flag 1", carla, later) == ["Anna"]


def test_rows_last_ten_minutes_and_those_of_a_clock_that_was_ahead_go_too(engine: Engine, people: list[int]) -> None:
    anna, boris, carla = people
    arrive(engine, "flag 1", anna, NOW)
    assert names(engine, "flag 1", boris, NOW + presence.KEPT + timedelta(seconds=1)) == []
    arrive(engine, "flag 2", boris, NOW + timedelta(days=3))
    assert names(engine, "flag 2", anna, NOW) == []
    arrive(engine, "flag 3", carla, NOW + timedelta(hours=1))
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(PresenceRow)) == 1


def test_opening_again_within_a_minute_needs_no_row(engine: Engine, people: list[int]) -> None:
    anna = people[0]
    arrive(engine, "flag 1", anna, NOW)
    with reading(engine) as session:
        assert presence.is_noted(session, "flag 1", anna, NOW + timedelta(seconds=59))
        assert not presence.is_noted(session, "flag 1", anna, NOW + presence.TOUCH)
        assert not presence.is_noted(session, "flag 2", anna, NOW)
