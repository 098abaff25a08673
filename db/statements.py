"""Helpers for statements: long lists of keys in parts, inserts into the table of a model."""

from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from sqlalchemy import Insert, Table, func, insert, select
from sqlalchemy.orm import Session

from db.models import Base

_MOST = 400  # keys in one IN (…): SQLite allows 32,766 variables, but its plans stay good with few
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = _MOST) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    part: list[T] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def insert_into(model: type[Base]) -> Insert:
    """An insert of plain values. With objects the first fetch of 1,000 feeds took three times as
    long.
    """
    return insert(cast(Table, model.__table__))


def reserve_ids(session: Session, model: type[Base], count: int) -> list[int]:
    """Ascending ids for `count` rows of `model` that this write transaction inserts next.

    SQLite has one writer at a time and takes the next number after the largest; PostgreSQL takes
    them from the sequence of the column, so that no two transactions get the same.
    """
    if not count:
        return []
    table = cast(Table, model.__table__)
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return sorted(session.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    largest = session.scalar(select(func.max(table.c.id))) or 0
    return list(range(largest + 1, largest + 1 + count))
