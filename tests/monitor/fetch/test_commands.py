"""`ajour sources …`: what a person sees of the watch."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli.main import app
from tests.monitor.conftest import rss, source
from tests.monitor.serving import Site

RUN = CliRunner()


@pytest.fixture
def listed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A watch list of one healthy feed with a dead mirror, on the local site."""
    site.say("/feed", rss(("a", "Призыв начнётся позже"), ("b", "Вторая")))
    row = source(site.url("/feed"), mirrors=[site.url("/dead")]).model_dump(mode="json", exclude_none=True)
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": [row]}, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("AJOUR_SOURCES", str(path))
    monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
    return path


def test_a_source_is_tested_at_each_of_its_addresses_and_nothing_is_stored(listed: Path, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["sources", "test", "example", "--json"])
    first, second = json.loads(result.output)
    assert (first["outcome"], first["entries"], first["quality"], first["ip"]) == ("nothing_new", 2, 1.0, "127.0.0.1")
    assert first["titles"][0] == "Призыв начнётся позже"
    assert (second["outcome"], second["reason"]) == ("blocked_or_broken", "http_404")
    assert result.exit_code == 0
    assert not (tmp_path / "var" / "ajour.db").exists()


def test_testing_for_people_says_the_same_in_words(listed: Path) -> None:
    said = RUN.invoke(app, ["sources", "test", "example"]).output
    assert "Призыв начнётся позже" in said
    assert "http_404" in said


def test_an_unknown_source_is_refused_with_those_that_sound_like_it(listed: Path) -> None:
    result = RUN.invoke(app, ["sources", "test", "exam"])
    assert result.exit_code == 2


def test_a_live_check_names_the_ill_and_proposes_a_feed(site: Site, listed: Path) -> None:
    site.pages.pop("/feed")
    site.say("/", f'<link rel="alternate" type="application/rss+xml" href="{site.url("/new-feed")}">')
    result = RUN.invoke(app, ["sources", "check", "--live", "--json"])
    assert result.exit_code == 1
    look = json.loads(result.stdout)["looks"][0]
    assert (look["reason"], look["proposal"]) == ("http_404", site.url("/new-feed"))


def test_one_stream_listed_twice_is_named(listed: Path) -> None:
    rows = yaml.safe_load(listed.read_text(encoding="utf-8"))["sources"]
    listed.write_text(json.dumps({"sources": [*rows, {**rows[0], "id": "twin"}]}, ensure_ascii=False), encoding="utf-8")
    assert "example and twin are the same stream" in RUN.invoke(app, ["sources", "check"]).output


def test_adding_finds_the_feed_that_a_page_names_and_writes_a_row_that_loads(site: Site, listed: Path) -> None:
    site.say(
        "/",
        f'<html><head><title>Новое издание</title><link rel="alternate" type="application/rss+xml" href="{site.url("/other")}"></head></html>',
    )
    site.say("/other", rss(("x", "Новости о воинском учёте и призыве граждан")))
    before = listed.read_text(encoding="utf-8")
    shown = RUN.invoke(app, ["sources", "add", site.url("/")])
    assert site.url("/other") in shown.output
    assert listed.read_text(encoding="utf-8") == before
    assert RUN.invoke(app, ["sources", "add", site.url("/"), "--write"]).exception is None
    added = yaml.safe_load(listed.read_text(encoding="utf-8"))["sources"][-1]
    assert (added["kind"], added["url"], added["languages"]) == ("feed", site.url("/other"), ["ru"])
    assert RUN.invoke(app, ["sources", "check"]).exit_code == 0


def test_an_address_that_gives_nothing_is_said(site: Site, listed: Path) -> None:
    site.say("/", "<title>404</title><h1>Страница не найдена</h1>")
    result = RUN.invoke(app, ["sources", "add", site.url("/nothing")])
    assert result.exit_code == 1


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


def test_evidence_that_is_no_longer_what_was_received_is_found(site: Site, listed: Path, tmp_path: Path) -> None:
    import zlib

    from app.runtime.container import Container
    from app.runtime.settings import load_settings
    from db.engine import writing
    from db.models import CaptureRow
    from monitor.fetch.watcher import Watcher
    from monitor.parse.parser_pool import Parsers
    from tests.monitor.conftest import registered

    desk = Container(load_settings())
    registered(desk.engine, desk.sources)
    Watcher(desk.engine, desk.sources, desk.client(), Parsers(processes=0)).fetch_one("example")
    assert RUN.invoke(app, ["evidence", "verify"]).exit_code == 0
    with writing(desk.engine) as session:
        session.query(CaptureRow).one().deflated = zlib.compress(b"something else")
    result = RUN.invoke(app, ["evidence", "verify", "--json"])
    assert result.exit_code == 1
    assert [w["why"].split(" (")[0] for w in json.loads(result.stdout)["wrong"]] == ["its bytes have another hash"]
