"""The main loop in one process, over HTTP on loopback, with the light encoder and few claims. That
a cycle may be killed is in tests/e2e/test_cycle.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from db.engine import reading
from db.enums import FetchOutcome, Urgency
from db.models import ItemVersionRow, ReportRow, SourceRow
from monitor.baseline import Baseline, load_baseline
from monitor.compare.decide.model import load_model
from monitor.compare.pipeline import BatchResult
from monitor.compare.reading.vocabulary import vocabulary
from monitor.fetch.http_client import Client
from monitor.parse.parser_pool import Parsers
from monitor.pipeline import CycleResult, Monitor
from tests.fake_encoder import BagOfWords
from tests.monitor.conftest import rss, source
from tests.monitor.serving import Site

ROOT = Path(__file__).resolve().parents[2]
NEWS = (("a", "Путин подписал указ о призыве резервистов на сборы"), ("b", "Погода в Архангельске"))
MAKE = Callable[..., Monitor]


def few_claims() -> Baseline:
    whole = load_baseline(ROOT / "baseline" / "drc-2024.yml")
    return whole.model_copy(update={"claims": whole.claims[:10]})


@pytest.fixture
def make(engine: Engine, client: Client, parsers: Parsers, site: Site) -> MAKE:
    """A registered monitor of one feed with two items, and of sources that `paths` name."""
    site.say("/feed", rss(*NEWS), kind="application/rss+xml")

    def made(*paths: str) -> Monitor:
        sources = [source(site.url(path), id=path.strip("/")) for path in ("/feed", *paths)]
        light, words = BagOfWords(), vocabulary()
        monitor = Monitor(engine, sources, [few_claims()], client, light, light, words, load_model(words), parsers=parsers)
        monitor.register()
        return monitor

    return made


def test_a_cycle_fetches_compares_and_reports_its_progress(make: MAKE, engine: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    done = make("/absent").cycle(lambda *step: told.append(step))
    assert (done.fetched, done.new, done.edited, done.compared) == (2, 2, 0, 2)
    assert done.outcomes == {FetchOutcome.NEW_ITEMS: 1, FetchOutcome.BROKEN: 1}
    assert told[:2] == [("watching", 1, 2), ("watching", 2, 2)]
    assert told[-1] == ("comparing", 2, 0)
    with reading(engine) as session:
        assert len(session.scalars(select(ItemVersionRow)).all()) == 2


def test_registering_stores_sources_and_reports(make: MAKE, engine: Engine) -> None:
    make("/other")
    with reading(engine) as session:
        assert set(session.scalars(select(SourceRow.id))) == {"feed", "other"}
        assert list(session.scalars(select(ReportRow.id))) == ["drc-2024"]


def test_what_looks_urgent_is_marked_when_it_is_stored(make: MAKE, engine: Engine, site: Site) -> None:
    monitor = make()
    site.say("/feed", rss(("m", "Путин объявил мобилизацию"), ("b", "Погода в Архангельске")), kind="application/rss+xml")
    monitor.watch()
    with reading(engine) as session:
        urgent = {v.title: v.urgency for v in session.scalars(select(ItemVersionRow))}
    assert urgent["Погода в Архангельске"] == Urgency.NONE
    assert urgent["Путин объявил мобилизацию"] != Urgency.NONE


def test_comparing_again_stops_at_its_bound_or_when_nothing_is_left(make: MAKE, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor, batches = make(), [3, 3, 2, 0]
    monkeypatch.setattr(monitor.pipeline, "compare_again", lambda: BatchResult(batches.pop(0)))
    assert monitor.compare_again(5) == 6
    assert monitor.compare_again(50) == 2
    assert batches == []


def test_flags_of_all_batches_are_counted_once() -> None:
    done = CycleResult()
    for batch in (BatchResult(2, frozenset({1, 2})), BatchResult(1, frozenset({2, 3}))):
        done.count_compared(batch)
    assert (done.compared, done.flagged) == (3, {1, 2, 3})
