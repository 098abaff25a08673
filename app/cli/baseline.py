"""`ajour baseline …`: reports and their claims, in files and at the desk."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, err, out, print_json
from app.cli.lazy import LazyCommand, lazy_typer
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools import tables
from app.tools.files import write
from monitor.baseline import Baseline, load_baseline, schema

COMMANDS = (
    LazyCommand("list", "app.cli.baseline:baseline_list", "The reports, or the claims of one."),
    LazyCommand(
        "check",
        "app.cli.baseline:baseline_check",
        "Check every baseline file, or one: mistakes with file, line and fix; claims that no pack covers.",
    ),
    LazyCommand("new", "app.cli.baseline_import:baseline_new", "Begin a report of the desk."),
    LazyCommand(
        "import", "app.cli.baseline_import:baseline_import", "Bring a report to the desk: a document gives draft claims, YAML gives claims."
    ),
    LazyCommand("drafts", "app.cli.baseline_import:baseline_drafts", "Write the waiting drafts of a report as YAML, to be completed."),
    LazyCommand("export", "app.cli.baseline:baseline_export", "Write a report as the desk has it, as YAML."),
    LazyCommand("dry-run", "app.cli.baseline_import:baseline_dry_run", "Show which items of a file a report would flag."),
    LazyCommand("schema", "app.cli.baseline:baseline_schema", "The JSON Schema of a baseline file, for editors."),
)
baseline_app = lazy_typer(COMMANDS, "Reports and their claims: check, import, export.")
Desk = Annotated[bool, typer.Option("--desk", help="As the desk has them, not as the files say.")]
ReportId = Annotated[str, typer.Argument(help="The report's id.")]


def baseline_list(
    report: Annotated[str | None, typer.Argument(help="A report's id: its claims instead of the reports.")] = None,
    as_json: AsJson = False,
    desk: Desk = False,
) -> None:
    """The reports, or the claims of one."""
    only = [report] if report else None
    container = Container(load_settings())
    baselines = (container.desk_baselines if desk else container.baselines)(only)
    if as_json:
        print_json([b.model_dump(mode="json", by_alias=True, exclude_none=True) for b in baselines])
    elif report:
        out.print(tables.claims(baselines[0]))
    else:
        out.print(tables.reports(baselines))


def baseline_check(
    file: Annotated[Path | None, typer.Argument(help="One baseline file; default: all of them.")] = None, desk: Desk = False
) -> None:
    """Check every baseline file, or one: mistakes with file, line and fix; claims that no pack
    covers.
    """
    container = Container(load_settings())
    every = container.desk_baselines if desk else container.baselines
    if warn_of_uncovered([load_baseline(file)] if file is not None else every()):
        raise typer.Exit(NEEDS_A_PERSON)


def warn_of_uncovered(baselines: list[Baseline]) -> bool:
    """Report for each baseline that it is valid, and which claims no pack covers. True where those
    are many.
    """
    from monitor.compare.claims.pack_coverage import coverage

    uncovered = False
    for b in baselines:
        covered = coverage(b)
        uncovered |= not covered.enough
        out.print(f"{b.report.id}: {len(b.claims)} claims, valid.")
        if warning := covered.warning():
            err.print(warning, markup=False, soft_wrap=True)
    return uncovered


def baseline_export(
    report: ReportId, out_file: Annotated[Path | None, typer.Option("--out", help="The file; default: standard output.")] = None
) -> None:
    """Write a report as the desk has it, as YAML: edited claims included, confirmed updates not."""
    from db.engine import reading
    from monitor.baseline_yaml import to_yaml
    from monitor.stored_reports import read_baselines

    with reading(Container(load_settings()).engine) as session:
        stored = read_baselines(session, [report])
    if not stored:
        err.print(f"the desk has no report {report!r}. `ajour baseline list --desk` shows all", markup=False)
        raise typer.Exit(WRONG_INPUT)
    text = to_yaml(stored[0])
    if out_file is None:
        typer.echo(text, nl=False)
    else:
        write(out_file, text)
        out.print(f"{out_file} written: {len(stored[0].claims)} claims.", markup=False)
    raise typer.Exit(DONE)


def baseline_schema(subjects: Annotated[bool, typer.Option(help="The schema of a subjects file instead.")] = False) -> None:
    """The JSON Schema of a baseline file, for editors."""
    if not subjects:
        print_json(schema())
        return
    from monitor.compare.statements import subjects as packs

    print_json(packs.schema())
