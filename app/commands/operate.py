"""Commands of operating: `ajour run`, `worker`, `backup`, `restore`, `export`, `import`, `report`, `db …`."""

from pathlib import Path
from typing import Annotated

import typer

from app import log
from app.commands.common import err, out
from app.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("run")(run_command)


def run_command(
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Fetch, compare and mail; without, only the desk is served.")] = True,
    desk: Annotated[bool, typer.Option("--desk/--no-desk", help="Serve the review desk.")] = True,
) -> None:
    """Everything in one process: watch, compare, tell, and the desk. Stops within 20 s on SIGTERM or Ctrl-C."""
    from app.run import run

    settings = load_settings()
    log.configure(settings.log, settings.log_level)
    run(settings, watch=watch, desk=desk, ready=lambda addresses: err.print("  ".join(f"{k}: {v}" for k, v in addresses.items())))
