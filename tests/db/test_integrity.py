"""Whatever is altered in a store past Ajour's own rules is found and named."""

import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db import fetches, page_parts, reports, sources
from db.engine import connect, writing
from db.enums import FetchOutcome, FetchReason
from db.evidence import erase_captures
from db.fetches import FetchRecord, KeptPage
from db.integrity import CheckedCounts, verify
from db.items import NewVersion
from monitor.parse.clean_entry import content_hash
from tests.databases import sqlite

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = {"id": "a", "name": "Пример", "kind": "feed", "url": "https://example.org/feed", "tier": 2, "every": "30m"}
REPORT = {"id": "r", "title": "T", "publisher": "P", "published": "2026-01-01", "research_closed": "2026-01-01", "language": "en"}
CLAIM = {"id": "r-1", "section": "1", "topic": "x", "statement": "The age is 18."}
PART = page_parts.NewPagePart("1", "Статья 1", "Статья 1. Возраст", content_hash("Статья 1", "Статья 1. Возраст"))
BODY = b"<rss>one</rss>"


def fill(engine: Engine) -> str:
    """A source, a report and a fetch with one item and its bytes; the hash of the bytes."""
    entry = NewVersion(
        "one", "https://example.org/one", "Срок", "Срок 12 месяцев", "ru", NOW, None, None, content_hash("Срок", "Срок 12 месяцев")
    )
    page = KeptPage("https://example.org/feed", 200, None, BODY, "application/rss+xml")
    with writing(engine) as session:
        sources.register_sources(session, [CONFIG], NOW)
        reports.register_report(session, REPORT, [CLAIM], NOW)
        record = FetchRecord(
            "a", NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://example.org/feed", status=200, body=BODY, pages=(page,)
        )
        stored = fetches.store_fetch(session, record, [entry], 1800)
        page_parts.store_parts(session, "a", stored.fetch_id, [PART], NOW)
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT sha256 FROM capture")))


def faults(engine: Engine) -> list[str]:
    return [f"{f.what}: {f.why}" for f in verify(engine, CheckedCounts())]


def test_a_sound_store_has_no_faults_on_either_database(engine: Engine) -> None:
    fill(engine)
    checked = CheckedCounts()
    assert list(verify(engine, checked)) == []
    assert (checked.captures, checked.emptied, checked.versions, checked.claims, checked.decisions) == (1, 0, 2, 1, 0)


CASES = {
    "a capture is deleted": ("DELETE FROM capture", "is missing; fetch 1 rests on it"),
    "a byte is flipped": ("UPDATE capture SET deflated = :other", "its bytes have another hash"),
    "bytes are cut off": ("UPDATE capture SET deflated = substr(deflated, 1, 5)", "cannot be inflated"),
    "a size is altered": ("UPDATE capture SET size = size + 1", "were received"),
    "a text is altered": ("UPDATE item_version SET text = 'Срок 24 месяца'", "item version 1: its text has another hash"),
    "a comma becomes a full stop": ("UPDATE item_version SET text = 'Срок 12. месяцев'", "item version 1: its text has another hash"),
    "a letter becomes small": ("UPDATE item_version SET title = 'срок'", "item version 1: its text has another hash"),
    "a part of a page is altered": ("UPDATE page_part SET text = 'Статья 1! Возраст'", "page part 1: its text has another hash"),
    "a title is altered": ("UPDATE item_version SET title = 'Возраст'", "item version 1: its text has another hash"),
    "a claim is altered": ("UPDATE claim_version SET body = json_set(body, '$.statement', 'The age is 21.')", "claim version 1 (r-1)"),
    "a profile is altered": ("UPDATE source_version SET config = json_set(config, '$.tier', 1)", "source version 1 (a)"),
    "a row loses its parent": ("DELETE FROM source", "refers to a row of source that does not exist"),
    "a trigger is missing": ("DROP TRIGGER fetch_no_delete", "the trigger fetch_no_delete is missing"),
    "a trigger is weakened": (
        "DROP TRIGGER fetch_no_delete; CREATE TRIGGER fetch_no_delete BEFORE DELETE ON fetch BEGIN SELECT 1; END",
        "the trigger fetch_no_delete was changed",
    ),
    "a trigger is added": ("CREATE TRIGGER evil AFTER INSERT ON item BEGIN SELECT 1; END", "the trigger evil does not belong to Ajour"),
    "an index is missing": ("DROP INDEX ix_item_source_newest", "the index ix_item_source_newest is missing"),
    "a table is added": ("CREATE TABLE evil (x)", "the table evil does not belong to Ajour"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_altered_is_named(tmp_path: Path, case: str) -> None:
    statements, expected = CASES[case]
    path = tmp_path / "test.db"
    engine = sqlite(path)
    fill(engine)
    engine.dispose()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_%'").fetchall()
        if not statements.startswith(("DROP", "CREATE")):
            for name, _ in triggers:
                db.execute(f"DROP TRIGGER {name}")
        for statement in statements.split("; ") if "BEGIN" not in statements else [statements]:
            if ":other" in statement:
                db.execute(statement, {"other": zlib.compress(BODY.replace(b"one", b"onf"))})
            else:
                db.executescript(statement)
        if not statements.startswith(("DROP", "CREATE")):
            for _, wording in triggers:
                db.execute(wording)
    engine = connect(f"sqlite:///{path}")
    result = faults(engine)
    engine.dispose()
    assert any(expected in line for line in result), result


@pytest.mark.postgres
def test_a_disabled_trigger_is_named_on_postgresql(postgres_engine: Engine) -> None:
    with postgres_engine.begin() as connection:
        connection.execute(text("ALTER TABLE decision DISABLE TRIGGER decision_append_only"))
    assert faults(postgres_engine) == ["schema: the trigger decision_append_only is missing or disabled"]


def test_erased_bytes_leave_the_hash_and_a_sound_store(engine: Engine) -> None:
    name = fill(engine)
    with writing(engine) as session:
        assert erase_captures(session, [name, "unknown"]) == ["unknown"]
    checked = CheckedCounts()
    assert (list(verify(engine, checked)), checked.emptied) == ([], 0)
    with writing(engine) as session:
        assert erase_captures(session, [name]) == []
    assert list(verify(engine, checked)) == []
    assert checked.emptied == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sha256, size FROM capture")).one() == (name, len(BODY))
