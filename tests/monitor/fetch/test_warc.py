"""Evidence as WARC: what standard tools read of it is what was received."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, update
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from app.cli.main import app
from db.engine import writing
from db.evidence import captures_of_fetch, fetches_with_captures
from db.models import CaptureRow
from db.ops import EMPTY
from monitor.fetch.warc import verify_warc, write_warc
from monitor.fetch.watcher import Watcher
from tests.monitor.conftest import rss, source
from tests.monitor.serving import Site

FEED = rss(("a", "Осенний призыв"), ("b", "Повестки"))


def export(engine: Engine, file: Path) -> list[SimpleNamespace]:
    """What a reader of WARC files finds in an export of all."""
    with writing(engine) as session, file.open("wb") as out:
        write_warc([k for f in fetches_with_captures(session) for k in captures_of_fetch(session, f)], out, file.name, "Ajour test")
    assert Checker(SimpleNamespace(inputs=[str(file)], verbose=False)).process_all() == 0
    with file.open("rb") as stream:
        return [
            SimpleNamespace(
                type=r.rec_type, url=r.rec_headers.get_header("WARC-Target-URI"), head=r.rec_headers, body=r.content_stream().read()
            )
            for r in ArchiveIterator(stream)
        ]


@pytest.fixture
def looked(site: Site, engine: Engine, watcher: Callable[..., Watcher]) -> Engine:
    """A source that was read by way of a redirect."""
    site.say("/old", "", 301, Location="/feed")
    site.say("/feed", FEED, kind="application/rss+xml")
    list(watcher(source(site.url("/old"))).round())
    return engine


def test_an_answer_is_kept_with_its_bytes_its_hash_and_the_way_it_came(looked: Engine, site: Site, tmp_path: Path) -> None:
    info, resource, metadata = export(looked, tmp_path / "e.warc.gz")
    assert (info.type, resource.type, metadata.type) == ("warcinfo", "resource", "metadata")
    assert (resource.url, resource.body) == (site.url("/feed"), FEED.encode())
    assert resource.head.get_header("Content-Type") == "application/rss+xml"
    assert resource.head.get_header("WARC-IP-Address") == "127.0.0.1"
    assert resource.head.get_header("WARC-Payload-Digest").startswith("sha256:")
    assert metadata.head.get_header("WARC-Concurrent-To") == resource.head.get_header("WARC-Record-ID")
    known = metadata.body.decode().split("\r\n")
    assert {f"via: {site.url('/old')}", "status: 200", "source: example", "outcome: new_items (ok)"} <= set(known)


def test_bytes_that_came_before_are_named_not_written_again(
    looked: Engine, site: Site, watcher: Callable[..., Watcher], tmp_path: Path
) -> None:
    list(watcher(source(site.url("/feed"), id="other")).round())
    records = export(looked, tmp_path / "e.warc.gz")
    assert [r.type for r in records] == ["warcinfo", "resource", "metadata", "revisit", "metadata"]
    assert records[3].head.get_header("WARC-Payload-Digest") == records[1].head.get_header("WARC-Payload-Digest")
    assert records[3].head.get_header("WARC-Refers-To-Target-URI") == records[1].url


def test_bytes_that_retention_took_are_named(looked: Engine, tmp_path: Path) -> None:
    with writing(looked) as session:
        session.execute(update(CaptureRow).values(deflated=EMPTY))
    info, metadata = export(looked, tmp_path / "e.warc.gz")
    assert (info.type, metadata.type) == ("warcinfo", "metadata")
    assert "emptied by retention" in metadata.body.decode()


def test_a_file_that_was_touched_is_distinguished_from_one_that_was_not(looked: Engine, tmp_path: Path) -> None:
    file = tmp_path / "e.warc.gz"
    export(looked, file)
    assert verify_warc(file) == (3, [])
    whole = file.read_bytes()
    for length in range(60, len(whole) - 20, 7):
        file.write_bytes(whole[:length])
        assert verify_warc(file)[0] < 3 or verify_warc(file)[1], length
    file.write_bytes(gzip.decompress(whole).replace("Осенний".encode(), "Весенни".encode()))
    assert any("digest failed" in fault for fault in verify_warc(file)[1])


def test_the_command_writes_reads_back_and_says_how_it_went(looked: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_DATABASE", str(looked.url))
    file = tmp_path / "out" / "e.warc.gz"
    # No such folder
    assert CliRunner().invoke(app, ["evidence", "export", "--warc", str(file)]).exit_code == 3
    file.parent.mkdir()
    result = CliRunner().invoke(app, ["evidence", "export", "--warc", str(file), "--source", "example", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answers"] == 1
    assert verify_warc(file) == (3, [])
    nothing = CliRunner().invoke(app, ["evidence", "export", "--warc", str(file), "--source", "nobody", "--json"])
    assert json.loads(nothing.stdout)["answers"] == 0
