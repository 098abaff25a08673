"""`ajour`: the command line. Exit codes: 0 done; 1 done, but something needs a person; 2 wrong input or settings; 3 the machine is in the way; 130 interrupted."""

import logging

import typer

from app.commands import compare, desk, digest, evidence, operate, outbox, serve, subscribers, watch
from app.commands.common import plainly

app = typer.Typer(
    help="Keeps watch over what COI reports on Russian military service say, and flags the sentences that news puts in doubt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (desk, watch, evidence, compare, digest, subscribers, outbox, operate, serve):
    module.register(app)


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with plainly():
        app()
