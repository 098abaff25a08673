"""What all tables share: moments in UTC, names of constraints."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from db.models import Base
from db.models.base import UtcDateTime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIALECT = sqlite.dialect()


def test_a_moment_is_stored_in_utc_whatever_its_zone() -> None:
    assert UtcDateTime().process_bind_param(NOON.astimezone(timezone(timedelta(hours=3))), DIALECT) == NOON
    assert UtcDateTime().process_bind_param(None, DIALECT) is None


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), DIALECT)


@pytest.mark.parametrize("stored", [NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=3)))])
def test_a_moment_is_read_as_aware_utc(stored: datetime) -> None:
    read = UtcDateTime().process_result_value(stored, DIALECT)
    assert read is not None
    assert (read, read.utcoffset()) == (NOON, timedelta())


def test_every_moment_of_every_table_is_kept_this_way() -> None:
    moments = [c for t in Base.metadata.tables.values() for c in t.columns if isinstance(c.type, DateTime | UtcDateTime)]
    assert len(moments) > 60
    assert {type(c.type) for c in moments} == {UtcDateTime}


def test_constraints_have_names_by_which_a_migration_can_change_them() -> None:
    unnamed = [
        t.name for t in Base.metadata.tables.values() for c in t.constraints if c.name is None and c.__class__.__name__ != "CheckConstraint"
    ]
    assert unnamed == []
