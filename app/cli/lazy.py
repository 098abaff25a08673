"""A command group whose modules are imported when one of its commands runs.

`ajour --help` lists 25 commands; importing all of them loads the encoder, the HTTP client and the
database layer, about 1.4 s of processor time, to print one line for each. A `LazyGroup` keeps that
line (`LazyCommand.summary`) beside the address of the function, and imports the function when it is
needed. The docstring of the function stays the help text of the command itself.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True)
class LazyCommand:
    """One command, or one group of commands, of a lazy group."""

    name: str
    target: str  # "package.module:attribute": a function, or a typer.Typer for a group
    summary: str  # its line in the list of commands
    hidden: bool = False

    def load(self) -> Any:
        """Import the target and build its command."""
        module, _, attribute = self.target.partition(":")
        target = getattr(import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            target = _single(target)
        command = get_command(target)
        command.name, command.hidden = self.name, self.hidden
        command.help = command.help or self.summary
        # Typer keeps the line breaks of a docstring in its list of commands. A lazy group lists
        # summaries: its commands stay unloaded.
        for each in () if isinstance(command, LazyGroup) else getattr(command, "commands", {}).values():
            each.short_help = each.short_help or " ".join((each.help or "").split("\n\n")[0].split())
        return command


def _single(function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    return app


class _Loading(MutableMapping[str, Any]):
    """Name → command; a command is imported at its first use."""

    def __init__(self, entries: Sequence[LazyCommand]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._loaded = dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._entries[name].load()
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


class LazyGroup(TyperGroup):
    """A group made from `entries`; subclasses set them. Its help text imports no command."""

    entries: Sequence[LazyCommand] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _Loading(self.entries)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        listed: dict[str, Any] = {e.name: TyperCommand(e.name, help=e.summary, hidden=e.hidden) for e in self.entries}
        TyperGroup(name=self.name, help=self.help, params=self.params, commands=listed).format_help(ctx, formatter)


def lazy_typer(entries: Sequence[LazyCommand], text: str) -> typer.Typer:
    """A Typer whose commands are `entries` and whose help begins with `text`."""
    group = type("Group", (LazyGroup,), {"entries": tuple(entries)})
    app = typer.Typer(cls=group, help=text, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """Typer makes a group only of an app with a callback or with commands of its own."""
