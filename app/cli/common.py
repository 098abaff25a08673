"""Shared by all commands: exit codes, consoles, progress bars, messages for expected errors.

Imported by `ajour --help`, so it imports nothing of the rooms.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

DONE = 0
NEEDS_A_PERSON = 1  # done, but something needs a person
WRONG_INPUT = 2  # wrong input, settings or usage
MACHINE = 3  # environment error: database, disk or permissions
INTERRUPTED = 130

# Exceptions that are not bugs, as "module:class", so that this module imports none of them.
EXPECTED = {
    "db.engine:CannotOpen": MACHINE,
    "app.runtime.settings:WrongSettings": WRONG_INPUT,
    "app.tools.replay_items:WrongItems": WRONG_INPUT,
    "monitor.baseline:UnknownBaseline": WRONG_INPUT,
    "monitor.compare.decide.model:WrongModel": WRONG_INPUT,
    "monitor.strict_yaml:WrongFile": WRONG_INPUT,
}

# In a pipe or a file, tables keep their full width instead of wrapping at 80 columns.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def print_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def bar() -> Progress:
    """A progress bar on stderr; silent where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


@contextmanager
def report_errors() -> Iterator[None]:
    """Report every expected error as a message and an exit code instead of a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        err.print("interrupted; everything stored is kept, and the next cycle continues from there")
        sys.exit(INTERRUPTED)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """The exit code of an expected error; None for a bug."""
    for address, code in EXPECTED.items():
        module, _, name = address.partition(":")
        # An exception of a module that was never imported cannot have been raised.
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            return code
    return None
