"""What the desk asks of the monitor to change the watch list."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.runtime.source_admin import DeskSourceAdmin
from app.tools.import_report import import_claims
from db.engine import writing
from db.source_overrides import save_row
from monitor.baseline import load_baseline
from tests.alerts_factory import NOW
from tests.baselines import BASELINE
from tests.monitor.conftest import rss
from tests.monitor.serving import Site


@pytest.fixture
def admin(engine: Engine, listed: Path) -> DeskSourceAdmin:
    return DeskSourceAdmin(Container(load_settings(), engine))


def test_an_address_is_looked_at_and_read_once(admin: DeskSourceAdmin, site: Site) -> None:
    site.say("/other", rss(("x", "Новости о воинском учёте и призыве граждан")))
    found = admin.discover(site.url("/other"))
    assert (found.row["kind"], found.entries, list(found.titles)) == ("feed", 1, ["Новости о воинском учёте и призыве граждан"])
    site.say("/nothing", "<title>404</title>", 404)
    with pytest.raises(ValueError, match="nothing"):
        admin.discover(site.url("/nothing"))


def test_a_row_that_another_process_wrote_is_in_force(admin: DeskSourceAdmin, engine: Engine) -> None:
    row = {**(admin.row("example") or {}), "name": "Renamed"}
    with writing(engine) as session:
        save_row(session, row, None, NOW)
    assert (admin.row("example") or {})["name"] == "Renamed"
    assert "Renamed" in admin.as_yaml()
    assert admin.row("absent") is None
    assert admin.problems(row) == []


def test_cited_sources_that_nobody_watches(admin: DeskSourceAdmin, engine: Engine) -> None:
    import_claims(engine, load_baseline(BASELINE / "examples" / "agents-2025.yml"))
    assert admin.unwatched("agents-2025") == []  # its sources have no address
    assert admin.from_opml(b'<opml><body><outline xmlUrl="https://x.example/feed" text="X"/></body></opml>')[0]["name"] == "X"
