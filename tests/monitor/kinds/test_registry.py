"""The registry of kinds: one record is all that a new kind needs, from the watch list to the stored
item.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from app.cli.main import app
from db import models
from db.engine import reading
from db.enums import FetchOutcome, FetchReason
from db.source_health import blind_after
from monitor.fetch.discover import DiscoveredFeed, discover_source
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import HttpAnswer
from monitor.fetch.watcher import Watcher, recall
from monitor.kinds.registry import KINDS, Handle, SourceKind, function, watched_kinds
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.sources import load_sources, schema
from monitor.strict_yaml import WrongFile
from review.view.reference import reference
from tests.monitor.conftest import source
from tests.monitor.serving import Site

HERE = __name__


def fetch_lines(session: FetchSession) -> ReadResult:
    """One fetch of the made-up kind: each line of a text file is an item."""
    answer = session.get(session.url, conditional=True)
    return session.unchanged(answer) or session.read(read_lines, answer)


def read_lines(answer: HttpAnswer) -> ReadResult:
    lines = answer.body.decode().splitlines()
    if not lines:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "no line")
    return ok_result([ListedEntry(key=line, url=f"{answer.url}#{n}", title=line) for n, line in enumerate(lines)])


def find_lines(answer: HttpAnswer, _client: Client) -> DiscoveredFeed | None:
    if not answer.body.startswith(b"#lines"):
        return None
    return DiscoveredFeed("lines", answer.url, "Lines", len(answer.body.splitlines()), "ru")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceKind]:
    """A made-up kind, registered by its record alone. First in order, as its finder knows its pages
    best.
    """
    result = SourceKind(
        name="lines",
        every="2h",
        fetch=f"{HERE}:fetch_lines",
        find=f"{HERE}:find_lines",
        takes=("select",),
        recalls="keys",
        medium="Bulletin",
    )
    others = dict(KINDS)
    KINDS.clear()
    KINDS.update({"lines": result, **others})
    yield result
    KINDS.clear()
    KINDS.update(others)


def test_a_made_up_kind_is_valid_in_the_watch_list_and_its_schema(lines: SourceKind, tmp_path: Path) -> None:
    row = {k: v for k, v in source("https://a.example/x", "lines", select={"links": "a"}).model_dump(mode="json").items() if v is not None}
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": [{k: v for k, v in row.items() if k not in ("every", "medium")}]}), encoding="utf-8")
    [loaded] = load_sources(path, ())
    assert (loaded.kind, loaded.period, loaded.medium, loaded.is_stream) == ("lines", 7200, "Bulletin", True)
    assert "lines" in schema()["$defs"]["Source"]["properties"]["kind"]["enum"]
    path.write_text(yaml.safe_dump({"sources": [{k: v for k, v in row.items() if k != "url"}]}), encoding="utf-8")
    with pytest.raises(WrongFile, match="kind lines needs `url`"):
        load_sources(path, ())


def test_a_made_up_kind_is_fetched_stored_and_due_again_after_its_own_period(
    lines: SourceKind, site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    site.say("/bulletin", "Призыв начнётся в октябре\nПорядок вызова изменён")
    watching = watcher(source(site.url("/bulletin"), "lines"))
    assert watching.due() == 1
    [(look, stored)] = watching.round()
    assert (look.record.outcome, stored.outcome, stored.new) == (FetchOutcome.NOTHING_NEW, FetchOutcome.NEW_ITEMS, 2)
    with reading(engine) as session:
        row = session.get_one(models.SourceRow, "example")
        assert sorted(session.scalars(select(models.ItemVersionRow.title))) == ["Порядок вызова изменён", "Призыв начнётся в октябре"]
        assert row.next_due_at is not None
        assert row.last_fetch_at is not None
        assert timedelta(hours=1.5) < row.next_due_at - row.last_fetch_at < timedelta(hours=2.5)
        assert blind_after(row) == timedelta(hours=6)
        assert set(recall(session, row).keys) == {"Порядок вызова изменён", "Призыв начнётся в октябре"}
        item = session.scalars(select(models.ItemRow)).first()
        version = session.scalars(select(models.ItemVersionRow)).first()
        assert item is not None
        assert version is not None
        assert reference(session, item, version, row).medium == "Bulletin"


def test_a_made_up_kind_is_recognised_by_an_address_and_listed_by_the_command(
    lines: SourceKind, site: Site, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.say("/bulletin", "#lines\nОдна")
    found = discover_source(site.url("/bulletin"), client)
    assert (found.kind, found.entries) == ("lines", 2)
    row = source(site.url("/bulletin"), "lines").model_dump(mode="json", exclude_none=True)
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": [row]}, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("AJOUR_SOURCES", str(path))
    result = CliRunner().invoke(app, ["sources", "list", "--kind", "lines", "--json"])
    assert '"id": "example"' in result.output
    assert CliRunner().invoke(app, ["sources", "list", "--kind", "fax"]).exit_code == 2


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_record_names_functions_that_exist(kind: SourceKind) -> None:
    assert [name for name in kind.functions if not callable(function(name))] == []
    assert (kind.fetch is None) == (kind.name not in watched_kinds())


def test_only_cited_hosts_are_never_fetched() -> None:
    assert set(KINDS) - set(watched_kinds()) == {"none"}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("@netprizyvu", "netprizyvu"), ("t.me/netprizyvu", "netprizyvu"), ("https://t.me/s/netprizyvu", "netprizyvu"),
        ("https://telegram.me/@Net_Prizyvu/", "Net_Prizyvu"), ("https://example.org/x", None), ("@a", None), ("https://t.me/s/kanal/17", None),
    ],
)  # fmt: skip
def test_a_channel_is_known_by_every_form_of_its_name(address: str, name: str | None) -> None:
    handle = KINDS["telegram"].handle
    assert isinstance(handle, Handle)
    assert handle.name(address) == name


def test_a_field_that_no_kind_of_the_source_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="`law` has no effect for kind feed"):
        source("https://a.example/rss", law={"act": "53-ФЗ"})
    with pytest.raises(ValueError, match="`select` has no effect for kind telegram"):
        source("https://t.me/s/kanal", "telegram", select={"links": "a"})
    fallback = {"kind": "listing", "url": "https://a.example/news"}
    assert source("https://a.example/rss", select={"links": "a"}, fallback=fallback).select.links == "a"
