"""A whole desk moves from one database to another and back, and is the same in every row."""

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from db import export_import, migrate, schema
from db.backup import UnsafeArchive, examine, import_tables, restore, write_backup, write_tables
from db.engine import connect, reading, writing
from db.export_import import CannotImport
from db.models import FetchRow, ItemRow, ReportRow, SourceRow
from tests import postgres
from tests.fill_tables import fill_any
from tests.later_schema import LATER, add_later_migration


def empty(tmp_path: Path, name: str) -> Engine:
    return connect(f"sqlite:///{tmp_path / name}")


def lines(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist() if n.startswith("tables/")}


def test_to_postgresql_and_back_every_row_of_every_table_is_the_same(engine: Engine, tmp_path: Path, postgres_server: str) -> None:
    filled = fill_any(engine)
    write_tables(engine, tmp_path / "1.zip")
    there = connect(postgres.new_database(postgres_server))
    import_tables(tmp_path / "1.zip", there)
    write_tables(there, tmp_path / "2.zip")
    back = empty(tmp_path, "back.db")
    import_tables(tmp_path / "2.zip", back)
    write_tables(back, tmp_path / "3.zip")
    assert lines(tmp_path / "1.zip") == lines(tmp_path / "2.zip") == lines(tmp_path / "3.zip")
    counts = examine(tmp_path / "3.zip").rows
    assert set(filled) <= set(counts)
    assert all(counts[t] == 1 for t in filled)
    there.dispose()


def test_after_a_move_new_rows_get_new_numbers(engine: Engine, tmp_path: Path, postgres_server: str) -> None:
    fill_any(engine)
    write_tables(engine, tmp_path / "1.zip")
    there = connect(postgres.new_database(postgres_server))
    import_tables(tmp_path / "1.zip", there)
    with reading(there) as session:
        source, fetch = session.scalars(select(SourceRow.id)).one(), session.scalars(select(func.max(FetchRow.id))).one()
    with writing(there) as session:
        item = session.scalars(select(ItemRow)).one()
        new = ItemRow(source_id=source, key="another", url="u", published_at=None, first_seen_at=item.first_seen_at)
        session.add(new)
        session.flush()
        assert new.id > item.id
    assert fetch
    there.dispose()


def test_a_full_database_is_not_imported_into(engine: Engine, tmp_path: Path) -> None:
    fill_any(engine)
    write_tables(engine, tmp_path / "1.zip")
    with pytest.raises(CannotImport, match="not empty"):
        import_tables(tmp_path / "1.zip", engine)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"{}",
        b"no json",
        json.dumps({"id": "x"}).encode(),
        b'{"id":"x","title":"t","publisher":"p","published":"","research_closed":"","language":"en","url":null,"packs":{"j":[]},"sections":{"j":{}},"origin":"file","listed":true,"version":1,"evil":1}',
    ],
)
def test_a_line_that_is_no_row_leaves_no_row(tmp_path: Path, line: bytes) -> None:
    target = empty(tmp_path, "t.db")
    with pytest.raises(CannotImport, match="line 1 of report"):
        export_import.fill(target, lambda _: [line], {"report": export_import.CopyResult(1, "0")}, schema.head())
    with reading(target) as session:
        assert session.scalar(select(func.count()).select_from(ReportRow)) == 0


def test_rows_that_do_not_arrive_as_sent_are_not_kept(tmp_path: Path) -> None:
    target = empty(tmp_path, "t.db")
    row = {
        "id": "x", "title": "t", "publisher": "p", "published": "", "research_closed": "", "language": "en", "packs": {"j": []},
        "sections": {"j": {}}, "origin": "file", "listed": True, "version": 1,
    }  # fmt: skip
    columns = ReportRow.__table__.columns
    good = json.dumps({c.name: row.get(c.name) for c in columns if c.name in row or c.nullable}).encode()
    with pytest.raises(CannotImport, match="nothing was stored"):
        export_import.fill(target, lambda _: [good], {"report": export_import.CopyResult(1, "another digest")}, schema.head())
    with reading(target) as session:
        assert session.scalar(select(func.count()).select_from(ReportRow)) == 0


def test_backups_of_postgresql_are_restored_into_postgresql_and_into_sqlite(tmp_path: Path, postgres_server: str) -> None:
    here = connect(postgres.migrated_database(postgres_server))
    fill_any(here)
    assert write_backup(here, tmp_path / "pg.zip").kind == "tables"
    again = postgres.new_database(postgres_server)
    restore(tmp_path / "pg.zip", again)
    restore(tmp_path / "pg.zip", f"sqlite:///{tmp_path / 'pg.db'}")
    made = [connect(again), connect(f"sqlite:///{tmp_path / 'pg.db'}")]
    for number, other in enumerate(made):
        write_tables(other, tmp_path / f"{number}.zip")
        assert lines(tmp_path / f"{number}.zip") == lines(tmp_path / "pg.zip")
        other.dispose()
    lite = empty(tmp_path, "lite.db")
    migrate.upgrade(lite)
    write_backup(lite, tmp_path / "lite.zip")
    with pytest.raises(UnsafeArchive, match="cannot go into PostgreSQL"):
        restore(tmp_path / "lite.zip", postgres.new_database(postgres_server))
    here.dispose()


def test_an_older_schema_on_postgresql_is_backed_up_and_comes_up_to_date(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = connect(postgres.new_database(postgres_server))
    migrate.upgrade(here)
    old = schema.head()
    filled = fill_any(here)
    add_later_migration(tmp_path, monkeypatch)
    migrate.upgrade(here, tmp_path / "backups")
    [kept] = (tmp_path / "backups").glob("before-*.zip")
    assert examine(kept).revision == old
    with here.connect() as connection:
        for table, row in filled.items():
            found = connection.execute(text(f'SELECT * FROM "{table}"')).mappings().all()
            assert any(row.items() <= dict(f).items() for f in found), f"the row of {table} is lost or changed"
    again = postgres.new_database(postgres_server)
    restore(kept, again)
    other = connect(again)
    assert schema.revision(other) == LATER
    with other.connect() as connection:
        for table in filled:
            assert connection.scalar(text(f'SELECT count(*) FROM "{table}"')) >= 1
    here.dispose()
    other.dispose()
