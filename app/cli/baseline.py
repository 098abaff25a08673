"""`ajour baseline …`: the known claims, one file per report. Imports nothing that fetches or
compares.
"""

from typing import Annotated

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, err, out, print_json
from app.runtime.settings import load_settings
from app.tools import tables
from monitor.baseline import load_baselines, schema
from monitor.compare.claims.pack_coverage import coverage

baseline_app = typer.Typer(no_args_is_help=True)


@baseline_app.command("list")
def baseline_list(
    report: Annotated[str | None, typer.Argument(help="A report's id: its claims instead of the reports.")] = None, as_json: AsJson = False
) -> None:
    """The reports, or the claims of one."""
    baselines = load_baselines(*load_settings().baselines, only=[report] if report else None)
    if as_json:
        print_json([b.model_dump(mode="json", by_alias=True, exclude_none=True) for b in baselines])
    elif report:
        out.print(tables.claims(baselines[0]))
    else:
        out.print(tables.reports(baselines))


@baseline_app.command("check")
def baseline_check() -> None:
    """Load every baseline file; a wrong one is refused with file, line, field and the fix."""
    uncovered = False
    for b in load_baselines(*load_settings().baselines):
        found = coverage(b)
        uncovered |= not found.enough
        out.print(f"{b.report.id}: {len(b.claims)} claims, valid.")
        if warning := found.warning():
            err.print(warning, markup=False, soft_wrap=True)
    raise typer.Exit(NEEDS_A_PERSON if uncovered else DONE)


@baseline_app.command("schema")
def baseline_schema(subjects: Annotated[bool, typer.Option(help="The schema of a subjects file instead.")] = False) -> None:
    """The JSON Schema of a baseline file, for editors."""
    if not subjects:
        print_json(schema())
        return
    from monitor.compare.statements import subjects as packs

    print_json(packs.schema())
