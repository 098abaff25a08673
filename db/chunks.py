"""Long lists of keys in parts, for queries with IN (…)."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

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
