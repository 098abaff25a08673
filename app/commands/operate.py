"""Commands of operating: `ajour run`, `worker`, `backup`, `restore`, `export`, `import`, `report`, `db …`."""

from typing import Annotated

import typer

from app import log
from app.commands.common import NEEDS_A_PERSON, err
from app.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("run")(run_command)
    app.command("alive", hidden=True)(alive)


def run_command(
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Fetch, compare and mail; without, only the desk is served.")] = True,
    desk: Annotated[bool, typer.Option("--desk/--no-desk", help="Serve the review desk.")] = True,
) -> None:
    """Everything in one process: watch, compare, tell, and the desk. Stops within 20 s on SIGTERM or Ctrl-C."""
    from app.run import run

    settings = load_settings()
    log.configure(settings.log, settings.log_level)
    run(settings, watch=watch, desk=desk, ready=lambda addresses: err.print("  ".join(f"{k}: {v}" for k, v in addresses.items())))


def alive() -> None:
    """Ask this machine's own Ajour whether it works; for the container's health check."""
    from app.health import split
    from monitor.watch.client import CannotFetch, Client

    _, port = split(load_settings().health)
    try:
        Client("ajour-alive", allow_loopback=True).get(f"http://127.0.0.1:{port}/live")
    except CannotFetch as error:
        err.print(str(error), markup=False)
        raise typer.Exit(NEEDS_A_PERSON) from error
