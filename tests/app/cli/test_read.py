"""`ajour read`, and the files that `ajour sources test --keep` writes for it."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli_runner import run
from tests.monitor.conftest import rss, source
from tests.monitor.serving import serving


def test_one_json_line_for_each_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "1.xml"
    file.write_text(rss(("a", "Призыв начнётся позже")), encoding="utf-8")
    ran = run(monkeypatch, "read", "--kind", "feed", file, file, "--json")
    first, second = map(json.loads, ran.out.splitlines())
    assert (ran.code, first["outcome"], second["outcome"]) == (0, "new_items", "nothing_new")


def test_a_file_that_is_read_badly_needs_a_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "1.html"
    file.write_text("<html><body>nothing</body></html>", encoding="utf-8")
    ran = run(monkeypatch, "read", "--kind", "feed", file)
    assert (ran.code, "blocked_or_broken, not_a_feed" in ran.out) == (1, True)


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "1.xml"
    file.write_text("", encoding="utf-8")
    ran = run(monkeypatch, "read", "--kind", "newspaper", file)
    assert (ran.code, "Use one of feed, telegram" in ran.err) == (2, True)


def test_kept_answers_of_a_source_can_be_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serving() as site:
        site.say("/feed", rss(("a", "Призыв начнётся позже"), ("b", "Вторая")), kind="application/rss+xml")
        row = source(site.url("/feed"), mirrors=[site.url("/dead")]).model_dump(mode="json", exclude_none=True)
        listed = tmp_path / "sources.yml"
        listed.write_text(yaml.safe_dump({"sources": [row]}, allow_unicode=True), encoding="utf-8")
        monkeypatch.setenv("AJOUR_SOURCES", str(listed))
        monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
        run(monkeypatch, "sources", "test", "example", "--keep", tmp_path / "kept")
    assert sorted(f.name for f in (tmp_path / "kept").iterdir()) == ["example-1.http", "example-2.http"]
    well = run(monkeypatch, "read", "--kind", "feed", tmp_path / "kept" / "example-1.http", "--json").json
    dead = run(monkeypatch, "read", "--kind", "feed", tmp_path / "kept" / "example-2.http", "--json").json
    assert [i["title"] for i in well["new"]] == ["Призыв начнётся позже", "Вторая"]
    assert (dead["outcome"], dead["reason"]) == ("blocked_or_broken", "http_404")
