"""`ajour sources check`: the watch list as a file, and what its sources answer now."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli.main import app
from tests.cli_runner import Ran
from tests.e2e.outlet_server import watch_list
from tests.monitor.conftest import rss
from tests.monitor.serving import Site

RUN = CliRunner()
Run = Callable[..., Ran]


def test_a_check_of_all_names_the_ill_and_proposes_a_feed(site: Site, listed: Path) -> None:
    site.pages.pop("/feed")
    site.say("/", f'<link rel="alternate" type="application/rss+xml" href="{site.url("/new-feed")}">')
    site.say("/new-feed", rss(("a", "Призыв начнётся позже")))
    result = RUN.invoke(app, ["sources", "check", "--all", "--json"])
    assert result.exit_code == 1
    look = json.loads(result.stdout)["looks"][0]
    assert (look["reason"], [p["fields"] for p in look["proposals"]]) == ("http_404", [{"url": site.url("/new-feed")}])


def test_one_stream_listed_twice_is_named(listed: Path) -> None:
    rows = yaml.safe_load(listed.read_text(encoding="utf-8"))["sources"]
    listed.write_text(json.dumps({"sources": [*rows, {**rows[0], "id": "twin"}]}, ensure_ascii=False), encoding="utf-8")
    assert "example and twin are the same stream" in RUN.invoke(app, ["sources", "check"]).output


def test_sources_check_refuses_a_relative_address(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = watch_list(tmp_path, "", ["outlet"])
    monkeypatch.setenv("AJOUR_SOURCES", str(path))
    ran = ajour("sources", "check")
    assert ran.code == 2
    assert "sources.0.url: '/outlet' is not an absolute web address. Begin it with http:// or https://" in ran.err


def test_the_report_for_people_names_what_is_proposed_and_how_to_apply_it(site: Site, listed: Path, ajour: Run) -> None:
    site.say("/feed", "", 301, Location="/moved")
    site.say("/moved", rss(("a", "Призыв начнётся позже")))
    said = ajour("sources", "check", "--all").out
    assert f"→ url: {site.url('/moved')} (moved permanently" in said
    assert "`ajour sources check --all --write` changes these rows" in said
    written = ajour("sources", "check", "--all", "--write").out
    assert "1 rows of the watch list were changed" in written
    assert yaml.safe_load(ajour("sources", "export", "--yaml").out)["sources"][0]["url"] == site.url("/moved")


def test_write_without_fetching_is_refused(listed: Path, ajour: Run) -> None:
    ran = ajour("sources", "check", "--write")
    assert (ran.code, "--write needs --all" in ran.err) == (2, True)
