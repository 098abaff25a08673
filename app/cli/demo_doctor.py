"""`ajour demo` and `ajour doctor`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, bar, out, print_json
from app.runtime.settings import load_settings
from app.tools import doctor as doctoring


def demo(
    folder: Annotated[Path | None, typer.Option(help="Folder of the demo's database and digest.")] = None,
    desk: Annotated[bool | None, typer.Option("--desk/--no-desk", help="Open the review desk afterwards; default: on a terminal.")] = None,
) -> None:
    """Show the main job on ten simulated outlets: fetch over HTTP, compare with both reports, flag,
    write the digest, open the desk.
    """
    from app.cli.serve import demo_settings, open_desk
    from app.runtime.lock import sole
    from app.tools.demo.run import run_demo

    folder = folder or load_settings().data / "demo"
    with sole(folder):
        with bar() as shown:
            run_demo(folder, out, shown)
        if desk or (desk is None and out.is_terminal):
            open_desk(demo_settings(folder, {}))


def doctor(as_json: AsJson = False) -> None:
    """Show every setting with its value and origin, what is wrong, and the fix."""
    findings = doctoring.examine()
    if as_json:
        print_json([f.__dict__ for f in findings])
    else:
        table = Table("", "what", "state", "what to do", box=None, pad_edge=False)
        for f in findings:
            table.add_row(
                {"well": "[green]well[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}[f.state],
                escape(f.what),
                escape(f.how),
                escape(f.do),
            )
        out.print(table)
    raise typer.Exit(NEEDS_A_PERSON if any(f.state == "wrong" for f in findings) else DONE)
