"""Commands write rows over the watch list, all or none; the file stays as it is."""

import pytest
from sqlalchemy import Engine

from app.tools.watch_list_edit import row_text, write_rows
from db.engine import reading
from db.source_overrides import overrides
from monitor.strict_yaml import WrongFile
from monitor.watched_sources import in_force
from tests.monitor.conftest import source

ONE = source("https://one.example/feed")


def test_changed_fields_make_a_row_over_that_of_the_file(engine: Engine) -> None:
    write_rows(engine, [ONE], {ONE.id: {"url": "https://one.example/rss"}})
    with reading(engine) as session:
        (changed,) = in_force(session, [ONE])
        assert (changed.url, changed.name) == ("https://one.example/rss", ONE.name)


def test_a_wrong_row_keeps_all_rows_out(engine: Engine) -> None:
    rows = {ONE.id: {"url": "https://one.example/rss"}, "two": {"id": "two", "url": "no address"}}
    with pytest.raises(WrongFile, match="two"):
        write_rows(engine, [ONE], rows)
    with reading(engine) as session:
        assert overrides(session) == {}


def test_a_row_is_printed_as_it_would_stand_in_the_file() -> None:
    assert row_text({"id": "x", "name": "Икс"}) == "  - id: x\n    name: Икс\n"
