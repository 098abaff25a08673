"""The simulated outlets answer in their real formats, and two of them fail."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from app.tools.demo.server import FAILING, outlets, pages, simulated_outlets

ROOT = Path(__file__).resolve().parents[4]


def test_every_outlet_and_every_failing_source_has_a_page() -> None:
    assert set(pages()) == {f"/{o['source']}" for o in outlets()} | {f"/{name}" for name in FAILING}


@pytest.mark.parametrize(
    ("format", "kind", "mark"),
    [("rss", "application/rss+xml", "<item>"), ("atom", "application/atom+xml", "<entry>"), ("telegram", "text/html", "data-post=")],
)
def test_a_page_is_in_the_format_of_its_outlet_with_all_its_items(format: str, kind: str, mark: str) -> None:  # noqa: A002 - the field's name
    for outlet in (o for o in outlets() if o["format"] == format):
        given, body = pages()[f"/{outlet['source']}"]
        text = body.decode(outlet.get("charset", "utf-8"))
        assert given.startswith(kind)
        assert text.count(mark) == len(outlet["items"])


def test_the_readme_gives_the_number_of_items_that_are_published() -> None:
    count = sum(len(o["items"]) for o in outlets())
    assert f"They publish {count} dated items" in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def test_the_server_answers_with_the_pages_and_with_404() -> None:
    name = outlets()[0]["source"]
    with simulated_outlets() as address:
        with urllib.request.urlopen(f"{address}/{name}", timeout=30) as answer:
            assert answer.read() == pages()[f"/{name}"][1]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/nothing", timeout=30)


def test_markup_in_a_text_is_escaped() -> None:
    from app.tools.demo.server import _rss

    item = {"title": "A < B & C", "url": "https://x.example/?a=1&b=2", "published": "2026-03-01T10:00:00+00:00", "text": "One.\n\nTwo."}
    _, body = _rss({"source": "x", "name": "X & Y", "items": [item]})
    assert "<title>A &lt; B &amp; C</title>" in body.decode()
    assert "<p>One.</p><p>Two.</p>" in body.decode()
