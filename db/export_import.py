"""Copies all rows between databases: SQLite to PostgreSQL and back, without loss.

A table is a file of JSON lines, one row a line in the order of the primary key. Types that JSON
does not have are tagged: {"t": date or time}, {"b": base64}, {"j": document}. The same row gives
the same line on either database, so the digest of the lines shows that a copy is complete: an
import reads back what it has written and compares.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import Boolean, Connection, Engine, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.types import JSON

from db import schema
from db.models import Base

BATCH = 500
UNCOUNTED = frozenset({"job_run"})  # a new database may have rows of it already


class CannotImport(Exception):
    """The import was refused or is incomplete; the target was not changed."""


@dataclass(frozen=True)
class CopyResult:
    """One table as written or read."""

    rows: int
    digest: str  # of all lines, SHA-256


def tables(engine: Engine) -> list[Table]:
    """The tables in an order in which rows can be inserted; reflected from the database if it does
    not have the schema of this code.
    """
    if schema.revision(engine) == schema.head():
        return list(Base.metadata.sorted_tables)
    reflected = MetaData()
    reflected.reflect(engine, only=lambda name, _: not name.startswith(("sqlite_", "procrastinate_", "alembic_")))
    return list(reflected.sorted_tables)


def write_table(connection: Connection, table: Table, file: IO[bytes]) -> CopyResult:
    """All rows of `table` as lines into `file`; needs memory for one batch only."""
    digest, count = hashlib.sha256(), 0
    for line in lines(connection, table):
        file.write(line)
        digest.update(line)
        count += 1
    return CopyResult(count, digest.hexdigest())


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of `table` as lines, in the order of the primary key (by bytes, so that the
    databases' collations do not matter).
    """
    query = select(table).order_by(*(_ordered(c, connection) for c in table.primary_key.columns))
    for row in connection.execute(query, execution_options={"yield_per": BATCH}).mappings():
        body = {c.name: _encode(row[c.name], c.type) for c in table.columns}
        yield json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _ordered(column: Any, connection: Connection) -> Any:
    return column.collate("C") if connection.dialect.name == "postgresql" and not isinstance(column.type, Integer) else column


def _encode(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, JSON):
        return {"j": value}
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime | date):
        return {"t": value.isoformat()}
    return value


def _decode(value: Any, kind: Any) -> Any:
    if not isinstance(value, dict):
        return bool(value) if isinstance(kind, Boolean) and value is not None else value
    if "j" in value:
        return value["j"]
    if "b" in value:
        return base64.b64decode(value["b"])
    return datetime.fromisoformat(value["t"])


def read_table(connection: Connection, table: Table, encoded: Iterable[bytes]) -> int:
    """Insert the rows of lines; the number of rows. Raises CannotImport for a line that is not a
    row of `table`.
    """
    batch, count = list[dict[str, Any]](), 0
    for number, line in enumerate(encoded, start=1):
        batch.append(_row(table, line, number))
        count += 1
        if len(batch) == BATCH:
            connection.execute(insert(table), batch)
            batch.clear()
    if batch:
        connection.execute(insert(table), batch)
    return count


def _row(table: Table, line: bytes, number: int) -> dict[str, Any]:
    try:
        body = json.loads(line)
        return {c.name: _decode(body[c.name], c.type) for c in table.columns} | _unknown(table, body)
    except (ValueError, KeyError, TypeError) as error:
        raise CannotImport(f"line {number} of {table.name} is not a row of it: {type(error).__name__}: {error}") from error


def _unknown(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    if extra := set(body) - {c.name for c in table.columns}:
        raise ValueError(f"unknown columns {sorted(extra)}")
    return {}


def fill(
    engine: Engine, lines_of: Callable[[str], Iterable[bytes]], expected: Mapping[str, CopyResult], revision: str
) -> dict[str, CopyResult]:
    """Create the schema `revision` in the empty database of `engine`, insert all rows in one
    transaction, compare, then migrate.

    `lines_of` returns the lines of a table by its name. Raises CannotImport; the database then has
    a schema, but no rows.
    """
    schema.apply(engine, to=revision)
    ordered = tables(engine)
    if missing := set(expected) - {t.name for t in ordered}:
        raise CannotImport(f"schema {revision} has no tables {sorted(missing)}")
    with engine.begin() as connection:
        _refuse_full(connection, ordered)
        for table in ordered:
            if table.name in expected:
                if table.name in UNCOUNTED:
                    connection.execute(table.delete())
                read_table(connection, table, lines_of(table.name))
        written = {t.name: _digest(connection, t) for t in ordered if t.name in expected}
        for name, copied in written.items():
            if copied != expected[name]:
                raise CannotImport(
                    f"{name}: {expected[name].rows} rows were sent, {copied.rows} arrived, or they differ; nothing was stored"
                )
        _set_counters(connection, ordered)
    schema.apply(engine)
    return written


def _digest(connection: Connection, table: Table) -> CopyResult:
    class Nowhere:
        def write(self, _line: bytes) -> None:
            """Only the digest is needed."""

    return write_table(connection, table, Nowhere())  # type: ignore[arg-type]


def _refuse_full(connection: Connection, ordered: Iterable[Table]) -> None:
    for table in ordered:
        if table.name not in UNCOUNTED and connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery())):
            raise CannotImport(f"the target is not empty: there are rows in {table.name}. Name an empty database with AJOUR_DATABASE")


def _set_counters(connection: Connection, ordered: Iterable[Table]) -> None:
    """Set the sequences of PostgreSQL: inserting rows with given ids does not advance them."""
    if connection.dialect.name != "postgresql":
        return
    for table in ordered:
        column = table.autoincrement_column
        if column is not None:
            query = "SELECT setval(pg_get_serial_sequence(:t, :c), coalesce((SELECT max({0}) FROM {1}), 0) + 1, false) WHERE pg_get_serial_sequence(:t, :c) IS NOT NULL"
            quoted = connection.dialect.identifier_preparer.format_table(table)
            connection.execute(text(query.format(column.name, quoted)), {"t": quoted, "c": column.name})
