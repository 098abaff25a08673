"""`ajour sources …`: the watch list itself. This module imports nothing that fetches or
compares.
"""

from typing import Annotated

import typer

from app.cli.common import WRONG_INPUT, AsJson, err, out, print_json
from app.cli.lazy import LazyCommand, lazy_typer
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools import tables
from monitor.kinds.registry import KINDS
from monitor.sources import Source, schema

COMMANDS = (
    LazyCommand("list", "app.cli.sources:sources_list", "List the sources."),
    LazyCommand(
        "check", "app.cli.source_survey:sources_check", "Validate the watch list; with --all, fetch every source and propose fixes."
    ),
    LazyCommand("test", "app.cli.source_checks:sources_test", "Fetch each address of one source and show what was read."),
    LazyCommand("health", "app.cli.source_health:sources_health", "Show how fetching goes, worst first."),
    LazyCommand("status", "app.cli.source_health:sources_health", "The same as `health`.", hidden=True),
    LazyCommand("acknowledge", "app.cli.source_health:sources_acknowledge", "Acknowledge a known outage until a day."),
    LazyCommand("add", "app.cli.source_checks:sources_add", "Find out how to watch an address, and print its row."),
    LazyCommand("export", "app.cli.opml:sources_export", "Write the watch list as OPML or YAML."),
    LazyCommand("import", "app.cli.opml:sources_import", "Print rows for the feeds of an OPML file."),
    LazyCommand("schema", "app.cli.sources:sources_schema", "Print the JSON Schema of sources.yml."),
)
sources_app = lazy_typer(COMMANDS, "The watch list, and the health of its sources.")
SourceId = Annotated[str, typer.Argument(help="The source's id in sources.yml.")]


def sources_list(
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {', '.join(KINDS)}.")] = None, as_json: AsJson = False
) -> None:
    """The watch list as a table."""
    if kind is not None and kind not in KINDS:
        err.print(f"no kind of source is called {kind!r}. There are: {', '.join(KINDS)}", markup=False)
        raise typer.Exit(WRONG_INPUT)
    sources = [s for s in Container(load_settings()).sources if kind in (None, s.kind)]
    if as_json:
        print_json([s.model_dump(mode="json", exclude_none=True) for s in sources])
    else:
        out.print(tables.sources(sources))


def find_source(sources: list[Source], source_id: str) -> Source:
    """The source with this id. Ends the command with a suggestion where there is none."""
    source = next((s for s in sources if s.id == source_id), None)
    if source is None:
        near = ", ".join(s.id for s in sources if source_id in s.id)
        err.print(
            f"no source has the id {source_id!r}.{f' Did you mean: {near}?' if near else ' `ajour sources list` shows all.'}", markup=False
        )
        raise typer.Exit(WRONG_INPUT)
    return source


def sources_schema() -> None:
    """The JSON Schema of sources.yml, for editors."""
    print_json(schema())
