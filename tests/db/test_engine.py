"""Opening the database: concurrent writers, moments with a zone, and what is refused with a word
that helps.
"""

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from db.engine import CannotOpen, connect, reading, writing
from db.models import ItemRow, SourceRow

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def source(**fields: object) -> SourceRow:
    return SourceRow(**{"id": "outlet", "name": "An outlet", "kind": "feed", "url": "https://outlet.example/rss", "tier": 2, "config": {}, "failures": 0, **fields})  # fmt: skip


@pytest.mark.slow
def test_six_threads_of_read_modify_write_never_fail_and_lose_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(source())
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                with writing(engine) as session:
                    row = session.get_one(SourceRow, "outlet")
                    row.failures += 1
        except BaseException as error:  # noqa: BLE001 - whatever a thread dies of is what the test is about
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(engine) as session:
        assert session.get_one(SourceRow, "outlet").failures == 300


def test_a_reader_neither_blocks_a_writer_nor_sees_half_of_what_it_writes(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(source())
    with reading(engine) as before:
        assert before.get_one(SourceRow, "outlet").failures == 0
        with writing(engine) as session:
            session.get_one(SourceRow, "outlet").failures = 7
        before.expire_all()
        assert before.get_one(SourceRow, "outlet").failures == 0
    with reading(engine) as after:
        assert after.get_one(SourceRow, "outlet").failures == 7


def test_nothing_done_while_reading_is_kept(engine: Engine) -> None:
    # PostgreSQL refuses at once, SQLite forgets
    with suppress(DBAPIError), reading(engine) as session:
        session.add(source())
        session.flush()
    with reading(engine) as session:
        assert session.scalars(select(SourceRow)).all() == []


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    def half() -> None:
        with writing(engine) as session:
            session.add(source())
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with reading(engine) as session:
        assert session.scalars(select(SourceRow)).all() == []


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="a moment without a zone"), writing(engine) as session:
        session.add(source(next_due_at=datetime(2025, 3, 1, 12, 0)))  # noqa: DTZ001 - the very mistake


def test_a_moment_comes_back_in_utc(engine: Engine) -> None:
    moscow = timezone(timedelta(hours=3))
    with writing(engine) as session:
        session.add(source(next_due_at=datetime(2025, 3, 1, 15, 0, tzinfo=moscow)))
    with reading(engine) as session:
        assert session.get_one(SourceRow, "outlet").next_due_at == NOW
        assert session.get_one(SourceRow, "outlet").next_due_at.utcoffset() == timedelta(0)  # type: ignore[union-attr]


def test_a_row_that_points_nowhere_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), writing(engine) as session:
        session.add(ItemRow(source_id="nobody", key="k", url="https://outlet.example/1", published_at=None, first_seen_at=NOW))


def test_a_reader_of_the_file_is_never_blocked_by_a_writer(tmp_path: Path) -> None:
    with connect(f"sqlite:///{tmp_path / 'ajour.db'}").connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path / 'a' / 'b' / 'ajour.db'}").dispose()
    assert (tmp_path / "a" / "b" / "ajour.db").exists()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ajour.db"
    path.write_bytes(b"a shopping list, not a database " * 200)
    with pytest.raises(CannotOpen, match="is it a database"):
        connect(f"sqlite:///{path}")
    assert path.read_bytes() == b"a shopping list, not a database " * 200


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(CannotOpen, match="cannot make the folder"):
        connect(f"sqlite:///{tmp_path / 'var' / 'ajour.db'}")


def test_a_folder_in_place_of_the_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="cannot open"):
        connect(f"sqlite:///{tmp_path}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(CannotOpen, match="is the folder writable"):
        connect(f"sqlite:///{locked / 'ajour.db'}")
