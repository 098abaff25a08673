"""`ajour sources health|acknowledge`: how fetching goes, and outages that are known."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.cli.source_health import _ago, _span
from db import fetches
from db.engine import writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from tests.cli_runner import Ran
from tests.monitor.conftest import registered, source
from tests.monitor.serving import Site

Run = Callable[..., Ran]


@pytest.fixture
def blocked(database: Engine, listed: Path, site: Site) -> Engine:
    """The watch list's source, at which ten looks found a block page."""
    registered(database, [source(site.url("/feed"))])
    now = datetime.now(UTC)
    with writing(database) as session:
        for _ in range(10):
            record = FetchRecord("example", now, now, FetchOutcome.BROKEN, FetchReason.BLOCK_PAGE, site.url("/feed"), detail="a block page")
            fetches.store_fetch(session, record, [], 3600)
    return database


@pytest.mark.usefixtures("blocked")
def test_the_ill_are_shown_with_reason_and_last_looks(ajour: Run) -> None:
    (row,) = ajour("sources", "health", "--bad", "--json").json
    assert (row["source"], row["reason"], row["last_outcome"]) == ("example", "block_page", "blocked_or_broken")
    assert row["looks"] == "x" * len(row["looks"])
    said = ajour("sources", "health").out
    assert "block page" in said
    assert "never" in said


@pytest.mark.usefixtures("blocked")
def test_a_known_outage_is_acknowledged_until_a_day(ajour: Run) -> None:
    ran = ajour("sources", "acknowledge", "example", "--until", "2999-01-31", "--note", "they rebuild their site")
    assert ran.out == "example is acknowledged until 2999-01-31.\n"
    (row,) = ajour("sources", "health", "--json").json
    assert (row["state"], str(row["until"])[:10]) == ("acknowledged", "2999-01-31")


@pytest.mark.usefixtures("database", "listed")
def test_a_source_that_was_never_fetched_cannot_be_acknowledged(ajour: Run) -> None:
    ran = ajour("sources", "acknowledge", "example", "--until", "2999-01-31", "--note", "x")
    assert (ran.code, "was never fetched" in ran.err) == (2, True)


@pytest.mark.usefixtures("database", "listed")
def test_without_a_fetch_there_is_nothing_to_show(ajour: Run) -> None:
    assert json.loads(ajour("sources", "health", "--json").out) == []


@pytest.mark.parametrize(
    ("seconds", "says"), [(0, "0 s"), (59.4, "59 s"), (60, "1 m"), (5400, "2 h"), (7200, "2 h"), (86_400, "1 d"), (None, "")]
)
def test_spans_are_shown_in_their_largest_unit(seconds: float | None, says: str) -> None:
    assert _span(seconds) == says


def test_what_never_happened_is_never() -> None:
    assert _ago(None, datetime.now(UTC)) == "never"
    assert _ago(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)) == "2 d ago"


@pytest.mark.usefixtures("listed")
def test_the_address_in_use_is_named_where_it_is_not_the_first(database: Engine, ajour: Run, site: Site) -> None:
    registered(database, [source(site.url("/feed"))])
    now = datetime.now(UTC)
    with writing(database) as session:
        record = FetchRecord(
            "example", now, now, FetchOutcome.NOTHING_NEW, FetchReason.OK, "https://mirror.example/x", route="https://mirror.example/x"
        )
        fetches.store_fetch(session, record, [], 3600)
    assert "mirror.example/x" in ajour("sources", "health").out
    (row,) = ajour("sources", "health", "--json").json
    assert row["route"] == "https://mirror.example/x"
