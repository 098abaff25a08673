"""Commands of comparison: `ajour replay`, `ajour baseline …`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app import show
from app.commands.common import AsJson, bar, err, out, print_json
from app.desk import Desk
from app.replay import read_items, replay
from app.settings import load_settings
from db.engine import CannotOpen
from monitor.baseline import schema

baseline_app = typer.Typer(help="The known claims: one file per report.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_command)
    app.add_typer(baseline_app, name="baseline")


def replay_command(
    items: Annotated[Path, typer.Argument(help="Dated items, JSON Lines.")],
    baseline: Annotated[str, typer.Option(help="Id of the report to compare with.")],
    out_path: Annotated[Path, typer.Option("--out", help="Where the assessments go, JSON Lines, in the order of the items.")],
) -> None:
    """Dated items from a file through read, compare and flag, as a live cycle would, in order of time, without network."""
    desk = Desk(load_settings())
    prepared = desk.prepared(baseline)
    lines = read_items(items)
    part = out_path.with_name(f"{out_path.name}.part")
    try:
        with bar() as shown, part.open("w", encoding="utf-8") as file:
            task = shown.add_task("comparing", total=len(lines))
            flagged = 0
            for row in replay(lines, prepared, desk.words, desk.encoder, lambda done: shown.update(task, completed=done)):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                flagged += row["flag"]
        part.replace(out_path)
    except OSError as error:
        raise CannotOpen(f"cannot write {out_path}: {error.strerror}") from error
    err.print(f"{len(lines)} items compared with {baseline}, {flagged} flagged, written to {out_path}")


@baseline_app.command("list")
def baseline_list(
    report: Annotated[str | None, typer.Argument(help="A report's id: its claims instead of the reports.")] = None, as_json: AsJson = False
) -> None:
    """The reports, or the claims of one."""
    baselines = Desk(load_settings()).baselines([report] if report else None)
    if as_json:
        print_json([b.model_dump(mode="json", by_alias=True, exclude_none=True) for b in baselines])
    elif report:
        out.print(show.claims(baselines[0]))
    else:
        out.print(show.reports(baselines))


@baseline_app.command("check")
def baseline_check() -> None:
    """Load every baseline file; a wrong one is refused with file, line, field and what to mend."""
    for b in Desk(load_settings()).baselines():
        out.print(f"{b.report.id}: {len(b.claims)} claims, well.")


@baseline_app.command("schema")
def baseline_schema() -> None:
    """The JSON Schema of a baseline file, for editors."""
    print_json(schema())
