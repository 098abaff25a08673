"""Tables of commands: a row for each, with what people look for."""

from rich.console import Console
from rich.table import Table

from app.runtime.container import watch_list
from app.runtime.settings import load_settings
from app.tools import tables
from monitor.baseline import load_baselines
from tests.baselines import small_baseline
from tests.monitor.conftest import source


def lines(table: Table) -> list[str]:
    """The table as printed, one string for each row."""
    console = Console(width=2000, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().splitlines()


def test_reports_and_their_claims() -> None:
    (report,) = load_baselines(small_baseline(), only=["drc-2024"])
    head, row = lines(tables.reports([report]))
    assert head.split() == ["id", "publisher", "title", "research", "closed", "claims", "open"]
    assert row.startswith("drc-2024 ")
    assert str(len(report.claims)) in row.split()
    claims = lines(tables.claims(report))
    assert len(claims) == 1 + len(report.claims)
    assert claims[1].split()[0] == report.claims[0].id


def test_a_source_is_shown_with_its_address_or_why_it_has_none() -> None:
    cited = next(s for s in watch_list(load_settings()) if not s.is_stream)
    assert cited.reason
    rows = lines(tables.sources([source("https://a.example/rss", mirrors=["https://b.example/rss"]), cited]))
    assert rows[1].split()[-2:] == ["1", "https://a.example/rss"]
    assert rows[2].rstrip().endswith(cited.reason)


def test_scores_have_a_column_for_each_dataset_and_gaps_where_a_measure_is_missing() -> None:
    head, precision, pairs = lines(tables.scores({"one": {"precision": 0.5}, "two": {"precision": 0.25, "story_pair_f1": 1.0}}))
    assert head.split() == ["measure", "one", "two"]
    assert precision.split() == ["precision", "0.5", "0.25"]
    assert pairs.split() == ["story", "pair", "f1", "1"]
