"""Changing the watch list in place: only what is asked changes."""

from pathlib import Path

import pytest
import yaml

from app.runtime.settings import load_settings
from app.tools.watch_list_edit import with_fields, with_row, write_checked
from monitor.strict_yaml import WrongFile

LIST = """# our sources
sources:
  - id: one
    name: "Первое"  # the first
    kind: listing
    url: "https://one.example/news"
    host: "one.example"   # as cited
    fallback:
      kind: telegram
      url: "https://t.me/s/one"
    languages: [ru]
  - {id: two, kind: feed, url: "https://two.example/rss"}
  # the end
"""


def test_a_value_is_replaced_and_everything_else_stays() -> None:
    changed = with_fields(LIST, {"one": {"url": "https://one.example/rss", "kind": "feed"}})
    assert changed == LIST.replace('"https://one.example/news"', '"https://one.example/rss"').replace("kind: listing", "kind: feed")


def test_a_new_field_goes_behind_the_host_and_a_block_becomes_one_line() -> None:
    row = yaml.safe_load(
        with_fields(LIST, {"one": {"mirrors": ["https://m.example/x"], "fallback": {"kind": "feed", "url": "https://f.example/"}}})
    )
    one = row["sources"][0]
    assert (one["mirrors"], one["fallback"], one["languages"]) == (
        ["https://m.example/x"],
        {"kind": "feed", "url": "https://f.example/"},
        ["ru"],
    )
    assert "    mirrors:" in with_fields(LIST, {"one": {"mirrors": ["https://m.example/x"]}}).split("# as cited\n")[1].split("\n")[0]


def test_a_row_on_one_line_takes_a_new_field_too() -> None:
    changed = with_fields(LIST, {"two": {"fallback": {"kind": "telegram", "url": "https://t.me/s/two"}}})
    assert yaml.safe_load(changed)["sources"][1]["fallback"]["url"] == "https://t.me/s/two"
    assert changed.endswith("  # the end\n")


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_fields(LIST, {"three": {"url": "https://x.example/"}})


def test_a_row_is_added_with_the_indent_of_the_file() -> None:
    for text in (LIST, "sources:\n- id: one\n  kind: feed\n"):
        assert yaml.safe_load(with_row(text, {"id": "new", "kind": "feed"}))["sources"][-1] == {"id": "new", "kind": "feed"}


def test_a_list_that_would_not_load_is_put_back(listed: Path) -> None:
    before = listed.read_text(encoding="utf-8")
    with pytest.raises(WrongFile):
        write_checked(load_settings(), with_fields(before, {"example": {"url": "no address"}}))
    assert listed.read_text(encoding="utf-8") == before
