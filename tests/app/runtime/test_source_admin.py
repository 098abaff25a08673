"""What the desk asks of the monitor to change the watch list."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from app.runtime.container import Container, watch_list
from app.runtime.settings import Settings, load_settings
from app.runtime.source_admin import DeskSourceAdmin, _rate
from app.tools.import_report import import_claims
from db.engine import writing
from db.enums import OverrideState
from db.source_overrides import save_row, set_state
from monitor.baseline import load_baseline
from monitor.sources import Source
from tests.alerts_factory import NOW
from tests.baselines import BASELINE
from tests.monitor.conftest import rss
from tests.monitor.serving import Site


@pytest.fixture
def admin(engine: Engine, listed: Path) -> DeskSourceAdmin:
    return DeskSourceAdmin(Container(load_settings(), engine))


def test_an_address_is_fetched_and_read_once(admin: DeskSourceAdmin, site: Site) -> None:
    site.say("/other", rss(("x", "Новости о воинском учёте и призыве граждан")))
    found = admin.discover(site.url("/other"))
    assert (found.row["kind"], found.entries, list(found.titles)) == ("feed", 1, ["Новости о воинском учёте и призыве граждан"])
    assert (found.rate, found.problem) == ("", "")
    site.say("/nothing", "<title>404</title>", 404)
    with pytest.raises(ValueError, match="nothing"):
        admin.discover(site.url("/nothing"))


def test_a_row_that_gives_nothing_says_why(admin: DeskSourceAdmin, site: Site) -> None:
    site.say("/gone", "<title>404</title>", 404)
    found = admin.look({**(admin.row("example") or {}), "url": site.url("/gone")})
    assert (found.entries, found.problem.startswith("Nothing was read: ")) == (0, True)


def test_the_rate_of_a_source_follows_from_the_days_of_its_entries() -> None:
    assert _rate([NOW - timedelta(hours=6 * n) for n in reversed(range(9))]) == ("about 4 a day", {"items": 1, "within": "1d"})
    assert _rate([NOW - timedelta(hours=n) for n in reversed(range(25))]) == ("about 24 a day", {"items": 8, "within": "1d"})
    assert _rate([NOW - timedelta(days=7 * n) for n in reversed(range(4))]) == ("about one in 7 days", {"items": 1, "within": "21d"})
    assert _rate([NOW, NOW]) == ("", None)


def test_a_row_that_another_process_wrote_is_in_force(admin: DeskSourceAdmin, engine: Engine) -> None:
    row = {**(admin.row("example") or {}), "name": "Renamed"}
    with writing(engine) as session:
        save_row(session, row, None, NOW)
    assert (admin.row("example") or {})["name"] == "Renamed"
    assert "Renamed" in admin.as_yaml()
    assert admin.row("absent") is None
    assert admin.problems(row) == []


def test_cited_sources_that_are_not_watched(admin: DeskSourceAdmin, engine: Engine) -> None:
    import_claims(engine, load_baseline(BASELINE / "examples" / "agents-2025.yml"))
    assert admin.unwatched("agents-2025") == []  # its sources have no address
    assert admin.from_opml(b'<opml><body><outline xmlUrl="https://x.example/feed" text="X"/></body></opml>')[0]["name"] == "X"


@pytest.mark.parametrize(("field", "value"), [("proxy", "http://10.0.0.1:80"), ("proxy", "socks5h://127.0.0.1:22"), ("ca", "/etc/shadow")])
def test_proxies_and_files_of_the_machine_are_not_set_at_the_desk(admin: DeskSourceAdmin, field: str, value: str) -> None:
    row = {**(admin.row("example") or {}), field: value}
    for changed in (row, {**row, "id": "other", "url": "https://other.example/feed"}):
        assert admin.problems(changed) == [f"{field}: is set in sources.yml only, by the operator of this machine"]


def test_a_proxy_of_the_file_stays_where_the_rest_of_the_row_is_edited(admin: DeskSourceAdmin, listed: Path) -> None:
    rows = yaml.safe_load(listed.read_text(encoding="utf-8"))
    rows["sources"][0]["proxy"] = "socks5h://127.0.0.1:9050"
    listed.write_text(yaml.safe_dump(rows), encoding="utf-8")
    row = {**(admin.row("example") or {}), "name": "Renamed"}
    assert row["proxy"] == "socks5h://127.0.0.1:9050"
    assert admin.problems(row) == []


@pytest.mark.parametrize(
    ("field", "value"), [("url", "http://10.0.0.1/feed"), ("hosts", ["10.0.0.1"]), ("mirrors", ["http://intranet.example/feed"])]
)
def test_the_addresses_of_a_source_with_a_proxy_are_not_set_at_the_desk(
    admin: DeskSourceAdmin, listed: Path, field: str, value: object
) -> None:
    rows = yaml.safe_load(listed.read_text(encoding="utf-8"))
    rows["sources"][0]["proxy"] = "socks5h://127.0.0.1:9050"
    listed.write_text(yaml.safe_dump(rows), encoding="utf-8")
    row = {**(admin.row("example") or {}), field: value}
    assert admin.problems(row) == [f"{field}: of a source with a proxy is set in sources.yml only, by the operator of this machine"]


@pytest.mark.parametrize("name", ["new", "import"])
def test_an_id_that_is_a_page_of_the_desk_is_refused(admin: DeskSourceAdmin, name: str) -> None:
    row = {**(admin.row("example") or {}), "id": name, "url": "https://other.example/feed"}
    assert admin.problems(row) == [f"id: {name} is an address of the desk; take another id"]


def test_feeds_of_a_reading_list_replace_no_source_not_even_a_retired_one(admin: DeskSourceAdmin, engine: Engine) -> None:
    row = {**(admin.row("example") or {}), "id": "x-example"}
    with writing(engine) as session:
        save_row(session, row, None, NOW)
        set_state(session, "x-example", OverrideState.RETIRED, "gone", None, NOW)
    found = admin.from_opml(b'<opml><body><outline xmlUrl="https://x.example/feed" text="X"/></body></opml>')
    assert [r["id"] for r in found] == ["x-example-2"]


def test_an_import_reads_the_file_once_and_again_after_a_change(
    admin: DeskSourceAdmin, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = list[Settings]()

    def counted(settings: Settings) -> list[Source]:
        reads.append(settings)
        return watch_list(settings)

    monkeypatch.setattr("app.runtime.source_admin.watch_list", counted)
    row = admin.row("example") or {}
    for _ in range(5):
        assert admin.problems(row) == []
    assert len(reads) == 1
    listed.write_text(listed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert admin.problems(row) == []
    assert len(reads) == 2
