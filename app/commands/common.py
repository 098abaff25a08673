"""What all commands share: exit codes, the two consoles, progress bars, and plain words for expected failures."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.replay import WrongItems
from app.settings import WrongSettings
from db.engine import CannotOpen
from monitor.baseline import UnknownBaseline
from monitor.compare.verdict import WrongModel
from monitor.yamlfile import WrongFile

DONE = 0
NEEDS_A_PERSON = 1  # done, but something needs a person
WRONG_INPUT = 2  # wrong input, settings or usage
MACHINE = 3  # the machine is in the way: database, folder, disk
INTERRUPTED = 130

# Where nobody looks (a pipe, a file), tables keep their full width instead of wrapping at 80.
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
def plainly() -> Iterator[None]:
    """Every expected failure as a plain message and an exit code, never as a traceback."""
    try:
        yield
    except (WrongFile, WrongItems, WrongSettings, WrongModel, UnknownBaseline) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(WRONG_INPUT)
    except CannotOpen as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(MACHINE)
    except KeyboardInterrupt:
        err.print("interrupted; what was stored is safe, the next cycle goes on from there")
        sys.exit(INTERRUPTED)
