"""Fixtures of the command line's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from db.engine import writing
from tests import databases
from tests.alerts_factory import NOW, Tale, add_flag, lay_out
from tests.cli_runner import Ran
from tests.monitor.conftest import rss, source
from tests.monitor.serving import Site, serving

Run = Callable[..., Ran]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """The migrated, empty database that the commands of this test open."""
    engine = databases.sqlite(tmp_path / "var" / "ajour.db")
    yield engine
    engine.dispose()


@pytest.fixture
def mailing(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Two reports and one new flag, and settings for mail without a server."""
    monkeypatch.setenv("AJOUR_PUBLIC_URL", "https://ajour.example.org")
    monkeypatch.setenv("AJOUR_MAIL_FROM", "ajour@example.org")
    monkeypatch.setenv("AJOUR_SMTP_SECURITY", "none")
    with writing(database) as session:
        lay_out(session)
        add_flag(session, Tale(at=NOW))
    return database


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on this machine."""
    with serving() as made:
        yield made


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
