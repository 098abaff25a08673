"""`ajour sources test|add`: what one source answers now."""

import json
from collections.abc import Callable
from pathlib import Path

import yaml
from typer.testing import CliRunner

from app.cli.main import app
from tests.cli_runner import Ran
from tests.monitor.conftest import rss
from tests.monitor.serving import Site

RUN = CliRunner()
Run = Callable[..., Ran]


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
    assert listed.read_text(encoding="utf-8") == before  # the row is the desk's
    added = yaml.safe_load(RUN.invoke(app, ["sources", "export", "--yaml"]).output)["sources"][-1]
    assert (added["kind"], added["url"], added["languages"]) == ("feed", site.url("/other"), ["ru"])
    assert RUN.invoke(app, ["sources", "check"]).exit_code == 0


def test_an_address_that_gives_nothing_is_said(site: Site, listed: Path) -> None:
    site.say("/", "<title>404</title><h1>Страница не найдена</h1>")
    result = RUN.invoke(app, ["sources", "add", site.url("/nothing")])
    assert result.exit_code == 1
