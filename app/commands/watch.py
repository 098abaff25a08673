"""Commands of the watch: `ajour cycle`, `ajour sources …`."""

from typing import Annotated

import typer

from app import show
from app.commands.common import DONE, NEEDS_A_PERSON, AsJson, bar, out, print_json
from app.desk import Desk
from app.settings import load_settings
from db.words import Kind, Outcome
from monitor.sources import schema

sources_app = typer.Typer(help="The watch list.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(cycle)
    app.add_typer(sources_app, name="sources")


def cycle(as_json: AsJson = False) -> None:
    """One round: look at every source that is due, store, compare, flag."""
    desk = Desk(load_settings())
    monitor = desk.monitor()
    monitor.register()
    with bar() as shown:
        tasks = {name: shown.add_task(name, total=None) for name in ("watching", "comparing")}
        done = monitor.cycle(lambda name, at, total: shown.update(tasks[name], completed=at, total=total or None))
    counts = {o.value: done.outcomes.get(o, 0) for o in Outcome}
    bad = counts[Outcome.BROKEN.value] + counts[Outcome.SUSPICIOUS.value]
    if as_json:
        print_json(
            {
                "looked": done.looked,
                "outcomes": counts,
                "new": done.new,
                "edited": done.edited,
                "compared": done.compared,
                "flags": sorted(done.flagged),
            }
        )
    else:
        ended = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none was due"
        out.print(f"{done.looked} sources looked at: {ended}.")
        out.print(f"{done.new} new items, {done.edited} edited, {done.compared} compared, {len(done.flagged)} stories flagged.")
    raise typer.Exit(NEEDS_A_PERSON if done.looked and bad == done.looked else DONE)


@sources_app.command("list")
def sources_list(kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None, as_json: AsJson = False) -> None:
    """The watch list as a table."""
    sources = [s for s in Desk(load_settings()).sources if kind is None or s.kind is kind]
    if as_json:
        print_json([s.model_dump(mode="json", exclude_none=True) for s in sources])
    else:
        out.print(show.sources(sources))


@sources_app.command("check")
def sources_check() -> None:
    """Load the watch list; a wrong one is refused with file, line, field and what to mend."""
    sources = Desk(load_settings()).sources
    out.print(f"{len(sources)} sources, well; {sum(s.kind is Kind.NONE for s in sources)} are no stream.")


@sources_app.command("schema")
def sources_schema() -> None:
    """The JSON Schema of sources.yml, for editors."""
    print_json(schema())
