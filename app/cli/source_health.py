"""`ajour sources health|acknowledge`: how fetching goes, from the database."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from app.cli.common import WRONG_INPUT, AsJson, err, out, print_json
from app.cli.sources import SourceId, find_source
from app.runtime.container import Container
from app.runtime.settings import load_settings
from db import source_health
from db.engine import reading, writing
from db.enums import FetchOutcome, SourceHealth
from db.models import SourceRow as Row


def sources_health(
    bad: Annotated[bool, typer.Option("--bad", help="Only those that are not well.")] = False, as_json: AsJson = False
) -> None:
    """How watching goes, worst first: state, last good read, last outcome, quality, items a day
    against the usual, lag.
    """
    container = Container(load_settings())
    now = datetime.now(UTC)
    with reading(container.engine) as session:
        rows = [h for h in source_health.health(session, now) if not bad or (h.state and h.state.state != SourceHealth.WELL.value)]
        data = [_health_row(h) for h in rows]
        duplicates = source_health.sources_with_same_items(session, now)
    if as_json:
        print_json(data)
        return
    table = Table(
        "state",
        "id",
        "since",
        "why",
        "last good",
        "last fetches",
        "quality",
        "items 24 h",
        "usual",
        "lag",
        "read at",
        box=None,
        pad_edge=False,
    )
    colours = {"blind": "red", "degraded": "yellow", "acknowledged": "cyan", "well": "green"}
    for row in data:
        state = str(row["state"])
        table.add_row(
            f"[{colours.get(state, 'dim')}]{state}[/]", str(row["source"]), _ago(row["since"], now), str(row["reason"]).replace("_", " "),
            _ago(row["last_good_at"], now), str(row["looks"]), "" if row["quality"] is None else f"{row['quality']:.2f}", str(row["items_today"]),
            f"{row['items_usual']:.1f}", _span(row["lag_seconds"]), _place(row["route"]),
        )  # fmt: skip
    out.print(table)
    out.print("last fetches, newest first: + new items, = nothing new, ? suspiciously empty, x blocked or broken")
    for one, other, share in duplicates:
        out.print(f"{one} and {other} give the same articles ({share:.0%}); one of them may be superfluous.", markup=False)


def _health_row(h: source_health.HealthSummary) -> dict[str, object]:
    symbols = {
        FetchOutcome.NEW_ITEMS.value: "+",
        FetchOutcome.NOTHING_NEW.value: "=",
        FetchOutcome.SUSPICIOUS.value: "?",
        FetchOutcome.BROKEN.value: "x",
    }
    return {
        "source": h.source.id, "name": h.source.name, "kind": h.source.kind, "tier": h.source.tier, "state": h.state.state if h.state else "not fetched yet",
        "since": h.state.since if h.state else None, "reason": h.state.reason if h.state else "", "detail": h.state.detail if h.state else None,
        "until": h.state.until if h.state else None, "last_good_at": h.source.last_good_at, "last_outcome": h.source.last_outcome,
        "last_reason": h.source.last_reason, "quality": h.source.last_quality, "route": h.source.route, "next_due_at": h.source.next_due_at,
        "looks": "".join(symbols.get(o, "·") for o in h.recent), "items_today": h.items_today, "items_usual": round(h.items_usual, 2),
        "lag_seconds": h.lag.total_seconds() if h.lag else None,
    }  # fmt: skip


def _place(route: object) -> str:
    """The mirror or fallback in use, without its scheme; empty for the source's first address."""
    return str(route).partition("://")[2] if route else ""


def _ago(when: object, now: datetime) -> str:
    return f"{_span((now - when).total_seconds())} ago" if isinstance(when, datetime) else "never"


def _span(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return ""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def sources_acknowledge(
    source_id: SourceId,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day until which it is not reported again.")],
    note: Annotated[str, typer.Option(help="What is known about it, and what is done.")],
    by: Annotated[str, typer.Option(help="Who says so.")] = "operator",
) -> None:
    """Say that an outage is known until a day: it is not reported again before, unless the source
    recovers.
    """
    container = Container(load_settings())
    find_source(container.sources, source_id)
    with writing(container.engine) as session:
        if session.get(Row, source_id) is None:
            err.print(f"{source_id} was never fetched: there is nothing to acknowledge.", markup=False)
            raise typer.Exit(WRONG_INPUT)
        source_health.acknowledge(session, source_id, until.replace(tzinfo=UTC), by, note, datetime.now(UTC))
    out.print(f"{source_id} is acknowledged until {until:%Y-%m-%d}.")
