"""Checks that everything stored is unchanged: evidence, texts, references, triggers.

Reads in batches: the database may be larger than the memory.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select, text

from db import decision_log
from db.engine import reading
from db.models import CaptureRow, ClaimVersionRow, FetchPageRow, FetchRow, ItemVersionRow, PagePartRow, SourceVersionRow, text_sha256
from db.ops import EMPTY
from db.reports import body_digest
from db.schema_check import schema_faults

BATCH = 200


@dataclass(frozen=True)
class Fault:
    """One stored object that was changed, damaged or lost."""

    what: str  # "capture ab12…", "item version 17"
    why: str


@dataclass
class CheckedCounts:
    """How many of each were checked."""

    captures: int = 0
    emptied: int = 0  # by retention or erasure: hash and size are still known
    versions: int = 0
    claims: int = 0
    decisions: int = 0


def verify(engine: Engine, checked: CheckedCounts) -> Iterator[Fault]:
    """Yield every fault; `checked` is updated on the way."""
    with engine.connect().execution_options(reading=True) as connection:
        yield from (Fault("schema", why) for why in schema_faults(connection))
    yield from _references(engine)
    yield from _missing_captures(engine)
    yield from _captures(engine, checked)
    yield from _texts(engine, checked)
    yield from _profiles(engine, checked)
    with reading(engine) as session:
        chain = decision_log.verify(session)
    checked.decisions = chain.length
    if chain.broken is not None:
        yield Fault(f"decision {chain.broken.decision_id}", chain.broken.why)


def _references(engine: Engine) -> Iterator[Fault]:
    """SQLite can be written past its foreign keys; PostgreSQL cannot (see schema_faults)."""
    if engine.dialect.name != "sqlite":
        return
    with reading(engine) as session:
        for (damage,) in session.execute(text("PRAGMA integrity_check(20)")).all():
            if damage != "ok":
                yield Fault("database file", str(damage))
        for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")).all():
            yield Fault(f"{table} row {row}", f"refers to a row of {parent} that does not exist")


def _missing_captures(engine: Engine) -> Iterator[Fault]:
    """Captures that a fetch names and that do not exist."""
    known = select(CaptureRow.sha256)
    firsts = select(FetchRow.id, FetchRow.capture_sha256).where(FetchRow.capture_sha256.is_not(None), FetchRow.capture_sha256.not_in(known))
    pages = select(FetchPageRow.fetch_id, FetchPageRow.capture_sha256).where(FetchPageRow.capture_sha256.not_in(known))
    with reading(engine) as session:
        missing = {(fetch, str(sha256)) for query in (firsts, pages) for fetch, sha256 in session.execute(query)}
    for fetch, sha256 in sorted(missing):
        yield Fault(f"capture {sha256}", f"is missing; fetch {fetch} rests on it")


def _captures(engine: Engine, checked: CheckedCounts) -> Iterator[Fault]:
    with reading(engine) as session:
        names = list(session.scalars(select(CaptureRow.sha256).order_by(CaptureRow.received_at)))
    for name in names:
        with reading(engine) as session:  # one at a time: a capture may have many megabytes
            capture = session.get(CaptureRow, name)
        if capture is None:
            continue
        checked.captures += 1
        if capture.deflated == EMPTY and capture.size:
            checked.emptied += 1
        elif why := capture_fault(capture):
            yield Fault(f"capture {name}", f"{why} ({capture.url}, {capture.received_at:%Y-%m-%d %H:%M} UTC)")


def capture_fault(capture: CaptureRow) -> str | None:
    """What is wrong with the bytes of a capture, or None."""
    try:
        body = zlib.decompress(capture.deflated)
    except zlib.error as error:
        return f"cannot be inflated: {error}"
    if hashlib.sha256(body).hexdigest() != capture.sha256:
        return "its bytes have another hash"
    return None if len(body) == capture.size else f"{len(body)} bytes, {capture.size} were received"


def _texts(engine: Engine, checked: CheckedCounts) -> Iterator[Fault]:
    """The exact texts: `content_hash`, by which edits are recognised, ignores case and
    punctuation.
    """
    for row, what in ((ItemVersionRow, "item version"), (PagePartRow, "page part")):
        for number, title, body, stored in _rows(engine, select(row.id, row.title, row.text, row.text_sha256), row.id):
            checked.versions += 1
            if text_sha256(title, body) != stored:
                yield Fault(f"{what} {number}", "its text has another hash than the one it was stored with")


def _profiles(engine: Engine, checked: CheckedCounts) -> Iterator[Fault]:
    for number, claim, body, stored in _rows(
        engine, select(ClaimVersionRow.id, ClaimVersionRow.claim_id, ClaimVersionRow.body, ClaimVersionRow.digest), ClaimVersionRow.id
    ):
        checked.claims += 1
        if body_digest(body) != stored:
            yield Fault(f"claim version {number} ({claim})", "its body has another hash than the one it was stored with")
    for number, source, config, stored in _rows(
        engine,
        select(SourceVersionRow.id, SourceVersionRow.source_id, SourceVersionRow.config, SourceVersionRow.digest),
        SourceVersionRow.id,
    ):
        if hashlib.sha256(json.dumps(config, sort_keys=True, ensure_ascii=False).encode()).hexdigest() != stored:
            yield Fault(f"source version {number} ({source})", "its profile has another hash than the one it was stored with")


def _rows(engine: Engine, query: Any, key: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of `query` in the order of `key`, a batch at a time."""
    last = 0
    while True:
        with reading(engine) as session:
            rows = [tuple(r) for r in session.execute(query.where(key > last).order_by(key).limit(BATCH))]
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1][0]
