"""Shared by all commands: exit codes, consoles, progress bars, messages for expected errors.

Imported by `ajour --help`, so it imports nothing of the rooms.
"""

import errno
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
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
    "app.cli.common:MissingExtra": MACHINE,
    "sqlalchemy.exc:DBAPIError": MACHINE,
    "sqlite3:DatabaseError": MACHINE,
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
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            logging.getLogger(__name__).debug("the traceback of the message below", exc_info=error)
        err.print(_message(error), style="red", markup=False, soft_wrap=True)
        sys.exit(code)


def need(extra: str, module: str, command: str) -> None:
    """Raise MissingExtra if `module`, which `command` uses, is not installed."""
    if find_spec(module) is None:
        raise MissingExtra(f"`{command}` needs the extra `{extra}`: pip install 'ajour[{extra}]'")


class MissingExtra(Exception):
    """The libraries of a command are not installed; the message names the extra."""


# Errors of the machine, not of the code: disk full, quota, read-only file system, no permission,
# I/O error, too many open files, a path that does not exist.
_DISK_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
}
# What a message of the database says → what to do.
_FIXES = (
    ("malformed|not a database|corrupt|no such table|no such column|does not exist|file is encrypted", "its file or schema is damaged: restore a backup (`ajour restore FILE --replace`)"),
    ("full|no space|could not extend", "free disk space"),
    ("locked|busy", "another process holds it; stop that process"),
    ("readonly|read-only|unable to open|permission", "allow this user to write the file and its folder"),
    ("connect|closed|terminat|shutdown|starting up|server", "is the server running?"),
)  # fmt: skip


def _message(error: Exception) -> str:
    """What went wrong, and what to do, in one line."""
    if _raised_by("sqlalchemy.exc:SQLAlchemyError", error) or _raised_by("sqlite3:Error", error):
        message = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        fix = next((f for pattern, f in _FIXES if re.search(pattern, message, re.IGNORECASE)), "see `ajour doctor`")
        return f"the database cannot be used: {message}; {fix}"
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}; " + (
            "free disk space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "check the disk and its permissions"
        )
    return str(error)


def _raised_by(address: str, error: Exception) -> bool:
    """Whether `error` is of the class "module:class". A module that was never imported raised
    nothing.
    """
    module, _, name = address.partition(":")
    return module in sys.modules and isinstance(error, getattr(sys.modules[module], name))


def _exit_code(error: Exception) -> int | None:
    """The exit code of an expected error; None for a bug."""
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        return MACHINE
    if _raised_by("sqlalchemy.exc:IntegrityError", error) or _raised_by("sqlalchemy.exc:DataError", error):
        return None  # a row that we should not have written
    return next((code for address, code in EXPECTED.items() if _raised_by(address, error)), None)
