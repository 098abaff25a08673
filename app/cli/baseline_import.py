"""`ajour baseline new|import|drafts|dry-run`: a new report, from its file to its first flag."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.cli.baseline import ReportId, warn_of_uncovered
from app.cli.common import NEEDS_A_PERSON, WRONG_INPUT, err, out
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.files import write
from app.tools.import_report import Imported, import_claims, import_report
from app.tools.replay_items import read_items
from db import claim_editing
from db import drafts as db_drafts
from db.engine import reading, writing
from db.enums import DraftState
from monitor.baseline import Baseline, ReportHead, load_baseline, report_head
from monitor.report_import.content import UnreadableReport
from monitor.stored_reports import read_baselines

Title = Annotated[str | None, typer.Option(help="Title of the report.")]
Publisher = Annotated[str | None, typer.Option(help="Who publishes it.")]
Published = Annotated[str | None, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD.")]
Closed = Annotated[str | None, typer.Option("--research-closed", help="The day research closed: older items cannot change the report.")]
Language = Annotated[str | None, typer.Option(help="Language of the report, two letters: da, nl, de, en …")]
Packs = Annotated[list[str] | None, typer.Option("--pack", help="A pack of subjects; may be given several times.")]


def baseline_new(
    report: ReportId,
    title: Title = None,
    publisher: Publisher = None,
    published: Published = None,
    research_closed: Closed = None,
    language: Language = None,
    pack: Packs = None,
) -> None:
    """Begin a report of the desk. Claims come by `ajour baseline import`, or at the desk."""
    from datetime import UTC, datetime

    from pydantic import ValidationError

    fields = _head(report, title, publisher, published, research_closed, language, pack)
    container = Container(load_settings())  # first: it knows the packs of the desk's own folder
    try:
        head = ReportHead.model_validate({"published": research_closed, **fields})
    except ValidationError as error:
        for fault in error.errors():
            option = str(fault["loc"][0]).replace("_", "-").replace("packs", "pack")
            err.print(f"--{option}: {fault['msg'].removeprefix('Value error, ').replace(' | ', '. ')}", markup=False)
        raise typer.Exit(WRONG_INPUT) from error
    with writing(container.engine) as session:
        claim_editing.save_report(session, report_head(head), None, datetime.now(UTC))
    out.print(f"{head.id} is at the desk. Next: `ajour baseline import FILE {head.id}`, or claims by hand at the desk.", markup=False)


def _head(
    report: str,
    title: str | None,
    publisher: str | None,
    published: str | None,
    closed: str | None,
    language: str | None,
    pack: list[str] | None,
) -> dict[str, object]:
    fields = {
        "id": report, "title": title, "publisher": publisher, "published": published or closed, "research_closed": closed, "language": language, "packs": pack,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def baseline_import(
    file: Annotated[Path, typer.Argument(help="A report (.docx, .pdf, .html, .md, .txt), or a baseline file (.yml).")],
    report: Annotated[str | None, typer.Argument(help="The report's id; of a document.")] = None,
    title: Title = None,
    publisher: Publisher = None,
    published: Published = None,
    research_closed: Closed = None,
    language: Language = None,
    pack: Packs = None,
) -> None:
    """Bring a report to the desk: a document gives draft claims, YAML gives claims.

    The document stays on the desk. It is read in a process of its own with limits on time and
    memory; macros are ignored. A new report also needs --publisher, --research-closed, --language
    and --pack.
    """
    container = Container(load_settings())
    engine = container.engine
    if file.suffix.lower() in (".yml", ".yaml"):
        baseline = load_baseline(file)
        new, changed = import_claims(engine, baseline)
        out.print(f"{baseline.report.id}: {new} new claims, {changed} changed.")
        raise typer.Exit(NEEDS_A_PERSON if warn_of_uncovered([baseline]) else 0)
    if report is None:
        err.print(f"the report of {file.name} is not named; write `ajour baseline import {file} ID`", markup=False)
        raise typer.Exit(WRONG_INPUT)
    try:
        body = file.read_bytes()
    except OSError as error:
        err.print(f"{file}: cannot be read: {error.strerror}", markup=False)
        raise typer.Exit(WRONG_INPUT) from error
    head = _head(report, title, publisher, published, research_closed, language, pack)
    try:
        imported = import_report(engine, body, file.name, head, container.baselines())
    except UnreadableReport as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_INPUT) from error
    _print_imported(imported, report)


def _print_imported(imported: Imported, report: str) -> None:
    content = imported.content
    pages = f"{content.pages} pages, " if content.pages else ""
    out.print(
        f"{content.kind}: {pages}{len(content.sections)} sections, {len(content.sentences)} sentences, {len(content.notes)} footnotes."
    )
    if changes := imported.changes:
        out.print(
            f"Compared with the edition before: {len(changes.added)} new sentences, {len(changes.changed)} rewritten, {len(changes.removed)} gone."
        )
        if changes.unquoted:
            err.print(f"No longer in the text: the quotes of {', '.join(changes.unquoted)}", markup=False, soft_wrap=True)
    out.print(
        f"{imported.drafts} draft claims wait. Accept them at the desk (/reports/{report}/drafts), or complete the file that `ajour baseline drafts {report} --out FILE` writes.",
        markup=False,
        soft_wrap=True,
    )


def baseline_drafts(
    report: ReportId, out_file: Annotated[Path | None, typer.Option("--out", help="The file; default: standard output.")] = None
) -> None:
    """Write the waiting drafts of a report as YAML, to be completed and imported.

    What a person must fill is empty; `ajour baseline check FILE` lists it.
    """
    from monitor.baseline_yaml import draft_yaml

    with reading(Container(load_settings()).engine) as session:
        uploads = db_drafts.uploads(session, report)
        if not uploads:
            err.print(f"nothing was imported for {report!r}. `ajour baseline import FILE {report}`", markup=False)
            raise typer.Exit(WRONG_INPUT)
        waiting = [d.body for d in db_drafts.drafts_of(session, uploads[0].id) if d.state == DraftState.WAITING]
        (stored,) = read_baselines(session, [report])
        first = claim_editing.next_claim_id(session, report)
    text = draft_yaml(stored.report, waiting, first)
    if out_file is None:
        typer.echo(text, nl=False)
    else:
        write(out_file, text)
        out.print(
            f"{out_file} written: {len(waiting)} drafts. Complete it, then `ajour baseline import {out_file}`.",
            markup=False,
            soft_wrap=True,
        )


def baseline_dry_run(
    report: Annotated[str, typer.Argument(help="The report's id, or a baseline file that is not imported yet.")],
    items: Annotated[Path, typer.Argument(help="Dated items, JSON Lines.")],
) -> None:
    """Show which items of a file a report would flag, with the claim of each. Stores nothing."""
    from monitor.compare.decide.assess import compare_documents, prepare

    container = Container(load_settings())
    baseline = _one_baseline(container, report)
    if not baseline.claims:
        err.print(f"{baseline.report.id} has no claims yet: accept drafts at the desk, or import a baseline file", markup=False)
        raise typer.Exit(NEEDS_A_PERSON)
    documents = [line.document for line in read_items(items)]
    prepared = prepare(baseline, container.claims_encoder, container.words, container.model)
    table, flagged = Table("score", "claim", "severity", "date", "item", box=None, pad_edge=False), 0
    for result in compare_documents(documents, [prepared], container.words, container.encoder):
        if not isinstance(result, tuple):
            err.print(f"{result.document.id} cannot be compared: {result.error}", markup=False)
            continue
        read, (assessment,) = result
        if assessment.flag:
            flagged += 1
            title = read.document.title or read.document.text[:100]
            table.add_row(f"{assessment.score:.2f}", assessment.claims[0][0], assessment.severity.value, read.document.day, title)
    out.print(table)
    out.print(f"{flagged} of {len(documents)} items would be flagged for {baseline.report.id}.")
    warn_of_uncovered([baseline])


def _one_baseline(container: Container, report: str) -> Baseline:
    if Path(report).suffix.lower() in (".yml", ".yaml"):
        return load_baseline(Path(report))
    return container.desk_baselines([report])[0]
