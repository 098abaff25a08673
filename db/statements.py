"""Helpers for statements: long lists of keys in parts, inserts into the table of a model."""

from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from sqlalchemy import Insert, Table, insert

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
