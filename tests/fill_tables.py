"""A row in every table of whatever schema a database has: for drills that must hold for every
schema that ever was released.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, MetaData, Table, insert, text
from sqlalchemy.types import JSON, Boolean, DateTime, Float, Integer, LargeBinary


def fill_any(engine: Engine) -> dict[str, dict[str, Any]]:
    """Insert a row into each table, parents first; table → the row as the database shows it to a
    plain SELECT.
    """
    found = MetaData()
    found.reflect(engine, only=lambda name, _: not name.startswith(("alembic_", "sqlite_", "item_search", "procrastinate_")))
    made: dict[str, dict[str, Any]] = {}
    shown: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in found.sorted_tables:
            made[table.name] = _row(table, made)
            connection.execute(insert(table), made[table.name])
            rows = connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings().all()
            shown[table.name] = dict(rows[-1])
    return shown


def _row(table: Table, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        parents = [k.column for k in column.foreign_keys if k.column.table.name in made]
        if parents:
            row[column.name] = made[parents[0].table.name][parents[0].name]
        elif column.foreign_keys:
            row[column.name] = None  # refers to its own table, or in a circle
        else:
            row[column.name] = _value(column.type, f"{table.name}.{column.name}")
    return row


def _value(kind: Any, name: str) -> Any:
    for types, value in (
        (JSON, {"что": [1, 2.5, None, "ё"]}),
        (Boolean, True),
        (DateTime, datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)),
        (Float, 0.1 + 0.2),
        (Integer, 7),
        (LargeBinary, bytes(range(256))),
    ):
        if isinstance(kind, types):
            return value
    return f"{name} «Ж» '\"\\"[: getattr(kind, "length", None) or 99]
