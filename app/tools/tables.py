"""Tables that the commands print."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from monitor.baseline import Baseline
from monitor.sources import Source

if TYPE_CHECKING:
    from monitor.compare.statements.unknown_terms import UnknownTerm


def reports(baselines: Sequence[Baseline]) -> Table:
    """One row for each report."""
    table = Table("id", "publisher", "title", "research closed", "claims", "open", box=None, pad_edge=False)
    for b in baselines:
        table.add_row(
            b.report.id,
            b.report.publisher,
            b.report.title,
            b.report.research_closed,
            str(len(b.claims)),
            str(sum(c.open for c in b.claims)),
        )
    return table


def claims(baseline: Baseline) -> Table:
    """One row for each claim."""
    table = Table("id", "section", "topic", "status", "as of", "statement", box=None, pad_edge=False)
    for c in baseline.claims:
        table.add_row(c.id, c.section, c.topic, c.status.value + (" (open)" if c.open else ""), c.as_of, c.statement)
    return table


def sources(listed: Sequence[Source]) -> Table:
    """One row for each source: its address, or the reason why it has none."""
    table = Table(
        "id",
        "name",
        "kind",
        "tier",
        "type",
        "lang",
        "cited in",
        "confidence",
        "mirrors",
        "address, or why there is none",
        box=None,
        pad_edge=False,
    )
    for s in listed:
        other = len(s.mirrors) + bool(s.fallback)
        table.add_row(
            s.id, s.name, s.kind, str(s.tier), s.type, " ".join(s.languages), " ".join(s.cited_in), s.confidence, str(other or ""), s.reason or s.url or ""
        )  # fmt: skip
    return table


def scores(by_dataset: dict[str, dict[str, float]]) -> Table:
    """One column for each dataset, one row for each measure."""
    table = Table("measure", *by_dataset, box=None, pad_edge=False)
    for measure in dict.fromkeys(m for row in by_dataset.values() for m in row):
        table.add_row(measure.replace("_", " "), *(f"{row[measure]:g}" if measure in row else "" for row in by_dataset.values()))
    return table


def unknown_terms(terms: Sequence["UnknownTerm"]) -> Table:
    """One row for each term that no cue knows."""
    table = Table("term", "titles near", "elsewhere", "subject", "example", box=None, pad_edge=False)
    for t in terms:
        table.add_row(t.term, str(t.near), str(t.elsewhere), t.subject, t.example[:80])
    return table
