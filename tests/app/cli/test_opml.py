"""`ajour sources export|import`: the watch list as OPML."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli.main import app
from app.cli.opml import from_opml, opml_rows, to_opml
from tests.monitor.conftest import source
from tests.monitor.serving import Site

RUN = CliRunner()


def test_the_list_goes_out_and_comes_in_as_opml(listed: Path, tmp_path: Path, site: Site) -> None:
    assert RUN.invoke(app, ["sources", "export", "--out", str(tmp_path / "list.opml")]).exit_code == 0
    back = RUN.invoke(app, ["sources", "import", str(tmp_path / "list.opml")])
    assert "all of them on the list already" in back.output
    other = (tmp_path / "list.opml").read_text(encoding="utf-8").replace(site.address, "https://other.example")
    (tmp_path / "other.opml").write_text(other, encoding="utf-8")
    [row] = yaml.safe_load(RUN.invoke(app, ["sources", "import", str(tmp_path / "other.opml")]).stdout)
    assert (row["url"], row["name"], row["id"]) == ("https://other.example/feed", "Пример", "other-example")


@pytest.mark.parametrize(
    "raw",
    [b"<html/>", b"no xml", b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body>&x;', b"<opml>" + b" " * 6_000_000],
)
def test_what_is_no_reading_list_is_refused_in_words(raw: bytes, listed: Path, tmp_path: Path) -> None:
    (tmp_path / "x.opml").write_bytes(raw)
    result = RUN.invoke(app, ["sources", "import", str(tmp_path / "x.opml")])
    assert result.exit_code == 2
    assert "root:" not in result.output


def test_a_name_with_markup_is_escaped_and_read_back() -> None:
    listed = source("https://example.org/feed?a=1&b=2", name='Новости "<x>" & др.')
    assert from_opml(to_opml([listed]).encode()) == [('Новости "<x>" & др.', "https://example.org/feed?a=1&b=2")]


def test_what_is_no_feed_is_exported_as_a_link() -> None:
    assert 'type="link" url="https://example.org/page"' in to_opml([source("https://example.org/page", "page")])


def test_an_address_counts_once_and_only_with_http() -> None:
    raw = b"""<opml><body><outline text="A" xmlUrl="https://a.example/f"/><outline text="B" xmlUrl="https://a.example/f"/>
    <outline text="C" xmlUrl="file:///etc/passwd"/><outline text="D"/></body></opml>"""
    assert from_opml(raw) == [("A", "https://a.example/f")]


def test_a_broken_address_does_not_spoil_the_list() -> None:
    raw = b"""<opml><body><outline text="A" xmlUrl="http://["/><outline text="B" xmlUrl="https://b.example/f"/></body></opml>"""
    assert from_opml(raw) == [("B", "https://b.example/f")]


def test_feeds_of_one_host_get_ids_of_their_own() -> None:
    feeds = [(name, f"https://a.example/{name}") for name in ("old", "one", "two")]
    rows = opml_rows(feeds, {"https://a.example/old"}, {"a-example"})
    assert [(r["id"], r["name"]) for r in rows] == [("a-example-2", "one"), ("a-example-3", "two")]
