"""The first day of an operator: one command probes the whole watch list and mends it.

Fifty outlets on an internet of this machine, reached through the proxy that each row names. A third
of them has moved, is blocked, or has changed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.kinds.registry import KINDS
from tests.cli_runner import Ran
from tests.monitor.conftest import ARTICLES, listing, preview, rss, source, text
from tests.monitor.serving import Site, serving

pytestmark = pytest.mark.slow
Run = Callable[..., Ran]

OUTLETS = 50
MOVED, RENAMED, RELAID, BLOCKED = range(33, 37), range(37, 39), range(39, 43), range(43, 46)
SOLD, MIRRORED, DEAD, LIST_GONE = 46, 47, 48, 49
CHALLENGE = "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue</p>"


def host(n: int, zone: str = "ru") -> str:
    return f"http://outlet{n}.{zone}"


def feed(n: int) -> str:
    return rss((f"a{n}", "Призыв начнётся позже"), (f"b{n}", "Повестки придут на портал"), host=host(n))


def named_feed(path: str, n: int) -> str:
    return f'<title>Издание {n}</title><link rel="alternate" type="application/rss+xml" href="{path}">'


@pytest.fixture
def internet() -> Iterator[Site]:
    """The proxy, and behind it every outlet."""
    with serving() as site:
        for n in range(OUTLETS):
            site.say(f"{host(n)}/feed", feed(n), kind="application/rss+xml")
        for n in MOVED:
            site.say(f"{host(n)}/feed", "", 301, Location=f"{host(n, 'media')}/feed")
            site.say(f"{host(n, 'media')}/feed", feed(n))
        for n in RENAMED:
            new = f"<itunes:new-feed-url>{host(n)}/podcast.xml</itunes:new-feed-url><item>"
            head = '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            site.say(f"{host(n)}/feed", feed(n).replace("<item>", new, 1).replace("<rss ", head, 1))
            site.say(f"{host(n)}/podcast.xml", feed(n))
        for n in RELAID:
            site.say(f"{host(n)}/feed", "gone", 404)
            site.say(f"{host(n)}/", named_feed("/rss/all", n))
            site.say(f"{host(n)}/rss/all", feed(n))
        for n in BLOCKED:
            site.say(f"{host(n)}/feed", CHALLENGE, 403)
            site.say(f"{host(n)}/", f'<title>Издание {n}</title><a href="https://t.me/outlet{n}_news">Telegram</a>')
            site.say(f"http://t.me/s/outlet{n}_news", preview(f"outlet{n}_news", {7: text("Указ о призыве")}, title=f"Outlet{n}"))
        site.say(f"{host(SOLD)}/feed", "", 301, Location="http://casino.example/rss")
        site.say("http://casino.example/rss", rss(("x", "Ставки на спорт"), host="http://casino.example"))
        site.say(f"{host(MIRRORED)}/feed", "", 502)
        site.say("http://mirror.example/47", feed(MIRRORED))
        site.say(f"{host(DEAD)}/feed", "", 503)
        site.say(f"{host(LIST_GONE)}/news", "<title>404</title><h1>Страница не найдена</h1>")
        site.say(f"{host(LIST_GONE)}/", named_feed("/feed", LIST_GONE))
        yield site


@pytest.fixture
def watched(internet: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The watch list, written as people write it: with comments, and one list among the feeds."""
    rows = []
    for n in range(OUTLETS):
        more: dict[str, Any] = {"mirrors": ["http://mirror.example/47"]} if n == MIRRORED else {}
        kind, path = ("listing", "news") if n in (0, LIST_GONE) else ("feed", "feed")
        row = source(
            f"{host(n)}/{path}",
            kind,
            id=f"outlet-{n}",
            name=f"Outlet{n}",
            host=f"outlet{n}.ru",
            proxy=internet.address,
            expect=None,
            **more,
        )
        rows.append(row.model_dump(mode="json", exclude_unset=True))
    internet.say(f"{host(0)}/news", listing(*ARTICLES))
    dumped = yaml.safe_dump({"sources": rows}, allow_unicode=True, sort_keys=False)
    path_ = tmp_path / "sources.yml"
    path_.write_text(f"# our outlets\n{dumped}# the end\n", encoding="utf-8")
    monkeypatch.setenv("AJOUR_SOURCES", str(path_))
    monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
    monkeypatch.setenv("AJOUR_HOST_SECONDS", "0")
    handle = KINDS["telegram"].handle
    assert handle is not None
    # Without TLS through the proxy
    telegram = replace(KINDS["telegram"], handle=replace(handle, preview="http://t.me/s/{name}"))
    monkeypatch.setitem(KINDS, "telegram", telegram)
    return path_


def test_one_command_probes_all_outlets_and_mends_what_has_moved_is_blocked_or_has_changed(watched: Path, ajour: Run) -> None:
    before = watched.read_text(encoding="utf-8")
    first = ajour("sources", "check", "--all", "--json")
    looks = {look["source"]: look for look in first.json["looks"]}
    fields = {name: [p["fields"] for p in look["proposals"]] for name, look in looks.items() if look["proposals"]}
    expected: dict[str, dict[str, Any]] = {
        **{f"outlet-{n}": {"url": f"{host(n, 'media')}/feed"} for n in MOVED},
        **{f"outlet-{n}": {"url": f"{host(n)}/podcast.xml"} for n in RENAMED},
        **{f"outlet-{n}": {"url": f"{host(n)}/rss/all"} for n in RELAID},
        **{f"outlet-{n}": {"fallback": {"kind": "telegram", "url": f"http://t.me/s/outlet{n}_news"}} for n in BLOCKED},
        f"outlet-{SOLD}": {"url": "http://casino.example/rss"},
        f"outlet-{LIST_GONE}": {"kind": "feed", "url": f"{host(LIST_GONE)}/feed"},
    }
    assert fields == {name: [proposed] for name, proposed in expected.items()}
    assert [name for name, look in looks.items() for p in look["proposals"] if not p["certain"]] == [f"outlet-{SOLD}"]
    assert looks[f"outlet-{MIRRORED}"]["read_at"] == "http://mirror.example/47"
    assert looks[f"outlet-{DEAD}"]["reason"] == "http_5xx"
    assert first.code == 1
    assert watched.read_text(encoding="utf-8") == before

    mended = ajour("sources", "check", "--all", "--write")
    assert "14 rows of the watch list were changed" in mended.out
    assert "check by hand that it is the same outlet" in mended.out
    rows = {row["id"]: row for row in yaml.safe_load(ajour("sources", "export", "--yaml").out)["sources"]}
    for name, proposed in expected.items():
        assert (proposed.items() <= rows[name].items()) is (name != f"outlet-{SOLD}")
    assert watched.read_text(encoding="utf-8") == before

    again = json.loads(ajour("sources", "check", "--all", "--json").out)
    unread = {look["source"] for look in again["looks"] if look["outcome"] != "nothing_new"}
    assert unread == {f"outlet-{SOLD}", f"outlet-{DEAD}"}
